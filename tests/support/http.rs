//! A small blocking HTTP/1.1 client, so that the tests see what any client sees.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// Against a service that never answers; no test measures time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client that keeps its connection.
#[derive(Debug)]
pub struct Client {
    address: String,
    token: Option<String>,
    stream: Option<BufReader<TcpStream>>,
    /// How long after its head the body of a call is sent.
    late: Duration,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// After decoding of chunks.
    pub body: Vec<u8>,
}

impl Client {
    /// A client of `http://host:port`.
    pub fn new(url: &str) -> Self {
        let address = url.strip_prefix("http://").expect("an http:// address");
        Self {
            address: address.trim_end_matches('/').to_owned(),
            token: None,
            stream: None,
            late: Duration::ZERO,
        }
    }

    /// The same address with a token on every call.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            address: self.address.clone(),
            token: Some(token.to_owned()),
            stream: None,
            late: self.late,
        }
    }

    /// The same connection with a token on every call from now on.
    #[must_use]
    pub fn with_token_kept(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Sends bodies so long after their heads from now on.
    pub fn send_late(&mut self, late: Duration) {
        self.late = late;
    }

    /// Gets an access token.
    ///
    /// # Panics
    /// When there is none.
    pub fn token(&mut self, client_id: &str, client_secret: &str) -> String {
        let form = format!(
            "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}"
        );
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = self.call("POST", "/oauth/token", &headers, form.as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// A GET.
    pub fn get(&mut self, path: &str) -> Response {
        self.call("GET", path, &[], b"")
    }

    /// A POST of JSON.
    pub fn post(&mut self, path: &str, body: &Value) -> Response {
        let headers = [("content-type", "application/json")];
        self.call("POST", path, &headers, body.to_string().as_bytes())
    }

    /// Files a claim.
    pub fn file(&mut self, key: &str, claim: &Value) -> Response {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        self.call("POST", "/v1/claims", &headers, claim.to_string().as_bytes())
    }

    /// Any call.
    ///
    /// # Panics
    /// When no answer comes.
    pub fn call(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        self.try_call(method, path, headers, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Any call; the error when no answer came, as it may be when a service is killed.
    pub fn try_call(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<Response> {
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.address);
        if !body.is_empty() || !matches!(method, "GET" | "HEAD") {
            request += &format!("content-length: {}\r\n", body.len());
        }
        if let Some(token) = &self.token {
            request += &format!("authorization: Bearer {token}\r\n");
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += "\r\n";
        let head = request.into_bytes();
        let parts = match self.late.is_zero() {
            true => vec![[&head, body].concat()],
            false => vec![head, body.to_vec()],
        };
        self.send_parts(&parts, method == "HEAD")
    }

    /// Sends bytes as they are, for requests that no client would write.
    pub fn send_raw(&mut self, bytes: &[u8], head_only: bool) -> std::io::Result<Response> {
        self.send_parts(&[bytes.to_vec()], head_only)
    }

    fn send_parts(&mut self, parts: &[Vec<u8>], head_only: bool) -> std::io::Result<Response> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                BufReader::new(stream)
            }
        };
        // A service may refuse a request before it has read all of it.
        let mut parts = parts.iter().enumerate();
        let written = parts.try_for_each(|(index, bytes)| {
            if index > 0 {
                std::thread::sleep(self.late);
            }
            stream.get_mut().write_all(bytes)
        });
        let answer = read_response(&mut stream, head_only);
        match (answer, written) {
            (Ok(response), written) => {
                if written.is_ok() && response.header("connection") != Some("close") {
                    self.stream = Some(stream);
                }
                Ok(response)
            }
            (Err(_), Err(error)) | (Err(error), Ok(())) => Err(error),
        }
    }
}

impl Response {
    /// The first header of that name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

fn read_response(stream: &mut impl BufRead, head_only: bool) -> std::io::Result<Response> {
    let first = read_line(stream)?;
    let status = first
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| broken(&first))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| broken(&line))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut response = Response {
        status,
        headers,
        body: Vec::new(),
    };
    if !head_only && !matches!(status, 100..=199 | 204 | 304) {
        response.body = read_body(stream, &response)?;
    }
    Ok(response)
}

fn read_body(stream: &mut impl BufRead, head: &Response) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if head.header("transfer-encoding") == Some("chunked") {
        loop {
            let line = read_line(stream)?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| broken(&line))?;
            let start = body.len();
            body.resize(start + size, 0);
            stream.read_exact(&mut body[start..])?;
            // Behind the last chunk stands the empty line that ends the trailers.
            let end = read_line(stream)?;
            if !end.is_empty() {
                return Err(broken(&end));
            }
            if size == 0 {
                return Ok(body);
            }
        }
    }
    match head.header("content-length") {
        Some(length) => {
            body.resize(length.parse().map_err(|_| broken(length))?, 0);
            stream.read_exact(&mut body)?;
        }
        None => drop(stream.read_to_end(&mut body)?),
    }
    Ok(body)
}

fn read_line(stream: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn broken(line: &str) -> std::io::Error {
    std::io::Error::new(ErrorKind::InvalidData, format!("not HTTP: {line:?}"))
}
