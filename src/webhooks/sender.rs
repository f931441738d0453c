//! One delivery of one webhook.
//!
//! Every delivery has a connection of its own: the name is resolved here, each address is judged
//! here, and the socket is opened to that very address, so that no second answer of a name
//! server and no redirect can lead elsewhere. No HTTP client is used that would resolve names,
//! follow redirects, keep cookies or read a proxy from the environment.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, Either, FutureExt as _, select};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Host;

use super::signature::{ID_HEADER, MessageId, SIGNATURE_HEADER, Secrets, TIMESTAMP_HEADER, sign};
use super::target::{Policy, Target};
use crate::domain::time::Timestamp;

/// What receivers see in their logs.
const AGENT: HeaderValue = HeaderValue::from_static("tradein-webhooks/1");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// The time that a delivery may take in all, unless told otherwise. Less than the 15 to 30 s of
/// the specification's "Request timeouts": a receiver should answer first and work afterwards,
/// and a slow one must not keep others waiting.
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// Each address gets this part of the time to accept a connection, so that a dead one leaves
/// time for the next.
const CONNECT_SHARE: u32 = 3;
/// After this many bytes of a response's body, all of them dropped, no more is asked for.
const BODY_READ: usize = 1_024;
/// Bytes that are held of a response at any time, so also those that its head may have.
const HEAD_LIMIT: usize = 16 * 1_024;

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The receiver has it: any 2xx.
    Accepted {
        /// The HTTP status.
        status: u16,
    },
    /// 410: the receiver wants nothing more, and the endpoint is to be disabled ("Delivery
    /// success and failure").
    Gone,
    /// Any other status; redirects are not followed.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What the receiver asks for in `Retry-After`, when it says so in seconds.
        retry_after: Option<Duration>,
    },
    /// There was no answer.
    Failed {
        /// Why.
        why: Failure,
    },
}

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The URL is not allowed by the sender's policy.
    #[error("the URL may not be called")]
    NotAllowed,
    /// The name has no address, or no name server answered.
    #[error("the host name does not resolve")]
    Dns,
    /// The name has no public address.
    #[error("the host name leads to no public address")]
    PrivateAddress,
    /// No address accepted a connection.
    #[error("no connection")]
    Connect,
    /// No TLS, or a certificate that is not valid for the host.
    #[error("no TLS, or no valid certificate")]
    Tls,
    /// The connection broke, or what came was not HTTP/1.1.
    #[error("the connection broke before a whole HTTP response")]
    Broken,
    /// Too slow.
    #[error("no response in time")]
    TimedOut,
}

impl Failure {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Failure::NotAllowed => "webhook_not_allowed",
            Failure::Dns => "webhook_dns",
            Failure::PrivateAddress => "webhook_private_address",
            Failure::Connect => "webhook_connect",
            Failure::Tls => "webhook_tls",
            Failure::Broken => "webhook_broken",
            Failure::TimedOut => "webhook_timed_out",
        }
    }
}

/// Why there is no sender.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// Nothing to judge certificates by: the image has no `ca-certificates`, or
    /// `SSL_CERT_FILE` names the wrong file.
    #[error("this machine has no root certificates, so no webhook can be sent over TLS")]
    NoRoots,
    /// The cryptography in use knows no safe version of TLS.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

impl SenderError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            SenderError::NoRoots => "webhook_no_roots",
            SenderError::Tls(_) => "webhook_tls_setup",
        }
    }
}

/// Finds the addresses of a name.
pub trait Resolve: Send + Sync {
    /// Every address of `host`, in the order to try them.
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// As this machine resolves names. A lookup that hangs holds a thread until the system gives up,
/// also when the delivery has timed out.
struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        }
        .boxed()
    }
}

/// Sends webhooks.
pub struct Sender {
    policy: Policy,
    time_limit: Duration,
    resolver: Box<dyn Resolve>,
    tls: TlsConnector,
}

impl Sender {
    /// A sender that trusts the machine's root certificates, which are read now and never again.
    ///
    /// # Errors
    /// [`SenderError`].
    pub fn new(policy: Policy) -> Result<Self, SenderError> {
        // Single files that cannot be read leave the rest; without any, `trusting` refuses.
        Self::trusting(rustls_native_certs::load_native_certs().certs, policy)
    }

