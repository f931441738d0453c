//! The journal as events: entries about claims, with the claim that each is about.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::{claims, journal, pools};
use super::stored::{bytes32, claim_id, dealer_id, pool_id};
use crate::domain::ids::{ClaimId, DealerId, PoolId};
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::journal::entry::{EntryActor, EntryKind};

/// How long a pool's journal is.
#[derive(Debug, Clone)]
pub struct Head {
    /// The pool.
    pub pool: PoolId,
    /// Its name.
    pub name: String,
    /// The number of its last entry. Every entry up to it is committed and can be read.
    pub seq: i64,
}

/// The heads of all journals, in the order of the pools' ids.
///
/// # Errors
/// The database's.
pub fn heads(conn: &mut Db) -> Result<Vec<Head>, StorageError> {
    let rows: Vec<(Vec<u8>, String, i64)> = pools::table
        .order(pools::id)
        .select((pools::id, pools::name, pools::head_seq))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, name, seq)| {
            Ok(Head {
                pool: pool_id(&id)?,
                name,
                seq,
            })
        })
        .collect()
}

/// An entry about a claim.
#[derive(Debug, Clone)]
pub struct EventRow {
    /// The pool.
    pub pool: PoolId,
    /// The entry's number.
    pub seq: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub kind: EntryKind,
    /// Who caused it.
    pub actor: EntryActor,
    /// The claim's place among the accepted claims of the pool.
    pub position: Option<i64>,
    /// The amount of the entry.
    pub amount: Fen,
    /// The public word, where the kind has one.
    pub detail: Option<String>,
    /// The entry's hash.
    pub hash: [u8; 32],
    /// The claim.
    pub claim: ClaimId,
    /// Its number.
    pub number: String,
    /// Its programme.
    pub programme: String,
    /// Its dealer.
    pub dealer: DealerId,
}

type EventTuple = (
    (Vec<u8>, i64, i64, String, String),
    (Option<i64>, i64, Option<String>, Vec<u8>),
    (Vec<u8>, String, String, Vec<u8>),
);

macro_rules! event_columns {
    () => {
        (
            (
                journal::pool_id,
                journal::seq,
                journal::at_us,
                journal::kind,
                journal::actor,
            ),
            (
                journal::position,
                journal::amount,
                journal::detail,
                journal::hash,
            ),
            (
                claims::id,
                claims::number,
                claims::programme,
                claims::dealer_id,
            ),
        )
    };
}

fn event(row: EventTuple) -> Result<EventRow, StorageError> {
    let ((pool, seq, at, kind, actor), (position, amount, detail, hash), claim) = row;
    let (id, number, programme, dealer) = claim;
    let corrupt = |what: &str| StorageError::Corrupt(format!("claim {number} entry {seq}: {what}"));
    Ok(EventRow {
        kind: EntryKind::parse(&kind).ok_or_else(|| corrupt("kind"))?,
        actor: EntryActor::parse(&actor).ok_or_else(|| corrupt("actor"))?,
        amount: Fen::new(amount).ok_or_else(|| corrupt("amount"))?,
        pool: pool_id(&pool)?,
        seq,
        at: Timestamp(at),
        position,
        detail,
        hash: bytes32(&hash)?,
        claim: claim_id(&id)?,
        number,
        programme,
        dealer: dealer_id(&dealer)?,
    })
}

/// A part of one pool's journal.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// The pool.
    pub pool: PoolId,
    /// Entries with a greater number,
    pub after: i64,
    /// up to this one.
    pub up_to: i64,
}

/// At most `limit` entries of a window in order, of these kinds, about claims of these dealers,
/// or of all where none are named.
///
/// # Errors
/// The database's.
pub fn within(
    conn: &mut Db,
    window: Window,
    kinds: &[&str],
    dealers: Option<&[DealerId]>,
    limit: i64,
) -> Result<Vec<EventRow>, StorageError> {
    let mut query = journal::table
        .inner_join(claims::table.on(journal::claim_id.eq(claims::id.nullable())))
        .filter(journal::pool_id.eq(window.pool.to_vec()))
        .filter(journal::seq.gt(window.after))
        .filter(journal::seq.le(window.up_to))
        .filter(journal::kind.eq_any(kinds.iter().map(|kind| (*kind).to_owned())))
        .order(journal::seq)
        .limit(limit)
        .select(event_columns!())
        .into_boxed();
    if let Some(dealers) = dealers {
        let ids: Vec<Vec<u8>> = dealers.iter().map(|dealer| dealer.to_vec()).collect();
        query = query.filter(claims::dealer_id.eq_any(ids));
    }
    let rows: Vec<EventTuple> = query.load(conn)?;
    rows.into_iter().map(event).collect()
}

/// One entry about a claim.
///
/// # Errors
/// The database's.
pub fn one(conn: &mut Db, pool: PoolId, seq: i64) -> Result<Option<EventRow>, StorageError> {
    let row: Option<EventTuple> = journal::table
        .inner_join(claims::table.on(journal::claim_id.eq(claims::id.nullable())))
        .filter(journal::pool_id.eq(pool.to_vec()))
        .filter(journal::seq.eq(seq))
        .select(event_columns!())
        .first(conn)
        .optional()?;
    row.map(event).transpose()
}

/// The number of the last entry of a pool before an instant; 0 when there is none. Time never
/// goes back in a journal, so a search by halves finds it.
///
/// # Errors
/// The database's; [`StorageError::Corrupt`] when an entry is missing.
pub fn last_before(
    conn: &mut Db,
    pool: PoolId,
    head: i64,
    since: Timestamp,
) -> Result<i64, StorageError> {
    let (mut before, mut behind) = (0, head + 1);
    while before + 1 < behind {
        let middle = before + (behind - before) / 2;
        let at: Option<i64> = journal::table
            .filter(journal::pool_id.eq(pool.to_vec()))
            .filter(journal::seq.eq(middle))
            .select(journal::at_us)
            .first(conn)
            .optional()?;
        let at = at.ok_or_else(|| StorageError::Corrupt(format!("entry {middle} is missing")))?;
        if at < since.0 {
            before = middle;
        } else {
            behind = middle;
        }
    }
    Ok(before)
}
