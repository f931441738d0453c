//! How fast one dealer files, where a pack sets a limit: whoever comes faster is turned away
//! before it takes a place in the queue, so that others wait no longer for it.
//!
//! Counted in this process alone. With several instances a dealer may reach the limit at each of
//! them; what it may hold of the pool is limited under the pool's lock, for all together.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use governor::clock::Clock;
use governor::{DefaultKeyedRateLimiter, Quota};

use super::{Submission, Turned};
use crate::domain::ids::{DealerId, ProgrammeId};
use crate::domain::policy::rules::dealers::Level;

/// How far a pool had run down after its last batch, read without a lock. The two numbers may be
/// of neighbouring batches; a rate that tightens a batch early or late harms nobody.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    free: AtomicI64,
    cap: AtomicI64,
}

impl Gauge {
    /// The figures of the last batch; of an empty pool before the first one.
    pub(super) fn level(&self) -> Level {
        Level {
            free: self.free.load(Ordering::Relaxed),
            cap: self.cap.load(Ordering::Relaxed),
        }
    }

    /// Sets the figures of a batch that was committed.
    pub(super) fn set(&self, level: Level) {
        self.free.store(level.free, Ordering::Relaxed);
        self.cap.store(level.cap, Ordering::Relaxed);
    }
}

type Limiter = DefaultKeyedRateLimiter<DealerId>;

/// The limiters of all programmes that have a rate, one for each rate. There are as many keys as
/// dealers that were admitted, which the bureau bounds.
#[derive(Default)]
pub(super) struct Paces {
    by_rate: Mutex<HashMap<(ProgrammeId, NonZeroU32), Arc<Limiter>>>,
}

impl Paces {
    /// Counts a claim, by the rate that its pack sets at this level.
    ///
    /// # Errors
    /// [`Turned::TooFast`].
    pub(super) fn ask(&self, submission: &Submission, level: Level) -> Result<(), Turned> {
        let rate = submission.judged.dealer_caps.claims_per_minute(level);
        match rate.and_then(NonZeroU32::new) {
            Some(rate) => {
                let programme = &submission.intake.draft.programme;
                self.count(programme, submission.dealer, rate)
            }
            None => Ok(()),
        }
    }

    fn count(
        &self,
        programme: &ProgrammeId,
        dealer: DealerId,
        rate: NonZeroU32,
    ) -> Result<(), Turned> {
        let limiter = {
            let mut by_rate = self.by_rate.lock().unwrap_or_else(PoisonError::into_inner);
            let limiter = by_rate
                .entry((programme.clone(), rate))
                .or_insert_with(|| Arc::new(Limiter::keyed(Quota::per_minute(rate))));
            limiter.clone()
        };
        limiter.check_key(&dealer).map_err(|refused| {
            metrics::counter!("tradein_dealer_rate_exceeded_total").increment(1);
            let wait = refused.wait_time_from(limiter.clock().now());
            Turned::TooFast {
                retry_after_seconds: u32::try_from(wait.as_secs()).unwrap_or(u32::MAX - 1) + 1,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dealer_runs_out_alone_and_in_one_programme() {
        let paces = Paces::default();
        let programme = |id: &str| ProgrammeId(id.to_owned());
        let [fast, slow] = [1, 2].map(|n| DealerId(uuid::Uuid::from_u128(n)));
        let rate = NonZeroU32::new(2).unwrap();
        let count = |id: &str, dealer| paces.count(&programme(id), dealer, rate);
        assert_eq!(count("cars", fast), Ok(()));
        assert_eq!(count("cars", fast), Ok(()));
        let Err(Turned::TooFast {
            retry_after_seconds,
        }) = count("cars", fast)
        else {
            panic!("a third claim in the same minute passed");
        };
        assert!((1..=30).contains(&retry_after_seconds));
        assert_eq!(count("cars", slow), Ok(()));
        assert_eq!(count("phones", fast), Ok(()));
    }

    #[test]
    fn a_gauge_says_what_was_set_last() {
        let gauge = Gauge::default();
        assert_eq!(gauge.level(), Level::default());
        let level = Level { free: 3, cap: 10 };
        gauge.set(level);
        assert_eq!(gauge.level(), level);
    }
}
