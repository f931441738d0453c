//! Claims outside the hot path: reading, and changing one at a time.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::StorageError;
use super::claim_keys;
use super::db::Db;
use super::schema::{awards, claims, dealer_usage};
use super::stored::{bytes16, bytes32, claim_id, dealer_id, pool_id, staff_id};
use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, DealerId, PoolId, StaffId};
use crate::domain::money::Fen;
use crate::domain::reason::Reason;
use crate::domain::time::Timestamp;

/// A claim as it is stored.
#[derive(Debug, Clone)]
pub struct StoredClaim {
    /// The id.
    pub id: ClaimId,
    /// Its pool.
    pub pool: PoolId,
    /// The number people know.
    pub number: String,
    /// Place in line.
    pub position: Option<i64>,
    /// Programme.
    pub programme: String,
    /// Row of the pack version that judged it.
    pub version_id: i64,
    /// Who filed it.
    pub dealer: DealerId,
    /// State.
    pub state: ClaimState,
    /// Held or asked.
    pub amount: Fen,
    /// Sealed content.
    pub sealed: Vec<u8>,
    /// Keyed MAC of the content.
    pub content_mac: [u8; 32],
    /// Opens the public commitment.
    pub nonce: [u8; 16],
    /// Keyed hash of the applicant.
    pub person_hash: [u8; 16],
    /// The keys it took, each hash and ordinal byte.
    pub keys: Vec<u8>,
    /// Why it is refused.
    pub reasons: Vec<Reason>,
    /// The same as stored.
    pub reasons_json: String,
    /// Warnings as stored: JSON.
    pub warnings_json: String,
    /// When it was admitted.
    pub submitted: Timestamp,
    /// When money was first held.
    pub held: Option<Timestamp>,
    /// When it last changed.
    pub changed: Timestamp,
    /// Grows with every change; the `ETag`.
    pub revision: i64,
    /// Whether it was opened at the counter, before the purchase.
    pub invoice_due: bool,
    /// How far it has come since.
    pub progress: Progress,
}

/// What happens to a claim after its verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// When it lapses unless its dealer does what is due.
    pub deadline: Option<Timestamp>,
    /// Since when it waits for a reviewer; kept through corrections, so that it keeps its place.
    pub review: Option<Timestamp>,
    /// Who has it on his desk, and until when.
    pub lease: Option<(StaffId, Timestamp)>,
    /// How often it was given back for correction.
    pub rounds: i64,
    /// How many open flags keep it apart.
    pub apart: i64,
    /// Who recommended it, or proposed its rejection.
    pub prepared_by: Option<StaffId>,
    /// Who approved it.
    pub approved_by: Option<StaffId>,
    /// The journal entry that approved it: claims are paid in this order.
    pub approval_seq: Option<i64>,
    /// When it was approved.
    pub approved: Option<Timestamp>,
    /// When it must be paid.
    pub pay_by: Option<Timestamp>,
}

pub(super) type ProgressTuple = (
    (i64, Option<i64>, Option<i64>),
    (Option<Vec<u8>>, Option<i64>),
    (i64, i64),
    (Option<Vec<u8>>, Option<Vec<u8>>),
    (Option<i64>, Option<i64>, Option<i64>),
);

pub(super) type ClaimTuple = (
    (Vec<u8>, Vec<u8>, String, Option<i64>, String, i64),
    (Vec<u8>, String, i64),
    (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>),
    (String, String),
    (i64, Option<i64>, i64, i64),
    ProgressTuple,
);

macro_rules! claim_columns {
    () => {
        (
            (
                claims::id,
                claims::pool_id,
                claims::number,
                claims::position,
                claims::programme,
                claims::version_id,
            ),
            (claims::dealer_id, claims::state, claims::amount),
            (
                claims::sealed,
                claims::content_mac,
                claims::nonce,
                claims::person_hash,
                claims::keys,
            ),
            (claims::reasons, claims::warnings),
            (
                claims::submitted_us,
                claims::held_us,
                claims::changed_us,
                claims::revision,
            ),
            (
                (claims::invoice_due, claims::deadline_us, claims::review_us),
                (claims::lease_staff, claims::lease_until_us),
                (claims::rounds, claims::apart),
                (claims::prepared_by, claims::approved_by),
                (claims::approval_seq, claims::approved_us, claims::pay_by_us),
            ),
        )
    };
}

pub(super) use claim_columns;

