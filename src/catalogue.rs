//! What every claim is judged with, kept in memory: packs, pools, dealers, clients.
//!
//! A version number in the database grows with every change. Admission compares it
//! inside the transaction, so a claim is never committed by an outdated catalogue;
//! everybody else may see one that is at most a moment old.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, RwLock};

use crate::domain::formats::Uscc;
use crate::domain::ids::{ClientId, DealerId, PoolId, ProgrammeId, StaffId};
use crate::domain::policy::Pack;
use crate::domain::time::Timestamp;
use crate::storage::catalogue::{CatalogueRows, load, version};
use crate::storage::{Database, Db, StorageError};

/// The name of the pool that records refusals of programmes that no pool serves.
pub const NO_POOL: &str = "unassigned";

/// A published version of a pack.
#[derive(Debug)]
pub struct Published {
    /// Row id.
    pub version_id: i64,
    /// `sha256:…`.
    pub digest: String,
    /// Judges claims from this instant.
    pub effective: Timestamp,
    /// The rules.
    pub pack: Pack,
}

/// A dealer as far as a verdict needs it.
#[derive(Debug)]
pub struct Dealer {
    /// The id.
    pub id: DealerId,
    /// Credit code.
    pub uscc: Uscc,
    /// Name.
    pub name: String,
    /// Not suspended and not removed.
    pub active: bool,
    /// Programmes it is admitted to.
    pub programmes: HashSet<String>,
}

/// What a client may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A dealer's client.
    Dealer(DealerId),
    /// Reviews claims.
    Reviewer,
    /// Approves what another reviewed.
    Approver,
    /// Pays.
    Finance,
    /// Reads everything, changes nothing.
    Auditor,
    /// Runs the system.
    Operator,
}

impl Role {
    /// The word of the contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Dealer(_) => "dealer",
            Role::Reviewer => "reviewer",
            Role::Approver => "approver",
            Role::Finance => "finance",
            Role::Auditor => "auditor",
            Role::Operator => "operator",
        }
    }

    /// A role of the bureau by its word.
    pub fn parse_staff(word: &str) -> Option<Self> {
        Some(match word {
            "reviewer" => Role::Reviewer,
            "approver" => Role::Approver,
            "finance" => Role::Finance,
            "auditor" => Role::Auditor,
            "operator" => Role::Operator,
            _ => return None,
        })
    }
}

/// API credentials.
#[derive(Debug)]
pub struct Client {
    /// SHA-256 of the secret, which is 256 random bits and so needs no slow hash.
    pub secret_hash: Vec<u8>,
    /// Whose.
    pub role: Role,
    /// The user of the bureau, where they are one's.
    pub staff: Option<StaffId>,
    /// Not revoked, and its owner not removed.
    pub active: bool,
}

/// One snapshot.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// Grows with every change.
    pub version: i64,
    versions: HashMap<String, Vec<Arc<Published>>>,
    pools: HashMap<PoolId, String>,
    pool_of: HashMap<String, PoolId>,
    dealers: HashMap<DealerId, Arc<Dealer>>,
    clients: HashMap<ClientId, Client>,
}

impl Catalogue {
    fn build(rows: CatalogueRows) -> Result<Self, StorageError> {
        let corrupt = |what: &str| StorageError::Corrupt(what.to_owned());
        let mut catalogue = Self {
            version: rows.version,
            ..Self::default()
        };
        for row in rows.versions {
            let pack = Pack::from_canonical_json(&row.content)
                .map_err(|e| StorageError::Corrupt(format!("pack {}: {e}", row.digest)))?;
            let published = Arc::new(Published {
                version_id: row.id,
                digest: row.digest,
                effective: Timestamp(row.effective_us),
                pack,
            });
            catalogue
                .versions
                .entry(row.programme)
                .or_default()
                .push(published);
        }
        for pool in rows.pools {
            let id = PoolId::from_slice(&pool.id).ok_or_else(|| corrupt("pool id"))?;
            catalogue.pools.insert(id, pool.name);
        }
        for (programme, pool) in rows.pool_programmes {
            let id = PoolId::from_slice(&pool).ok_or_else(|| corrupt("pool id"))?;
            catalogue.pool_of.insert(programme, id);
        }
        let mut admitted: HashMap<Vec<u8>, HashSet<String>> = HashMap::new();
        for (dealer, programme) in rows.dealer_programmes {
            admitted.entry(dealer).or_default().insert(programme);
        }
        for row in rows.dealers {
            let id = DealerId::from_slice(&row.id).ok_or_else(|| corrupt("dealer id"))?;
            let dealer = Dealer {
                id,
                uscc: Uscc::parse(&row.uscc).map_err(|_| corrupt("dealer's credit code"))?,
                name: row.name,
                active: row.status == "active",
                programmes: admitted.remove(&row.id).unwrap_or_default(),
            };
            catalogue.dealers.insert(id, Arc::new(dealer));
        }
        for row in rows.clients {
            let id = ClientId::from_slice(&row.id).ok_or_else(|| corrupt("client id"))?;
            let role = match (&row.dealer_id, row.own_role.as_ref().or(row.role.as_ref())) {
                (Some(dealer), _) => DealerId::from_slice(dealer).map(Role::Dealer),
                (None, Some(word)) => Role::parse_staff(word),
                (None, None) => None,
            };
            let client = Client {
                secret_hash: row.secret_hash,
                role: role.ok_or_else(|| corrupt("client's owner"))?,
                staff: row.staff_id.as_deref().and_then(StaffId::from_slice),
                active: row.status == "active"
                    && row.staff_status.is_none_or(|status| status == "active"),
            };
            catalogue.clients.insert(id, client);
        }
        Ok(catalogue)
    }

