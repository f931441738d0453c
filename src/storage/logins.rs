//! People who sign in to the pages.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::{dealers, staff, staff_roles};
use super::schema_of_pages::logins;
use super::sessions;
use super::stored::{dealer_id, staff_id};
use crate::domain::ids::{DealerId, LoginId, StaffId};
use crate::domain::time::Timestamp;

/// Whose login it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// A user of the bureau.
    Staff(StaffId),
    /// Somebody who works for a dealer.
    Dealer(DealerId),
}

/// A login as it is stored.
#[derive(Debug, Clone)]
pub struct StoredLogin {
    /// The id.
    pub id: LoginId,
    /// The name that is typed.
    pub login: String,
    /// Whose.
    pub person: Person,
    /// The slow hash of the password in the PHC string format; none before enrolment.
    pub password: Option<String>,
    /// The sealed secret of the one-time codes, where the person has one.
    pub totp: Option<Vec<u8>>,
    /// The time step whose code was used last; none before it is taken again.
    pub totp_step: i64,
    /// Attempts since the last right one.
    pub failures: i64,
    /// Nobody signs in before this instant.
    pub locked_until: Option<Timestamp>,
    /// Not closed.
    pub active: bool,
    /// Until when it can be enrolled, while somebody may.
    pub enrol_until: Option<Timestamp>,
    /// When it was made.
    pub created: Timestamp,
}

type LoginTuple = (
    (Vec<u8>, String, Option<Vec<u8>>, Option<Vec<u8>>),
    (Option<String>, Option<Vec<u8>>, i64),
    (i64, Option<i64>, String, Option<i64>, i64),
);

macro_rules! login_columns {
    () => {
        (
            (
                logins::id,
                logins::login,
                logins::staff_id,
                logins::dealer_id,
            ),
            (logins::password, logins::totp, logins::totp_step),
            (
                logins::failures,
                logins::locked_until_us,
                logins::status,
                logins::enrol_until_us,
                logins::created_us,
            ),
        )
    };
}

fn stored(row: LoginTuple) -> Result<StoredLogin, StorageError> {
    let ((id, login, of_staff, of_dealer), (password, totp, totp_step), rest) = row;
    let (failures, locked, status, enrol_until, created) = rest;
    let corrupt = || StorageError::Corrupt("login".into());
    let person = match (of_staff, of_dealer) {
        (Some(id), None) => Person::Staff(staff_id(&id)?),
        (None, Some(id)) => Person::Dealer(dealer_id(&id)?),
        _ => return Err(corrupt()),
    };
    Ok(StoredLogin {
        id: LoginId::from_slice(&id).ok_or_else(corrupt)?,
        login,
        person,
        password,
        totp,
        totp_step,
        failures,
        locked_until: locked.map(Timestamp),
        active: status == "active",
        enrol_until: enrol_until.map(Timestamp),
        created: Timestamp(created),
    })
}

/// A login by the name that is typed.
///
/// # Errors
/// The database's.
pub fn by_name(conn: &mut Db, login: &str) -> Result<Option<StoredLogin>, StorageError> {
    let row: Option<LoginTuple> = logins::table
        .filter(logins::login.eq(login))
        .select(login_columns!())
        .first(conn)
        .optional()?;
    row.map(stored).transpose()
}

/// A login by its id.
///
/// # Errors
/// The database's.
pub fn by_id(conn: &mut Db, id: LoginId) -> Result<Option<StoredLogin>, StorageError> {
    let row: Option<LoginTuple> = logins::table
        .filter(logins::id.eq(id.to_vec()))
        .select(login_columns!())
        .first(conn)
        .optional()?;
    row.map(stored).transpose()
}

/// A login by the hash of the code that enrols it.
///
/// # Errors
/// The database's.
pub fn by_enrolment(conn: &mut Db, hash: &[u8]) -> Result<Option<StoredLogin>, StorageError> {
    let row: Option<LoginTuple> = logins::table
        .filter(logins::enrol_hash.eq(hash))
        .select(login_columns!())
        .first(conn)
        .optional()?;
    row.map(stored).transpose()
}

