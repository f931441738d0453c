//! What to rehearse.

use std::time::Duration;

use super::profile::Profile;

/// A rehearsal.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Addresses of the service: `http://host:port`; several instances share the connections.
    pub urls: Vec<String>,
    /// The dealers that file; they take turns.
    pub dealers: Vec<Access>,
    /// What the claims look like.
    pub profile: Profile,
    /// Claims sent before this time has passed are filed like all others, but not measured: they
    /// warm the service up.
    pub warm_up: Duration,
    /// How many claims, or how long; what warms up comes on top.
    pub volume: Volume,
    /// When the next claim is sent.
    pub pace: Pace,
    /// Connections, each with at most one claim under way.
    pub connections: usize,
    /// Fixes the claims to the byte.
    pub seed: u64,
    /// How often one claim is tried, the first time included: again, with the same key, when the
    /// service is overloaded, limits the rate, or breaks the connection off.
    pub attempts: u32,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Whether the report keeps a record of every claim.
    pub keep_history: bool,
    /// Claims that are written before the clock starts, at most; later ones are written as they
    /// are sent. A thousand take some 1.3 MB.
    pub stock: u64,
}

/// The credentials of a dealer.
#[derive(Clone)]
pub struct Access {
    /// As `dealer add` printed it.
    pub client_id: String,
    /// As `dealer add` printed it.
    pub client_secret: String,
    /// The dealer's credit code, which stands as the seller on every invoice; when it is absent
    /// the service is asked which of its dealers these credentials belong to.
    pub uscc: Option<String>,
}

impl std::fmt::Debug for Access {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access")
            .field("client_id", &self.client_id)
            .field("uscc", &self.uscc)
            .finish_non_exhaustive()
    }
}

/// When a rehearsal ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volume {
    /// After so many claims.
    Claims(u64),
    /// After this time; claims under way are still waited for.
    Duration(Duration),
}

/// When the next claim is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// As soon as a connection has its answer (closed loop).
    Closed,
    /// So many a second, whatever the service does (open loop). Latency counts from the moment
    /// at which a claim should have been sent, also when every connection was busy then.
    Open {
        /// Claims a second; above zero.
        rate: f64,
    },
    /// All at the first instant: an opening. Every claim's latency counts from there, however
    /// many connections they share.
    AtOnce,
}

impl Plan {
    /// A plan with the defaults of the command line: a thousand claims over 64 connections, as
    /// fast as the answers come, nothing tried twice.
    pub fn new(url: impl Into<String>, dealer: Access, profile: Profile, seed: u64) -> Self {
        Self {
            urls: vec![url.into()],
            dealers: vec![dealer],
            profile,
            warm_up: Duration::ZERO,
            volume: Volume::Claims(1_000),
            pace: Pace::Closed,
            connections: 64,
            seed,
            attempts: 1,
            timeout: Duration::from_secs(60),
            keep_history: false,
            stock: 100_000,
        }
    }
}

/// Why a rehearsal did not take place.
#[derive(Debug, thiserror::Error)]
pub enum RehearseError {
    /// The plan asks for nothing: no address, dealer, connection or claim, or no pace.
    #[error("nothing to rehearse: {0}")]
    Empty(&'static str),
    /// Not an address.
    #[error("{url:?} is no address of a service; it looks like http://127.0.0.1:8080")]
    Url {
        /// What was given.
        url: String,
    },
    /// An address that needs TLS.
    #[error(
        "{url}: rehearsals speak plain HTTP only; point at the service behind the proxy, http://…"
    )]
    NotHttp {
        /// What was given.
        url: String,
    },
    /// No shipped programme, so nobody knows what its claims look like.
    #[error(
        "no claims are known for programme {0:?}; name a shipped programme that it resembles with --like"
    )]
    UnknownProgramme(String),
    /// Nothing answers there.
    #[error("{url} does not answer: {cause}")]
    Unreachable {
        /// The address.
        url: String,
        /// Why.
        cause: String,
    },
    /// The service answered something that no rehearsal can use.
    #[error("{call} answered {status}: {body}")]
    Answer {
        /// Method and path.
        call: &'static str,
        /// HTTP status.
        status: u16,
        /// The beginning of the body.
        body: String,
    },
    /// No public dealer is the one that the credentials belong to.
    #[error("cannot tell which dealer {client_id} is; name its credit code with --seller")]
    SellerUnknown {
        /// The client.
        client_id: String,
    },
    /// Every claim was without a verdict.
    #[error("no claim got a verdict")]
    NoVerdict,
    /// No runtime, or the history could not be written.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: std::io::Error,
    },
}
