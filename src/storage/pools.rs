//! Pools outside the hot path.

use diesel::prelude::*;

use super::StorageError;
use super::batch::PoolRow;
use super::db::Db;
use super::dialect::{PoolTuple, pool_row};
use super::schema::{pool_programmes, pools};
use crate::domain::ids::PoolId;
use crate::domain::time::Timestamp;
use crate::pool_columns;

/// A pool's row without a lock.
///
/// # Errors
/// The database's.
pub fn read(conn: &mut Db, id: PoolId) -> Result<Option<PoolRow>, StorageError> {
    let row: Option<PoolTuple> = pools::table
        .filter(pools::id.eq(id.to_vec()))
        .select(pool_columns!())
        .first(conn)
        .optional()?;
    row.map(pool_row).transpose()
}

/// Every pool, by name.
///
/// # Errors
/// The database's.
pub fn all(conn: &mut Db) -> Result<Vec<PoolRow>, StorageError> {
    let rows: Vec<PoolTuple> = pools::table
        .order(pools::name)
        .select(pool_columns!())
        .load(conn)?;
    rows.into_iter().map(pool_row).collect()
}

/// A new row; its journal's first entry is written afterwards in the same transaction.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut Db, pool: &PoolRow, at: Timestamp) -> Result<(), StorageError> {
    diesel::insert_into(pools::table)
        .values((
            pools::id.eq(pool.id.to_vec()),
            pools::name.eq(&pool.name),
            pools::series.eq(&pool.series),
            pools::remainder.eq(&pool.remainder),
            pools::intake.eq(&pool.intake),
            pools::allocation.eq(&pool.allocation),
            pools::payout.eq(&pool.payout),
            pools::opens_us.eq(pool.opens_us),
            pools::closes_us.eq(pool.closes_us),
            pools::cap.eq(pool.cap),
            pools::free.eq(pool.free),
            pools::reserved.eq(pool.reserved),
            pools::committed.eq(pool.committed),
            pools::paid.eq(pool.paid),
            pools::disputes.eq(pool.disputes),
            pools::waiting.eq(pool.waiting),
            pools::next_ordinal.eq(pool.next_ordinal),
            pools::next_position.eq(pool.next_position),
            pools::head_seq.eq(pool.head_seq),
            pools::head_us.eq(pool.head_us),
            pools::head_hash.eq(&pool.head_hash[..]),
            pools::created_us.eq(at.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// Lets a pool serve a programme.
///
/// # Errors
/// The database's; a programme that another pool serves violates a unique constraint.
pub fn serve(conn: &mut Db, pool: PoolId, programme: &str) -> Result<(), StorageError> {
    diesel::insert_into(pool_programmes::table)
        .values((
            pool_programmes::programme.eq(programme),
            pool_programmes::pool_id.eq(pool.to_vec()),
        ))
        .execute(conn)?;
    Ok(())
}
