//! One plain HTTP/1.1 connection to a service.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue};
use hyper::{HeaderMap, Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
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
    Connect(std::io::Error),
    #[error("{0}")]
    Http(hyper::Error),
    #[error("no answer within {} s", .0.as_secs())]
    Timeout(Duration),
    #[error("the request cannot be written: {0}")]
    Request(hyper::http::Error),
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
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
pub(super) struct Connection {
    target: Target,
    timeout: Duration,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    pub const fn new(target: Target, timeout: Duration) -> Self {
        Self {
            target,
            timeout,
            sender: None,
        }
    }

    pub fn url(&self) -> &str {
        &self.target.url
    }

    /// Connects now rather than with the first call.
    pub async fn open(&mut self) -> Result<(), NoAnswer> {
        if self.sender.is_none() {
            self.sender = Some(connect(&self.target).await?);
        }
        Ok(())
    }

    /// Sends a call once and reads the whole answer.
    pub async fn send(&mut self, call: &Call<'_>) -> Result<Answer, NoAnswer> {
        let outcome = tokio::time::timeout(self.timeout, self.exchange(call)).await;
        let outcome = outcome.unwrap_or(Err(NoAnswer::Timeout(self.timeout)));
        if outcome.is_err() {
            // Half an answer may still lie in the connection.
            self.sender = None;
        }
        outcome
    }

    async fn exchange(&mut self, call: &Call<'_>) -> Result<Answer, NoAnswer> {
        let mut idle = self.sender.take();
        if let Some(sender) = &mut idle
            && sender.ready().await.is_err()
        {
            idle = None;
        }
        let mut sender = match idle {
            Some(sender) => sender,
            None => connect(&self.target).await?,
        };
        let answer = sender.send_request(self.request(call)?).await;
        let (head, body) = answer.map_err(NoAnswer::Http)?.into_parts();
        let body = body.collect().await.map_err(NoAnswer::Http)?.to_bytes();
        self.sender = Some(sender);
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
        })
    }

    fn request(&self, call: &Call<'_>) -> Result<Request<Full<Bytes>>, NoAnswer> {
        let mut request = Request::builder().method(call.method.clone());
        request = if self.target.prefix.is_empty() {
            request.uri(call.path)
        } else {
            request.uri(format!("{}{}", self.target.prefix, call.path))
        };
        request = request
            .header(HOST, self.target.authority.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static(call.content_type));
        for (name, value) in call.headers {
            request = request.header(*name, value.clone());
        }
        request
            .body(Full::new(call.body.clone()))
            .map_err(NoAnswer::Request)
    }
}

async fn connect(target: &Target) -> Result<SendRequest<Full<Bytes>>, NoAnswer> {
    let address = (target.host.as_str(), target.port);
    let stream = TcpStream::connect(address)
        .await
        .map_err(NoAnswer::Connect)?;
    stream.set_nodelay(true).map_err(NoAnswer::Connect)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(NoAnswer::Http)?;
    // How it ends is told to whoever waits for an answer.
    tokio::spawn(connection);
    sender.ready().await.map_err(NoAnswer::Http)?;
    Ok(sender)
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
}
