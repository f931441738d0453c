//! The lines of payout batches: one attempt each to pay one claim, and what became of it.

use diesel::prelude::*;

use super::StorageError;
use super::claims::{ClaimTuple, StoredClaim, claim_columns, stored};
use super::db::Db;
use super::schema::{claims, payout_batches, payout_lines};
use super::stored::{bytes16, claim_id, dealer_id, pool_id};
use crate::domain::ids::{BatchId, ClaimId, DealerId, PoolId};
use crate::domain::time::Timestamp;

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineState {
    /// Not known yet.
    Pending,
    /// Paid.
    Paid,
    /// Sent back.
    Returned,
    /// It never left: its batch was discarded.
    Discarded,
}

impl LineState {
    /// The word in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            LineState::Pending => "pending",
            LineState::Paid => "paid",
            LineState::Returned => "returned",
            LineState::Discarded => "discarded",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        match word {
            "pending" => Some(LineState::Pending),
            "paid" => Some(LineState::Paid),
            "returned" => Some(LineState::Returned),
            "discarded" => Some(LineState::Discarded),
            _ => None,
        }
    }
}

/// A line of a batch: one attempt to pay one claim.
#[derive(Debug, Clone)]
pub struct LineRow {
    /// The name that the bank knows it by, used once, ever.
    pub end_to_end_id: String,
    /// Its batch.
    pub batch: BatchId,
    /// 1, 2, 3 … in the batch: the order of approval.
    pub line: i64,
    /// The claim.
    pub claim: ClaimId,
    /// Which attempt to pay it.
    pub attempt: i64,
    /// The dealer that filed the claim.
    pub dealer: DealerId,
    /// `dealer` or `consumer`.
    pub payee: String,
    /// Keyed hash of who is paid: what he owes back is set off.
    pub debtor: [u8; 16],
    /// Sealed name, account and bank.
    pub sealed: Vec<u8>,
    /// What the claim is owed, fen.
    pub gross: i64,
    /// What of it is set off, fen.
    pub set_off: i64,
    /// What the bank pays, fen.
    pub net: i64,
    /// Whose money it is, fen: centre, province, zone, local.
    pub sources: [i64; 4],
    /// What became of it.
    pub state: LineState,
    /// Why it was sent back, sealed.
    pub reason: Option<Vec<u8>>,
    /// When that was known.
    pub outcome: Option<Timestamp>,
}

type LineTuple = (
    (String, Vec<u8>, i64, Vec<u8>, i64, Vec<u8>),
    (String, Vec<u8>, Vec<u8>),
    (i64, i64, i64),
    (i64, i64, i64, i64),
    (String, Option<Vec<u8>>, Option<i64>),
);

macro_rules! line_columns {
    () => {
        (
            (
                payout_lines::end_to_end_id,
                payout_lines::batch_id,
                payout_lines::line,
                payout_lines::claim_id,
                payout_lines::attempt,
                payout_lines::dealer_id,
            ),
            (
                payout_lines::payee,
                payout_lines::debtor_hash,
                payout_lines::sealed,
            ),
            (
                payout_lines::gross,
                payout_lines::set_off,
                payout_lines::net,
            ),
            (
                payout_lines::centre,
                payout_lines::province,
                payout_lines::zone,
                payout_lines::local,
            ),
            (
                payout_lines::state,
                payout_lines::reason,
                payout_lines::outcome_us,
            ),
        )
    };
}

fn line(row: LineTuple) -> Result<LineRow, StorageError> {
    let ((id, batch, line, claim, attempt, dealer), (payee, debtor, sealed), money, sources, fate) =
        row;
    let corrupt = |what: &str| StorageError::Corrupt(format!("payout line {id}: {what}"));
    Ok(LineRow {
        batch: BatchId::from_slice(&batch).ok_or_else(|| corrupt("batch"))?,
        line,
        claim: claim_id(&claim)?,
        attempt,
        dealer: dealer_id(&dealer)?,
        payee,
        debtor: bytes16(&debtor)?,
        sealed,
        gross: money.0,
        set_off: money.1,
        net: money.2,
        sources: [sources.0, sources.1, sources.2, sources.3],
        state: LineState::parse(&fate.0).ok_or_else(|| corrupt("state"))?,
        reason: fate.1,
        outcome: fate.2.map(Timestamp),
        end_to_end_id: id,
    })
}

/// Keeps a line. The primary key refuses a name that was used before.
///
/// # Errors
/// The database's.
pub fn insert_line(conn: &mut Db, row: &LineRow) -> Result<(), StorageError> {
    diesel::insert_into(payout_lines::table)
        .values((
            (
                payout_lines::end_to_end_id.eq(&row.end_to_end_id),
                payout_lines::batch_id.eq(row.batch.to_vec()),
                payout_lines::line.eq(row.line),
                payout_lines::claim_id.eq(row.claim.to_vec()),
                payout_lines::attempt.eq(row.attempt),
                payout_lines::dealer_id.eq(row.dealer.to_vec()),
                payout_lines::payee.eq(&row.payee),
                payout_lines::debtor_hash.eq(&row.debtor[..]),
                payout_lines::sealed.eq(&row.sealed),
            ),
            (
                payout_lines::gross.eq(row.gross),
                payout_lines::set_off.eq(row.set_off),
                payout_lines::net.eq(row.net),
                payout_lines::centre.eq(row.sources[0]),
                payout_lines::province.eq(row.sources[1]),
                payout_lines::zone.eq(row.sources[2]),
                payout_lines::local.eq(row.sources[3]),
                payout_lines::state.eq(row.state.as_str()),
            ),
        ))
        .execute(conn)?;
    Ok(())
}