    /// A sender that trusts `roots` and no others.
    ///
    /// # Errors
    /// [`SenderError`]; no roots are enough where HTTP is allowed.
    pub fn trusting(
        roots: impl IntoIterator<Item = CertificateDer<'static>>,
        policy: Policy,
    ) -> Result<Self, SenderError> {
        let mut store = RootCertStore::empty();
        let (usable, _) = store.add_parsable_certificates(roots);
        if usable == 0 && !policy.allow_http {
            return Err(SenderError::NoRoots);
        }
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(store)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            policy,
            time_limit: TIME_LIMIT,
            resolver: Box::new(SystemResolver),
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    /// With another limit than 10 s for a whole delivery.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// With names resolved in another way. What it finds is judged all the same.
    #[must_use]
    pub fn with_resolver(mut self, resolver: impl Resolve + 'static) -> Self {
        self.resolver = Box::new(resolver);
        self
    }

    /// Sends `body` once, signed for the attempt `at` with every active secret.
    pub async fn send(
        &self,
        target: &Target,
        id: &MessageId,
        at: Timestamp,
        body: Bytes,
        secrets: &Secrets,
    ) -> Delivery {
        let request = request(target, id, at, body, secrets);
        let mut heard = None;
        let exchange = self.exchange(target, request, &mut heard);
        let ended = timeout(self.time_limit, exchange).await;
        // A status that was heard counts, however the rest of the response ends.
        heard.unwrap_or(Delivery::Failed {
            why: match ended {
                Ok(Err(why)) => why,
                Ok(Ok(())) => Failure::Broken,
                Err(_) => Failure::TimedOut,
            },
        })
    }

    async fn exchange(
        &self,
        target: &Target,
        request: Request<Full<Bytes>>,
        heard: &mut Option<Delivery>,
    ) -> Result<(), Failure> {
        target.judge(self.policy).map_err(|_| Failure::NotAllowed)?;
        let stream = self.connect(&self.addresses(target).await?).await?;
        if !target.tls {
            return speak(stream, request, heard).await;
        }
        let server = target.server.clone();
        let stream = self.tls.connect(server, stream).await;
        speak(stream.map_err(|_| Failure::Tls)?, request, heard).await
    }

    /// Where to connect to: never empty, and nothing that the policy does not admit. A name with
    /// public and other addresses is called at the public ones, because networks with DNS64 add
    /// addresses of their own to every name.
    async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, Failure> {
        let found = match &target.host {
            Host::Ipv4(ip) => vec![(*ip).into()],
            Host::Ipv6(ip) => vec![(*ip).into()],
            Host::Domain(name) => self
                .resolver
                .resolve(name)
                .await
                .map_err(|_| Failure::Dns)?,
        };
        if found.is_empty() {
            return Err(Failure::Dns);
        }
        let admitted: Vec<SocketAddr> = found
            .into_iter()
            .filter(|ip| self.policy.admits(*ip))
            .map(|ip| SocketAddr::new(ip, target.port))
            .collect();
        if admitted.is_empty() {
            return Err(Failure::PrivateAddress);
        }
        Ok(admitted)
    }

    /// A connection to the first of `addresses` that accepts one.
    async fn connect(&self, addresses: &[SocketAddr]) -> Result<TcpStream, Failure> {
        for address in addresses {
            let limit = self.time_limit / CONNECT_SHARE;
            if let Ok(Ok(stream)) = timeout(limit, TcpStream::connect(address)).await {
                return Ok(stream);
            }
        }
        Err(Failure::Connect)
    }
}

#[expect(
    clippy::expect_used,
    reason = "identifiers are letters, digits, _ and -; signatures are base64, commas and blanks"
)]
fn request(
    target: &Target,
    id: &MessageId,
    at: Timestamp,
    body: Bytes,
    secrets: &Secrets,
) -> Request<Full<Bytes>> {
    let signature = sign(secrets, id, at, &body);
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = target.path.clone();
    let headers = request.headers_mut();
    headers.insert(HOST, target.authority.clone());
    headers.insert(USER_AGENT, AGENT);
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(CONNECTION, CLOSE);
    headers.insert(
        ID_HEADER,
        HeaderValue::from_str(id.as_str()).expect("a plain identifier"),
    );
    headers.insert(TIMESTAMP_HEADER, at.unix_seconds().into());
    headers.insert(
        SIGNATURE_HEADER,
        HeaderValue::from_str(&signature).expect("a plain signature"),
    );
    request
}

/// One request over `stream`, which is closed behind it. What the head of the response says is
/// put into `heard` at once; then a little of the body is taken, so that a receiver can finish
/// its short answer in peace.
async fn speak(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    request: Request<Full<Bytes>>,
    heard: &mut Option<Delivery>,
) -> Result<(), Failure> {
    let (mut requests, connection) = http1::Builder::new()
        .max_buf_size(HEAD_LIMIT)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| Failure::Broken)?;
    let answered = pin!(async move {
        let response = requests.send_request(request).await;
        let response = response.map_err(|_| Failure::Broken)?;
        *heard = Some(outcome(&response));
        drain(response.into_body()).await;
        Ok(())
    });
    // The connection moves the bytes of the request and of its response. It is polled in this
    // very future, so that nothing of it outlives the delivery.
    match select(answered, pin!(connection)).await {
        Either::Left((ended, _)) => ended,
        Either::Right((_, answered)) => answered.await,
    }
}

fn outcome(response: &Response<Incoming>) -> Delivery {
    let status = response.status();
    if status.is_success() {
        return Delivery::Accepted {
            status: status.as_u16(),
        };
    }
    if status == StatusCode::GONE {
        return Delivery::Gone;
    }
    let seconds = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    Delivery::Refused {
        status: status.as_u16(),
        retry_after: seconds.map(Duration::from_secs),
    }
}

/// Reads a body until its end, an error, or [`BODY_READ`] bytes.
async fn drain(mut body: Incoming) {
    let mut read = 0;
    while read < BODY_READ && !body.is_end_stream() {
        match body.frame().await {
            Some(Ok(frame)) => read += frame.data_ref().map_or(0, Bytes::len),
            Some(Err(_)) | None => return,
        }
    }
}