/// The logins of a dealer in the order of their making.
///
/// # Errors
/// The database's.
pub fn of_dealer(conn: &mut Db, dealer: DealerId) -> Result<Vec<StoredLogin>, StorageError> {
    let rows: Vec<LoginTuple> = logins::table
        .filter(logins::dealer_id.eq(dealer.to_vec()))
        .order(logins::id)
        .select(login_columns!())
        .load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// The logins of the bureau by name.
///
/// # Errors
/// The database's.
pub fn of_bureau(conn: &mut Db) -> Result<Vec<StoredLogin>, StorageError> {
    let rows: Vec<LoginTuple> = logins::table
        .filter(logins::staff_id.is_not_null())
        .order(logins::login)
        .select(login_columns!())
        .load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// Whether anybody of the bureau can sign in or be enrolled.
///
/// # Errors
/// The database's.
pub fn bureau_has_any(conn: &mut Db) -> Result<bool, StorageError> {
    let found: Option<Vec<u8>> = logins::table
        .filter(logins::staff_id.is_not_null())
        .select(logins::id)
        .first(conn)
        .optional()?;
    Ok(found.is_some())
}

/// A new login that nobody has enrolled.
///
/// # Errors
/// The database's; a name that exists violates a unique constraint.
pub fn insert(
    conn: &mut Db,
    id: LoginId,
    login: &str,
    person: Person,
    at: Timestamp,
) -> Result<(), StorageError> {
    let (of_staff, of_dealer) = match person {
        Person::Staff(id) => (Some(id.to_vec()), None),
        Person::Dealer(id) => (None, Some(id.to_vec())),
    };
    diesel::insert_into(logins::table)
        .values((
            logins::id.eq(id.to_vec()),
            logins::login.eq(login),
            logins::staff_id.eq(of_staff),
            logins::dealer_id.eq(of_dealer),
            logins::totp_step.eq(0),
            logins::failures.eq(0),
            logins::status.eq("active"),
            logins::created_us.eq(at.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// Gives a login a code to enrol with until `until`. Whatever it had before ends: its password,
/// its one-time codes and its sessions.
///
/// # Errors
/// The database's.
pub fn offer_enrolment(
    conn: &mut Db,
    id: LoginId,
    hash: &[u8],
    until: Timestamp,
) -> Result<(), StorageError> {
    diesel::update(logins::table.filter(logins::id.eq(id.to_vec())))
        .set((
            logins::enrol_hash.eq(Some(hash)),
            logins::enrol_until_us.eq(Some(until.0)),
            logins::password.eq(None::<String>),
            logins::totp.eq(None::<Vec<u8>>),
            logins::failures.eq(0),
            logins::locked_until_us.eq(None::<i64>),
            logins::status.eq("active"),
        ))
        .execute(conn)?;
    sessions::end_all(conn, id)
}

/// What a person chose when he enrolled.
#[derive(Debug, Clone)]
pub struct Enrolled<'a> {
    /// The slow hash of the password.
    pub password: &'a str,
    /// The sealed secret of the one-time codes, where he has one.
    pub totp: Option<&'a [u8]>,
    /// The time step of the code that proved it.
    pub totp_step: i64,
}

/// Enrols a login, once for a code; `false` when the code was used meanwhile.
///
/// # Errors
/// The database's.
pub fn enrol(
    conn: &mut Db,
    id: LoginId,
    hash: &[u8],
    enrolled: &Enrolled<'_>,
) -> Result<bool, StorageError> {
    let changed = diesel::update(
        logins::table
            .filter(logins::id.eq(id.to_vec()))
            .filter(logins::enrol_hash.eq(hash))
            .filter(logins::status.eq("active")),
    )
    .set((
        logins::password.eq(Some(enrolled.password)),
        logins::totp.eq(enrolled.totp),
        logins::totp_step.eq(enrolled.totp_step),
        logins::enrol_hash.eq(None::<Vec<u8>>),
        logins::enrol_until_us.eq(None::<i64>),
        logins::failures.eq(0),
        logins::locked_until_us.eq(None::<i64>),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Counts an attempt before it is looked at, so that a crowd of them is counted one by one;
/// `false` when another was counted since `seen` was read.
///
/// # Errors
/// The database's.
pub fn count_attempt(
    conn: &mut Db,
    seen: &StoredLogin,
    locked_until: Option<Timestamp>,
) -> Result<bool, StorageError> {
    let row = logins::table
        .filter(logins::id.eq(seen.id.to_vec()))
        .filter(logins::failures.eq(seen.failures));
    let changed = diesel::update(row)
        .set((
            logins::failures.eq(seen.failures + 1),
            logins::locked_until_us.eq(locked_until.map(|at| at.0)),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Notes a right attempt that used the code of this time step; `false` when that code, or a
/// later one, was used before.
///
/// # Errors
/// The database's.
pub fn note_success(conn: &mut Db, id: LoginId, step: Option<i64>) -> Result<bool, StorageError> {
    let row = logins::table.filter(logins::id.eq(id.to_vec()));
    let changed = match step {
        Some(step) => diesel::update(row.filter(logins::totp_step.lt(step)))
            .set((
                logins::totp_step.eq(step),
                logins::failures.eq(0),
                logins::locked_until_us.eq(None::<i64>),
            ))
            .execute(conn)?,
        None => diesel::update(row)
            .set((
                logins::failures.eq(0),
                logins::locked_until_us.eq(None::<i64>),
            ))
            .execute(conn)?,
    };
    Ok(changed == 1)
}

/// Gives a login another password in place of the one that was `seen`; `false` when it has another
/// one by now.
///
/// # Errors
/// The database's.
pub fn change_password(
    conn: &mut Db,
    id: LoginId,
    seen: &str,
    password: &str,
) -> Result<bool, StorageError> {
    let row = logins::table
        .filter(logins::id.eq(id.to_vec()))
        .filter(logins::password.eq(seen))
        .filter(logins::status.eq("active"));
    let changed = diesel::update(row)
        .set(logins::password.eq(Some(password)))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Closes a login and ends its sessions.
///
/// # Errors
/// The database's.
pub fn close(conn: &mut Db, id: LoginId) -> Result<(), StorageError> {
    diesel::update(logins::table.filter(logins::id.eq(id.to_vec())))
        .set((
            logins::status.eq("closed"),
            logins::enrol_hash.eq(None::<Vec<u8>>),
            logins::enrol_until_us.eq(None::<i64>),
        ))
        .execute(conn)?;
    sessions::end_all(conn, id)
}

/// The roles of a user of the bureau who is not removed, in the order of their words.
///
/// # Errors
/// The database's.
pub fn roles_of(conn: &mut Db, id: StaffId) -> Result<Vec<String>, StorageError> {
    Ok(staff_roles::table
        .inner_join(staff::table)
        .filter(staff_roles::staff_id.eq(id.to_vec()))
        .filter(staff::status.eq("active"))
        .order(staff_roles::role)
        .select(staff_roles::role)
        .load(conn)?)
}

/// The name of a dealer that is not removed.
///
/// # Errors
/// The database's.
pub fn dealer_name(conn: &mut Db, id: DealerId) -> Result<Option<String>, StorageError> {
    Ok(dealers::table
        .filter(dealers::id.eq(id.to_vec()))
        .filter(dealers::status.ne("removed"))
        .select(dealers::name)
        .first(conn)
        .optional()?)
}
