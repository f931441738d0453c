//! Opening connections of both databases, with the settings that durability rests on.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sqlite::SqliteConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::StorageError;
use super::db::Db;
use super::turns::TURNS;
use crate::clock;
use crate::own_files;

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Which database, from its URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL URL for libpq.
    Postgres(String),
}

impl Target {
    /// Reads `sqlite:///path/file.db` or `postgres://…`.
    ///
    /// # Errors
    /// [`StorageError::BadUrl`] for any other scheme or an empty path.
    pub fn parse(url: &str) -> Result<Self, StorageError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        match url.strip_prefix("sqlite://") {
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            _ => Err(StorageError::BadUrl),
        }
    }

    /// Whether it is PostgreSQL.
    pub const fn is_postgres(&self) -> bool {
        matches!(self, Target::Postgres(_))
    }

    /// Opens a connection and puts it into the settings that the laws need.
    ///
    /// # Errors
    /// [`StorageError::CannotOpen`] with the database's own reason.
    pub fn open(&self) -> Result<Db, StorageError> {
        match self {
            Target::Sqlite(path) => open_sqlite(path),
            Target::Postgres(url) => open_postgres(url),
        }
    }
}

/// How long a write waits for its turn, and then for SQLite's own lock: that of `busy_timeout`.
const SQLITE_PATIENCE: Duration = Duration::from_secs(10);

// FULL, because an acknowledged claim must survive a power cut. The log is written back by a
// thread of its own (`write_log_back`); the limit at which a writer does it itself is far beyond
// what that leaves.
const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 10000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA wal_autocheckpoint = 100000;
    PRAGMA cache_size = -65536;
    PRAGMA temp_store = MEMORY;";

fn open_sqlite(path: &Path) -> Result<Db, StorageError> {
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        own_files::make_folder(parent)
            .map_err(|e| StorageError::CannotOpen(format!("{}: {e}", parent.display())))?;
    }
    let cannot = |e: String| StorageError::CannotOpen(format!("{}: {e}", path.display()));
    // SQLite would make it for everybody to read. What it puts beside it has the mode of this one.
    match own_files::make_file(path) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(cannot(error.to_string())),
    }
    let mut conn =
        SqliteConnection::establish(&path.to_string_lossy()).map_err(|e| cannot(e.to_string()))?;
    conn.batch_execute(SQLITE_SETTINGS)
        .map_err(|e| cannot(e.to_string()))?;
    Ok(Db::Sqlite(conn))
}

