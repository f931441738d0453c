//! Which URLs may be called.
//!
//! A URL is judged when an endpoint is registered and again at every delivery; a name in it is
//! judged a third time by the addresses it resolves to (`src/webhooks/sender.rs`), because a
//! name may lead anywhere, and elsewhere tomorrow.

use std::fmt;
use std::net::IpAddr;

use hyper::Uri;
use hyper::header::HeaderValue;
use rustls::pki_types::ServerName;
use url::{Host, Position, Url};

use super::address::is_public;

/// What is allowed beyond public HTTPS. Both are for tests and sandboxes; whoever runs for real
/// never sets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// URLs without TLS.
    pub allow_http: bool,
    /// Addresses and names of the own machine and of private networks.
    pub allow_private: bool,
}

impl Policy {
    /// What the setting for sandboxes allows; without it nothing beyond public HTTPS.
    pub const fn for_sandbox(sandbox: bool) -> Self {
        Self {
            allow_http: sandbox,
            allow_private: sandbox,
        }
    }

    /// Whether a connection to `ip` may be made.
    pub fn admits(self, ip: IpAddr) -> bool {
        self.allow_private || is_public(ip)
    }
}

/// Why a URL is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// No URL, one that programs read in different ways, or a host that no certificate names.
    #[error("not a URL like https://host/path")]
    Malformed,
    /// Neither `https` nor an allowed `http`.
    #[error("a webhook is called by https only")]
    Scheme,
    /// A user name or a password.
    #[error("a webhook URL holds no user name and no password; deliveries are signed")]
    Credentials,
    /// A fragment, which is never sent.
    #[error("a webhook URL has no fragment")]
    Fragment,
    /// A port of another protocol.
    #[error("the port must be 443, or at least 1024 and not that of another protocol")]
    Port,
    /// An address or a name that is not public.
    #[error("the host is not on the public Internet")]
    Private,
}

impl TargetError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            TargetError::Malformed => "webhook_url_malformed",
            TargetError::Scheme => "webhook_url_scheme",
            TargetError::Credentials => "webhook_url_credentials",
            TargetError::Fragment => "webhook_url_fragment",
            TargetError::Port => "webhook_url_port",
            TargetError::Private => "webhook_url_private",
        }
    }
}

/// Characters that a URL may have; longer ones are cut by programs on the way.
const LONGEST: usize = 2_048;

/// Ports from 1024 up that no HTTP client should speak to, because another protocol may take
/// what it says for commands: the list of the Fetch standard, "Port blocking".
const OTHER_PROTOCOLS: [u16; 19] = [
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669,
    6679, 6697, 10080,
];

/// Ends of names that mean something inside a network, never on the Internet: `localhost`
/// (RFC 6761), `local` and the six of RFC 6762, appendix G, `home.arpa` (RFC 8375), and what
/// many machines call themselves without a domain.
const INSIDE: [&str; 10] = [
    "localhost",
    "local",
    "intranet",
    "internal",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
    "localdomain",
];

/// A URL that may be called, in one normal form.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
    pub(super) tls: bool,
    pub(super) port: u16,
    pub(super) host: Host<String>,
    pub(super) server: ServerName<'static>,
    /// For the `Host` header: with the port where it is not the scheme's own.
    pub(super) authority: HeaderValue,
    /// Path and query.
    pub(super) path: Uri,
}

impl Target {
    /// Reads and judges a URL.
    ///
    /// # Errors
    /// [`TargetError`].
    pub fn parse(text: &str, policy: Policy) -> Result<Self, TargetError> {
        plain(text)?;
        let url = Url::parse(text).map_err(|_| TargetError::Malformed)?;
        // What is kept is read again before each call, and escapes make it longer.
        if url.as_str().len() > LONGEST {
            return Err(TargetError::Malformed);
        }
        let tls = url.scheme() == "https";
        if url.fragment().is_some() {
            return Err(TargetError::Fragment);
        }
        let host = url.host().ok_or(TargetError::Malformed)?.to_owned();
        let server = match &host {
            Host::Domain(name) => ServerName::try_from(name.clone()),
            Host::Ipv4(ip) => Ok(IpAddr::from(*ip).into()),
            Host::Ipv6(ip) => Ok(IpAddr::from(*ip).into()),
        }
        .map_err(|_| TargetError::Malformed)?;
        let authority = HeaderValue::from_str(&url[Position::BeforeHost..Position::AfterPort])
            .map_err(|_| TargetError::Malformed)?;
        let path = url[Position::BeforePath..Position::AfterQuery]
            .parse()
            .map_err(|_| TargetError::Malformed)?;
        let target = Self {
            tls,
            port: url.port_or_known_default().ok_or(TargetError::Scheme)?,
            host,
            server,
            authority,
            path,
            url,
        };
        target.judge(policy)?;
        Ok(target)
    }

    /// Whether `policy` allows this URL, as far as the URL alone tells.
    ///
    /// # Errors
    /// [`TargetError`].
    pub(super) fn judge(&self, policy: Policy) -> Result<(), TargetError> {
        let scheme = self.url.scheme();
        if scheme != "https" && !(scheme == "http" && policy.allow_http) {
            return Err(TargetError::Scheme);
        }
        let own = if self.tls { 443 } else { 80 };
        if self.port != own && (self.port < 1_024 || OTHER_PROTOCOLS.contains(&self.port)) {
            return Err(TargetError::Port);
        }
        let public = match &self.host {
            Host::Domain(name) => policy.allow_private || is_public_name(name)?,
            Host::Ipv4(ip) => policy.admits((*ip).into()),
            Host::Ipv6(ip) => policy.admits((*ip).into()),
        };
        public.then_some(()).ok_or(TargetError::Private)
    }

    /// The URL in its normal form, to be kept.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }
}

impl fmt::Debug for Target {
    /// Scheme, host and port: some receivers put a secret into the path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = &self.url[Position::BeforeScheme..Position::AfterPort];
        f.debug_tuple("Target").field(&origin).finish()
    }
}

/// Refuses spellings that the URL standard repairs in silence and other programs read
/// otherwise: blanks, tabs and line ends, backslashes, too few or too many slashes, an escaped
/// host, an empty user name.
fn plain(text: &str) -> Result<(), TargetError> {
    let odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if text.len() > LONGEST || text.contains(odd) {
        return Err(TargetError::Malformed);
    }
    let (scheme, rest) = text.split_once("://").ok_or(TargetError::Malformed)?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return Err(TargetError::Scheme);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(TargetError::Credentials);
    }
    if authority.is_empty() || authority.contains('%') {
        return Err(TargetError::Malformed);
    }
    Ok(())
}

/// Whether a name can be one of the Internet. The URL standard has made it lower case ASCII.
///
/// # Errors
/// [`TargetError::Malformed`] for empty labels, also behind a full stop at the end: resolvers
/// and certificates treat that name as another one.
fn is_public_name(name: &str) -> Result<bool, TargetError> {
    if name.split('.').any(str::is_empty) {
        return Err(TargetError::Malformed);
    }
    let ends_in = |end: &str| {
        let front = name.strip_suffix(end);
        front.is_some_and(|front| front.is_empty() || front.ends_with('.'))
    };
    // A name of one label is completed by the machine's search list, or is a neighbour's.
    Ok(name.contains('.') && !INSIDE.into_iter().any(ends_in))
}

#[cfg(test)]
mod tests;
