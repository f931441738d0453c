//! What a dealer's claims come to: by pool and state, what is not paid yet, and what each
//! released batch pays.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::{claims, dealer_usage, payout_batches, payout_lines};
use super::stored::{claim_id, pool_id};
use crate::domain::claim::ClaimState;
use crate::domain::ids::{BatchId, ClaimId, DealerId, PoolId};
use crate::domain::time::Timestamp;

/// Claims of one dealer in one pool and state with the same amount.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// The pool.
    pub pool: PoolId,
    /// The state.
    pub state: ClaimState,
    /// What each of them holds or asks for, fen.
    pub amount: i64,
    /// How many.
    pub claims: i64,
}

/// All claims of a dealer.
///
/// # Errors
/// The database's.
pub fn holdings(conn: &mut Db, dealer: DealerId) -> Result<Vec<Held>, StorageError> {
    let rows: Vec<(Vec<u8>, String, i64, i64)> = claims::table
        .filter(claims::dealer_id.eq(dealer.to_vec()))
        .group_by((claims::pool_id, claims::state, claims::amount))
        .select((
            claims::pool_id,
            claims::state,
            claims::amount,
            diesel::dsl::count_star(),
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(pool, state, amount, claims)| {
            Ok(Held {
                pool: pool_id(&pool)?,
                state: parsed(&state)?,
                amount,
                claims,
            })
        })
        .collect()
}

fn parsed(state: &str) -> Result<ClaimState, StorageError> {
    ClaimState::parse(state).ok_or_else(|| StorageError::Corrupt("a claim's state".into()))
}

/// What counts for a dealer's share, by pool, in fen.
///
/// # Errors
/// The database's.
pub fn shares(conn: &mut Db, dealer: DealerId) -> Result<Vec<(PoolId, i64)>, StorageError> {
    let rows: Vec<(Vec<u8>, i64)> = dealer_usage::table
        .filter(dealer_usage::dealer_id.eq(dealer.to_vec()))
        .select((dealer_usage::pool_id, dealer_usage::held))
        .load(conn)?;
    rows.into_iter()
        .map(|(pool, held)| Ok((pool_id(&pool)?, held)))
        .collect()
}

/// A claim as far as its money and its clocks go.
#[derive(Debug, Clone)]
pub struct OpenClaim {
    /// The id.
    pub id: ClaimId,
    /// The number people know.
    pub number: String,
    /// Row of the pack version that judged it.
    pub version_id: i64,
    /// The state.
    pub state: ClaimState,
    /// What it holds, fen.
    pub amount: i64,
    /// When it was filed.
    pub submitted: Timestamp,
    /// When it lapses unless its dealer does what is due.
    pub deadline: Option<Timestamp>,
    /// Since when it waits for a reviewer.
    pub review: Option<Timestamp>,
    /// When it must be paid.
    pub pay_by: Option<Timestamp>,
}

type OpenTuple = (
    (Vec<u8>, String, i64, String, i64),
    (i64, Option<i64>, Option<i64>, Option<i64>),
);

/// At most `limit` claims of a dealer in these states after one, in the order of filing.
///
/// # Errors
/// The database's.
pub fn open_claims(
    conn: &mut Db,
    dealer: DealerId,
    states: &[ClaimState],
    after: Option<ClaimId>,
    limit: i64,
) -> Result<Vec<OpenClaim>, StorageError> {
    let mut query = claims::table
        .filter(claims::dealer_id.eq(dealer.to_vec()))
        .filter(claims::state.eq_any(states.iter().map(|s| s.as_str())))
        .order(claims::id)
        .limit(limit)
        .select((
            (
                claims::id,
                claims::number,
                claims::version_id,
                claims::state,
                claims::amount,
            ),
            (
                claims::submitted_us,
                claims::deadline_us,
                claims::review_us,
                claims::pay_by_us,
            ),
        ))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(claims::id.gt(after.to_vec()));
    }
    let rows: Vec<OpenTuple> = query.load(conn)?;
    rows.into_iter()
        .map(|((id, number, version_id, state, amount), times)| {
            let (submitted, deadline, review, pay_by) = times;
            Ok(OpenClaim {
                id: claim_id(&id)?,
                number,
                version_id,
                state: parsed(&state)?,
                amount,
                submitted: Timestamp(submitted),
                deadline: deadline.map(Timestamp),
                review: review.map(Timestamp),
                pay_by: pay_by.map(Timestamp),
            })
        })
        .collect()
}

/// At most `limit` released batches with lines of a dealer, after one, in the order of sealing.
///
/// # Errors
/// The database's.
pub fn statements(
    conn: &mut Db,
    dealer: DealerId,
    after: Option<BatchId>,
    limit: i64,
) -> Result<Vec<BatchId>, StorageError> {
    let mut query = payout_lines::table
        .inner_join(payout_batches::table)
        .filter(payout_lines::dealer_id.eq(dealer.to_vec()))
        .filter(payout_batches::state.eq("released"))
        .select(payout_lines::batch_id)
        .distinct()
        .order(payout_lines::batch_id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(payout_lines::batch_id.gt(after.to_vec()));
    }
    let rows: Vec<Vec<u8>> = query.load(conn)?;
    let corrupt = || StorageError::Corrupt("batch id".into());
    rows.into_iter()
        .map(|id| BatchId::from_slice(&id).ok_or_else(corrupt))
        .collect()
}

/// What a batch holds for one claim of a dealer.
#[derive(Debug, Clone, Queryable)]
pub struct StatementRow {
    /// The name that the bank knows the payment by.
    pub end_to_end_id: String,
    /// `dealer` or `consumer`.
    pub payee: String,
    /// Sealed name, account and bank.
    pub sealed: Vec<u8>,
    /// What the claim is owed, fen.
    pub gross: i64,
    /// What of it is set off, fen.
    pub set_off: i64,
    /// What the bank pays, fen.
    pub net: i64,
    /// `pending`, `paid` or `returned`.
    pub state: String,
    /// Why it was sent back, sealed.
    pub reason: Option<Vec<u8>>,
}

/// A dealer's lines of a batch, in the order of approval.
///
/// # Errors
/// The database's.
pub fn statement(
    conn: &mut Db,
    dealer: DealerId,
    batch: BatchId,
) -> Result<Vec<StatementRow>, StorageError> {
    Ok(payout_lines::table
        .filter(payout_lines::dealer_id.eq(dealer.to_vec()))
        .filter(payout_lines::batch_id.eq(batch.to_vec()))
        .order(payout_lines::line)
        .select((
            payout_lines::end_to_end_id,
            payout_lines::payee,
            payout_lines::sealed,
            payout_lines::gross,
            payout_lines::set_off,
            payout_lines::net,
            payout_lines::state,
            payout_lines::reason,
        ))
        .load(conn)?)
}
