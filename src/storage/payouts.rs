//! Payout batches: sealed, released or discarded, and the answers to who asked for them.

use diesel::prelude::*;

use super::StorageError;
use super::batch::{KeyHash, StoredAnswer};
use super::db::Db;
use super::schema::payout_batches;
use super::stored::{bytes16, bytes32, pool_id, staff_id};
use crate::domain::ids::{BatchId, PoolId, StaffId};
use crate::domain::time::Timestamp;

/// A sealed batch.
#[derive(Debug, Clone)]
pub struct BatchRow {
    /// The id.
    pub id: BatchId,
    /// The pool that pays.
    pub pool: PoolId,
    /// 1, 2, 3 … in the pool.
    pub number: i64,
    /// How many lines.
    pub lines: i64,
    /// What the claims are owed, fen.
    pub gross: i64,
    /// What of it is set off against what is owed back, fen.
    pub set_off: i64,
    /// What the bank pays, fen.
    pub net: i64,
    /// What stands for the file for the bank in public: a hash over its salt and its bytes.
    pub hash: [u8; 32],
    /// The sealed salt.
    pub salt: Vec<u8>,
    /// Who sealed it.
    pub sealed_by: StaffId,
    /// When.
    pub sealed: Timestamp,
    /// Who released it, and when.
    pub released: Option<(StaffId, Timestamp)>,
    /// Who discarded it instead, and when.
    pub discarded: Option<(StaffId, Timestamp)>,
}

type BatchTuple = (
    (Vec<u8>, Vec<u8>, i64, i64),
    (i64, i64, i64),
    (Vec<u8>, Vec<u8>, Vec<u8>, i64),
    (Option<Vec<u8>>, Option<i64>),
    (Option<Vec<u8>>, Option<i64>),
);

macro_rules! batch_columns {
    () => {
        (
            (
                payout_batches::id,
                payout_batches::pool_id,
                payout_batches::number,
                payout_batches::lines,
            ),
            (
                payout_batches::gross,
                payout_batches::set_off,
                payout_batches::net,
            ),
            (
                payout_batches::hash,
                payout_batches::salt,
                payout_batches::sealed_by,
                payout_batches::sealed_us,
            ),
            (payout_batches::released_by, payout_batches::released_us),
            (payout_batches::discarded_by, payout_batches::discarded_us),
        )
    };
}

fn batch(row: BatchTuple) -> Result<BatchRow, StorageError> {
    let ((id, pool, number, lines), (gross, set_off, net), (hash, salt, by, at), released, gone) =
        row;
    let corrupt = || StorageError::Corrupt("batch id".into());
    let whole = |(who, at): (Option<Vec<u8>>, Option<i64>)| -> Result<_, StorageError> {
        let who = who.map(|s| staff_id(&s)).transpose()?;
        Ok(who.zip(at.map(Timestamp)))
    };
    Ok(BatchRow {
        id: BatchId::from_slice(&id).ok_or_else(corrupt)?,
        pool: pool_id(&pool)?,
        number,
        lines,
        gross,
        set_off,
        net,
        hash: bytes32(&hash)?,
        salt,
        sealed_by: staff_id(&by)?,
        sealed: Timestamp(at),
        released: whole(released)?,
        discarded: whole(gone)?,
    })
}

/// The number that the next batch of a pool gets, under the pool's lock.
///
/// # Errors
/// The database's.
pub fn next_number(conn: &mut Db, pool: PoolId) -> Result<i64, StorageError> {
    let last: Option<i64> = payout_batches::table
        .filter(payout_batches::pool_id.eq(pool.to_vec()))
        .select(diesel::dsl::max(payout_batches::number))
        .first(conn)?;
    Ok(last.unwrap_or(0) + 1)
}

/// The answer to the request that sealed a batch, by its idempotency key.
///
/// # Errors
/// The database's.
pub fn answer(
    conn: &mut Db,
    key: &KeyHash,
) -> Result<Option<(BatchId, StoredAnswer)>, StorageError> {
    type Row = (Vec<u8>, Option<Vec<u8>>, Option<String>);
    let row: Option<Row> = payout_batches::table
        .filter(payout_batches::key_hash.eq(&key[..]))
        .select((
            payout_batches::id,
            payout_batches::fingerprint,
            payout_batches::answer,
        ))
        .first(conn)
        .optional()?;
    let corrupt = || StorageError::Corrupt("the answer about a batch".into());
    row.map(|(id, fingerprint, body)| {
        let answer = StoredAnswer {
            fingerprint: bytes16(&fingerprint.ok_or_else(corrupt)?)?,
            body: body.ok_or_else(corrupt)?,
        };
        Ok((BatchId::from_slice(&id).ok_or_else(corrupt)?, answer))
    })
    .transpose()
}

