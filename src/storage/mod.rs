//! Everything that speaks SQL. `dialect` is the only place that matches on the database
//! in the hot path; the rest is the subset that both understand.

pub mod access;
pub mod admin;
pub mod ageing;
pub mod awards;
pub mod backup;
pub mod batch;
pub mod bulk;
pub mod catalogue;
pub mod claim_briefs;
pub mod claim_changes;
pub mod claim_flags;
pub mod claim_keys;
pub mod claim_persons;
pub mod claim_queues;
pub mod claims;
pub mod connection;
mod db;
pub mod dealer_accounts;
pub mod dealer_claims;
pub mod dealer_money;
pub mod dealers;
pub mod dialect;
mod dialect_postgres;
mod dialect_sqlite;
pub mod events;
pub mod fault;
pub mod inspection;
pub mod journal;
pub mod journal_days;
pub mod key_moves;
pub mod logins;
pub mod papers;
pub mod payout_lines;
pub mod payouts;
pub mod pools;
mod postgres_array;
pub mod proposals;
mod pulse;
pub mod receivables;
pub mod schema;
mod schema_of_line;
pub mod schema_of_ones_own;
pub mod schema_of_pages;
pub mod schema_of_screening;
pub mod screened_claims;
pub mod screening;
pub mod sealed;
pub mod sessions;
mod stored;
mod turns;
pub mod uploads;
pub mod waiting_line;
pub mod webhook_deliveries;
pub mod webhook_endpoints;

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2;

pub use connection::Target;
pub use db::Db;
/// The database's own error, as transactions hand it on.
pub use diesel::result::Error as DatabaseError;
pub use fault::{Fault, classify};
pub use pulse::Pulse;

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The URL has no known form.
    #[error("the database URL must be sqlite:///path/file.db or postgres://…")]
    BadUrl,
    /// The database cannot be opened.
    #[error("the database cannot be opened: {0}")]
    CannotOpen(String),
    /// The tables cannot be brought up to date.
    #[error("the tables cannot be brought up to date: {0}")]
    Migration(String),
    /// No connection came free in time.
    #[error("no database connection: {0}")]
    NoConnection(String),
    /// The database has not answered for so long that nobody waits for it any more.
    #[error("the database does not answer: whether it does what it was asked is not known")]
    Silent,
    /// A stored value that this program never writes.
    #[error("the database holds a value that cannot be: {0}")]
    Corrupt(String),
    /// The database's own error.
    #[error("database: {0}")]
    Database(#[from] diesel::result::Error),
}

impl StorageError {
    /// What to do about it.
    pub fn fault(&self) -> Fault {
        match self {
            StorageError::Database(error) => classify(error),
            StorageError::CannotOpen(_) | StorageError::NoConnection(_) | StorageError::Silent => {
                Fault::ConnectionLost
            }
            _ => Fault::Internal,
        }
    }
}

/// A database and its pool of connections for everything but admission.
#[derive(Clone)]
pub struct Database {
    target: Arc<Target>,
    connections: r2d2::Pool<Opener>,
}

/// A connection on loan from the pool.
pub type Pooled = r2d2::PooledConnection<Opener>;

/// Opens connections for the pool.
#[derive(Debug)]
pub struct Opener(Arc<Target>);

impl r2d2::ManageConnection for Opener {
    type Connection = Db;
    type Error = StorageError;

    fn connect(&self) -> Result<Db, StorageError> {
        self.0.open()
    }

    fn is_valid(&self, conn: &mut Db) -> Result<(), StorageError> {
        Ok(conn.batch_execute("SELECT 1")?)
    }

    fn has_broken(&self, _: &mut Db) -> bool {
        false
    }
}

impl Database {
    /// Opens, migrates, and makes a pool of at most `size` connections.
    ///
    /// # Errors
    /// [`StorageError`] when the database cannot be opened or migrated.
    pub fn open(target: Target, size: u32) -> Result<Self, StorageError> {
        target.open()?.migrate()?;
        let target = Arc::new(target);
        let connections = r2d2::Pool::builder()
            .max_size(size)
            .min_idle(Some(1))
            .connection_timeout(Duration::from_secs(5))
            .build(Opener(target.clone()))
            .map_err(|e| StorageError::NoConnection(e.to_string()))?;
        Ok(Self {
            target,
            connections,
        })
    }

    /// Which database it is.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// A connection of one's own, outside the pool.
    ///
    /// # Errors
    /// [`StorageError::CannotOpen`].
    pub fn open_connection(&self) -> Result<Db, StorageError> {
        self.target.open()
    }

    /// Borrows a connection; blocks for at most five seconds.
    ///
    /// # Errors
    /// [`StorageError::NoConnection`].
    pub fn get(&self) -> Result<Pooled, StorageError> {
        self.connections
            .get()
            .map_err(|e| StorageError::NoConnection(e.to_string()))
    }
}
