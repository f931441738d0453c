//! A store that speaks as much of the S3 protocol as papers need, on a port of its own. It
//! reckons the signature of every request itself (AWS Signature Version 4).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use aws_lc_rs::{digest, hmac};

pub const KEY_ID: &str = "tradein-test";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// How the store takes requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Working,
    /// Answers 503 that often, then works.
    Failing(usize),
    /// Reads and never answers.
    Silent,
}

/// The store; it goes when its owner goes.
pub struct S3 {
    address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    /// By path: `/bucket/key`.
    objects: Mutex<BTreeMap<String, Vec<u8>>>,
    mood: Mutex<Mood>,
    requests: AtomicUsize,
    stopped: Mutex<bool>,
}

pub struct Request {
    pub method: String,
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl S3 {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            objects: Mutex::default(),
            mood: Mutex::new(Mood::Working),
            requests: AtomicUsize::new(0),
            stopped: Mutex::new(false),
        });
        let accepting = Arc::clone(&inner);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if *accepting.stopped.lock().unwrap() {
                    return;
                }
                let inner = Arc::clone(&accepting);
                // A client that goes away in the middle ends its connection only.
                thread::spawn(move || inner.serve(stream?));
            }
        });
        Self { address, inner }
    }

    /// The environment that leads here, with a secret.
    pub fn variables(&self, secret: &str) -> impl Fn(&str) -> Option<String> {
        let (endpoint, secret) = (format!("http://{}", self.address), secret.to_owned());
        move |name| match name {
            "AWS_ENDPOINT_URL" => Some(endpoint.clone()),
            "AWS_ALLOW_HTTP" => Some("true".to_owned()),
            "AWS_ACCESS_KEY_ID" => Some(KEY_ID.to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some(secret.clone()),
            "AWS_REGION" => Some("cn-test-1".to_owned()),
            _ => None,
        }
    }

    pub fn set_mood(&self, mood: Mood) {
        *self.inner.mood.lock().unwrap() = mood;
    }

    /// Requests that came so far.
    pub fn requests(&self) -> usize {
        self.inner.requests.load(Ordering::SeqCst)
    }

    /// Looks at what is stored, or changes it.
    pub fn objects<T>(&self, act: impl FnOnce(&mut BTreeMap<String, Vec<u8>>) -> T) -> T {
        act(&mut self.inner.objects.lock().unwrap())
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        *self.inner.stopped.lock().unwrap() = true;
        // Wakes the thread that accepts; if that fails it ends with the process.
        let _ = TcpStream::connect(self.address);
    }
}

impl Inner {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut writer = stream;
        while let Some(request) = read_request(&mut reader)? {
            self.requests.fetch_add(1, Ordering::SeqCst);
            let mood = {
                let mut mood = self.mood.lock().unwrap();
                let now = *mood;
                if let Mood::Failing(times) = now {
                    *mood = match times {
                        1 => Mood::Working,
                        more => Mood::Failing(more - 1),
                    };
                }
                now
            };
            let (status, body) = match mood {
                Mood::Working => self.answer(request),
                Mood::Failing(_) => (503, b"<Error><Code>SlowDown</Code></Error>".to_vec()),
                Mood::Silent => {
                    // Until the client gives up.
                    reader.read_to_end(&mut Vec::new())?;
                    return Ok(());
                }
            };
            let head = format!(
                "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nETag: \"x\"\r\n\
                 Last-Modified: Mon, 23 Nov 2026 01:00:00 GMT\r\n\r\n",
                body.len()
            );
            writer.write_all(head.as_bytes())?;
            writer.write_all(&body)?;
        }
        Ok(())
    }

    fn answer(&self, request: Request) -> (u16, Vec<u8>) {
        if let Err(what) = check_signature(&request, KEY_ID, SECRET) {
            return (403, format!("<Error>{what}</Error>").into_bytes());
        }
        let mut objects = self.objects.lock().unwrap();
        match request.method.as_str() {
            "PUT" => {
                objects.insert(request.path, request.body);
                (200, Vec::new())
            }
            "GET" => match objects.get(&request.path) {
                Some(object) => (200, object.clone()),
                None => (404, b"<Error><Code>NoSuchKey</Code></Error>".to_vec()),
            },
            "DELETE" => {
                objects.remove(&request.path);
                (204, Vec::new())
            }
            _ => (405, Vec::new()),
        }
    }
}