/// Keeps a sealed batch, and the answer to the request that sealed it under its idempotency key.
///
/// # Errors
/// The database's; a key that was used before violates a unique constraint.
pub fn insert_batch(
    conn: &mut Db,
    row: &BatchRow,
    answer: Option<(&KeyHash, &StoredAnswer)>,
) -> Result<(), StorageError> {
    diesel::insert_into(payout_batches::table)
        .values((
            payout_batches::id.eq(row.id.to_vec()),
            payout_batches::pool_id.eq(row.pool.to_vec()),
            payout_batches::number.eq(row.number),
            payout_batches::state.eq("sealed"),
            payout_batches::lines.eq(row.lines),
            payout_batches::gross.eq(row.gross),
            payout_batches::set_off.eq(row.set_off),
            payout_batches::net.eq(row.net),
            payout_batches::hash.eq(&row.hash[..]),
            payout_batches::salt.eq(&row.salt),
            payout_batches::sealed_by.eq(row.sealed_by.to_vec()),
            payout_batches::sealed_us.eq(row.sealed.0),
            payout_batches::key_hash.eq(answer.map(|(key, _)| &key[..])),
            payout_batches::fingerprint.eq(answer.map(|(_, answer)| &answer.fingerprint[..])),
            payout_batches::answer.eq(answer.map(|(_, answer)| answer.body.as_str())),
        ))
        .execute(conn)?;
    Ok(())
}

/// A batch by its id.
///
/// # Errors
/// The database's.
pub fn find_batch(conn: &mut Db, id: BatchId) -> Result<Option<BatchRow>, StorageError> {
    let row: Option<BatchTuple> = payout_batches::table
        .filter(payout_batches::id.eq(id.to_vec()))
        .select(batch_columns!())
        .first(conn)
        .optional()?;
    row.map(batch).transpose()
}

/// At most `limit` batches after one, in the order of their ids, which is that of sealing.
///
/// # Errors
/// The database's.
pub fn batches(
    conn: &mut Db,
    after: Option<BatchId>,
    limit: i64,
) -> Result<Vec<BatchRow>, StorageError> {
    let mut query = payout_batches::table
        .select(batch_columns!())
        .order(payout_batches::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(payout_batches::id.gt(after.to_vec()));
    }
    let rows: Vec<BatchTuple> = query.load(conn)?;
    rows.into_iter().map(batch).collect()
}

/// Which batches are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those of a pool.
    Of(PoolId),
    /// Those that wait to be released.
    Waiting,
    /// Those that were not discarded.
    Standing,
}

/// At most `limit` batches before one, the last sealed first. There are few: a thousand claims are
/// in one.
///
/// # Errors
/// The database's.
pub fn latest(
    conn: &mut Db,
    which: Which,
    before: Option<BatchId>,
    limit: i64,
) -> Result<Vec<BatchRow>, StorageError> {
    let mut query = payout_batches::table
        .select(batch_columns!())
        .order(payout_batches::id.desc())
        .limit(limit)
        .into_boxed();
    query = match which {
        Which::All => query,
        Which::Of(pool) => query.filter(payout_batches::pool_id.eq(pool.to_vec())),
        Which::Waiting => query.filter(payout_batches::state.eq("sealed")),
        Which::Standing => query.filter(payout_batches::state.ne("discarded")),
    };
    if let Some(before) = before {
        query = query.filter(payout_batches::id.lt(before.to_vec()));
    }
    let rows: Vec<BatchTuple> = query.load(conn)?;
    rows.into_iter().map(batch).collect()
}

/// Releases a sealed batch, once: `false` when it was released or discarded before.
///
/// # Errors
/// The database's; a CHECK refuses the person who sealed it.
pub fn release_batch(
    conn: &mut Db,
    id: BatchId,
    by: StaffId,
    at: Timestamp,
) -> Result<bool, StorageError> {
    let changed = diesel::update(
        payout_batches::table
            .filter(payout_batches::id.eq(id.to_vec()))
            .filter(payout_batches::state.eq("sealed")),
    )
    .set((
        payout_batches::state.eq("released"),
        payout_batches::released_by.eq(by.to_vec()),
        payout_batches::released_us.eq(at.0),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Discards a sealed batch, once: `false` when it was released or discarded before.
///
/// # Errors
/// The database's; a CHECK refuses a batch that was released.
pub fn discard_batch(
    conn: &mut Db,
    id: BatchId,
    by: StaffId,
    at: Timestamp,
) -> Result<bool, StorageError> {
    let changed = diesel::update(
        payout_batches::table
            .filter(payout_batches::id.eq(id.to_vec()))
            .filter(payout_batches::state.eq("sealed")),
    )
    .set((
        payout_batches::state.eq("discarded"),
        payout_batches::discarded_by.eq(by.to_vec()),
        payout_batches::discarded_us.eq(at.0),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// How many batches say in one column how they ended, and otherwise in another.
///
/// # Errors
/// The database's.
pub fn count_half_ended(conn: &mut Db) -> Result<i64, StorageError> {
    let released = payout_batches::released_by.is_not_null();
    let released = released.and(payout_batches::released_us.is_not_null());
    let unreleased = payout_batches::released_by.is_null();
    let unreleased = unreleased.and(payout_batches::released_us.is_null());
    let discarded = payout_batches::discarded_by.is_not_null();
    let discarded = discarded.and(payout_batches::discarded_us.is_not_null());
    let undiscarded = payout_batches::discarded_by.is_null();
    let undiscarded = undiscarded.and(payout_batches::discarded_us.is_null());
    let is = |word: &'static str| payout_batches::state.eq(word);
    let fits = is("released")
        .and(released)
        .and(undiscarded)
        .or(is("discarded").and(unreleased).and(discarded))
        .or(is("sealed").and(unreleased).and(undiscarded));
    Ok(payout_batches::table
        .filter(diesel::dsl::not(fits))
        .count()
        .get_result(conn)?)
}
