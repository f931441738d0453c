//! Tokens that were good when they were checked, so that a signature is checked once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Bearer;

const SHARDS: usize = 16;
/// Tokens that are kept in one shard: with 16 shards 16,384 live tokens, about 1.5 MB.
const MOST_IN_SHARD: usize = 1024;

type Shard = HashMap<[u8; 32], Bearer>;

/// A bounded map from the SHA-256 of a token to what it says.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    shards: [Mutex<Shard>; SHARDS],
}

impl Remembered {
    /// What the token with this digest says, if it was checked before; it may have ended since.
    pub fn get(&self, digest: &[u8; 32]) -> Option<Bearer> {
        self.shard(digest).get(digest).copied()
    }

    /// Keeps a token that was found good; a full shard drops those that have ended, or else
    /// the one that ends first.
    pub fn put(&self, digest: [u8; 32], bearer: Bearer, now: i64) {
        let mut shard = self.shard(&digest);
        if shard.len() >= MOST_IN_SHARD {
            shard.retain(|_, kept| kept.expires > now);
        }
        if shard.len() >= MOST_IN_SHARD {
            let first = shard
                .iter()
                .min_by_key(|(_, kept)| kept.expires)
                .map(|(key, _)| *key);
            if let Some(first) = first {
                shard.remove(&first);
            }
        }
        shard.insert(digest, bearer);
    }

    fn shard(&self, digest: &[u8; 32]) -> MutexGuard<'_, Shard> {
        let shard = &self.shards[usize::from(digest[0]) % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ClientId;

    fn bearer(expires: i64) -> Bearer {
        Bearer {
            client: ClientId(uuid::Uuid::nil()),
            role: "dealer",
            expires,
        }
    }

    /// Distinct digests that all fall into the first shard.
    fn digest(i: usize) -> [u8; 32] {
        let mut digest = [0; 32];
        digest[8..16].copy_from_slice(&i.to_be_bytes());
        digest
    }

    #[test]
    fn a_full_shard_stays_within_its_bound_and_drops_what_ends_first() {
        let kept = Remembered::default();
        for i in 0..3 * MOST_IN_SHARD {
            kept.put(digest(i), bearer(1_000 + i as i64), 0);
        }
        assert_eq!(kept.shard(&digest(0)).len(), MOST_IN_SHARD);
        assert_eq!(kept.get(&digest(0)), None);
        assert!(kept.get(&digest(3 * MOST_IN_SHARD - 1)).is_some());
    }

    #[test]
    fn what_has_ended_goes_first() {
        let kept = Remembered::default();
        for i in 0..MOST_IN_SHARD {
            kept.put(digest(i), bearer(if i % 2 == 0 { 10 } else { 1_000 }), 0);
        }
        kept.put(digest(MOST_IN_SHARD), bearer(1_000), 500);
        assert_eq!(kept.shard(&digest(0)).len(), MOST_IN_SHARD / 2 + 1);
    }
}
