//! Sessions of people who signed in.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::logins::Person;
use super::schema_of_pages::{logins, sessions};
use super::stored::{dealer_id, staff_id};
use crate::domain::ids::LoginId;
use crate::domain::time::Timestamp;

/// A session as it is stored, with its login.
#[derive(Debug, Clone)]
pub struct StoredSession {
    /// Who.
    pub login: LoginId,
    /// The name that was typed.
    pub name: String,
    /// Whose login.
    pub person: Person,
    /// In which role a user of the bureau acts.
    pub role: Option<String>,
    /// When it began.
    pub began: Timestamp,
    /// When it was last used, to the minute.
    pub seen: Timestamp,
}

/// A new session.
///
/// # Errors
/// The database's.
pub fn begin(
    conn: &mut Db,
    token_hash: &[u8],
    login: LoginId,
    role: Option<&str>,
    at: Timestamp,
) -> Result<(), StorageError> {
    diesel::insert_into(sessions::table)
        .values((
            sessions::token_hash.eq(token_hash),
            sessions::login_id.eq(login.to_vec()),
            sessions::role.eq(role),
            sessions::began_us.eq(at.0),
            sessions::seen_us.eq(at.0),
        ))
        .execute(conn)?;
    Ok(())
}

type SessionTuple = (
    (Option<String>, i64, i64),
    (Vec<u8>, String, Option<Vec<u8>>, Option<Vec<u8>>),
);

/// A session of a login that is not closed, by the hash of its token.
///
/// # Errors
/// The database's.
pub fn get(conn: &mut Db, token_hash: &[u8]) -> Result<Option<StoredSession>, StorageError> {
    let row: Option<SessionTuple> = sessions::table
        .inner_join(logins::table)
        .filter(sessions::token_hash.eq(token_hash))
        .filter(logins::status.eq("active"))
        .select((
            (sessions::role, sessions::began_us, sessions::seen_us),
            (
                logins::id,
                logins::login,
                logins::staff_id,
                logins::dealer_id,
            ),
        ))
        .first(conn)
        .optional()?;
    let Some(((role, began, seen), (id, name, of_staff, of_dealer))) = row else {
        return Ok(None);
    };
    let corrupt = || StorageError::Corrupt("login".into());
    let person = match (of_staff, of_dealer) {
        (Some(id), None) => Person::Staff(staff_id(&id)?),
        (None, Some(id)) => Person::Dealer(dealer_id(&id)?),
        _ => return Err(corrupt()),
    };
    Ok(Some(StoredSession {
        login: LoginId::from_slice(&id).ok_or_else(corrupt)?,
        name,
        person,
        role,
        began: Timestamp(began),
        seen: Timestamp(seen),
    }))
}

/// Notes that a session is used.
///
/// # Errors
/// The database's.
pub fn touch(conn: &mut Db, token_hash: &[u8], at: Timestamp) -> Result<(), StorageError> {
    diesel::update(sessions::table.filter(sessions::token_hash.eq(token_hash)))
        .set(sessions::seen_us.eq(at.0))
        .execute(conn)?;
    Ok(())
}

/// Lets a session act in another role.
///
/// # Errors
/// The database's.
pub fn set_role(conn: &mut Db, token_hash: &[u8], role: &str) -> Result<(), StorageError> {
    diesel::update(sessions::table.filter(sessions::token_hash.eq(token_hash)))
        .set(sessions::role.eq(Some(role)))
        .execute(conn)?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// The database's.
pub fn end(conn: &mut Db, token_hash: &[u8]) -> Result<(), StorageError> {
    diesel::delete(sessions::table.filter(sessions::token_hash.eq(token_hash))).execute(conn)?;
    Ok(())
}

/// Ends every session of a login.
///
/// # Errors
/// The database's.
pub fn end_all(conn: &mut Db, id: LoginId) -> Result<(), StorageError> {
    diesel::delete(sessions::table.filter(sessions::login_id.eq(id.to_vec()))).execute(conn)?;
    Ok(())
}

/// Ends the sessions that were last used before `at`.
///
/// # Errors
/// The database's.
pub fn end_before(conn: &mut Db, at: Timestamp) -> Result<usize, StorageError> {
    Ok(diesel::delete(sessions::table.filter(sessions::seen_us.lt(at.0))).execute(conn)?)
}
