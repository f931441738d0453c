//! Moving keys from where they are taken to where they are only read.
//!
//! A move is one transaction that no other write transaction overlaps, so nobody who looked for a
//! key before can take it after. It is numbered, and keeps the first eight bytes of every key that
//! it moved: who has read the moves up to the last one knows of every key that may be cold, and
//! need not ask for the rest. Keys that are given back later stay among them and cost one
//! question too many.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use super::StorageError;
use super::batch::KeyHash;
use super::claim_keys::{self, Table};
use super::db::Db;
use super::schema::key_moves;

/// The bytes of a key that a move keeps.
pub const PREFIX: usize = 8;

/// A move: its number, how many keys were moved until then, and the prefixes, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// 1, 2, 3 …
    pub generation: i64,
    /// With this move's.
    pub total: i64,
    /// [`PREFIX`] bytes a key.
    pub prefixes: Vec<u8>,
}

/// Where a sweep through the keys stands: hash and ordinal of the last that was moved.
pub type Place = (KeyHash, i64);

/// Moves at most `limit` keys after a place, in the order of hashes, so that neighbours go onto one
/// page; gives the place of the last, `None` where there were no more.
///
/// # Errors
/// The database's; on PostgreSQL a lock time-out when others are writing all the time.
pub fn advance(
    conn: &mut Db,
    after: Option<Place>,
    limit: i64,
) -> Result<Option<Place>, StorageError> {
    conn.write_alone(|conn| {
        let page = claim_keys::after(conn, Table::Hot, after, limit)?;
        let Some((hash, ordinal, ..)) = page.last() else {
            return Ok(None);
        };
        let last = (*hash, *ordinal);
        let first = page
            .first()
            .map_or(last, |(hash, ordinal, ..)| (*hash, *ordinal));
        for statement in [
            "INSERT INTO claim_keys_cold (key_hash, ordinal, claim_id, kind)
                SELECT key_hash, ordinal, claim_id, kind FROM claim_keys",
            "DELETE FROM claim_keys",
        ] {
            relocate(conn, statement, first, last)?;
        }
        let (generation, total) = last_move(conn)?;
        let prefixes: Vec<u8> = page
            .iter()
            .flat_map(|(h, ..)| h[..PREFIX].to_vec())
            .collect();
        diesel::insert_into(key_moves::table)
            .values((
                key_moves::generation.eq(generation + 1),
                key_moves::total.eq(total + page.len() as i64),
                key_moves::prefixes.eq(prefixes),
            ))
            .execute(conn)?;
        Ok(Some(last))
    })
}

/// Runs a statement on the keys from one place to another, both among them.
fn relocate(conn: &mut Db, statement: &str, from: Place, to: Place) -> Result<(), StorageError> {
    let marks = match conn {
        Db::Sqlite(_) => ["?", "?", "?", "?"],
        Db::Postgres(_) => ["$1", "$2", "$3", "$4"],
    };
    let [a, b, c, d] = marks;
    let text = format!(
        "{statement} WHERE (key_hash, ordinal) >= ({a}, {b}) AND (key_hash, ordinal) <= ({c}, {d})"
    );
    diesel::sql_query(text)
        .bind::<Binary, _>(from.0.to_vec())
        .bind::<BigInt, _>(from.1)
        .bind::<Binary, _>(to.0.to_vec())
        .bind::<BigInt, _>(to.1)
        .execute(conn)?;
    Ok(())
}

/// At most `limit` moves after one.
///
/// # Errors
/// The database's.
pub fn after(conn: &mut Db, generation: i64, limit: i64) -> Result<Vec<Move>, StorageError> {
    let rows: Vec<(i64, i64, Vec<u8>)> = key_moves::table
        .filter(key_moves::generation.gt(generation))
        .order(key_moves::generation)
        .limit(limit)
        .select((key_moves::generation, key_moves::total, key_moves::prefixes))
        .load(conn)?;
    let moves = rows.into_iter().map(|(generation, total, prefixes)| Move {
        generation,
        total,
        prefixes,
    });
    Ok(moves.collect())
}

/// How many keys were ever moved.
///
/// # Errors
/// The database's.
pub fn total(conn: &mut Db) -> Result<i64, StorageError> {
    Ok(last_move(conn)?.1)
}

/// The number of the last move, and how many keys were moved until then.
fn last_move(conn: &mut Db) -> Result<(i64, i64), StorageError> {
    let last = key_moves::table
        .select((key_moves::generation, key_moves::total))
        .order(key_moves::generation.desc())
        .first(conn)
        .optional()?;
    Ok(last.unwrap_or((0, 0)))
}

/// Whether at least so many keys are hot. Counts no further.
///
/// # Errors
/// The database's.
pub fn are_hot(conn: &mut Db, keys: i64) -> Result<bool, StorageError> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let text = format!(
        "SELECT count(*) AS count FROM (SELECT 1 FROM claim_keys LIMIT {keys}) AS some_keys"
    );
    let found: Count = diesel::sql_query(text).get_result(conn)?;
    Ok(found.count >= keys)
}

impl Db {
    /// Runs `work` in a write transaction that no other one overlaps. Gives up soon where others
    /// write all the time, because whoever comes meanwhile waits behind it.
    ///
    /// # Errors
    /// Those of `work`, and the database's.
    fn write_alone<T>(
        &mut self,
        work: impl FnOnce(&mut Db) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        match self {
            // BEGIN IMMEDIATE is alone.
            Db::Sqlite(_) => self.write(work),
            #[cfg(feature = "planted-faults")]
            Db::Postgres(_) if crate::planted::is(crate::planted::Fault::MovesAmidst) => {
                self.transaction("BEGIN", work)
            }
            Db::Postgres(_) => self.transaction(
                "BEGIN; SET LOCAL lock_timeout = '200ms'; LOCK TABLE key_moves IN EXCLUSIVE MODE",
                work,
            ),
        }
    }
}
