//! Reading what changes rarely, whole: packs, pools, dealers, clients.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::{
    catalogue, clients, dealer_programmes, dealers, pool_programmes, pools, programme_versions,
    staff,
};

/// A published pack version.
#[derive(Debug, Clone, Queryable)]
pub struct VersionRow {
    /// Row id, in the order of publication.
    pub id: i64,
    /// Programme.
    pub programme: String,
    /// `sha256:…` of the content.
    pub digest: String,
    /// Judges claims from this instant, microseconds UTC.
    pub effective_us: i64,
    /// Canonical JSON.
    pub content: String,
}

/// A pool as far as routing needs it.
#[derive(Debug, Clone, Queryable)]
pub struct PoolHead {
    /// The id.
    pub id: Vec<u8>,
    /// The name.
    pub name: String,
}

/// A dealer.
#[derive(Debug, Clone, Queryable)]
pub struct DealerRow {
    /// The id.
    pub id: Vec<u8>,
    /// Credit code.
    pub uscc: String,
    /// Name.
    pub name: String,
    /// `active`, `suspended`, `removed`.
    pub status: String,
}

/// API credentials with their owner.
#[derive(Debug, Clone, Queryable)]
pub struct ClientRow {
    /// The id.
    pub id: Vec<u8>,
    /// Hash of the secret.
    pub secret_hash: Vec<u8>,
    /// The dealer it belongs to.
    pub dealer_id: Option<Vec<u8>>,
    /// The user of the bureau it belongs to.
    pub staff_id: Option<Vec<u8>>,
    /// The role in which that user acts with it, where it is not the first that he was given.
    pub own_role: Option<String>,
    /// The first role of that user.
    pub role: Option<String>,
    /// The state of that user.
    pub staff_status: Option<String>,
    /// `active` or `revoked`.
    pub status: String,
}

/// Everything, as one snapshot.
#[derive(Debug, Clone)]
pub struct CatalogueRows {
    /// Grows with every change.
    pub version: i64,
    /// Versions in the order of publication.
    pub versions: Vec<VersionRow>,
    /// Pools.
    pub pools: Vec<PoolHead>,
    /// Which pool serves a programme.
    pub pool_programmes: Vec<(String, Vec<u8>)>,
    /// Dealers.
    pub dealers: Vec<DealerRow>,
    /// Which dealer is admitted to which programme.
    pub dealer_programmes: Vec<(Vec<u8>, String)>,
    /// Clients.
    pub clients: Vec<ClientRow>,
}

/// The catalogue's version alone: cheap, asked often.
///
/// # Errors
/// The database's.
pub fn version(conn: &mut Db) -> Result<i64, StorageError> {
    Ok(catalogue::table.select(catalogue::version).first(conn)?)
}

/// The content of a pack version by its row id.
///
/// # Errors
/// The database's.
pub fn content(conn: &mut Db, version_id: i64) -> Result<Option<String>, StorageError> {
    Ok(programme_versions::table
        .filter(programme_versions::id.eq(version_id))
        .select(programme_versions::content)
        .first(conn)
        .optional()?)
}

/// Marks the catalogue as changed, inside the transaction that changes it.
///
/// # Errors
/// The database's.
pub fn touch(conn: &mut Db) -> Result<(), StorageError> {
    diesel::update(catalogue::table)
        .set(catalogue::version.eq(catalogue::version + 1))
        .execute(conn)?;
    Ok(())
}

/// Reads everything. The version is read first: a change while reading is seen as a
/// newer version afterwards and read again, never missed.
///
/// # Errors
/// The database's.
pub fn load(conn: &mut Db) -> Result<CatalogueRows, StorageError> {
    let version = version(conn)?;
    let versions = programme_versions::table
        .order(programme_versions::id)
        .select((
            programme_versions::id,
            programme_versions::programme,
            programme_versions::digest,
            programme_versions::effective_us,
            programme_versions::content,
        ))
        .load(conn)?;
    let clients = clients::table
        .left_join(staff::table)
        .select((
            clients::id,
            clients::secret_hash,
            clients::dealer_id,
            clients::staff_id,
            clients::role,
            staff::role.nullable(),
            staff::status.nullable(),
            clients::status,
        ))
        .load(conn)?;
    Ok(CatalogueRows {
        version,
        versions,
        pools: pools::table.select((pools::id, pools::name)).load(conn)?,
        pool_programmes: pool_programmes::table
            .select((pool_programmes::programme, pool_programmes::pool_id))
            .load(conn)?,
        dealers: dealers::table
            .select((dealers::id, dealers::uscc, dealers::name, dealers::status))
            .load(conn)?,
        dealer_programmes: dealer_programmes::table
            .select((dealer_programmes::dealer_id, dealer_programmes::programme))
            .load(conn)?,
        clients,
    })
}
