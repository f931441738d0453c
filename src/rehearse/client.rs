//! One plain HTTP/1.1 connection to a service.

use std::io;
use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::HeaderValue;
use hyper::{Method, StatusCode, Uri};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::plan::RehearseError;

/// Where a service listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// As the caller wrote it.
    pub url: String,
    host: String,
    port: u16,
    authority: HeaderValue,
    /// What stands before `/v1`; empty as a rule.
    prefix: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("{0}")]
    Connect(io::Error),
    #[error("the connection broke: {0}")]
    Broken(io::Error),
    #[error("no HTTP/1.1 answer")]
    Garbled,
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    #[error("the request cannot be written: {0}")]
    Request(hyper::header::InvalidHeaderValue),
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    /// The seconds after which the service asks to come again.
    pub retry_after: Option<u64>,
    pub body: Bytes,
}

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Call<'a> {
    pub method: Method,
    /// Path and query behind the target's prefix.
    pub path: &'a str,
    pub content_type: &'static str,
    pub headers: &'a [(&'static str, HeaderValue)],
    pub body: Bytes,
}

impl Target {
    /// Reads `http://host:port`.
    pub fn parse(url: &str) -> Result<Self, RehearseError> {
        let wrong = || RehearseError::Url {
            url: url.to_owned(),
        };
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        if uri.scheme_str() == Some("https") {
            return Err(RehearseError::NotHttp {
                url: url.to_owned(),
            });
        }
        let (Some("http"), Some(authority), None) =
            (uri.scheme_str(), uri.authority(), uri.query())
        else {
            return Err(wrong());
        };
        Ok(Self {
            url: url.to_owned(),
            // An IPv6 address stands in brackets in a URL, and without them in a socket address.
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(80),
            authority: HeaderValue::from_str(authority.as_str()).map_err(|_| wrong())?,
            prefix: uri.path().trim_end_matches('/').to_owned(),
        })
    }
}

/// A connection that opens itself again when the service has closed it between two answers.
///
/// Written by hand, on a parser of heads: the load shares its machine with the service, and what
/// a general client spends on a request would be missing there.
pub(super) struct Connection {
    target: Target,
    timeout: Duration,
    stream: Option<TcpStream>,
    /// What goes out, and what has come in and is not read yet; kept for their room.
    out: Vec<u8>,
    inbox: Vec<u8>,
}

impl Connection {
    pub const fn new(target: Target, timeout: Duration) -> Self {
        Self {
            target,
            timeout,
            stream: None,
            out: Vec::new(),
            inbox: Vec::new(),
        }
    }

    pub fn url(&self) -> &str {
        &self.target.url
    }

    /// Connects now rather than with the first call.
    pub async fn open(&mut self) -> Result<(), NoAnswer> {
        if self.stream.is_none() {
            self.stream = Some(connect(&self.target).await?);
        }
        Ok(())
    }

    /// Sends a call once and reads the whole answer.
    pub async fn send(&mut self, call: &Call<'_>) -> Result<Answer, NoAnswer> {
        let outcome = tokio::time::timeout(self.timeout, self.exchange(call)).await;
        let outcome = outcome.unwrap_or(Err(NoAnswer::Timeout(self.timeout)));
        if outcome.is_err() {
            // Half an answer may still lie in the connection.
            self.stream = None;
        }
        outcome
    }

    async fn exchange(&mut self, call: &Call<'_>) -> Result<Answer, NoAnswer> {
        let idle = self.stream.take().filter(is_open);
        let mut stream = match idle {
            Some(stream) => stream,
            None => connect(&self.target).await?,
        };
        self.inbox.clear();
        write_request(&self.target, call, &mut self.out);
        let sent = stream.write_all(&self.out).await;
        sent.map_err(NoAnswer::Broken)?;
        let head = loop {
            if let Some(head) = read_head(&self.inbox)? {
                break head;
            }
            more(&mut stream, &mut self.inbox).await?;
        };
        let body = match head.length {
            Length::Known(length) => {
                while self.inbox.len() < head.bytes + length {
                    more(&mut stream, &mut self.inbox).await?;
                }
                Bytes::copy_from_slice(&self.inbox[head.bytes..head.bytes + length])
            }
            Length::Chunked => loop {
                if let Some(body) = read_chunks(&self.inbox[head.bytes..])? {
                    break body;
                }
                more(&mut stream, &mut self.inbox).await?;
            },
        };
        if head.keeps_open {
            self.stream = Some(stream);
        }
        Ok(Answer {
            status: head.status,
            retry_after: head.retry_after,
            body,
        })
    }
}

async fn connect(target: &Target) -> Result<TcpStream, NoAnswer> {
    let address = (target.host.as_str(), target.port);
    let stream = TcpStream::connect(address)
        .await
        .map_err(NoAnswer::Connect)?;
    stream.set_nodelay(true).map_err(NoAnswer::Connect)?;
    Ok(stream)
}

