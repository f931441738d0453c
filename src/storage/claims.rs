//! Claims outside the hot path: reading, and changing one at a time.

use diesel::prelude::*;

use super::StorageError;
use super::batch::PoolRow;
use super::db::Db;
use super::schema::{awards, claim_flags, claim_keys, claims, dealer_usage};
use super::stored::{bytes16, bytes32, claim_id, dealer_id, pool_id};
use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, DealerId, PoolId};
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
}

type ClaimTuple = (
    (Vec<u8>, Vec<u8>, String, Option<i64>, String, i64),
    (Vec<u8>, String, i64),
    (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>),
    (String, String),
    (i64, Option<i64>, i64, i64),
);

macro_rules! columns {
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
        )
    };
}

fn stored(row: ClaimTuple) -> Result<StoredClaim, StorageError> {
    let (
        (id, pool, number, position, programme, version_id),
        (dealer, state, amount),
        bytes,
        texts,
        times,
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
    })
}

/// A claim by its id.
///
/// # Errors
/// The database's.
pub fn by_id(conn: &mut Db, id: ClaimId) -> Result<Option<StoredClaim>, StorageError> {
    let row: Option<ClaimTuple> = claims::table
        .filter(claims::id.eq(id.to_vec()))
        .select(columns!())
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
        .select(columns!())
        .first(conn)
        .optional()?;
    row.map(stored).transpose()
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
        .select(columns!())
        .order(claims::id)
        .limit(limit)
        .into_boxed();
    if let Some(dealer) = filter.dealer {
        query = query.filter(claims::dealer_id.eq(dealer.to_vec()));
    }
    if let Some(state) = filter.state {
        query = query.filter(claims::state.eq(state.as_str()));
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
        .select(columns!())
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
        .select(columns!())
        .filter(claims::state.eq_any(live))
        .filter(claims::person_hash.eq_any(persons))
        .load(conn)?;
    rows.into_iter().map(stored).collect()
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
    let holders: Vec<Vec<u8>> = claim_keys::table
        .filter(claim_keys::key_hash.eq_any(keys.iter().map(|k| k.to_vec())))
        .select(claim_keys::claim_id)
        .load(conn)?;
    if holders.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<ClaimTuple> = claims::table
        .select(columns!())
        .filter(claims::state.eq_any(live))
        .filter(claims::id.eq_any(holders))
        .load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// Those who wait in a pool, from the head of the line.
///
/// # Errors
/// The database's.
pub fn waiting(
    conn: &mut Db,
    pool: PoolId,
    after: i64,
    limit: i64,
) -> Result<Vec<StoredClaim>, StorageError> {
    let rows: Vec<ClaimTuple> = claims::table
        .select(columns!())
        .filter(claims::pool_id.eq(pool.to_vec()))
        .filter(claims::state.eq(ClaimState::Waiting.as_str()))
        .filter(claims::position.gt(after))
        .order(claims::position)
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// How many wait in a pool before a place in line.
///
/// # Errors
/// The database's.
pub fn waiting_before(conn: &mut Db, pool: PoolId, position: i64) -> Result<i64, StorageError> {
    Ok(claims::table
        .filter(claims::pool_id.eq(pool.to_vec()))
        .filter(claims::state.eq(ClaimState::Waiting.as_str()))
        .filter(claims::position.lt(position))
        .count()
        .get_result(conn)?)
}

/// Moves a claim if it still stands as `claim` says: compare and set. `false` when it does not.
///
/// # Errors
/// The database's.
pub fn change_state(
    conn: &mut Db,
    claim: &StoredClaim,
    to: ClaimState,
    at: Timestamp,
) -> Result<bool, StorageError> {
    let held = if to == ClaimState::Reserved {
        Some(at)
    } else {
        claim.held
    };
    let changed = diesel::update(
        claims::table
            .filter(claims::id.eq(claim.id.to_vec()))
            .filter(claims::state.eq(claim.state.as_str()))
            .filter(claims::revision.eq(claim.revision)),
    )
    .set((
        claims::state.eq(to.as_str()),
        claims::held_us.eq(held.map(|t| t.0)),
        claims::changed_us.eq(at.0),
        claims::revision.eq(claim.revision + 1),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Gives back the keys of a claim; says how many there were.
///
/// # Errors
/// The database's.
pub fn release_keys(conn: &mut Db, claim: &StoredClaim) -> Result<usize, StorageError> {
    let hashes: Vec<Vec<u8>> = claim
        .keys
        .chunks_exact(17)
        .map(|k| k[..16].to_vec())
        .collect();
    Ok(diesel::delete(
        claim_keys::table
            .filter(claim_keys::key_hash.eq_any(hashes))
            .filter(claim_keys::claim_id.eq(claim.id.to_vec())),
    )
    .execute(conn)?)
}

/// Lowers what a dealer holds in a pool.
///
/// # Errors
/// The database's; a CHECK refuses less than nothing.
pub fn release_share(
    conn: &mut Db,
    pool: &PoolRow,
    dealer: DealerId,
    amount: Fen,
) -> Result<(), StorageError> {
    diesel::update(
        dealer_usage::table
            .filter(dealer_usage::pool_id.eq(pool.id.to_vec()))
            .filter(dealer_usage::dealer_id.eq(dealer.to_vec())),
    )
    .set(dealer_usage::held.eq(dealer_usage::held - amount.fen()))
    .execute(conn)?;
    Ok(())
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

/// A key as it is held: hash, ordinal, holder.
pub type KeyHeld = ([u8; 16], i64, ClaimId);

/// At most `limit` held keys after a place, in the order of hash and ordinal.
///
/// # Errors
/// The database's.
pub fn keys_after(
    conn: &mut Db,
    after: Option<([u8; 16], i64)>,
    limit: i64,
) -> Result<Vec<KeyHeld>, StorageError> {
    let mut query = claim_keys::table
        .select((
            claim_keys::key_hash,
            claim_keys::ordinal,
            claim_keys::claim_id,
        ))
        .order((claim_keys::key_hash, claim_keys::ordinal))
        .limit(limit)
        .into_boxed();
    if let Some((hash, ordinal)) = after {
        // The first condition tells the database where in the index to begin; without it
        // every page was read from the first key on.
        query = query.filter(claim_keys::key_hash.ge(hash.to_vec())).filter(
            claim_keys::key_hash
                .gt(hash.to_vec())
                .or(claim_keys::ordinal.gt(ordinal)),
        );
    }
    let rows: Vec<(Vec<u8>, i64, Vec<u8>)> = query.load(conn)?;
    rows.into_iter()
        .map(|(h, o, c)| Ok((bytes16(&h)?, o, claim_id(&c)?)))
        .collect()
}

/// Flags a claim; `false` when the same flag was there already.
///
/// # Errors
/// The database's.
pub fn raise_flag(
    conn: &mut Db,
    claim: ClaimId,
    code: &str,
    detail: &str,
    at: Timestamp,
) -> Result<bool, StorageError> {
    let there: i64 = claim_flags::table
        .filter(claim_flags::claim_id.eq(claim.to_vec()))
        .filter(claim_flags::code.eq(code))
        .filter(claim_flags::detail.eq(detail))
        .count()
        .get_result(conn)?;
    if there > 0 {
        return Ok(false);
    }
    diesel::insert_into(claim_flags::table)
        .values((
            claim_flags::claim_id.eq(claim.to_vec()),
            claim_flags::code.eq(code),
            claim_flags::detail.eq(detail),
            claim_flags::raised_us.eq(at.0),
        ))
        .execute(conn)?;
    Ok(true)
}

/// How many flags each flagged claim has.
///
/// # Errors
/// The database's.
pub fn flag_counts(conn: &mut Db) -> Result<Vec<(ClaimId, i64)>, StorageError> {
    let rows: Vec<(Vec<u8>, i64)> = claim_flags::table
        .group_by(claim_flags::claim_id)
        .select((claim_flags::claim_id, diesel::dsl::count_star()))
        .load(conn)?;
    rows.into_iter()
        .map(|(c, n)| Ok((claim_id(&c)?, n)))
        .collect()
}

/// How many claims there are in all pools.
///
/// # Errors
/// The database's.
pub fn count(conn: &mut Db) -> Result<i64, StorageError> {
    Ok(claims::table.count().get_result(conn)?)
}

/// The codes of a claim's flags.
///
/// # Errors
/// The database's.
pub fn flags(conn: &mut Db, claim: ClaimId) -> Result<Vec<String>, StorageError> {
    Ok(claim_flags::table
        .filter(claim_flags::claim_id.eq(claim.to_vec()))
        .order((claim_flags::code, claim_flags::detail))
        .select(claim_flags::code)
        .load(conn)?)
}
