//! What keeps guessers from the eight characters that an applicant proves a claim with.
//!
//! Every question counts as a guess until its answer was right; then it is given back, so whoever
//! knows the tails may ask as often as any address may. A question must pass two limits:
//!
//! - that of its **claim number**, because addresses are cheap and a claim has only one number;
//! - that of **everybody together**, which only wrong answers use up. When it is used up, nobody
//!   is shut out, or whoever sends enough wrong answers could shut out all: from then on each
//!   address has a few guesses of its own, which right answers give back as well.
//!
//! A question that is refused uses up nothing. The figures stand in [`super::rate::Rates`].

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::rate::{MOST_KEYS, Rate, Rates};

/// Keys at rest are looked for at most this often, however often the map is full.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// How long one waits where there are more keys than are remembered.
const WHEN_FULL: Duration = Duration::from_secs(5);

/// Guesses that were made, by number, by address and overall.
pub struct Guesses {
    number: Rate,
    overall: Rate,
    scarce: Rate,
    made: Mutex<Made>,
}

struct Made {
    numbers: Buckets<String>,
    overall: Bucket,
    sites: Buckets<IpAddr>,
}

/// A question that may be asked, and is a guess until [`Guesses::was_right`].
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Guess {
    number: String,
    /// Whose own guess it was; nobody's while there are guesses for everybody.
    site: Option<IpAddr>,
}

impl Guesses {
    /// No guess was made yet.
    pub fn new(rates: &Rates) -> Self {
        Self {
            number: rates.status_number,
            overall: rates.status_overall,
            scarce: rates.status_scarce,
            made: Mutex::new(Made {
                numbers: Buckets::new(MOST_KEYS),
                overall: Bucket::default(),
                sites: Buckets::new(MOST_KEYS),
            }),
        }
    }

    /// Counts a question about `number` from `address` at `now`, a time since some fixed instant.
    ///
    /// # Errors
    /// How long to wait before it may be asked.
    pub fn ask(&self, address: IpAddr, number: String, now: Duration) -> Result<Guess, Duration> {
        let mut made = self.made();
        let Made {
            numbers,
            overall,
            sites,
        } = &mut *made;
        // All are asked before any is charged, so that nothing has to be undone.
        let of_number = numbers.room(&number, self.number, now)?;
        let everybodys = overall.wait(self.overall, now).is_zero();
        let site = (!everybodys).then(|| site(address));
        match site {
            None => overall.take(self.overall, now),
            Some(site) => {
                let of_site = sites.room(&site, self.scarce, now)?;
                sites.put(site, of_site.taken(self.scarce, now));
            }
        }
        numbers.put(number.clone(), of_number.taken(self.number, now));
        Ok(Guess { number, site })
    }

    /// Gives a guess back: it was none.
    pub fn was_right(&self, guess: &Guess) {
        let mut made = self.made();
        made.numbers.give_back(&guess.number, self.number);
        match &guess.site {
            None => made.overall.give_back(self.overall),
            Some(site) => made.sites.give_back(site, self.scarce),
        }
    }

    fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose addresses these are: of IPv6 the 48 bits that one site may be given (RFC 6177), because
/// a /64 of its own for each guess costs nothing.
fn site(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !(u128::MAX >> 48)))
        }
        address => address,
    }
}

/// The generic cell rate algorithm: the instant at which the whole burst is there again.
#[derive(Debug, Clone, Copy, Default)]
struct Bucket(Duration);

impl Bucket {
    /// How long until one more is allowed.
    fn wait(self, rate: Rate, now: Duration) -> Duration {
        let after = self.taken(rate, now).0;
        after.saturating_sub(now.saturating_add(rate.every.saturating_mul(rate.burst.get())))
    }

    fn taken(self, rate: Rate, now: Duration) -> Self {
        Self(self.0.max(now).saturating_add(rate.every))
    }

    fn take(&mut self, rate: Rate, now: Duration) {
        *self = self.taken(rate, now);
    }

    fn give_back(&mut self, rate: Rate) {
        self.0 = self.0.saturating_sub(rate.every);
    }
}

/// A bounded map of buckets.
struct Buckets<K> {
    held: HashMap<K, Bucket>,
    most: usize,
    swept: Duration,
}

impl<K: Hash + Eq> Buckets<K> {
    fn new(most: usize) -> Self {
        Self {
            held: HashMap::new(),
            most,
            swept: Duration::ZERO,
        }
    }

