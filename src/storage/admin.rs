//! Rows that the bureau's commands write: pack versions, dealers, users, credentials, awards.

use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, Binary, Text};

use super::StorageError;
use super::db::Db;
use super::schema::{
    award_imports, awards, clients, dealer_programmes, dealers, programme_versions, staff,
    staff_roles,
};
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

/// Whether a file with this digest was imported; its number of lines.
///
/// # Errors
/// The database's.
pub fn find_import(conn: &mut Db, digest: &[u8]) -> Result<Option<i64>, StorageError> {
    Ok(award_imports::table
        .filter(award_imports::file_digest.eq(digest))
        .select(award_imports::lines)
        .first(conn)
        .optional()?)
}

/// Notes an import.
///
/// # Errors
/// The database's.
pub fn insert_import(
    conn: &mut Db,
    id: &[u8],
    digest: &[u8],
    lines: i64,
    at: Timestamp,
) -> Result<(), StorageError> {
    diesel::insert_into(award_imports::table)
        .values((
            award_imports::id.eq(id),
            award_imports::file_digest.eq(digest),
            award_imports::lines.eq(lines),
            award_imports::imported_us.eq(at.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// A national award, hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAward {
    /// The person.
    pub person: [u8; 16],
    /// The car.
    pub vin: [u8; 16],
    /// `scrappage` or `replacement`.
    pub kind: &'static str,
    /// `YYYY-MM-DD`.
    pub awarded_on: String,
}

/// Adds awards that are not there yet; says how many were new.
///
/// # Errors
/// The database's.
pub fn insert_awards(
    conn: &mut Db,
    rows: &[NewAward],
    import: &[u8],
) -> Result<usize, StorageError> {
    match conn {
        Db::Sqlite(conn) => {
            let mut new = 0;
            for row in rows {
                new += diesel::insert_or_ignore_into(awards::table)
                    .values((
                        awards::person_hash.eq(&row.person[..]),
                        awards::vin_hash.eq(&row.vin[..]),
                        awards::kind.eq(row.kind),
                        awards::awarded_on.eq(&row.awarded_on),
                        awards::import_id.eq(import),
                    ))
                    .execute(conn)?;
            }
            Ok(new)
        }
        Db::Postgres(conn) => {
            let query = InsertAwards {
                person: rows.iter().map(|r| &r.person[..]).collect(),
                vin: rows.iter().map(|r| &r.vin[..]).collect(),
                kind: rows.iter().map(|r| r.kind).collect(),
                awarded_on: rows.iter().map(|r| r.awarded_on.as_str()).collect(),
                import,
            };
            Ok(query.execute(conn)?)
        }
    }
}

struct InsertAwards<'a> {
    person: Vec<&'a [u8]>,
    vin: Vec<&'a [u8]>,
    kind: Vec<&'a str>,
    awarded_on: Vec<&'a str>,
    import: &'a [u8],
}

impl QueryId for InsertAwards<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<PgConnection> for InsertAwards<'_> {}

impl QueryFragment<Pg> for InsertAwards<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO awards (import_id, person_hash, vin_hash, kind, awarded_on) SELECT ",
        );
        out.push_bind_param::<Binary, _>(&self.import)?;
        out.push_sql(", t.* FROM UNNEST(");
        out.push_bind_param::<Array<Binary>, _>(&self.person)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.vin)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.kind)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.awarded_on)?;
        out.push_sql(") AS t ON CONFLICT DO NOTHING");
        Ok(())
    }
}
