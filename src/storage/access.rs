//! Who of the bureau opened whose personal data, when, and why.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::{access_log, claims, staff};
use super::stored::{bytes16, claim_id, staff_id};
use crate::domain::ids::{ClaimId, StaffId};
use crate::domain::time::Timestamp;

/// One look.
#[derive(Debug, Clone)]
pub struct Access {
    /// The id; they are made in the order of the looks.
    pub id: uuid::Uuid,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub staff: StaffId,
    /// Whose claim, where it was one.
    pub claim: Option<ClaimId>,
    /// What was opened.
    pub what: String,
    /// Why, in his words, sealed.
    pub why: Vec<u8>,
}

/// Notes a look.
///
/// # Errors
/// The database's.
pub fn note(conn: &mut Db, look: &Access) -> Result<(), StorageError> {
    diesel::insert_into(access_log::table)
        .values((
            access_log::id.eq(look.id.as_bytes().to_vec()),
            access_log::at_us.eq(look.at.0),
            access_log::staff_id.eq(look.staff.to_vec()),
            access_log::claim_id.eq(look.claim.map(ClaimId::to_vec)),
            access_log::what.eq(&look.what),
            access_log::why.eq(&look.why),
        ))
        .execute(conn)?;
    Ok(())
}

type Tuple = (Vec<u8>, i64, Vec<u8>, Option<Vec<u8>>, String, Vec<u8>);

/// At most `limit` looks after one, in their order.
///
/// # Errors
/// The database's.
pub fn list(
    conn: &mut Db,
    after: Option<uuid::Uuid>,
    limit: i64,
) -> Result<Vec<Access>, StorageError> {
    let mut query = access_log::table
        .select((
            access_log::id,
            access_log::at_us,
            access_log::staff_id,
            access_log::claim_id,
            access_log::what,
            access_log::why,
        ))
        .order(access_log::id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(access_log::id.gt(after.as_bytes().to_vec()));
    }
    let rows: Vec<Tuple> = query.load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// At most `limit` looks before one, the last first.
///
/// # Errors
/// The database's.
pub fn last(
    conn: &mut Db,
    before: Option<uuid::Uuid>,
    limit: i64,
) -> Result<Vec<Access>, StorageError> {
    let mut query = access_log::table
        .select((
            access_log::id,
            access_log::at_us,
            access_log::staff_id,
            access_log::claim_id,
            access_log::what,
            access_log::why,
        ))
        .order(access_log::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(access_log::id.lt(before.as_bytes().to_vec()));
    }
    let rows: Vec<Tuple> = query.load(conn)?;
    rows.into_iter().map(stored).collect()
}

fn stored((id, at, staff, claim, what, why): Tuple) -> Result<Access, StorageError> {
    Ok(Access {
        id: uuid::Uuid::from_bytes(bytes16(&id)?),
        at: Timestamp(at),
        staff: staff_id(&staff)?,
        claim: claim.map(|c| claim_id(&c)).transpose()?,
        what,
        why,
    })
}

/// The logins of these persons.
///
/// # Errors
/// The database's.
pub fn logins(conn: &mut Db, of: &[StaffId]) -> Result<Vec<(StaffId, String)>, StorageError> {
    let rows: Vec<(Vec<u8>, String)> = staff::table
        .filter(staff::id.eq_any(of.iter().map(|id| id.to_vec())))
        .select((staff::id, staff::login))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, login)| Ok((staff_id(&id)?, login)))
        .collect()
}

/// The numbers of these claims.
///
/// # Errors
/// The database's.
pub fn numbers(conn: &mut Db, of: &[ClaimId]) -> Result<Vec<(ClaimId, String)>, StorageError> {
    let rows: Vec<(Vec<u8>, String)> = claims::table
        .filter(claims::id.eq_any(of.iter().map(|id| id.to_vec())))
        .select((claims::id, claims::number))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, number)| Ok((claim_id(&id)?, number)))
        .collect()
}
