//! What was accepted in a pool on each of the last days, when its money will be used up, and what
//! those who wait ask for together.
//!
//! A finished day never changes, so it is read once in the life of a process; of the day that goes
//! on only what came since the last look. Whoever asks within a moment of another is told the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::{Days, NaiveDate};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::clock;
use crate::domain::forecast::{Forecast, forecast};
use crate::domain::ids::PoolId;
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::operations::{Engine, ReadError};
use crate::storage::batch::PoolRow;
use crate::storage::{Db, StorageError, journal_days, pools, waiting_line};

/// Days that are told, today among them.
pub const DAYS: u64 = 30;
/// How old an answer may be.
const AGE: Duration = Duration::from_secs(2);
/// How long one who asks waits for another.
const PATIENCE: Duration = Duration::from_secs(5);
/// A day is finished when it has been over for so long: the database's clock may lag behind ours.
const LAG_US: i64 = 10 * 60 * 1_000_000;
/// Of a day with more entries than this not every one is read, but [`SLICES`] slices.
const MOST_ENTRIES: i64 = 200_000;
/// Slices that are read of such a day, evenly spread.
const SLICES: i64 = 50;
/// Entries of a slice.
const SLICE: i64 = 1_000;

/// What was accepted on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolDay {
    /// The day in Beijing.
    pub day: NaiveDate,
    /// Claims that got a place in line.
    pub claims: i64,
    /// What they ask for together, in fen.
    pub fen: i64,
    /// Whether both are reckoned from a part of the day's entries.
    pub is_estimate: bool,
}

/// The last days of a pool.
#[derive(Debug, Clone)]
pub struct PoolDays {
    /// The oldest first, today the last; no day before the pool was opened.
    pub days: Vec<PoolDay>,
    /// When the money is used up, where enough is known to tell.
    pub forecast: Option<Forecast>,
    /// What those who wait ask for together.
    pub waiting: Fen,
}

/// What a process has read.
#[derive(Default)]
pub struct DayBook {
    pools: Arc<Mutex<HashMap<PoolId, Known>>>,
}

/// What is known of a pool.
#[derive(Default)]
struct Known {
    days: BTreeMap<NaiveDate, Sum>,
    told: Option<(Duration, Arc<PoolDays>)>,
    /// What those who wait ask for, in fen, as of an entry.
    waiting: Option<(i64, i64)>,
}

/// What is known of a day.
#[derive(Clone, Copy)]
struct Sum {
    /// The last entry that was counted.
    upto: i64,
    claims: i64,
    fen: i64,
    is_estimate: bool,
    is_finished: bool,
}

/// The last days of a pool.
///
/// # Errors
/// [`ReadError`].
pub async fn of(engine: &Engine, book: &DayBook, name: &str) -> Result<Arc<PoolDays>, ReadError> {
    let pool = engine.catalogue.current().pool_named(name);
    // One reader at a time: who comes meanwhile is told what the first one found.
    let known = timeout(PATIENCE, book.pools.clone().lock_owned()).await;
    let mut known = known.map_err(|_| ReadError::Unavailable)?;
    let now = clock::since_start();
    let told = pool.and_then(|pool| known.get(&pool)?.told.clone());
    if let Some((_, days)) = told.filter(|(at, _)| now.saturating_sub(*at) < AGE) {
        return Ok(days);
    }
    let name = name.to_owned();
    let found = engine.with_db(move |conn| -> Result<_, StorageError> {
        let rows = pools::all(conn)?;
        let Some(row) = rows.into_iter().find(|row| row.name == name) else {
            return Ok(None);
        };
        let known = known.entry(row.id).or_default();
        let days = Arc::new(read(conn, known, &row, clock::now())?);
        known.told = Some((now, days.clone()));
        Ok(Some(days))
    });
    found.await?.ok_or(ReadError::NotFound)
}

