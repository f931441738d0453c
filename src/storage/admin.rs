//! Rows that the bureau's commands write: pack versions, dealers, users, credentials.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::{clients, dealer_programmes, dealers, programme_versions, staff, staff_roles};
use super::stored::{dealer_id, staff_id};
use crate::domain::ids::{ClientId, DealerId, StaffId};
use crate::domain::time::Timestamp;

/// The row id of a version with this content, if it is published.
///
/// # Errors
/// The database's.
pub fn find_version(
    conn: &mut Db,
    programme: &str,
    digest: &str,
) -> Result<Option<i64>, StorageError> {
    Ok(programme_versions::table
        .filter(programme_versions::programme.eq(programme))
        .filter(programme_versions::digest.eq(digest))
        .select(programme_versions::id)
        .first(conn)
        .optional()?)
}

/// A version to be published.
#[derive(Debug, Clone, Copy)]
pub struct NewVersion<'a> {
    /// Programme.
    pub programme: &'a str,
    /// `sha256:…`.
    pub digest: &'a str,
    /// Judges claims from this instant.
    pub effective: Timestamp,
    /// Canonical JSON.
    pub content: &'a str,
    /// The file as it was written.
    pub source: &'a str,
}

/// Publishes a version; it is never changed afterwards.
///
/// # Errors
/// The database's.
pub fn insert_version(
    conn: &mut Db,
    version: &NewVersion<'_>,
    at: Timestamp,
) -> Result<i64, StorageError> {
    let last: Option<i64> = programme_versions::table
        .select(diesel::dsl::max(programme_versions::id))
        .first(conn)?;
    let id = last.unwrap_or(0) + 1;
    diesel::insert_into(programme_versions::table)
        .values((
            programme_versions::id.eq(id),
            programme_versions::programme.eq(version.programme),
            programme_versions::digest.eq(version.digest),
            programme_versions::effective_us.eq(version.effective.0),
            programme_versions::published_us.eq(at.0),
            programme_versions::content.eq(version.content),
            programme_versions::source.eq(version.source),
        ))
        .execute(conn)?;
    Ok(id)
}

/// A dealer's id by its credit code.
///
/// # Errors
/// The database's.
pub fn find_dealer(conn: &mut Db, uscc: &str) -> Result<Option<DealerId>, StorageError> {
    let id: Option<Vec<u8>> = dealers::table
        .filter(dealers::uscc.eq(uscc))
        .select(dealers::id)
        .first(conn)
        .optional()?;
    id.map(|id| dealer_id(&id)).transpose()
}

