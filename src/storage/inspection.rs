//! What is looked at and never changed: claims by their numbers, flags, versions of packs.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::{claim_flags, claims, clients, pools, programme_versions};
use super::stored::claim_id;
use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, StaffId};
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;

/// What a list says of a claim.
#[derive(Debug, Clone)]
pub struct ClaimHead {
    /// The id.
    pub id: ClaimId,
    /// The number.
    pub number: String,
    /// The state.
    pub state: ClaimState,
    /// Held or asked for.
    pub amount: Fen,
    /// When it was filed.
    pub submitted: Timestamp,
}

type HeadTuple = (Vec<u8>, String, String, i64, i64);

fn head((id, number, state, amount, at): HeadTuple) -> Result<ClaimHead, StorageError> {
    let corrupt = || StorageError::Corrupt(format!("claim {number}"));
    Ok(ClaimHead {
        id: claim_id(&id)?,
        state: ClaimState::parse(&state).ok_or_else(corrupt)?,
        amount: Fen::new(amount).ok_or_else(corrupt)?,
        submitted: Timestamp(at),
        number,
    })
}

/// The claims of these numbers that are there, by number.
///
/// # Errors
/// The database's.
pub fn heads(conn: &mut Db, numbers: &[String]) -> Result<Vec<ClaimHead>, StorageError> {
    let rows: Vec<HeadTuple> = claims::table
        .filter(claims::number.eq_any(numbers))
        .order(claims::number)
        .select((
            claims::id,
            claims::number,
            claims::state,
            claims::amount,
            claims::submitted_us,
        ))
        .load(conn)?;
    rows.into_iter().map(head).collect()
}

/// A flag that nobody has cleared.
#[derive(Debug, Clone)]
pub struct OpenFlag {
    /// The claim.
    pub claim: ClaimId,
    /// Its number.
    pub number: String,
    /// Its state.
    pub state: ClaimState,
    /// The flag's code.
    pub code: String,
    /// When it was raised.
    pub raised: Timestamp,
}

/// At most `limit` flags of claims after one, by claim.
///
/// # Errors
/// The database's.
pub fn flags(
    conn: &mut Db,
    after: Option<ClaimId>,
    limit: i64,
) -> Result<Vec<OpenFlag>, StorageError> {
    type Row = (Vec<u8>, String, i64);
    let mut query = claim_flags::table
        .select((
            claim_flags::claim_id,
            claim_flags::code,
            claim_flags::raised_us,
        ))
        .order((
            claim_flags::claim_id,
            claim_flags::code,
            claim_flags::detail,
        ))
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(claim_flags::claim_id.gt(after.to_vec()));
    }
    let flags: Vec<Row> = query.load(conn)?;
    let ids = flags.iter().map(|(id, _, _)| id.clone());
    let rows: Vec<(Vec<u8>, String, String)> = claims::table
        .filter(claims::id.eq_any(ids))
        .select((claims::id, claims::number, claims::state))
        .load(conn)?;
    let mut open = Vec::with_capacity(flags.len());
    for (id, code, raised) in flags {
        let Some((_, number, state)) = rows.iter().find(|(claim, _, _)| *claim == id) else {
            continue;
        };
        let corrupt = || StorageError::Corrupt(format!("claim {number}"));
        open.push(OpenFlag {
            claim: claim_id(&id)?,
            number: number.clone(),
            state: ClaimState::parse(state).ok_or_else(corrupt)?,
            code,
            raised: Timestamp(raised),
        });
    }
    Ok(open)
}

/// How many flags of each code nobody has cleared.
///
/// # Errors
/// The database's.
pub fn flag_counts(conn: &mut Db) -> Result<Vec<(String, i64)>, StorageError> {
    Ok(claim_flags::table
        .group_by(claim_flags::code)
        .order(claim_flags::code)
        .select((claim_flags::code, diesel::dsl::count_star()))
        .load(conn)?)
}

/// A version of a pack without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionHead {
    /// The programme.
    pub programme: String,
    /// `sha256:…`.
    pub digest: String,
    /// Judges claims from this instant.
    pub effective: Timestamp,
    /// When it was published.
    pub published: Timestamp,
}

/// Every version of every programme, by programme, the last published first.
///
/// # Errors
/// The database's.
pub fn versions(conn: &mut Db) -> Result<Vec<VersionHead>, StorageError> {
    let rows: Vec<(String, String, i64, i64)> = programme_versions::table
        .order((programme_versions::programme, programme_versions::id.desc()))
        .select((
            programme_versions::programme,
            programme_versions::digest,
            programme_versions::effective_us,
            programme_versions::published_us,
        ))
        .load(conn)?;
    let head = |(programme, digest, effective, published)| VersionHead {
        programme,
        digest,
        effective: Timestamp(effective),
        published: Timestamp(published),
    };
    Ok(rows.into_iter().map(head).collect())
}

/// The canonical content of a version and the text that it was read from.
///
/// # Errors
/// The database's.
pub fn version_text(
    conn: &mut Db,
    programme: &str,
    digest: &str,
) -> Result<Option<(String, String)>, StorageError> {
    Ok(programme_versions::table
        .filter(programme_versions::programme.eq(programme))
        .filter(programme_versions::digest.eq(digest))
        .select((programme_versions::content, programme_versions::source))
        .first(conn)
        .optional()?)
}

/// Where the numbers of a pool's claims stand: the series and the next ordinal.
///
/// # Errors
/// The database's.
pub fn series(conn: &mut Db, pool: &str) -> Result<Option<(String, i64)>, StorageError> {
    Ok(pools::table
        .filter(pools::name.eq(pool))
        .select((pools::series, pools::next_ordinal))
        .first(conn)
        .optional()?)
}

/// How many API credentials of a user of the bureau are not revoked.
///
/// # Errors
/// The database's.
pub fn active_clients(conn: &mut Db, of: StaffId) -> Result<i64, StorageError> {
    Ok(clients::table
        .filter(clients::staff_id.eq(of.to_vec()))
        .filter(clients::status.eq("active"))
        .count()
        .get_result(conn)?)
}
