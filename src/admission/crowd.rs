//! Who waits for a pool's writer, and who may still join them.
//!
//! A queue that is bounded by length alone makes people wait the longer the slower the database
//! is. This one is bounded by time too: by the pace of the last batches, whoever joins is decided
//! within a stated time, and who would have to wait longer is told so at once and comes again. No
//! dealer fills it alone: each may have as many claims in it as everybody would who waits, and
//! one newcomer, if they shared it. Who is turned away has no place yet, so no order is broken.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Sizes, Turned};
use crate::domain::ids::DealerId;

/// The claims that wait for one writer.
#[derive(Debug)]
pub(super) struct Crowd {
    sizes: Sizes,
    /// Nanoseconds that the writer takes for a claim, over the last batches; 0 before the first.
    pace_ns: AtomicU64,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    all: usize,
    by_dealer: HashMap<DealerId, usize>,
}

impl Crowd {
    /// Nobody waits.
    pub(super) fn new(sizes: Sizes) -> Self {
        Self {
            sizes,
            pace_ns: AtomicU64::new(0),
            waiting: Mutex::default(),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many may wait now. A batch always may, or a database that was slow once would never
    /// be seen to be fast again.
    fn most(&self) -> usize {
        let Sizes { queue, batch, wait } = self.sizes;
        let pace = u128::from(self.pace_ns.load(Ordering::Relaxed));
        let in_time = wait.as_nanos().checked_div(pace);
        let in_time = in_time.map_or(queue, |n| usize::try_from(n).unwrap_or(queue));
        in_time.max(batch).min(queue)
    }

    fn room(&self, waiting: &Waiting, dealer: DealerId) -> Result<(), Turned> {
        let most = self.most();
        let own = waiting.by_dealer.get(&dealer).copied().unwrap_or(0);
        let dealers = waiting.by_dealer.len() + usize::from(own == 0);
        // A few tills are no crowd, however many dealers there are.
        let few = (self.sizes.batch / 8).max(1);
        let share = (most / (dealers + 1)).max(few);
        if waiting.all < most && own < share {
            return Ok(());
        }
        let pace = self.pace_ns.load(Ordering::Relaxed);
        let until_empty = Duration::from_nanos(pace.saturating_mul(waiting.all as u64));
        Err(Turned::Full {
            retry_after_seconds: u32::try_from(until_empty.as_secs()).unwrap_or(u32::MAX - 1) + 1,
        })
    }

    /// Whether a claim of this dealer would be turned away now: worth a look before work is done
    /// for it.
    ///
    /// # Errors
    /// [`Turned::Full`].
    pub(super) fn look(&self, dealer: DealerId) -> Result<(), Turned> {
        self.room(&self.waiting(), dealer)
    }

    /// A claim joins those who wait.
    ///
    /// # Errors
    /// [`Turned::Full`].
    pub(super) fn join(&self, dealer: DealerId) -> Result<(), Turned> {
        let mut waiting = self.waiting();
        self.room(&waiting, dealer)?;
        waiting.all += 1;
        *waiting.by_dealer.entry(dealer).or_default() += 1;
        Ok(())
    }

    /// The writer takes claims up.
    pub(super) fn leave(&self, dealers: impl Iterator<Item = DealerId>) {
        let mut waiting = self.waiting();
        for dealer in dealers {
            waiting.all = waiting.all.saturating_sub(1);
            if let Some(own) = waiting.by_dealer.get_mut(&dealer) {
                *own -= 1;
                if *own == 0 {
                    waiting.by_dealer.remove(&dealer);
                }
            }
        }
    }

    /// The writer was done with so many claims in this time.
    pub(super) fn paced(&self, claims: usize, took: Duration) {
        let claims = u128::try_from(claims.max(1)).unwrap_or(1);
        let now = u64::try_from(took.as_nanos() / claims).unwrap_or(u64::MAX);
        let before = self.pace_ns.load(Ordering::Relaxed);
        // The last eight batches or so.
        let after = if before == 0 {
            now
        } else {
            before - before / 8 + now / 8
        };
        self.pace_ns.store(after.max(1), Ordering::Relaxed);
    }

    /// How many claims wait.
    pub(super) fn count(&self) -> usize {
        self.waiting().all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: Sizes = Sizes {
        queue: 1_000,
        batch: 10,
        wait: Duration::from_millis(500),
    };

    fn dealer(n: u128) -> DealerId {
        DealerId(uuid::Uuid::from_u128(n))
    }

    /// How many claims of a dealer find room one after the other.
    fn fill(crowd: &Crowd, who: DealerId) -> usize {
        (0..).take_while(|_| crowd.join(who).is_ok()).count()
    }

    #[test]
    fn nobody_fills_the_queue_alone() {
        let crowd = Crowd::new(SIZES);
        assert_eq!(fill(&crowd, dealer(0)), 500);
        assert!(crowd.look(dealer(0)).is_err());
        for n in 1..=20 {
            for _ in 0..5 {
                assert_eq!(crowd.join(dealer(n)), Ok(()), "dealer {n}");
            }
        }
        assert_eq!(crowd.count(), 600);
        // With twenty others there the first has more than its share, until claims are decided.
        crowd.leave(std::iter::repeat_n(dealer(0), 453));
        assert!(crowd.join(dealer(0)).is_err());
        crowd.leave([dealer(0), dealer(0)].into_iter());
        assert_eq!(fill(&crowd, dealer(0)), 0, "45 of 1000 / 22");
        crowd.leave([dealer(0)].into_iter());
        assert_eq!(fill(&crowd, dealer(0)), 1);
    }

    #[test]
    fn who_would_wait_too_long_is_told_at_once() {
        let crowd = Crowd::new(SIZES);
        // 10 ms a claim: fifty are decided in half a second.
        crowd.paced(100, Duration::from_secs(1));
        let mut taken = 0;
        for n in 0..100 {
            taken += fill(&crowd, dealer(n));
        }
        assert_eq!(taken, 50);
        assert_eq!(
            crowd.join(dealer(200)),
            Err(Turned::Full {
                retry_after_seconds: 1
            })
        );
        // A database that is away: one batch may still wait, and it shows when it is back.
        crowd.leave((0..100).map(dealer));
        let crowd = Crowd::new(SIZES);
        crowd.paced(1, Duration::from_secs(60));
        let taken: usize = (0..100).map(|n| fill(&crowd, dealer(n))).sum();
        assert_eq!(taken, SIZES.batch);
        let Err(Turned::Full {
            retry_after_seconds,
        }) = crowd.look(dealer(200))
        else {
            panic!("an eleventh claim found room");
        };
        assert_eq!(retry_after_seconds, 601);
        for _ in 0..100 {
            crowd.paced(100, Duration::from_millis(10));
        }
        assert_eq!(crowd.look(dealer(200)), Ok(()));
    }

    #[test]
    fn whoever_left_leaves_no_trace() {
        let crowd = Crowd::new(SIZES);
        for n in 0..10 {
            assert_eq!(crowd.join(dealer(n)), Ok(()));
        }
        crowd.leave((0..10).map(dealer));
        assert_eq!(crowd.count(), 0);
        assert!(crowd.waiting().by_dealer.is_empty());
    }
}