    /// The bucket of `key`, if one more is allowed in it.
    fn room(&mut self, key: &K, rate: Rate, now: Duration) -> Result<Bucket, Duration> {
        if let Some(bucket) = self.held.get(key) {
            let wait = bucket.wait(rate, now);
            return if wait.is_zero() {
                Ok(*bucket)
            } else {
                Err(wait)
            };
        }
        if self.held.len() >= self.most && now >= self.swept.saturating_add(SWEEP_EVERY) {
            self.held.retain(|_, bucket| bucket.0 > now);
            self.swept = now;
        }
        // More keys than ever are busy at once: refusing is safe, growing is not.
        if self.held.len() >= self.most {
            return Err(WHEN_FULL);
        }
        Ok(Bucket::default())
    }

    fn put(&mut self, key: K, bucket: Bucket) {
        self.held.insert(key, bucket);
    }

    fn give_back(&mut self, key: &K, rate: Rate) {
        if let Some(bucket) = self.held.get_mut(key) {
            bucket.give_back(rate);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn rate(burst: u32) -> Rate {
        Rate {
            burst: NonZeroU32::new(burst).unwrap(),
            every: HOUR,
        }
    }

    fn guesses(number: u32, overall: u32, scarce: u32) -> Guesses {
        Guesses::new(&Rates {
            status_number: rate(number),
            status_overall: rate(overall),
            status_scarce: rate(scarce),
            ..Rates::default()
        })
    }

    fn from(last: u8) -> IpAddr {
        IpAddr::from([203, 0, 113, last])
    }

    fn ask(guesses: &Guesses, last: u8, number: &str, hour: u32) -> Result<Guess, Duration> {
        guesses.ask(from(last), number.to_owned(), HOUR * hour)
    }

    #[test]
    fn a_number_runs_out_for_every_address_and_comes_back_with_time() {
        let guesses = guesses(2, 100, 1);
        assert!(ask(&guesses, 1, "a", 0).is_ok());
        assert!(ask(&guesses, 2, "a", 0).is_ok());
        assert_eq!(ask(&guesses, 3, "a", 0), Err(HOUR));
        assert!(ask(&guesses, 3, "b", 0).is_ok());
        assert!(ask(&guesses, 3, "a", 1).is_ok());
        assert_eq!(ask(&guesses, 3, "a", 1), Err(HOUR));
    }

    #[test]
    fn right_answers_use_up_nothing() {
        let guesses = guesses(2, 2, 1);
        for _ in 0..100 {
            let guess = ask(&guesses, 1, "a", 0).unwrap();
            guesses.was_right(&guess);
        }
        // Now with nothing left for everybody: what an address has of its own comes back too.
        for number in ["b", "c"] {
            assert!(ask(&guesses, 2, number, 0).is_ok());
        }
        for _ in 0..100 {
            let guess = ask(&guesses, 1, "a", 0).unwrap();
            assert_eq!(guess.site, Some(from(1)));
            guesses.was_right(&guess);
        }
    }

    #[test]
    fn who_uses_up_all_guesses_shuts_out_nobody() {
        let guesses = guesses(100, 3, 2);
        let granted = (0..50).filter(|n| ask(&guesses, 1, &n.to_string(), 0).is_ok());
        assert_eq!(granted.count(), 3 + 2);
        assert!(ask(&guesses, 2, "a", 0).is_ok());
        assert!(ask(&guesses, 2, "a", 0).is_ok());
        assert_eq!(ask(&guesses, 2, "a", 0), Err(HOUR));
    }

    #[test]
    fn what_is_refused_uses_up_nothing() {
        let guesses = guesses(1, 2, 1);
        assert!(ask(&guesses, 1, "a", 0).is_ok());
        for _ in 0..50 {
            assert!(ask(&guesses, 1, "a", 0).is_err());
        }
        let next = ask(&guesses, 1, "b", 0).unwrap();
        assert_eq!(next.site, None);
    }

    #[test]
    fn a_site_is_known_by_48_bits() {
        let of = |text: &str| site(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2::"), "2001:db8:1::");
        assert_eq!(of("203.0.113.7"), "203.0.113.7");
    }

    #[test]
    fn memory_is_bounded_and_what_is_at_rest_makes_room() {
        let guesses = guesses(5, 1000, 1);
        guesses.made().numbers.most = 50;
        let granted = (0..200).filter(|n| ask(&guesses, 1, &n.to_string(), 1).is_ok());
        assert_eq!(granted.count(), 50);
        assert_eq!(guesses.made().numbers.held.len(), 50);
        assert!(ask(&guesses, 1, "later", 3).is_ok());
        assert_eq!(guesses.made().numbers.held.len(), 1);
    }
}
