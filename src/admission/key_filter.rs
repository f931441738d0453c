//! What this process knows of the keys that somebody holds: enough not to ask for nearly all of
//! those that nobody does.
//!
//! Hot keys are those that this process took or read when it began. Of keys that others took since
//! it knows nothing, and need not: the unique index refuses them, and the batch is decided anew
//! with all of its keys asked for. So that requests which come again by the thousand, after an
//! instance has died, do not make every batch be decided twice, batches are wary for a while then.
//!
//! No index refuses a cold key, so of those the filter knows all: the database says under the lock
//! how many moves there were. If that is more than the filter has learned, here or by the sweep of
//! another instance, the batch asks for all of its keys instead. What is not yet learned costs time
//! and never a double claim.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::bloom::Bloom;
use crate::storage::batch::KeyHash;
use crate::storage::key_moves::{Move, PREFIX};

/// Keys that the first layer of a set is made for; each further one is for as many as there are.
const FIRST: usize = 1 << 18;

/// Batches that ask for all of their keys after one met a key that it did not know of.
const WARY: u32 = 64;

/// Hot keys after which the set is made anew from those that are still hot.
const STALE: usize = 1 << 22;

/// The keys that may be held.
#[derive(Debug, Default)]
pub struct KeyFilter {
    cold: RwLock<Cold>,
    hot: RwLock<Hot>,
    /// Batches that are still to be wary.
    wary: AtomicU32,
}

#[derive(Debug, Default)]
struct Cold {
    generation: i64,
    keys: Layers,
}

#[derive(Debug, Default)]
struct Hot {
    /// What was hot when this process began is in it.
    complete: bool,
    keys: Layers,
}

/// A set that grows.
#[derive(Debug, Default)]
struct Layers {
    layers: Vec<Bloom>,
    keys: usize,
}

impl KeyFilter {
    fn cold(&self) -> RwLockReadGuard<'_, Cold> {
        self.cold.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn hot_mut(&self) -> RwLockWriteGuard<'_, Hot> {
        self.hot.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last move that was learned.
    pub fn generation(&self) -> i64 {
        self.cold().generation
    }

    /// Which of these keys may be cold as of the last move that was learned, which is the second.
    pub fn perhaps_cold<'a>(&self, keys: impl Iterator<Item = &'a KeyHash>) -> (Vec<KeyHash>, i64) {
        let cold = self.cold();
        (cold.keys.among(keys), cold.generation)
    }

    /// Which of these keys may be hot by what this process knows; `None` where it does not know
    /// enough, or was wrong a short while ago.
    pub fn perhaps_hot<'a>(&self, keys: impl Iterator<Item = &'a KeyHash>) -> Option<Vec<KeyHash>> {
        let less = |wary: u32| wary.checked_sub(1);
        let wary = self
            .wary
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        let hot = self.hot.read().unwrap_or_else(PoisonError::into_inner);
        (hot.complete && wary.is_err()).then(|| hot.keys.among(keys))
    }

    /// A batch met a key that nobody was thought to have.
    pub fn be_wary(&self) {
        self.wary.store(WARY, Ordering::Relaxed);
    }

    /// Learns moves, the next ones and in their order. `total` keys were moved in all, as far as is
    /// known.
    pub fn learn(&self, moves: &[Move], total: usize) {
        let mut cold = self.cold.write().unwrap_or_else(PoisonError::into_inner);
        for one in moves {
            if one.generation == cold.generation + 1 {
                let prefixes = one.prefixes.chunks_exact(PREFIX);
                cold.keys.extend(prefixes.map(prefix), total);
                cold.generation = one.generation;
            }
        }
    }

    /// Keys were taken, or found hot.
    pub fn took(&self, keys: &[KeyHash]) {
        let keys = keys.iter().map(|hash| prefix(hash));
        self.hot_mut().keys.extend(keys, 0);
    }

    /// Every key that was hot a moment ago is in the set.
    pub fn complete(&self) {
        self.hot_mut().complete = true;
    }

    /// Begins the set of hot keys anew: most that it holds are cold by now.
    pub fn forget_hot(&self) {
        *self.hot_mut() = Hot::default();
    }

    /// Whether most of the hot keys are likely to be cold by now.
    pub fn is_stale(&self) -> bool {
        let hot = self.hot.read().unwrap_or_else(PoisonError::into_inner);
        hot.keys.keys > STALE
    }
}

