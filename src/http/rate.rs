//! Limits on how often something is asked, with bounded memory.
//!
//! The address is always asked first: one address can then make only so many keys in the
//! other limiters. Limits of tokens are generous, because all dealers of a city may sit
//! behind a few addresses, and a secret of 256 bits is not guessed; those of the public
//! claim status are what guards the eight digits that an applicant proves it with.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::X_FORWARDED_FOR;
use governor::clock::Clock;
use governor::{DefaultKeyedRateLimiter, Quota};

use super::guesses::{Guess, Guesses};
use super::problem::{Problem, ProblemCode};
use crate::clock;
use crate::domain::ids::DealerId;

/// Keys that one limiter remembers at most.
pub(super) const MOST_KEYS: usize = 100_000;
/// Keys that are at rest again are forgotten every so many questions.
const SWEEP_EVERY: u32 = 1024;

/// So many at once, and then one each `every`.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// How many at once.
    pub burst: NonZeroU32,
    /// How long until one more is allowed.
    pub every: Duration,
}

impl Rate {
    const fn new(burst: u32, every: Duration) -> Self {
        Self {
            burst: NonZeroU32::MIN.saturating_add(burst - 1),
            every,
        }
    }
}

/// The limits of a server.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// Token requests from one address.
    pub token_address: Rate,
    /// Token requests for one client.
    pub token_client: Rate,
    /// Questions for a claim's status from one address.
    pub status_address: Rate,
    /// Wrong answers about the status of one claim number.
    pub status_number: Rate,
    /// Wrong answers about the status of any claim, to everybody together.
    pub status_overall: Rate,
    /// Wrong answers to one address, once those of everybody are used up.
    pub status_scarce: Rate,
    /// Tests that one dealer sends to its webhook endpoints.
    pub webhook_test: Rate,
    /// Attempts to sign in or to enrol from one address.
    pub sign_in: Rate,
    /// Questions whether a claim was filed in somebody's name, from one address.
    pub name_address: Rate,
    /// Such questions about one identity number.
    pub name_number: Rate,
    /// Receipts that are checked from one address.
    pub receipt: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            token_address: Rate::new(2000, Duration::from_millis(2)),
            token_client: Rate::new(600, Duration::from_millis(20)),
            status_address: Rate::new(300, Duration::from_millis(200)),
            // 308 guesses a day about one claim, of at least ten million pairs of tails.
            status_number: Rate::new(20, Duration::from_secs(300)),
            // On the first day of a programme a hundred thousand people may ask in an hour, and
            // some of them mistype: 18,000 mistakes an hour are free.
            status_overall: Rate::new(2000, Duration::from_millis(200)),
            status_scarce: Rate::new(3, Duration::from_secs(600)),
            webhook_test: Rate::new(5, Duration::from_secs(20)),
            sign_in: Rate::new(60, Duration::from_secs(2)),
            name_address: Rate::new(30, Duration::from_secs(20)),
            name_number: Rate::new(5, Duration::from_secs(600)),
            receipt: Rate::new(120, Duration::from_millis(500)),
        }
    }
}

/// The limiters of a server.
pub struct Limits {
    token_address: Keyed<IpAddr>,
    token_client: Keyed<String>,
    status_address: Keyed<IpAddr>,
    guesses: Guesses,
    webhook_test: Keyed<DealerId>,
    sign_in: Keyed<IpAddr>,
    name_address: Keyed<IpAddr>,
    name_number: Keyed<String>,
    receipt: Keyed<IpAddr>,
}

impl Limits {
    /// Limiters that nobody has used.
    pub fn new(rates: &Rates) -> Self {
        Self {
            token_address: Keyed::new(rates.token_address),
            token_client: Keyed::new(rates.token_client),
            status_address: Keyed::new(rates.status_address),
            guesses: Guesses::new(rates),
            webhook_test: Keyed::new(rates.webhook_test),
            sign_in: Keyed::new(rates.sign_in),
            name_address: Keyed::new(rates.name_address),
            name_number: Keyed::new(rates.name_number),
            receipt: Keyed::new(rates.receipt),
        }
    }

    /// Counts a request for a token.
    ///
    /// # Errors
    /// [`ProblemCode::TooManyRequests`].
    pub fn token(&self, address: IpAddr, client: &str) -> Result<(), Problem> {
        self.token_address.ask(&address)?;
        self.token_client.ask(&shortened(client))
    }

    /// Counts an attempt to sign in or to enrol; a whole office may sit behind one address.
    ///
    /// # Errors
    /// [`ProblemCode::TooManyRequests`].
    pub fn sign_in(&self, address: IpAddr) -> Result<(), Problem> {
        self.sign_in.ask(&address)
    }

    /// Counts a question for a claim's status, before anybody looks whether the claim exists, as
    /// a guess until [`Limits::was_right`].
    ///
    /// # Errors
    /// [`ProblemCode::TooManyRequests`].
    pub fn claim_status(&self, address: IpAddr, number: &str) -> Result<Guess, Problem> {
        self.status_address.ask(&address)?;
        let number = shortened(number);
        self.guesses
            .ask(address, number, clock::since_start())
            .map_err(too_soon)
    }

    /// Gives back a guess whose answer was right.
    pub fn was_right(&self, guess: &Guess) {
        self.guesses.was_right(guess);
    }

    /// Counts a question whether a claim was filed in somebody's name: who has a list of numbers
    /// and names must not learn from us which of them bought what.
    ///
    /// # Errors
    /// [`ProblemCode::TooManyRequests`].
    pub fn in_my_name(&self, address: IpAddr, number: &str) -> Result<(), Problem> {
        self.name_address.ask(&address)?;
        self.name_number.ask(&shortened(number))
    }