fn read(
    conn: &mut Db,
    known: &mut Known,
    pool: &PoolRow,
    now: Timestamp,
) -> Result<PoolDays, StorageError> {
    let today = now.beijing_day();
    let earliest = today.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(today);
    let opened = journal_days::at(conn, pool.id, 1)?.map_or(today, Timestamp::beijing_day);
    let first = earliest.max(opened).min(today);
    known.days.retain(|day, _| *day >= first);
    // Where the first day begins; later ones begin where the one before ends.
    let mut after = match known.days.first_key_value() {
        Some((day, _)) if *day == first => 0,
        _ => {
            let begin = Timestamp::start_of_beijing_day(first);
            journal_days::last_before(conn, pool.id, begin, 0, pool.head_seq)?
        }
    };
    let mut days = Vec::new();
    for day in first.iter_days().take_while(|day| *day <= today) {
        let sum = day_of(conn, known.days.get(&day).copied(), pool, (day, after), now)?;
        known.days.insert(day, sum);
        after = sum.upto;
        days.push(PoolDay {
            day,
            claims: sum.claims,
            fen: sum.fen,
            is_estimate: sum.is_estimate,
        });
    }
    let whole: Vec<i64> = days.iter().rev().skip(1).rev().map(|day| day.fen).collect();
    let waiting = match known.waiting.filter(|(seq, _)| *seq == pool.head_seq) {
        Some((_, fen)) => fen,
        None => waiting_line::whole(conn, pool.id)?.amount,
    };
    known.waiting = Some((pool.head_seq, waiting));
    Ok(PoolDays {
        forecast: forecast(&whole, pool.free),
        waiting: Fen::new(waiting).unwrap_or_default(),
        days,
    })
}

/// What is known of a day whose first entry comes behind `after`, brought up to now.
fn day_of(
    conn: &mut Db,
    known: Option<Sum>,
    pool: &PoolRow,
    (day, after): (NaiveDate, i64),
    now: Timestamp,
) -> Result<Sum, StorageError> {
    if let Some(sum) = known.filter(|sum| sum.is_finished) {
        return Ok(sum);
    }
    let mut sum = known.unwrap_or(Sum {
        upto: after,
        claims: 0,
        fen: 0,
        is_estimate: false,
        is_finished: false,
    });
    let end = Timestamp::end_of_beijing_day(day);
    let upto = if pool.head_us < end.0 {
        pool.head_seq
    } else {
        journal_days::last_before(conn, pool.id, end, sum.upto, pool.head_seq)?
    };
    let (claims, fen, is_estimate) = accepted(conn, pool.id, sum.upto, upto)?;
    sum.claims += claims;
    sum.fen += fen;
    sum.is_estimate |= is_estimate;
    sum.upto = upto;
    sum.is_finished = end.0 + LAG_US <= now.0;
    Ok(sum)
}

/// What was accepted by the entries after one and up to another: counted, or where they are very
/// many reckoned from slices of them.
fn accepted(
    conn: &mut Db,
    pool: PoolId,
    after: i64,
    upto: i64,
) -> Result<(i64, i64, bool), StorageError> {
    let entries = upto - after;
    if entries <= 0 {
        return Ok((0, 0, false));
    }
    if entries <= MOST_ENTRIES {
        let (claims, fen) = journal_days::accepted(conn, pool, after, upto)?;
        return Ok((claims, fen, false));
    }
    let (mut claims, mut fen) = (0, 0);
    for slice in 0..SLICES {
        let begin = after + entries / SLICES * slice;
        let found = journal_days::accepted(conn, pool, begin, begin + SLICE)?;
        claims += found.0;
        fen += found.1;
    }
    let whole = |part: i64| {
        let exact = i128::from(part) * i128::from(entries) / i128::from(SLICES * SLICE);
        i64::try_from(exact).unwrap_or(i64::MAX)
    };
    Ok((whole(claims), whole(fen), true))
}