impl Layers {
    fn among<'a>(&self, keys: impl Iterator<Item = &'a KeyHash>) -> Vec<KeyHash> {
        let is_in = |hash: &&KeyHash| {
            let key = prefix(&hash[..]);
            self.layers.iter().any(|layer| layer.may_contain(key))
        };
        keys.filter(is_in).copied().collect()
    }

    /// Takes keys in; `expected` are there in the end, as far as is known.
    fn extend(&mut self, keys: impl Iterator<Item = u64>, expected: usize) {
        for key in keys {
            if self.layers.last().is_none_or(Bloom::is_full) {
                let ahead = expected.saturating_sub(self.keys);
                let room = FIRST.max(self.keys).max(ahead + ahead / 2);
                self.layers.push(Bloom::for_keys(room));
            }
            if let Some(layer) = self.layers.last_mut() {
                layer.insert(key);
                self.keys += 1;
            }
        }
    }
}

fn prefix(bytes: &[u8]) -> u64 {
    let mut first = [0; PREFIX];
    for (to, from) in first.iter_mut().zip(bytes) {
        *to = *from;
    }
    u64::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(n: u32) -> KeyHash {
        let mut hash = [0; 16];
        let mixed = u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash[..8].copy_from_slice(&mixed.to_be_bytes());
        hash
    }

    fn moved(generation: i64, keys: std::ops::Range<u32>) -> Move {
        Move {
            generation,
            total: i64::from(keys.end),
            prefixes: keys.flat_map(|n| hash(n)[..PREFIX].to_vec()).collect(),
        }
    }

    fn cold(filter: &KeyFilter, keys: std::ops::Range<u32>) -> (usize, i64) {
        let keys: Vec<KeyHash> = keys.map(hash).collect();
        let (found, generation) = filter.perhaps_cold(keys.iter());
        (found.len(), generation)
    }

    fn hot(filter: &KeyFilter, keys: std::ops::Range<u32>) -> Option<usize> {
        let keys: Vec<KeyHash> = keys.map(hash).collect();
        filter.perhaps_hot(keys.iter()).map(|found| found.len())
    }

    #[test]
    fn it_suspects_what_was_moved_and_little_else() {
        let filter = KeyFilter::default();
        assert_eq!(cold(&filter, 0..100), (0, 0));
        filter.learn(&[moved(1, 0..1_000), moved(2, 1_000..3_000)], 3_000);
        assert_eq!(cold(&filter, 0..3_000), (3_000, 2));
        assert!(cold(&filter, 3_000..4_000).0 < 50);
    }

    #[test]
    fn it_grows_and_forgets_nothing() {
        let filter = KeyFilter::default();
        let step = 200_000;
        for n in 0..5 {
            let keys = n * step..(n + 1) * step;
            filter.learn(&[moved(i64::from(n) + 1, keys)], 0);
        }
        assert_eq!(cold(&filter, 0..5 * step), (1_000_000, 5));
        assert!(cold(&filter, 1_000_000..1_100_000).0 < 2_000);
    }

    #[test]
    fn a_move_is_learned_once_and_none_is_left_out() {
        let filter = KeyFilter::default();
        filter.learn(&[moved(2, 0..10)], 10);
        assert_eq!(filter.generation(), 0);
        filter.learn(&[moved(1, 0..10), moved(1, 10..20), moved(3, 0..10)], 10);
        assert_eq!(filter.generation(), 1);
        assert_eq!(cold(&filter, 10..20).0, 0);
    }

    #[test]
    fn it_says_nothing_of_hot_keys_before_it_knows_those_of_the_beginning() {
        let filter = KeyFilter::default();
        filter.took(&[hash(1)]);
        assert_eq!(hot(&filter, 0..2), None);
        filter.took(&[hash(2)]);
        filter.complete();
        assert_eq!(hot(&filter, 1..3), Some(2));
        assert!(hot(&filter, 100..200).is_some_and(|found| found < 5));
        filter.forget_hot();
        assert_eq!(hot(&filter, 0..2), None);
    }

    #[test]
    fn it_is_wary_for_a_while_after_it_was_wrong() {
        let filter = KeyFilter::default();
        filter.complete();
        filter.be_wary();
        for _ in 0..WARY {
            assert_eq!(hot(&filter, 0..1), None);
        }
        assert_eq!(hot(&filter, 0..1), Some(0));
    }
}