/// The lines of a batch, in their order.
///
/// # Errors
/// The database's.
pub fn lines_of(conn: &mut Db, batch: BatchId) -> Result<Vec<LineRow>, StorageError> {
    let rows: Vec<LineTuple> = payout_lines::table
        .filter(payout_lines::batch_id.eq(batch.to_vec()))
        .order(payout_lines::line)
        .select(line_columns!())
        .load(conn)?;
    rows.into_iter().map(line).collect()
}

/// At most `limit` lines of a batch after one, each with the number of its claim.
///
/// # Errors
/// The database's.
pub fn page_of(
    conn: &mut Db,
    batch: BatchId,
    after: i64,
    limit: i64,
) -> Result<Vec<(LineRow, String)>, StorageError> {
    let rows: Vec<(LineTuple, String)> = payout_lines::table
        .inner_join(claims::table)
        .filter(payout_lines::batch_id.eq(batch.to_vec()))
        .filter(payout_lines::line.gt(after))
        .order(payout_lines::line)
        .limit(limit)
        .select((line_columns!(), claims::number))
        .load(conn)?;
    rows.into_iter()
        .map(|(row, number)| Ok((line(row)?, number)))
        .collect()
}

/// At most `limit` claims of a batch after a line, each with the number of its line and what it is
/// owed, in fen.
///
/// # Errors
/// The database's.
pub fn claims_of(
    conn: &mut Db,
    batch: BatchId,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, i64, StoredClaim)>, StorageError> {
    let rows: Vec<(i64, i64, ClaimTuple)> = payout_lines::table
        .inner_join(claims::table)
        .filter(payout_lines::batch_id.eq(batch.to_vec()))
        .filter(payout_lines::line.gt(after))
        .order(payout_lines::line)
        .limit(limit)
        .select((payout_lines::line, payout_lines::gross, claim_columns!()))
        .load(conn)?;
    rows.into_iter()
        .map(|(line, gross, claim)| Ok((line, gross, stored(claim)?)))
        .collect()
}

/// The attempts to pay a claim, the first first.
///
/// # Errors
/// The database's.
pub fn attempts(conn: &mut Db, claim: ClaimId) -> Result<Vec<LineRow>, StorageError> {
    let rows: Vec<LineTuple> = payout_lines::table
        .filter(payout_lines::claim_id.eq(claim.to_vec()))
        .order(payout_lines::attempt)
        .select(line_columns!())
        .load(conn)?;
    rows.into_iter().map(line).collect()
}

/// The last attempt to pay a claim that was not discarded: one that was never sent is none.
///
/// # Errors
/// The database's.
pub fn last_attempt(conn: &mut Db, claim: ClaimId) -> Result<Option<LineRow>, StorageError> {
    let row: Option<LineTuple> = payout_lines::table
        .filter(payout_lines::claim_id.eq(claim.to_vec()))
        .filter(payout_lines::state.ne(LineState::Discarded.as_str()))
        .order(payout_lines::attempt.desc())
        .select(line_columns!())
        .first(conn)
        .optional()?;
    row.map(line).transpose()
}

/// A line by its name, with the pool that pays it, of a batch that is not merely sealed.
///
/// # Errors
/// The database's.
pub fn ended_line(
    conn: &mut Db,
    end_to_end_id: &str,
) -> Result<Option<(PoolId, LineRow)>, StorageError> {
    let row: Option<(Vec<u8>, LineTuple)> = payout_lines::table
        .inner_join(payout_batches::table)
        .filter(payout_lines::end_to_end_id.eq(end_to_end_id))
        .filter(payout_batches::state.ne("sealed"))
        .select((payout_batches::pool_id, line_columns!()))
        .first(conn)
        .optional()?;
    row.map(|(pool, row)| Ok((pool_id(&pool)?, line(row)?)))
        .transpose()
}

/// The names of the payments of a released batch that the bank makes.
///
/// # Errors
/// The database's.
pub fn payments_of(conn: &mut Db, batch: BatchId) -> Result<Vec<String>, StorageError> {
    Ok(payout_lines::table
        .inner_join(payout_batches::table)
        .filter(payout_lines::batch_id.eq(batch.to_vec()))
        .filter(payout_batches::state.eq("released"))
        .filter(payout_lines::net.gt(0))
        .order(payout_lines::line)
        .select(payout_lines::end_to_end_id)
        .load(conn)?)
}

/// The numbers of the claims of a batch that a flag keeps apart, in the order of its lines.
///
/// # Errors
/// The database's.
pub fn kept_apart(conn: &mut Db, batch: BatchId) -> Result<Vec<String>, StorageError> {
    Ok(payout_lines::table
        .inner_join(claims::table)
        .filter(payout_lines::batch_id.eq(batch.to_vec()))
        .filter(claims::apart.gt(0))
        .order(payout_lines::line)
        .select(claims::number)
        .load(conn)?)
}

/// Says what became of a line, with the sealed reason of one that came back, if it still stands as `row` says; `false` when it does not.
///
/// # Errors
/// The database's.
pub fn set_outcome(
    conn: &mut Db,
    row: &LineRow,
    state: LineState,
    reason: Option<&[u8]>,
    at: Timestamp,
) -> Result<bool, StorageError> {
    let changed = diesel::update(
        payout_lines::table
            .filter(payout_lines::end_to_end_id.eq(&row.end_to_end_id))
            .filter(payout_lines::state.eq(row.state.as_str())),
    )
    .set((
        payout_lines::state.eq(state.as_str()),
        payout_lines::reason.eq(reason),
        payout_lines::outcome_us.eq(at.0),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// How many lines there are in all batches.
///
/// # Errors
/// The database's.
pub fn count_lines(conn: &mut Db) -> Result<i64, StorageError> {
    Ok(payout_lines::table.count().get_result(conn)?)
}
