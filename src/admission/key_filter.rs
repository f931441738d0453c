//! What this process knows of the keys that were moved to the cold table: enough not to ask for
//! nearly all of those that are not there.
//!
//! A batch asks the cold table only for keys that the filter suspects, and the database says under
//! the lock how many moves there were. If that is more than the filter has learned, here or by the
//! sweep of another instance, the batch asks for all of its keys instead. So what is not yet
//! learned costs time and never a double claim.

use std::sync::{PoisonError, RwLock};

use super::bloom::Bloom;
use crate::storage::batch::KeyHash;
use crate::storage::key_moves::{Move, PREFIX};

/// Keys that the first filter is made for; each further one is made for as many as there are.
const FIRST: usize = 1 << 18;

/// The keys that may be cold.
#[derive(Debug, Default)]
pub struct KeyFilter(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    generation: i64,
    layers: Vec<Bloom>,
    keys: usize,
}

impl KeyFilter {
    /// The last move that was learned.
    pub fn generation(&self) -> i64 {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.generation
    }

    /// Which of these keys may be cold as of the last move that was learned, which is the second.
    pub fn suspects<'a>(&self, keys: impl Iterator<Item = &'a KeyHash>) -> (Vec<KeyHash>, i64) {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let cold = |hash: &&KeyHash| {
            let key = prefix(&hash[..]);
            known.layers.iter().any(|layer| layer.may_contain(key))
        };
        (keys.filter(cold).copied().collect(), known.generation)
    }

    /// Learns moves, the next ones and in their order. `total` keys were moved in all, as far as is
    /// known.
    pub fn learn(&self, moves: &[Move], total: usize) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for one in moves {
            if one.generation == known.generation + 1 {
                known.take(one, total);
            }
        }
    }
}

impl Known {
    fn take(&mut self, one: &Move, total: usize) {
        for bytes in one.prefixes.chunks_exact(PREFIX) {
            if self.layers.last().is_none_or(Bloom::is_full) {
                let ahead = total.saturating_sub(self.keys);
                let keys = FIRST.max(self.keys).max(ahead + ahead / 2);
                self.layers.push(Bloom::for_keys(keys));
            }
            if let Some(layer) = self.layers.last_mut() {
                layer.insert(prefix(bytes));
                self.keys += 1;
            }
        }
        self.generation = one.generation;
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

    fn suspects(filter: &KeyFilter, keys: std::ops::Range<u32>) -> (usize, i64) {
        let keys: Vec<KeyHash> = keys.map(hash).collect();
        let (found, generation) = filter.suspects(keys.iter());
        (found.len(), generation)
    }

    #[test]
    fn it_suspects_what_was_moved_and_little_else() {
        let filter = KeyFilter::default();
        assert_eq!(suspects(&filter, 0..100), (0, 0));
        filter.learn(&[moved(1, 0..1_000), moved(2, 1_000..3_000)], 3_000);
        assert_eq!(suspects(&filter, 0..3_000), (3_000, 2));
        assert!(suspects(&filter, 3_000..4_000).0 < 50);
    }

    #[test]
    fn it_grows_and_forgets_nothing() {
        let filter = KeyFilter::default();
        let step = 200_000;
        for n in 0..5 {
            let keys = n * step..(n + 1) * step;
            filter.learn(&[moved(i64::from(n) + 1, keys)], 0);
        }
        assert_eq!(suspects(&filter, 0..5 * step), (1_000_000, 5));
        assert!(suspects(&filter, 1_000_000..1_100_000).0 < 2_000);
    }

    #[test]
    fn a_move_is_learned_once_and_none_is_left_out() {
        let filter = KeyFilter::default();
        filter.learn(&[moved(2, 0..10)], 10);
        assert_eq!(filter.generation(), 0);
        filter.learn(&[moved(1, 0..10), moved(1, 10..20), moved(3, 0..10)], 10);
        assert_eq!(filter.generation(), 1);
        assert_eq!(suspects(&filter, 10..20).0, 0);
    }
}