/// The next request of a connection; none when the client closed it.
fn read_request(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let mut word = || words.next().unwrap_or_default().to_owned();
    let (method, path) = (word(), word());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(Ok(0), |n| n.parse());
    let mut body = vec![0; length.map_err(io::Error::other)?];
    reader.read_exact(&mut body)?;
    Ok(Some(Request {
        method,
        path,
        headers,
        body,
    }))
}

/// Reckons the signature again from what came. Requests of papers have no query.
pub fn check_signature(request: &Request, key_id: &str, secret: &str) -> Result<(), &'static str> {
    let header = |name: &str| request.headers.get(name).map(String::as_str);
    let authorization = header("authorization").ok_or("not signed")?;
    let parts = authorization
        .strip_prefix("AWS4-HMAC-SHA256 ")
        .ok_or("another way of signing")?;
    let part = |name: &str| {
        let mut parts = parts.split(',').map(str::trim);
        parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    };
    let credential = part("Credential").ok_or("no credential")?;
    let signed = part("SignedHeaders").ok_or("no signed headers")?;
    let scope = credential
        .strip_prefix(key_id)
        .and_then(|rest| rest.strip_prefix('/'))
        .ok_or("another key")?;
    let scopes: Vec<&str> = scope.split('/').collect();
    let [date, region, "s3", "aws4_request"] = scopes[..] else {
        return Err("another scope");
    };
    let time = header("x-amz-date").ok_or("no date")?;
    if !time.starts_with(date) {
        return Err("another date");
    }
    let names: Vec<&str> = signed.split(';').collect();
    if !["host", "x-amz-content-sha256", "x-amz-date"]
        .iter()
        .all(|name| names.contains(name))
    {
        return Err("a header is not signed");
    }
    let payload = hex(digest::digest(&digest::SHA256, &request.body).as_ref());
    if header("x-amz-content-sha256") != Some(&payload) {
        return Err("another body");
    }
    let mut canonical = format!("{}\n{}\n\n", request.method, request.path);
    for name in names {
        let value = header(name).ok_or("a signed header is missing")?;
        writeln!(canonical, "{name}:{value}").unwrap();
    }
    write!(canonical, "\n{signed}\n{payload}").unwrap();
    let canonical = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{canonical}");
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in [date, region, "s3", "aws4_request", &text] {
        let signing = hmac::Key::new(hmac::HMAC_SHA256, &key);
        key = hmac::sign(&signing, part.as_bytes()).as_ref().to_vec();
    }
    match part("Signature") == Some(&hex(&key)) {
        true => Ok(()),
        false => Err("another signature"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The example "GET Object" of the Amazon S3 API Reference, "Signature Calculations for the
/// Authorization Header"; a change of any part of it is refused.
#[test]
fn the_published_example_is_signed_and_no_other_request() {
    let example = |changed: Option<(&str, &str)>| {
        let mut headers: BTreeMap<String, String> = [
            ("host", "examplebucket.s3.amazonaws.com"),
            ("range", "bytes=0-9"),
            (
                "x-amz-content-sha256",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            ),
            ("x-amz-date", "20130524T000000Z"),
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
                 SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
                 Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        if let Some((name, value)) = changed {
            headers.insert(name.to_owned(), value.to_owned());
        }
        Request {
            method: "GET".to_owned(),
            path: "/test.txt".to_owned(),
            headers,
            body: Vec::new(),
        }
    };
    let check = |request: &Request| check_signature(request, "AKIAIOSFODNN7EXAMPLE", SECRET);
    assert_eq!(check(&example(None)), Ok(()));
    for changed in [
        ("host", "other.s3.amazonaws.com"),
        ("range", "bytes=0-99"),
        ("x-amz-date", "20130524T000001Z"),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("authorization", ""),
    ] {
        assert!(check(&example(Some(changed))).is_err(), "{changed:?}");
    }
    let mut other = example(None);
    other.path = "/other.txt".to_owned();
    assert_eq!(check(&other), Err("another signature"));
    let mut other = example(None);
    other.body.push(b'x');
    assert_eq!(check(&other), Err("another body"));
    let wrong = check_signature(&example(None), "AKIAIOSFODNN7EXAMPLE", "another secret");
    assert_eq!(wrong, Err("another signature"));
}