/// Whether an idle connection was left alone by the service: nothing has come, not even its end.
fn is_open(stream: &TcpStream) -> bool {
    let looked = stream.try_read(&mut [0]);
    matches!(looked, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

async fn more(stream: &mut TcpStream, inbox: &mut Vec<u8>) -> Result<(), NoAnswer> {
    inbox.reserve(4_096);
    match stream.read_buf(inbox).await {
        Ok(0) => Err(NoAnswer::Broken(io::ErrorKind::UnexpectedEof.into())),
        Ok(_) => Ok(()),
        Err(error) => Err(NoAnswer::Broken(error)),
    }
}

fn write_request(target: &Target, call: &Call<'_>, out: &mut Vec<u8>) {
    out.clear();
    for part in [
        call.method.as_str().as_bytes(),
        b" ",
        target.prefix.as_bytes(),
        call.path.as_bytes(),
        b" HTTP/1.1\r\nhost: ",
        target.authority.as_bytes(),
        b"\r\ncontent-type: ",
        call.content_type.as_bytes(),
    ] {
        out.extend_from_slice(part);
    }
    for (name, value) in call.headers {
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
    }
    let length = format!("\r\ncontent-length: {}\r\n\r\n", call.body.len());
    out.extend_from_slice(length.as_bytes());
    out.extend_from_slice(&call.body);
}

/// How long a body is.
enum Length {
    Known(usize),
    Chunked,
}

struct Head {
    status: StatusCode,
    /// Its own length, with the empty line.
    bytes: usize,
    length: Length,
    keeps_open: bool,
    retry_after: Option<u64>,
}

/// The head of an answer; `None` while it is not whole.
fn read_head(inbox: &[u8]) -> Result<Option<Head>, NoAnswer> {
    let mut room = [httparse::EMPTY_HEADER; 64];
    let mut answer = httparse::Response::new(&mut room);
    let bytes = match answer.parse(inbox).map_err(|_| NoAnswer::Garbled)? {
        httparse::Status::Complete(bytes) => bytes,
        httparse::Status::Partial => return Ok(None),
    };
    let named = |name: &str| {
        let mut headers = answer.headers.iter();
        let found = headers.find(|h| h.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok().map(str::trim)
    };
    let status = answer.code.and_then(|code| StatusCode::from_u16(code).ok());
    let status = status.ok_or(NoAnswer::Garbled)?;
    let is = |name: &str, word: &str| named(name).is_some_and(|v| v.eq_ignore_ascii_case(word));
    let length = if is("transfer-encoding", "chunked") {
        Length::Chunked
    } else {
        match named("content-length") {
            Some(text) => Length::Known(text.parse().map_err(|_| NoAnswer::Garbled)?),
            None if status == StatusCode::NO_CONTENT => Length::Known(0),
            // Everything that answers claims says how long its answer is.
            None => return Err(NoAnswer::Garbled),
        }
    };
    Ok(Some(Head {
        status,
        bytes,
        length,
        keeps_open: answer.version == Some(1) && !is("connection", "close"),
        retry_after: named("retry-after").and_then(|text| text.parse().ok()),
    }))
}

/// A body in chunks, without trailers; `None` while it is not whole.
fn read_chunks(mut rest: &[u8]) -> Result<Option<Bytes>, NoAnswer> {
    let mut body = Vec::new();
    loop {
        let size = httparse::parse_chunk_size(rest).map_err(|_| NoAnswer::Garbled)?;
        let httparse::Status::Complete((head, size)) = size else {
            return Ok(None);
        };
        let size = usize::try_from(size).map_err(|_| NoAnswer::Garbled)?;
        let end = head.saturating_add(size);
        let Some(chunk) = rest.get(head..end.saturating_add(2)) else {
            return Ok(None);
        };
        if chunk.get(size..) != Some(b"\r\n") {
            return Err(NoAnswer::Garbled);
        }
        if size == 0 {
            return Ok(Some(Bytes::from(body)));
        }
        body.extend_from_slice(&chunk[..size]);
        rest = &rest[end + 2..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses() {
        let target = Target::parse("http://127.0.0.1:8080").unwrap();
        assert_eq!((target.host.as_str(), target.port), ("127.0.0.1", 8080));
        assert_eq!(target.prefix, "");
        let target = Target::parse("http://[::1]/claims/").unwrap();
        assert_eq!((target.host.as_str(), target.port), ("::1", 80));
        assert_eq!(target.prefix, "/claims");
    }

    #[test]
    fn says_what_is_wrong_with_an_address() {
        let error = |url: &str| Target::parse(url).unwrap_err().to_string();
        assert!(error("https://example.test").contains("plain HTTP only"));
        for url in ["", "localhost", "127.0.0.1:80", "ftp://a", "http://a/?b=c"] {
            assert!(error(url).contains("no address of a service"), "{url}");
        }
    }

    #[test]
    fn reads_a_head_once_it_is_whole() {
        let text = b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}";
        for end in 0..text.len() - 2 {
            assert!(read_head(&text[..end]).unwrap().is_none(), "{end}");
        }
        let head = read_head(text).unwrap().unwrap();
        assert_eq!((head.status.as_u16(), head.bytes), (503, text.len() - 2));
        assert_eq!((head.retry_after, head.keeps_open), (Some(7), true));
        assert!(matches!(head.length, Length::Known(2)));
        let closing = b"HTTP/1.1 200 OK\r\nconnection: Close\r\ncontent-length: 0\r\n\r\n";
        assert!(!read_head(closing).unwrap().unwrap().keeps_open);
        let none = b"HTTP/1.1 204 No Content\r\n\r\n";
        assert!(matches!(
            read_head(none).unwrap().unwrap().length,
            Length::Known(0)
        ));
        for wrong in [
            &b"SSH-2.0-OpenSSH\r\n"[..],
            b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n\r\n",
        ] {
            assert!(read_head(wrong).is_err());
        }
    }

    #[test]
    fn puts_chunks_together() {
        let text = b"4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\n";
        for end in 0..text.len() {
            assert!(read_chunks(&text[..end]).unwrap().is_none(), "{end}");
        }
        assert_eq!(read_chunks(text).unwrap().unwrap(), "Wikipedia");
        assert!(read_chunks(b"4\r\nWikixx0\r\n\r\n").is_err());
        assert!(read_chunks(b"nonsense\r\n").is_err());
    }
}