// Time-outs bound how long a claim can hang on a lock or a lost server. A session commits with
// what was set for it, but never without waiting for the disk: acknowledged means durable. It is
// set in any case, because a setting of the server alone could change while the session lives.
const POSTGRES_SETTINGS: &str = "SET lock_timeout = '10s';
    SET statement_timeout = '60s';
    SET idle_in_transaction_session_timeout = '60s';
    SET timezone = 'UTC';
    SET client_min_messages = 'warning';
    SET jit = off;
    SELECT set_config('synchronous_commit',
        coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on'), false);";

fn open_postgres(url: &str) -> Result<Db, StorageError> {
    let mut conn =
        PgConnection::establish(url).map_err(|e| StorageError::CannotOpen(e.to_string()))?;
    conn.batch_execute(POSTGRES_SETTINGS)
        .map_err(|e| StorageError::CannotOpen(e.to_string()))?;
    // Only a superuser may set the language of messages; a server in English needs no setting.
    if let Err(error) = conn.batch_execute("SET lc_messages = 'C'") {
        tracing::debug!(%error, "lc_messages could not be set");
    }
    Ok(Db::Postgres(conn))
}

impl Db {
    /// Brings the tables up to date. Safe to call from several instances at once.
    ///
    /// # Errors
    /// [`StorageError::Migration`].
    pub fn migrate(&mut self) -> Result<(), StorageError> {
        let failed =
            |e: Box<dyn std::error::Error + Send + Sync>| StorageError::Migration(e.to_string());
        match self {
            Db::Sqlite(conn) => {
                conn.run_pending_migrations(SQLITE_MIGRATIONS)
                    .map_err(failed)?;
            }
            Db::Postgres(conn) => {
                // Two instances that start together must not migrate together.
                conn.batch_execute("SELECT pg_advisory_lock(7237120311)")?;
                let done = conn.run_pending_migrations(POSTGRES_MIGRATIONS).map(|_| ());
                conn.batch_execute("SELECT pg_advisory_unlock(7237120311)")?;
                done.map_err(failed)?;
            }
        }
        Ok(())
    }

    /// For a writer's connection: its prepared statements are planned while tables may be
    /// small, and a plan that scans would be kept while they grow.
    ///
    /// # Errors
    /// The database's.
    pub fn prefer_indexes(&mut self) -> Result<(), StorageError> {
        if let Db::Postgres(conn) = self {
            conn.batch_execute("SET enable_seqscan = off")?;
        }
        Ok(())
    }

    /// SQLite: writes the log back into the file, which writers need not wait for. When the log has
    /// become long it is begun anew: writers wait for what came meanwhile, and the log goes on
    /// where readers are in the way for longer than a moment.
    ///
    /// # Errors
    /// The database's.
    pub fn write_log_back(&mut self) -> Result<(), StorageError> {
        #[derive(QueryableByName)]
        struct Done {
            #[diesel(sql_type = diesel::sql_types::Integer)]
            log: i32,
        }
        /// Pages of 4 KiB.
        const LONG: i32 = 20_000;
        let Db::Sqlite(conn) = self else {
            return Ok(());
        };
        let done: Done = diesel::sql_query("PRAGMA wal_checkpoint(PASSIVE)").get_result(conn)?;
        if done.log > LONG {
            conn.batch_execute(
                "PRAGMA busy_timeout = 20;
                PRAGMA wal_checkpoint(RESTART);
                PRAGMA busy_timeout = 10000;",
            )?;
        }
        Ok(())
    }

    /// Names every server setting under which an acknowledged claim could be lost.
    ///
    /// # Errors
    /// When the settings cannot be read.
    pub fn unsafe_settings(&mut self) -> Result<Vec<String>, StorageError> {
        let Db::Postgres(conn) = self else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for name in ["fsync", "full_page_writes", "synchronous_commit"] {
            if setting(conn, name)? == "off" {
                found.push(format!("{name} = off"));
            }
        }
        Ok(found)
    }

    /// Runs reads on one snapshot of the database.
    ///
    /// # Errors
    /// Those of `work`, and the database's.
    pub fn snapshot<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Db) -> Result<T, E>,
    ) -> Result<T, E> {
        let begin = match self {
            Db::Sqlite(_) => "BEGIN",
            Db::Postgres(_) => {
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0"
            }
        };
        self.batch_execute(begin)?;
        let result = work(self);
        self.batch_execute("ROLLBACK")?;
        result
    }

    /// Runs `work` in one write transaction and commits; any error rolls back.
    ///
    /// On SQLite the write lock is taken at once (`BEGIN IMMEDIATE`): a transaction that
    /// begins by reading and then wants to write fails under load. Those of one process take it in
    /// the order of asking ([`super::turns`]). On PostgreSQL a lock is taken
    /// that all write transactions share and that keeps keys from being moved meanwhile
    /// ([`super::key_moves`]); it goes with BEGIN, so it costs no round trip.
    ///
    /// # Errors
    /// Those of `work`, and the database's. A lost connection at COMMIT leaves the outcome unknown.
    pub fn write<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Db) -> Result<T, E>,
    ) -> Result<T, E> {
        let begin = match self {
            Db::Sqlite(_) => "BEGIN IMMEDIATE",
            Db::Postgres(_) => "BEGIN; LOCK TABLE key_moves IN ROW SHARE MODE",
        };
        self.transaction(begin, work)
    }

    /// Runs `work` in a write transaction that waits for the disk of this server and for no standby:
    /// for what may be forgotten when a standby takes over, and what reads must not wait for.
    ///
    /// # Errors
    /// Those of `work`, and the database's.
    pub fn write_here<T, E: From<diesel::result::Error>>(
        &mut self,
        work: impl FnOnce(&mut Db) -> Result<T, E>,
    ) -> Result<T, E> {
        let begin = match self {
            Db::Sqlite(_) => "BEGIN IMMEDIATE",
            Db::Postgres(_) => "BEGIN; SET LOCAL synchronous_commit = local",
        };
        self.transaction(begin, work)
    }

    /// Runs `work` between `begin` and COMMIT.
    pub(super) fn transaction<T, E: From<diesel::result::Error>>(
        &mut self,
        begin: &'static str,
        work: impl FnOnce(&mut Db) -> Result<T, E>,
    ) -> Result<T, E> {
        let _turn = match self {
            Db::Sqlite(_) => TURNS.wait(SQLITE_PATIENCE),
            Db::Postgres(_) => None,
        };
        let commit = "COMMIT";
        #[cfg(feature = "planted-faults")]
        let commit = crate::planted::instead_of(commit);
        let result = self
            .batch_execute(begin)
            .map_err(E::from)
            .and_then(|()| work(self))
            .and_then(|value| {
                let begun = clock::monotonic_ns();
                self.batch_execute(commit)?;
                let took = Duration::from_nanos(clock::monotonic_ns() - begun);
                self.believe_commit(took)?;
                Ok(value)
            });
        if result.is_err()
            && let Err(error) = self.batch_execute("ROLLBACK")
        {
            tracing::debug!(%error, "rollback after a failed transaction");
        }
        result
    }

    /// Whether a COMMIT that is said to be done stands wherever it has to. PostgreSQL says so, too,
    /// when somebody cancelled the wait for its standby, with a warning that the driver does not hand
    /// on. So where standbys are named one that took long is not believed. It counts as one whose
    /// answer was lost: who tries again takes a lock, which is logged, so that COMMIT waits for the
    /// standby as well, and finds what this one wrote.
    fn believe_commit(&mut self, took: Duration) -> Result<(), Error> {
        /// Nobody sees a wait and cancels it in less.
        const AT_ONCE: Duration = Duration::from_secs(1);
        let Db::Postgres(conn) = self else {
            return Ok(());
        };
        if took < AT_ONCE || setting(conn, "synchronous_standby_names")?.is_empty() {
            return Ok(());
        }
        let why = format!("COMMIT waited {took:?}: whether the standby has it is not known");
        Err(Error::DatabaseError(
            DatabaseErrorKind::ClosedConnection,
            Box::new(why),
        ))
    }
}

/// A setting of PostgreSQL, as this session has it.
fn setting(conn: &mut PgConnection, name: &str) -> Result<String, Error> {
    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = diesel::sql_types::Text)]
        value: String,
    }
    let sql = format!("SELECT current_setting('{name}') AS value");
    let found: Setting = diesel::sql_query(sql).get_result(conn)?;
    Ok(found.value)
}