    /// The version of a programme that judges a claim at `at`: of those effective by then
    /// the latest effective, and of equals the last published. Before any is effective, the
    /// first one: it says why the claim is too early.
    pub fn published(&self, programme: &str, at: Timestamp) -> Option<&Arc<Published>> {
        let versions = self.versions.get(programme)?;
        versions
            .iter()
            .filter(|v| v.effective <= at)
            .max_by_key(|v| (v.effective, v.version_id))
            .or_else(|| versions.iter().min_by_key(|v| (v.effective, v.version_id)))
    }

    /// A version by its row id: what an existing claim was judged by.
    pub fn version_by_id(&self, programme: &str, version_id: i64) -> Option<&Arc<Published>> {
        self.versions
            .get(programme)?
            .iter()
            .find(|v| v.version_id == version_id)
    }

    /// Every published version of every programme.
    pub fn versions(&self) -> impl Iterator<Item = &Arc<Published>> {
        self.versions.values().flatten()
    }

    /// Every programme with the version that is in force at `at`, by id.
    pub fn programmes(&self, at: Timestamp) -> Vec<&Arc<Published>> {
        let mut ids: Vec<&String> = self.versions.keys().collect();
        ids.sort();
        ids.into_iter()
            .filter_map(|id| self.published(id, at))
            .collect()
    }

    /// The pool that serves a programme, else the one that records refusals.
    pub fn pool_for(&self, programme: &ProgrammeId) -> Option<PoolId> {
        self.pool_of
            .get(&programme.0)
            .copied()
            .or_else(|| self.pool_named(NO_POOL))
    }

    /// Whether a pool serves the programme.
    pub fn is_served(&self, programme: &ProgrammeId) -> bool {
        self.pool_of.contains_key(&programme.0)
    }

    /// The programmes that a pool serves, by id.
    pub fn programmes_of(&self, pool: PoolId) -> Vec<&str> {
        let mut ids: Vec<&str> = self
            .pool_of
            .iter()
            .filter(|(_, p)| **p == pool)
            .map(|(id, _)| id.as_str())
            .collect();
        ids.sort_unstable();
        ids
    }

    /// A pool by its name.
    pub fn pool_named(&self, name: &str) -> Option<PoolId> {
        self.pools
            .iter()
            .find(|(_, n)| n.as_str() == name)
            .map(|(id, _)| *id)
    }

    /// A dealer.
    pub fn dealer(&self, id: DealerId) -> Option<&Arc<Dealer>> {
        self.dealers.get(&id)
    }

    /// Every dealer, by name.
    pub fn dealers(&self) -> Vec<&Arc<Dealer>> {
        let mut dealers: Vec<_> = self.dealers.values().collect();
        dealers.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
        dealers
    }

    /// A client.
    pub fn client(&self, id: ClientId) -> Option<&Client> {
        self.clients.get(&id)
    }
}

/// The current snapshot, shared.
#[derive(Clone)]
pub struct CatalogueCell {
    current: Arc<RwLock<Arc<Catalogue>>>,
}

impl CatalogueCell {
    /// Loads the first snapshot.
    ///
    /// # Errors
    /// The database's.
    pub fn load(database: &Database) -> Result<Self, StorageError> {
        let catalogue = Catalogue::build(load(&mut *database.get()?)?)?;
        Ok(Self {
            current: Arc::new(RwLock::new(Arc::new(catalogue))),
        })
    }

    /// The snapshot in force.
    pub fn current(&self) -> Arc<Catalogue> {
        self.current
            .read()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .clone()
    }

    /// Reads the catalogue again if the database has a newer one; says whether it had.
    ///
    /// # Errors
    /// The database's.
    pub fn refresh(&self, conn: &mut Db) -> Result<bool, StorageError> {
        if version(conn)? == self.current().version {
            return Ok(false);
        }
        let fresh = Arc::new(Catalogue::build(load(conn)?)?);
        let mut current = self
            .current
            .write()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if fresh.version > current.version {
            *current = fresh;
        }
        Ok(true)
    }
}
