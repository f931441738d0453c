//! Flags: what a reviewer should look at before a claim goes on.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::{claim_flags, claims};
use super::stored::claim_id;
use crate::domain::ids::ClaimId;
use crate::domain::time::Timestamp;

/// Flags a claim under its pool's lock; `false` when the same flag was there already. A flagged
/// claim waits apart.
///
/// # Errors
/// The database's.
pub fn raise(
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
    diesel::update(claims::table.filter(claims::id.eq(claim.to_vec())))
        .set(claims::apart.eq(claims::apart + 1))
        .execute(conn)?;
    Ok(true)
}

/// Takes the flags of a code from a claim, under its pool's lock; says how many there were.
///
/// # Errors
/// The database's.
pub fn clear(conn: &mut Db, claim: ClaimId, code: &str) -> Result<i64, StorageError> {
    let cleared = diesel::delete(
        claim_flags::table
            .filter(claim_flags::claim_id.eq(claim.to_vec()))
            .filter(claim_flags::code.eq(code)),
    )
    .execute(conn)?;
    let cleared = i64::try_from(cleared).unwrap_or(i64::MAX);
    diesel::update(claims::table.filter(claims::id.eq(claim.to_vec())))
        .set(claims::apart.eq(claims::apart - cleared))
        .execute(conn)?;
    Ok(cleared)
}

/// How many flags each flagged claim has.
///
/// # Errors
/// The database's.
pub fn counts(conn: &mut Db) -> Result<Vec<(ClaimId, i64)>, StorageError> {
    let rows: Vec<(Vec<u8>, i64)> = claim_flags::table
        .group_by(claim_flags::claim_id)
        .select((claim_flags::claim_id, diesel::dsl::count_star()))
        .load(conn)?;
    rows.into_iter()
        .map(|(c, n)| Ok((claim_id(&c)?, n)))
        .collect()
}

/// The codes of a claim's flags.
///
/// # Errors
/// The database's.
pub fn of(conn: &mut Db, claim: ClaimId) -> Result<Vec<String>, StorageError> {
    Ok(claim_flags::table
        .filter(claim_flags::claim_id.eq(claim.to_vec()))
        .order((claim_flags::code, claim_flags::detail))
        .select(claim_flags::code)
        .load(conn)?)
}

/// A flag of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Its code.
    pub code: String,
    /// Where it comes from; empty where a person raised it.
    pub detail: String,
    /// Since when.
    pub raised: Timestamp,
}

/// The flags of a claim with their origin.
///
/// # Errors
/// The database's.
pub fn whole(conn: &mut Db, claim: ClaimId) -> Result<Vec<Flag>, StorageError> {
    let rows: Vec<(String, String, i64)> = claim_flags::table
        .filter(claim_flags::claim_id.eq(claim.to_vec()))
        .order((claim_flags::code, claim_flags::detail))
        .select((
            claim_flags::code,
            claim_flags::detail,
            claim_flags::raised_us,
        ))
        .load(conn)?;
    let flag = |(code, detail, raised)| Flag {
        code,
        detail,
        raised: Timestamp(raised),
    };
    Ok(rows.into_iter().map(flag).collect())
}

/// At most `limit` claims that have a flag, before one, the last filed first.
///
/// # Errors
/// The database's.
pub fn flagged(
    conn: &mut Db,
    before: Option<ClaimId>,
    limit: i64,
) -> Result<Vec<ClaimId>, StorageError> {
    let mut query = claim_flags::table
        .select(claim_flags::claim_id)
        .distinct()
        .order(claim_flags::claim_id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(claim_flags::claim_id.lt(before.to_vec()));
    }
    let rows: Vec<Vec<u8>> = query.load(conn)?;
    rows.iter().map(|id| claim_id(id)).collect()
}