    /// Counts a receipt that is checked.
    ///
    /// # Errors
    /// [`ProblemCode::TooManyRequests`].
    pub fn receipt(&self, address: IpAddr) -> Result<(), Problem> {
        self.receipt.ask(&address)
    }

    /// Counts a test that a dealer wants to send: each makes the service call an address of the
    /// dealer's choice at once.
    ///
    /// # Errors
    /// [`ProblemCode::TooManyRequests`].
    pub fn webhook_test(&self, dealer: DealerId) -> Result<(), Problem> {
        self.webhook_test.ask(&dealer)
    }
}

/// The network that a request comes from: an address, or for IPv6 the 64 bits that one
/// customer is given.
///
/// Behind a proxy that the settings name it is the last address of `X-Forwarded-For` that
/// is not such a proxy itself; whatever stands before it anybody may have written.
pub fn address(request: &HttpRequest, proxies: &[IpAddr]) -> IpAddr {
    let Some(peer) = request.peer_addr().map(|peer| peer.ip().to_canonical()) else {
        return IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    };
    if !proxies.contains(&peer) {
        return network(peer);
    }
    let forwarded: Vec<&str> = request
        .headers()
        .get_all(X_FORWARDED_FOR)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut nearest = peer;
    for text in forwarded.into_iter().rev() {
        let Ok(address) = text.trim().parse::<IpAddr>() else {
            break;
        };
        nearest = address.to_canonical();
        if !proxies.contains(&nearest) {
            break;
        }
    }
    network(nearest)
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
            address.to_bits() & !u128::from(u64::MAX),
        )),
        address => address,
    }
}

/// Keys from outside in one spelling and of bounded length.
fn shortened(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .take(64)
        .collect::<String>()
        .to_ascii_uppercase()
}

struct Keyed<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    asked: AtomicU32,
    most: usize,
}

impl<K: Hash + Eq + Clone> Keyed<K> {
    fn new(rate: Rate) -> Self {
        let quota = Quota::with_period(rate.every)
            .unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
            .allow_burst(rate.burst);
        Self {
            limiter: DefaultKeyedRateLimiter::keyed(quota),
            asked: AtomicU32::new(0),
            most: MOST_KEYS,
        }
    }

    fn ask(&self, key: &K) -> Result<(), Problem> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.limiter.retain_recent();
        }
        if self.limiter.len() >= self.most {
            self.limiter.retain_recent();
            // More keys than ever are busy at once: refusing is safe, growing is not.
            if self.limiter.len() >= self.most {
                return Err(Problem::retry_after(ProblemCode::TooManyRequests, 5));
            }
        }
        self.limiter
            .check_key(key)
            .map_err(|refused| too_soon(refused.wait_time_from(self.limiter.clock().now())))
    }
}

fn too_soon(wait: Duration) -> Problem {
    let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX - 1) + 1;
    Problem::retry_after(ProblemCode::TooManyRequests, seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(burst: u32) -> Rate {
        Rate::new(burst, Duration::from_secs(3600))
    }

    fn from(peer: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let mut request = actix_web::test::TestRequest::default().peer_addr(peer.parse().unwrap());
        for line in forwarded {
            request = request.append_header(("x-forwarded-for", *line));
        }
        let proxies: Vec<IpAddr> = proxies.iter().map(|p| p.parse().unwrap()).collect();
        address(&request.to_http_request(), &proxies).to_string()
    }

    #[test]
    fn only_proxies_that_are_named_may_say_who_asks() {
        let peer = "10.0.0.1:5000";
        let proxy: &[&str] = &["10.0.0.1"];
        let two: &[&str] = &["10.0.0.1", "10.0.0.2"];
        assert_eq!(from(peer, &["203.0.113.7"], &[]), "10.0.0.1");
        assert_eq!(from(peer, &["203.0.113.7"], proxy), "203.0.113.7");
        assert_eq!(from(peer, &[], proxy), "10.0.0.1");
        // What the caller wrote himself stands before what the proxy added.
        assert_eq!(
            from(peer, &["198.51.100.1, 203.0.113.7"], proxy),
            "203.0.113.7"
        );
        assert_eq!(
            from(peer, &["198.51.100.1", "203.0.113.7"], proxy),
            "203.0.113.7"
        );
        assert_eq!(from(peer, &["203.0.113.7, 10.0.0.2"], two), "203.0.113.7");
        assert_eq!(from(peer, &["203.0.113.7, 10.0.0.2"], proxy), "10.0.0.2");
        assert_eq!(from(peer, &["nonsense"], proxy), "10.0.0.1");
        assert_eq!(
            from(peer, &["2001:db8:1:2:3:4:5:6"], proxy),
            "2001:db8:1:2::"
        );
    }

    #[test]
    fn a_key_runs_out_and_others_do_not() {
        let keyed = Keyed::<String>::new(slow(3));
        for _ in 0..3 {
            keyed.ask(&"a".into()).unwrap();
        }
        let refused = keyed.ask(&"a".into()).unwrap_err();
        assert_eq!(refused.code(), ProblemCode::TooManyRequests);
        keyed.ask(&"b".into()).unwrap();
    }

    #[test]
    fn memory_is_bounded() {
        let mut keyed = Keyed::<String>::new(slow(3));
        keyed.most = 50;
        let taken = (0..1000)
            .filter(|i| keyed.ask(&i.to_string()).is_ok())
            .count();
        assert_eq!((taken, keyed.limiter.len()), (50, 50));
    }

    #[test]
    fn spellings_of_a_number_share_a_limit() {
        assert_eq!(shortened(" jy25-0000123-7 "), shortened("JY25-0000123-7"));
        assert!(shortened(&"9".repeat(100_000)).len() <= 64);
    }
}
