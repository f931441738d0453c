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
