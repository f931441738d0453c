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

use super::{Room, Sizes, Turned};
use crate::domain::ids::DealerId;

/// The claims that wait for one writer.
#[derive(Debug)]
pub(super) struct Crowd {
    sizes: Sizes,
    /// Nanoseconds that the writer takes for a claim of a full batch, as the last batches tell; 0
    /// before the first.
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

    fn room(&self, waiting: &Waiting, dealer: DealerId) -> Result<Room, Turned> {
        let most = self.most();
        let own = waiting.by_dealer.get(&dealer).copied().unwrap_or(0);
        let dealers = waiting.by_dealer.len() + usize::from(own == 0);
        // A few tills are no crowd, however many dealers there are.
        let few = (self.sizes.batch / 8).max(1);
        let share = (most / (dealers + 1)).max(few);
        if waiting.all < most && own < share {
            let scarce = waiting.all >= most.div_ceil(2);
            return Ok(if scarce { Room::Scarce } else { Room::Ample });
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
    pub(super) fn look(&self, dealer: DealerId) -> Result<Room, Turned> {
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

    /// A claim joins those who wait, unless `then` refuses it: what counts claims there counts
    /// none that finds no room here.
    ///
    /// # Errors
    /// [`Turned::Full`], and those of `then`.
    pub(super) fn join_if(
        &self,
        dealer: DealerId,
        then: impl FnOnce() -> Result<(), Turned>,
    ) -> Result<(), Turned> {
        self.join(dealer)?;
        then().inspect_err(|_| self.leave(std::iter::once(dealer)))
    }

    /// The writer was done with so many claims in this time.
    pub(super) fn paced(&self, claims: usize, took: Duration) {
        let each = |claims: usize| {
            let claims = u128::try_from(claims.max(1)).unwrap_or(1);
            u64::try_from(took.as_nanos() / claims).unwrap_or(u64::MAX)
        };
        let before = self.pace_ns.load(Ordering::Relaxed);
        // A batch that was not full would have taken more claims in a little more time: it says
        // only between which bounds the pace lies, and what is between them already stays. Or a
        // quiet time would leave no room for the rush after it.
        let (least, most) = (each(claims.max(self.sizes.batch)), each(claims));
        // The last eight batches or so.
        let after = match before {
            0 => least,
            _ => before - before / 8 + before.clamp(least, most) / 8,
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
        crowd.leave((0..25).map(dealer));
        assert_eq!(crowd.look(dealer(200)), Ok(Room::Scarce));
        crowd.leave(std::iter::once(dealer(25)));
        assert_eq!(crowd.look(dealer(200)), Ok(Room::Ample));
        (200..226).for_each(|n| assert_eq!(crowd.join(dealer(n)), Ok(())));
        assert_eq!(
            crowd.join(dealer(300)),
            Err(Turned::Full {
                retry_after_seconds: 1
            })
        );
        // A database that is away: one batch may still wait, and it shows when it is back.
        let crowd = Crowd::new(SIZES);
        crowd.paced(SIZES.batch, Duration::from_secs(600));
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
        assert_eq!(crowd.look(dealer(200)), Ok(Room::Ample));
    }

    /// How many of a thousand dealers find room, each with one claim.
    fn fill_evenly(crowd: &Crowd) -> usize {
        (0..1_000)
            .filter(|n| crowd.join(dealer(*n)).is_ok())
            .count()
    }

    #[test]
    fn small_batches_say_only_what_they_know() {
        let small = |crowd: &Crowd| {
            for _ in 0..100 {
                crowd.paced(1, Duration::from_millis(10));
            }
        };
        // A quiet time: by claims alone its pace would be ten milliseconds, and fifty found room.
        let crowd = Crowd::new(SIZES);
        small(&crowd);
        assert_eq!(fill_evenly(&crowd), 500);
        // What full batches taught before is kept: 5 ms a claim.
        let crowd = Crowd::new(SIZES);
        crowd.paced(10, Duration::from_millis(50));
        small(&crowd);
        assert_eq!(fill_evenly(&crowd), 100);
        // A database that has become slow shows even so, and one that has become fast.
        let crowd = Crowd::new(SIZES);
        crowd.paced(10, Duration::from_millis(5));
        small(&crowd);
        assert!((500..510).contains(&fill_evenly(&crowd)));
        let crowd = Crowd::new(SIZES);
        crowd.paced(10, Duration::from_secs(1));
        small(&crowd);
        assert!((45..=50).contains(&fill_evenly(&crowd)));
    }

    #[test]
    fn who_finds_no_room_is_not_counted_elsewhere_and_who_is_refused_there_takes_none() {
        let crowd = Crowd::new(SIZES);
        let refused = Err(Turned::TooFast {
            retry_after_seconds: 9,
        });
        assert_eq!(crowd.join_if(dealer(0), || refused), refused);
        assert_eq!(crowd.count(), 0);
        assert!(crowd.waiting().by_dealer.is_empty());
        assert_eq!(crowd.join_if(dealer(0), || Ok(())), Ok(()));
        assert_eq!(crowd.count(), 1);
        fill(&crowd, dealer(0));
        let mut counted = 0;
        let turned = crowd.join_if(dealer(0), || {
            counted += 1;
            Ok(())
        });
        assert!(matches!(turned, Err(Turned::Full { .. })));
        assert_eq!(counted, 0);
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
