//! What the bureau looks at in the morning: pools, inflow, queues, promises, flags and batches.
//!
//! Nothing here grows with the claims that were ever filed. Queues, flags and the inflow of a day
//! are counted only so far as a person reads a figure: of more it is told that there are more.

use chrono::Days;

use crate::catalogue::NO_POOL;
use crate::domain::time::Timestamp;
use crate::operations::ageing::{self, Late};
use crate::operations::payout::{self, BatchView};
use crate::operations::public::PoolView;
use crate::operations::{Engine, ReadError};
use crate::storage::claim_briefs::{self as briefs, Queue};
use crate::storage::{Db, StorageError, claim_flags, dialect, pools};

/// Claims of a queue are counted so far.
const MOST_IN_QUEUE: i64 = 10_000;
/// Claims of a day are counted so far.
const MOST_IN_DAY: i64 = 100_000;
/// Flagged claims are counted so far.
const MOST_FLAGGED: i64 = 1_000;
/// Batches that are listed.
const MOST_BATCHES: i64 = 10;

/// A count that ends somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// How many were counted.
    pub number: i64,
    /// Whether there are more.
    pub more: bool,
}

impl Counted {
    /// What was found when one more than `most` was asked for.
    fn of(found: i64, most: i64) -> Self {
        Self {
            number: found.min(most),
            more: found > most,
        }
    }
}

/// A queue as it stands.
#[derive(Debug, Clone, Copy)]
pub struct QueueView {
    /// Which.
    pub queue: Queue,
    /// How many claims.
    pub claims: Counted,
    /// Since when the first of them waits.
    pub oldest: Option<Timestamp>,
}

/// The board.
#[derive(Debug, Clone)]
pub struct BoardView {
    /// When this was read.
    pub as_of: Timestamp,
    /// Every pool.
    pub pools: Vec<PoolView>,
    /// Claims that came since midnight in Beijing.
    pub today: Counted,
    /// Claims of the day before.
    pub yesterday: Counted,
    /// Every queue.
    pub queues: Vec<QueueView>,
    /// Claims for which the bureau is late.
    pub late: Late,
    /// Claims that a flag keeps apart.
    pub flagged: Counted,
    /// The last batches that wait for a second person.
    pub batches: Vec<BatchView>,
    /// Whether more wait.
    pub more_batches: bool,
}

/// The board as it stands now.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn show(engine: &Engine) -> Result<BoardView, ReadError> {
    engine.refresh().await?;
    let late = ageing::look(engine, None).await?.late;
    let worker = engine.clone();
    let found = engine.with_db(move |conn| -> Result<BoardView, StorageError> {
        conn.snapshot(|conn| within(&worker, conn, late))
    });
    Ok(found.await?)
}

fn within(engine: &Engine, conn: &mut Db, late: Late) -> Result<BoardView, StorageError> {
    let as_of = dialect::now(conn)?;
    let (today, yesterday) = mornings(as_of);
    let catalogue = engine.catalogue.current();
    let rows = pools::all(conn)?;
    let names = |batch| payout::named(batch, &rows);
    let batches = payout::waiting(conn, MOST_BATCHES + 1)?;
    let more_batches = batches.len() as i64 > MOST_BATCHES;
    let shown = batches.iter().take(MOST_BATCHES as usize);
    let batches = shown.map(names).collect();
    let filed = |conn: &mut Db, from, to| -> Result<Counted, StorageError> {
        let found = briefs::count_filed(conn, from, to, MOST_IN_DAY + 1)?;
        Ok(Counted::of(found, MOST_IN_DAY))
    };
    // Ids are made a moment before their claims are admitted, by other clocks than the database's.
    let later = Timestamp(as_of.0 + 60_000_000);
    Ok(BoardView {
        as_of,
        today: filed(conn, today, later)?,
        yesterday: filed(conn, yesterday, today)?,
        queues: queues(conn)?,
        late,
        flagged: {
            let found = claim_flags::flagged(conn, None, MOST_FLAGGED + 1)?.len();
            Counted::of(found as i64, MOST_FLAGGED)
        },
        batches,
        more_batches,
        pools: rows
            .into_iter()
            .filter(|row| row.name != NO_POOL)
            .map(|row| PoolView::new(row, &catalogue, as_of))
            .collect(),
    })
}

/// The first instants of this day and of the one before, in Beijing.
fn mornings(now: Timestamp) -> (Timestamp, Timestamp) {
    let before = |days| {
        let day = now.beijing_day().checked_sub_days(Days::new(days));
        Timestamp::start_of_beijing_day(day.unwrap_or_default())
    };
    (before(0), before(1))
}

/// Every queue as it stands.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn all_queues(engine: &Engine) -> Result<Vec<QueueView>, ReadError> {
    Ok(engine.with_db(queues).await?)
}

fn queues(conn: &mut Db) -> Result<Vec<QueueView>, StorageError> {
    let view = |queue| -> Result<QueueView, StorageError> {
        Ok(QueueView {
            queue,
            claims: Counted::of(
                briefs::count(conn, queue, MOST_IN_QUEUE + 1)?,
                MOST_IN_QUEUE,
            ),
            oldest: briefs::oldest(conn, queue)?,
        })
    };
    Queue::ALL.into_iter().map(view).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_beijing() {
        let now = Timestamp::parse_rfc3339("2025-03-04T16:00:00Z").unwrap();
        let (today, yesterday) = mornings(now);
        assert_eq!(today, now);
        assert_eq!(yesterday.to_string(), "2025-03-03T16:00:00Z");
    }

    #[test]
    fn a_count_that_ends_says_so() {
        let counted = |found| Counted::of(found, 10);
        assert_eq!((counted(10).number, counted(10).more), (10, false));
        assert_eq!((counted(11).number, counted(11).more), (10, true));
    }
}
