//! The journal of a pool by days: where a day ends, and what was accepted on it.
//!
//! An entry's time never goes back within a pool, so where a day ends is found by halving, and
//! nothing reads more than the entries of the days that are asked for.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::journal;
use crate::domain::ids::PoolId;
use crate::domain::time::Timestamp;
use crate::journal::entry::EntryKind;

/// When an entry was made.
///
/// # Errors
/// The database's.
pub fn at(conn: &mut Db, pool: PoolId, seq: i64) -> Result<Option<Timestamp>, StorageError> {
    let at: Option<i64> = journal::table
        .find((pool.to_vec(), seq))
        .select(journal::at_us)
        .first(conn)
        .optional()?;
    Ok(at.map(Timestamp))
}

/// The number of the last entry before an instant, among those after `after` and up to `upto`;
/// `after` where there is none.
///
/// # Errors
/// The database's.
pub fn last_before(
    conn: &mut Db,
    pool: PoolId,
    instant: Timestamp,
    after: i64,
    upto: i64,
) -> Result<i64, StorageError> {
    let mut is_before = |seq: i64| -> Result<bool, StorageError> {
        Ok(at(conn, pool, seq)?.is_some_and(|at| at < instant))
    };
    let (mut before, mut not_before) = (after, upto + 1);
    // Days on which nothing happened are many, and told by one look.
    if after < upto && !is_before(after + 1)? {
        return Ok(after);
    }
    while before + 1 < not_before {
        let middle = before + (not_before - before) / 2;
        if is_before(middle)? {
            before = middle;
        } else {
            not_before = middle;
        }
    }
    Ok(before)
}

/// How many claims were given a place in line by the entries after `after` and up to `upto`, and
/// what they ask for together, in fen. Reads these entries.
///
/// # Errors
/// The database's.
pub fn accepted(
    conn: &mut Db,
    pool: PoolId,
    after: i64,
    upto: i64,
) -> Result<(i64, i64), StorageError> {
    // Added up here: the databases give sums of other types than they add.
    let rows: Vec<(i64, i64)> = journal::table
        .filter(journal::pool_id.eq(pool.to_vec()))
        .filter(journal::seq.gt(after))
        .filter(journal::seq.le(upto))
        .filter(journal::kind.eq_any(PLACED.map(EntryKind::as_str)))
        .filter(journal::position.is_not_null())
        .group_by(journal::amount)
        .select((journal::amount, diesel::dsl::count_star()))
        .load(conn)?;
    let sums = rows.iter().map(|(amount, count)| (*count, amount * count));
    Ok(sums.fold((0, 0), |(a, b), (count, fen)| (a + count, b + fen)))
}

/// Entries that give a claim its place in line.
const PLACED: [EntryKind; 3] = [EntryKind::Reserved, EntryKind::Waiting, EntryKind::Placed];