pub(super) fn stored(row: ClaimTuple) -> Result<StoredClaim, StorageError> {
    let (
        (id, pool, number, position, programme, version_id),
        (dealer, state, amount),
        bytes,
        texts,
        times,
        progress,
    ) = row;
    let (sealed, content_mac, nonce, person_hash, keys) = bytes;
    let (reasons_json, warnings_json) = texts;
    let (submitted, held, changed, revision) = times;
    let corrupt = |what: &str| StorageError::Corrupt(format!("claim {number}: {what}"));
    Ok(StoredClaim {
        id: claim_id(&id)?,
        pool: pool_id(&pool)?,
        state: ClaimState::parse(&state).ok_or_else(|| corrupt("state"))?,
        amount: Fen::new(amount).ok_or_else(|| corrupt("amount"))?,
        reasons: serde_json::from_str(&reasons_json).map_err(|_| corrupt("reasons"))?,
        content_mac: bytes32(&content_mac)?,
        nonce: bytes16(&nonce)?,
        person_hash: bytes16(&person_hash)?,
        dealer: dealer_id(&dealer)?,
        number,
        position,
        programme,
        version_id,
        sealed,
        keys,
        reasons_json,
        warnings_json,
        submitted: Timestamp(submitted),
        held: held.map(Timestamp),
        changed: Timestamp(changed),
        revision,
        invoice_due: progress.0.0 != 0,
        progress: progressed(progress)?,
    })
}

fn progressed(row: ProgressTuple) -> Result<Progress, StorageError> {
    let ((_, deadline, review), (staff, until), (rounds, apart), persons, approval) = row;
    let person = |id: Option<Vec<u8>>| id.map(|id| staff_id(&id)).transpose();
    Ok(Progress {
        deadline: deadline.map(Timestamp),
        review: review.map(Timestamp),
        lease: person(staff)?.zip(until.map(Timestamp)),
        rounds,
        apart,
        prepared_by: person(persons.0)?,
        approved_by: person(persons.1)?,
        approval_seq: approval.0,
        approved: approval.1.map(Timestamp),
        pay_by: approval.2.map(Timestamp),
    })
}

/// A claim by its id.
///
/// # Errors
/// The database's.
pub fn by_id(conn: &mut Db, id: ClaimId) -> Result<Option<StoredClaim>, StorageError> {
    let row: Option<ClaimTuple> = claims::table
        .filter(claims::id.eq(id.to_vec()))
        .select(claim_columns!())
        .first(conn)
        .optional()?;
    row.map(stored).transpose()
}

/// A claim by its number.
///
/// # Errors
/// The database's.
pub fn by_number(conn: &mut Db, number: &str) -> Result<Option<StoredClaim>, StorageError> {
    let row: Option<ClaimTuple> = claims::table
        .filter(claims::number.eq(number))
        .select(claim_columns!())
        .first(conn)
        .optional()?;
    row.map(stored).transpose()
}

/// The id of the claim with this number.
///
/// # Errors
/// The database's.
pub fn id_of(conn: &mut Db, number: &str) -> Result<Option<ClaimId>, StorageError> {
    let id: Option<Vec<u8>> = claims::table
        .filter(claims::number.eq(number))
        .select(claims::id)
        .first(conn)
        .optional()?;
    id.as_deref().map(claim_id).transpose()
}