/// A new dealer.
///
/// # Errors
/// The database's.
pub fn insert_dealer(
    conn: &mut Db,
    id: DealerId,
    uscc: &str,
    name: &str,
    at: Timestamp,
) -> Result<(), StorageError> {
    diesel::insert_into(dealers::table)
        .values((
            dealers::id.eq(id.to_vec()),
            dealers::uscc.eq(uscc),
            dealers::name.eq(name),
            dealers::status.eq("active"),
            dealers::created_us.eq(at.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// Admits a dealer to a programme; nothing happens when it is admitted already.
///
/// # Errors
/// The database's.
pub fn admit_dealer(conn: &mut Db, id: DealerId, programme: &str) -> Result<(), StorageError> {
    let there: i64 = dealer_programmes::table
        .filter(dealer_programmes::dealer_id.eq(id.to_vec()))
        .filter(dealer_programmes::programme.eq(programme))
        .count()
        .get_result(conn)?;
    if there == 0 {
        diesel::insert_into(dealer_programmes::table)
            .values((
                dealer_programmes::dealer_id.eq(id.to_vec()),
                dealer_programmes::programme.eq(programme),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Sets a dealer's status word; `false` when there is no such dealer.
///
/// # Errors
/// The database's; a CHECK refuses unknown words.
pub fn set_dealer_status(conn: &mut Db, id: DealerId, status: &str) -> Result<bool, StorageError> {
    let changed = diesel::update(dealers::table.filter(dealers::id.eq(id.to_vec())))
        .set(dealers::status.eq(status))
        .execute(conn)?;
    Ok(changed == 1)
}

/// A new user of the bureau.
///
/// # Errors
/// The database's; a login that exists violates a unique constraint.
pub fn insert_staff(
    conn: &mut Db,
    id: StaffId,
    login: &str,
    role: &str,
    at: Timestamp,
) -> Result<(), StorageError> {
    diesel::insert_into(staff::table)
        .values((
            staff::id.eq(id.to_vec()),
            staff::login.eq(login),
            staff::role.eq(role),
            staff::status.eq("active"),
            staff::created_us.eq(at.0),
        ))
        .execute(conn)?;
    give_role(conn, id, role)
}

/// Gives a user of the bureau one more role.
///
/// # Errors
/// The database's.
pub fn give_role(conn: &mut Db, id: StaffId, role: &str) -> Result<(), StorageError> {
    diesel::insert_into(staff_roles::table)
        .values((
            staff_roles::staff_id.eq(id.to_vec()),
            staff_roles::role.eq(role),
        ))
        .execute(conn)?;
    Ok(())
}

/// A user of the bureau by his login, with his roles.
///
/// # Errors
/// The database's.
pub fn find_staff(
    conn: &mut Db,
    login: &str,
) -> Result<Option<(StaffId, Vec<String>)>, StorageError> {
    let id: Option<Vec<u8>> = staff::table
        .filter(staff::login.eq(login))
        .select(staff::id)
        .first(conn)
        .optional()?;
    let Some(id) = id.map(|id| staff_id(&id)).transpose()? else {
        return Ok(None);
    };
    let roles = staff_roles::table
        .filter(staff_roles::staff_id.eq(id.to_vec()))
        .order(staff_roles::role)
        .select(staff_roles::role)
        .load(conn)?;
    Ok(Some((id, roles)))
}

/// Whose credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner<'a> {
    /// A dealer's.
    Dealer(DealerId),
    /// A user's of the bureau, for this role.
    Staff(StaffId, &'a str),
}

/// New API credentials.
///
/// # Errors
/// The database's.
pub fn insert_client(
    conn: &mut Db,
    id: ClientId,
    secret_hash: &[u8],
    owner: Owner<'_>,
    at: Timestamp,
) -> Result<(), StorageError> {
    let (dealer, user, role) = match owner {
        Owner::Dealer(id) => (Some(id.to_vec()), None, None),
        Owner::Staff(id, role) => (None, Some(id.to_vec()), Some(role)),
    };
    diesel::insert_into(clients::table)
        .values((
            clients::id.eq(id.to_vec()),
            clients::secret_hash.eq(secret_hash),
            clients::dealer_id.eq(dealer),
            clients::staff_id.eq(user),
            clients::role.eq(role),
            clients::status.eq("active"),
            clients::created_us.eq(at.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends API credentials; `false` when there are none with this id.
///
/// # Errors
/// The database's.
pub fn revoke_client(conn: &mut Db, id: ClientId) -> Result<bool, StorageError> {
    let changed = diesel::update(clients::table.filter(clients::id.eq(id.to_vec())))
        .set(clients::status.eq("revoked"))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Credentials as their owner may see them: id, whether they are in force, and when they were
/// made.
pub type ListedClient = (ClientId, bool, Timestamp);

/// The credentials of a dealer in the order of their making.
///
/// # Errors
/// The database's.
pub fn clients_of_dealer(
    conn: &mut Db,
    dealer: DealerId,
) -> Result<Vec<ListedClient>, StorageError> {
    let rows: Vec<(Vec<u8>, String, i64)> = clients::table
        .filter(clients::dealer_id.eq(dealer.to_vec()))
        .order(clients::id)
        .select((clients::id, clients::status, clients::created_us))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, status, created)| {
            let id = ClientId::from_slice(&id);
            let id = id.ok_or_else(|| StorageError::Corrupt("client id".into()))?;
            Ok((id, status == "active", Timestamp(created)))
        })
        .collect()
}
