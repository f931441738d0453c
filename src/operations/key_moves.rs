//! Keeps the table small in which keys are taken: moves what was taken a while ago to the cold
//! table, in quiet moments, and learns which keys lie where. See [`crate::storage::key_moves`].

use crate::admission::key_filter::KeyFilter;
use crate::storage::batch::KeyHash;
use crate::storage::claim_keys::{self, Table};
use crate::storage::key_moves::{self, Place};
use crate::storage::{Db, StorageError};

/// Keys of one move: what claims that come meanwhile wait for.
const STEP: i64 = 1_000;

/// Moves learned at once.
const LESSON: i64 = 64;

/// Brings the filter up to the last move, whoever made it.
///
/// # Errors
/// The database's, and [`StorageError::Corrupt`] where a move is gone: what it moved stays unknown,
/// and batches go on asking for all of their keys.
pub fn learn(conn: &mut Db, filter: &KeyFilter) -> Result<(), StorageError> {
    loop {
        let known = filter.generation();
        let moves = key_moves::after(conn, known, LESSON)?;
        if moves.is_empty() {
            return Ok(());
        }
        let total = key_moves::total(conn)?;
        filter.learn(&moves, usize::try_from(total).unwrap_or(0));
        if filter.generation() == known {
            return Err(StorageError::Corrupt("a move of keys is gone".into()));
        }
    }
}

/// Brings the filter up to what is hot now.
///
/// # Errors
/// The database's.
pub fn learn_hot(conn: &mut Db, filter: &KeyFilter) -> Result<(), StorageError> {
    const PAGE: i64 = 10_000;
    filter.forget_hot();
    let mut after = None;
    loop {
        let page = claim_keys::after(conn, Table::Hot, after, PAGE)?;
        let Some((hash, ordinal, ..)) = page.last() else {
            filter.complete();
            return Ok(());
        };
        after = Some((*hash, *ordinal));
        let hashes: Vec<KeyHash> = page.iter().map(|key| key.0).collect();
        filter.took(&hashes);
    }
}

/// Whether at least so many keys are hot.
///
/// # Errors
/// The database's.
pub fn are_many(conn: &mut Db, keys: i64) -> Result<bool, StorageError> {
    key_moves::are_hot(conn, keys)
}

/// Moves the next keys after a place and learns them; `None` when the sweep is through.
///
/// # Errors
/// The database's.
pub fn step(
    conn: &mut Db,
    filter: &KeyFilter,
    after: Option<Place>,
) -> Result<Option<Place>, StorageError> {
    let place = key_moves::advance(conn, after, STEP)?;
    learn(conn, filter)?;
    Ok(place)
}

/// Moves every key that is hot now.
///
/// # Errors
/// The database's.
pub fn sweep(conn: &mut Db, filter: &KeyFilter) -> Result<(), StorageError> {
    let mut place = None;
    loop {
        place = step(conn, filter, place)?;
        if place.is_none() {
            return Ok(());
        }
    }
}