/// The id of the first claim of all, if there is any.
///
/// # Errors
/// The database's.
pub fn first_id(conn: &mut Db) -> Result<Option<ClaimId>, StorageError> {
    let id: Option<Vec<u8>> = claims::table
        .order(claims::id)
        .select(claims::id)
        .first(conn)
        .optional()?;
    id.as_deref().map(claim_id).transpose()
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct ClaimFilter {
    /// One dealer's.
    pub dealer: Option<DealerId>,
    /// In this state.
    pub state: Option<ClaimState>,
    /// Of this programme.
    pub programme: Option<String>,
    /// After this one, in the order of ids.
    pub after: Option<ClaimId>,
}

/// At most `limit` claims in the order of ids, which is that of filing.
///
/// # Errors
/// The database's.
pub fn list(
    conn: &mut Db,
    filter: &ClaimFilter,
    limit: i64,
) -> Result<Vec<StoredClaim>, StorageError> {
    let mut query = claims::table
        .select(claim_columns!())
        .order(claims::id)
        .limit(limit)
        .into_boxed();
    if let Some(dealer) = filter.dealer {
        query = query.filter(claims::dealer_id.eq(dealer.to_vec()));
    }
    if let Some(state) = filter.state {
        query = query.filter(claims::state.eq(state.as_str()));
        // Nearly all claims of a grown database are in one of these two, and only they are in no
        // index by state.
        if !matches!(state, ClaimState::Paid | ClaimState::Refused) {
            query = query.filter(sql::<Bool>("claims.state NOT IN ('paid', 'refused')"));
        }
    }
    if let Some(programme) = &filter.programme {
        query = query.filter(claims::programme.eq(programme));
    }
    if let Some(after) = filter.after {
        query = query.filter(claims::id.gt(after.to_vec()));
    }
    let rows: Vec<ClaimTuple> = query.load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// At most `limit` claims of a pool after `after`, in the order of ids.
///
/// # Errors
/// The database's.
pub fn of_pool(
    conn: &mut Db,
    pool: PoolId,
    after: Option<ClaimId>,
    limit: i64,
) -> Result<Vec<StoredClaim>, StorageError> {
    let mut query = claims::table
        .select(claim_columns!())
        .filter(claims::pool_id.eq(pool.to_vec()))
        .order(claims::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(claims::id.gt(after.to_vec()));
    }
    let rows: Vec<ClaimTuple> = query.load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// Live claims of the persons of an import, in one pass over the claims: the hot path pays
/// for no index that only imports would read.
///
/// # Errors
/// The database's.
pub fn live_of_import(conn: &mut Db, import: &[u8]) -> Result<Vec<StoredClaim>, StorageError> {
    let live = ClaimState::ALL
        .iter()
        .filter(|s| s.is_live())
        .map(|s| s.as_str());
    let persons = awards::table
        .filter(awards::import_id.eq(import))
        .select(awards::person_hash);
    let rows: Vec<ClaimTuple> = claims::table
        .select(claim_columns!())
        .filter(claims::state.eq_any(live))
        .filter(claims::person_hash.eq_any(persons))
        .load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// Those of these claims that live.
///
/// # Errors
/// The database's.
pub fn live_among(conn: &mut Db, ids: &[ClaimId]) -> Result<Vec<StoredClaim>, StorageError> {
    let rows: Vec<ClaimTuple> = claims::table
        .select(claim_columns!())
        .filter(claims::id.eq_any(ids.iter().map(|id| id.to_vec())))
        .load(conn)?;
    let found: Result<Vec<StoredClaim>, _> = rows.into_iter().map(stored).collect();
    let mut found = found?;
    found.retain(|claim| claim.state.is_live());
    Ok(found)
}

/// Live claims that hold one of these keys.
///
/// # Errors
/// The database's.
pub fn live_holders(conn: &mut Db, keys: &[[u8; 16]]) -> Result<Vec<StoredClaim>, StorageError> {
    let live = ClaimState::ALL
        .iter()
        .filter(|s| s.is_live())
        .map(|s| s.as_str());
    let holders = claim_keys::claims_holding(conn, keys)?;
    if holders.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<ClaimTuple> = claims::table
        .select(claim_columns!())
        .filter(claims::state.eq_any(live))
        .filter(claims::id.eq_any(holders.iter().map(|id| id.to_vec())))
        .load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// That a claim is in a state, written out: SQLite uses an index of some rows only where the
/// statement itself says which, and not a parameter.
pub(super) fn is(state: ClaimState) -> SqlLiteral<Bool> {
    sql::<Bool>(&format!("claims.state = '{}'", state.as_str()))
}

/// Those who wait in a pool for at most so many fen, from the head of the line.
///
/// # Errors
/// The database's.
pub fn waiting(
    conn: &mut Db,
    pool: PoolId,
    after: i64,
    most: Option<i64>,
    limit: i64,
) -> Result<Vec<StoredClaim>, StorageError> {
    let mut query = claims::table
        .select(claim_columns!())
        .filter(claims::pool_id.eq(pool.to_vec()))
        .filter(is(ClaimState::Waiting))
        .filter(claims::position.gt(after))
        .order(claims::position)
        .limit(limit)
        .into_boxed();
    if let Some(most) = most {
        query = query.filter(claims::amount.le(most));
    }
    let rows: Vec<ClaimTuple> = query.load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// What dealers hold in a pool.
///
/// # Errors
/// The database's.
pub fn shares(conn: &mut Db, pool: PoolId) -> Result<Vec<(DealerId, i64)>, StorageError> {
    let rows: Vec<(Vec<u8>, i64)> = dealer_usage::table
        .filter(dealer_usage::pool_id.eq(pool.to_vec()))
        .select((dealer_usage::dealer_id, dealer_usage::held))
        .load(conn)?;
    rows.into_iter()
        .map(|(d, held)| Ok((dealer_id(&d)?, held)))
        .collect()
}

/// What a pool's claims amount to by state, in fen.
///
/// # Errors
/// The database's.
pub fn sums(conn: &mut Db, pool: PoolId) -> Result<Vec<(String, i64)>, StorageError> {
    // Added up here: the databases give sums of other types than they add.
    let rows: Vec<(String, i64, i64)> = claims::table
        .filter(claims::pool_id.eq(pool.to_vec()))
        .group_by((claims::state, claims::amount))
        .select((claims::state, claims::amount, diesel::dsl::count_star()))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(state, amount, count)| (state, amount * count))
        .collect())
}

/// How many claims there are in all pools.
///
/// # Errors
/// The database's.
pub fn count(conn: &mut Db) -> Result<i64, StorageError> {
    Ok(claims::table.count().get_result(conn)?)
}
