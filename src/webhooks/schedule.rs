//! When a delivery that failed is tried again, and when an endpoint is given up.

use std::time::Duration;

use aws_lc_rs::digest;
use uuid::Uuid;

use crate::domain::time::Timestamp;

/// Seconds before each attempt, counted from the end of the one before: the retry schedule of
/// Standard Webhooks 1.0.0, "Deliverability and reliability". 75 h 35 min 5 s in all.
const DELAYS: [i64; 10] = [
    0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400,
];

/// A delay grows by up to this many thousandths, so that deliveries which failed together do
/// not come back together.
const JITTER_PER_MILLE: i64 = 100;

/// The longest pause, in seconds, that a receiver may ask for: the longest of the schedule.
const LONGEST_PAUSE: i64 = 86_400;

/// An endpoint that has only failed for this many seconds is disabled: five days, longer than
/// any one event is tried, so that no single bad event ends an endpoint.
pub const DISABLED_AFTER: i64 = 5 * 86_400;

const MICROS: i64 = 1_000_000;

/// What the jitter of a delivery is taken from: every process finds the same instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed {
    endpoint: Uuid,
    event: Uuid,
}

impl Seed {
    /// For one event on its way to one endpoint.
    pub const fn new(endpoint: Uuid, event: Uuid) -> Self {
        Self { endpoint, event }
    }

    /// Thousandths from 0 to [`JITTER_PER_MILLE`].
    fn per_mille(self, attempt: u32) -> i64 {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(self.endpoint.as_bytes());
        hash.update(self.event.as_bytes());
        hash.update(&attempt.to_be_bytes());
        let hash = hash.finish();
        let bytes = hash.as_ref();
        i64::from(u16::from_be_bytes([bytes[0], bytes[1]])) % (JITTER_PER_MILLE + 1)
    }
}

/// When the next attempt is due after `made` attempts, the last of which ended `now`; `None`
/// when all ten are made and the event is given up for this endpoint.
pub fn next_attempt(made: u32, now: Timestamp, seed: Seed) -> Option<Timestamp> {
    let delay = *DELAYS.get(usize::try_from(made).ok()?)?;
    // Thousandths of seconds are milliseconds.
    let jitter = delay * seed.per_mille(made) * (MICROS / 1_000);
    Some(Timestamp(now.0.saturating_add(delay * MICROS + jitter)))
}

/// `due`, or later when the receiver asked at `now` to be left alone for `retry_after`. It is
/// believed for one day at most.
pub fn postponed(due: Timestamp, now: Timestamp, retry_after: Duration) -> Timestamp {
    let seconds = i64::try_from(retry_after.as_secs())
        .unwrap_or(i64::MAX)
        .min(LONGEST_PAUSE);
    due.max(Timestamp(now.0.saturating_add(seconds * MICROS)))
}

/// Whether an endpoint is to be disabled, asked when an event is given up at `now`;
/// `failing_since` is the endpoint's first failure after which it accepted nothing. Asked only
/// then, because an endpoint that hears little may have one old failure and deserves the whole
/// schedule for the next event. Its owner must be told by another way.
pub const fn to_disable(failing_since: Timestamp, now: Timestamp) -> bool {
    now.0.saturating_sub(failing_since.0) >= DISABLED_AFTER * MICROS
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_614_265_330_123_456);

    fn seed(event: u128) -> Seed {
        Seed::new(Uuid::from_u128(7), Uuid::from_u128(event))
    }

    #[test]
    fn follows_the_schedule_and_ends() {
        for (made, delay) in (0..).zip(DELAYS) {
            let due = next_attempt(made, NOW, seed(1)).unwrap();
            let waits = due.0 - NOW.0;
            assert!(waits >= delay * MICROS, "{made}: {waits}");
            assert!(waits <= delay * MICROS / 10 * 11, "{made}: {waits}");
        }
        assert_eq!(next_attempt(0, NOW, seed(1)), Some(NOW));
        for made in [10, 11, u32::MAX] {
            assert_eq!(next_attempt(made, NOW, seed(1)), None);
        }
    }

    #[test]
    fn the_schedule_is_the_one_of_the_specification() {
        assert_eq!(DELAYS.iter().sum::<i64>(), 75 * 3600 + 35 * 60 + 5);
    }

    #[test]
    fn jitter_is_the_same_again_and_differs_by_everything_it_is_taken_from() {
        let at = |made, seed| next_attempt(made, NOW, seed).unwrap();
        assert_eq!(at(4, seed(1)), at(4, seed(1)));
        // Fixed for ever: another process, of another version, must agree. SHA-256 of the
        // identifiers 7 and 1 and of the number 4 begins with 0xc6fe, 50942 = 38 mod 101.
        assert_eq!(at(4, seed(1)).0 - NOW.0, 7_200 * 1_038_000);
        let spread = |instants: Vec<i64>| {
            let mut distinct = instants;
            distinct.sort_unstable();
            distinct.dedup();
            distinct.len()
        };
        assert!(spread((0..200).map(|event| at(4, seed(event)).0).collect()) > 60);
        let endpoints = (0..200).map(|endpoint| {
            let seed = Seed::new(Uuid::from_u128(endpoint), Uuid::from_u128(1));
            at(4, seed).0
        });
        assert!(spread(endpoints.collect()) > 60);
        let shares = (1..10).map(|made| seed(1).per_mille(made));
        assert!(spread(shares.collect()) > 5);
    }

    #[test]
    fn jitter_reaches_both_ends() {
        let shares: Vec<i64> = (0..2_000).map(|event| seed(event).per_mille(1)).collect();
        assert_eq!(shares.iter().min(), Some(&0));
        assert_eq!(shares.iter().max(), Some(&JITTER_PER_MILLE));
    }

    #[test]
    fn a_receiver_may_ask_for_later_but_not_for_sooner_nor_for_ever() {
        let due = next_attempt(1, NOW, seed(1)).unwrap();
        let later = |seconds| postponed(due, NOW, Duration::from_secs(seconds));
        assert_eq!(later(0), due);
        assert_eq!(later(3), due);
        assert_eq!(later(120), Timestamp(NOW.0 + 120 * MICROS));
        assert_eq!(later(u64::MAX), Timestamp(NOW.0 + 86_400 * MICROS));
    }

    #[test]
    fn an_endpoint_outlives_every_single_event() {
        let longest: i64 = DELAYS.iter().sum::<i64>() * (1_000 + JITTER_PER_MILLE) / 1_000;
        assert!(longest < DISABLED_AFTER);
        let ends = Timestamp(NOW.0 + DISABLED_AFTER * MICROS);
        assert!(!to_disable(NOW, Timestamp(ends.0 - 1)));
        assert!(to_disable(NOW, ends));
        assert!(!to_disable(NOW, Timestamp(NOW.0 - 1)));
    }
}
