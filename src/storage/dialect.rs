//! The few statements that differ between the databases: lock a pool, probe, write a batch.
//!
//! On PostgreSQL a batch is four statements between BEGIN and COMMIT, each prepared
//! once for the connection, with arrays instead of rows of parameters; one more where
//! somebody waits. SQLite has no
//! round trips to save, so rows go one by one through cached statements.

use diesel::prelude::*;

use super::batch::{NewAnswer, PoolRow, Probe, Probed, Writes};
use super::db::Db;
use super::{StorageError, dialect_postgres as postgres, dialect_sqlite as sqlite, waiting_line};
use crate::domain::ids::PoolId;
use crate::domain::time::Timestamp;
#[cfg(feature = "planted-faults")]
use crate::planted::{self, Fault};

/// The columns of `pools` in the order of [`PoolTuple`].
pub(super) type PoolTuple = (
    Vec<u8>,
    (String, String, String, String, String, String),
    (Option<i64>, Option<i64>),
    (i64, i64, i64, i64, i64, i64),
    (i64, i64, i64, i64, i64),
    Vec<u8>,
);

pub(super) fn pool_row(row: PoolTuple) -> Result<PoolRow, StorageError> {
    let (id, words, (opens_us, closes_us), money, counters, head) = row;
    let (name, series, remainder, intake, allocation, payout) = words;
    let (cap, free, reserved, committed, paid, disputes) = money;
    let (waiting, next_ordinal, next_position, head_seq, head_us) = counters;
    let corrupt = |what: &str| StorageError::Corrupt(format!("pool {name}: {what}"));
    Ok(PoolRow {
        id: PoolId::from_slice(&id).ok_or_else(|| corrupt("id"))?,
        head_hash: head.try_into().map_err(|_| corrupt("head hash"))?,
        name,
        series,
        remainder,
        intake,
        allocation,
        payout,
        opens_us,
        closes_us,
        cap,
        free,
        reserved,
        committed,
        paid,
        disputes,
        waiting,
        next_ordinal,
        next_position,
        head_seq,
        head_us,
    })
}

#[macro_export]
#[doc(hidden)]
macro_rules! pool_columns {
    () => {{
        use $crate::storage::schema::pools::dsl as p;
        (
            p::id,
            (
                p::name,
                p::series,
                p::remainder,
                p::intake,
                p::allocation,
                p::payout,
            ),
            (p::opens_us, p::closes_us),
            (
                p::cap,
                p::free,
                p::reserved,
                p::committed,
                p::paid,
                p::disputes,
            ),
            (
                p::waiting,
                p::next_ordinal,
                p::next_position,
                p::head_seq,
                p::head_us,
            ),
            p::head_hash,
        )
    }};
}

/// Locks a pool's row until the transaction ends; `None` when there is no such pool.
///
/// # Errors
/// The database's.
pub fn lock_pool(conn: &mut Db, id: PoolId) -> Result<Option<PoolRow>, StorageError> {
    use super::schema::pools::dsl as p;
    let query = p::pools
        .filter(p::id.eq(id.to_vec()))
        .select(pool_columns!());
    let row: Option<PoolTuple> = match conn {
        // BEGIN IMMEDIATE holds the only write lock there is.
        Db::Sqlite(conn) => query.first(conn).optional()?,
        #[cfg(feature = "planted-faults")]
        Db::Postgres(conn) if planted::is(Fault::NoLock) => query.first(conn).optional()?,
        #[cfg(feature = "planted-faults")]
        Db::Postgres(conn) if planted::is(Fault::LostUpdate) => {
            let stale: Option<PoolTuple> = query.clone().first(conn).optional()?;
            planted::lose_updates(stale, query.for_update().first(conn).optional()?)
        }
        Db::Postgres(conn) => query.for_update().first(conn).optional()?,
    };
    row.map(pool_row).transpose()
}

/// Asks everything that a batch needs to know, after the pool is locked.
///
/// # Errors
/// The database's.
pub fn probe(conn: &mut Db, pool: PoolId, probe: &Probe) -> Result<Probed, StorageError> {
    match conn {
        Db::Sqlite(conn) => sqlite::probe(conn, pool, probe),
        Db::Postgres(conn) => postgres::probe(conn, pool, probe),
    }
}

/// The database's clock.
///
/// # Errors
/// The database's.
pub fn now(conn: &mut Db) -> Result<Timestamp, StorageError> {
    let nowhere = PoolId(uuid::Uuid::nil());
    Ok(Timestamp(probe(conn, nowhere, &Probe::default())?.now_us))
}

/// Whether a batch was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// Everything is in the transaction.
    All,
    /// A key was there already, of another pool's batch: roll back, probe again, fold again.
    Raced,
    /// A claim was there already: this batch, whose COMMIT went through although its connection
    /// was lost. A probe that asks for everything finds its answers.
    Standing,
}

/// Writes a batch, all but its answers and the pool's new row.
///
/// # Errors
/// The database's.
pub fn write(
    conn: &mut Db,
    pool: PoolId,
    at_us: i64,
    writes: &Writes,
) -> Result<Written, StorageError> {
    let written = match conn {
        Db::Sqlite(conn) => sqlite::write(conn, pool, at_us, writes)?,
        Db::Postgres(conn) => postgres::write(conn, pool, at_us, writes)?,
    };
    if written == Written::All {
        waiting_line::change(conn, pool, &writes.line)?;
    }
    Ok(written)
}

/// Writes a batch's answers and the pool's new row.
///
/// # Errors
/// The database's.
pub fn conclude(conn: &mut Db, pool: &PoolRow, answers: &[NewAnswer]) -> Result<(), StorageError> {
    match conn {
        Db::Sqlite(conn) => sqlite::conclude(conn, pool, answers),
        Db::Postgres(conn) => postgres::conclude(conn, pool, answers),
    }
}
