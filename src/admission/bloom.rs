//! A set that may say "perhaps" of what is not in it, and never "no" of what is.
//!
//! A split block Bloom filter: a key has one block of eight words, and one bit in each of them, so
//! a question costs one line of the cache. Keys are the first bytes of keyed hashes, so they are
//! as good as random already, and nobody outside can choose them.

type Block = [u32; 8];

/// Keys for one block of 256 bits: sixteen bits a key, at which about one stranger in five hundred
/// is taken for a member.
const KEYS_A_BLOCK: usize = 16;

/// The fractional part of the golden ratio: spreads 32 bits over the upper bits of 64.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The filter.
#[derive(Debug)]
pub struct Bloom {
    blocks: Vec<Block>,
    room: usize,
}

impl Bloom {
    /// Empty, for so many keys.
    pub fn for_keys(keys: usize) -> Self {
        let blocks = keys.div_ceil(KEYS_A_BLOCK).max(1);
        Self {
            blocks: vec![[0; 8]; blocks],
            room: blocks * KEYS_A_BLOCK,
        }
    }

    /// Whether it has as many keys as it was made for.
    pub const fn is_full(&self) -> bool {
        self.room == 0
    }

    /// Takes a key in. Beyond what it was made for it says "perhaps" more often.
    pub fn insert(&mut self, key: u64) {
        let (block, bits) = place(key, self.blocks.len());
        for (word, bit) in self.blocks[block].iter_mut().zip(bits) {
            *word |= bit;
        }
        self.room = self.room.saturating_sub(1);
    }

    /// Whether a key may be in it.
    pub fn may_contain(&self, key: u64) -> bool {
        let (block, bits) = place(key, self.blocks.len());
        let mut pairs = self.blocks[block].iter().zip(bits);
        pairs.all(|(word, bit)| word & bit != 0)
    }
}

/// The block of a key, from its upper half, and a bit for each word, from its lower half.
fn place(key: u64, blocks: usize) -> (usize, Block) {
    let block = ((key >> 32) * blocks as u64) >> 32;
    let mut spread = (key & 0xffff_ffff).wrapping_mul(SPREAD);
    let bits = std::array::from_fn(|_| {
        let bit = spread >> 59;
        spread <<= 5;
        1 << bit
    });
    (block as usize, bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers as good as random, the same each time.
    fn keys(seed: u64) -> impl Iterator<Item = u64> {
        let mut state = seed;
        std::iter::repeat_with(move || {
            state = state.wrapping_add(SPREAD);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        })
    }

    #[test]
    fn whatever_was_taken_in_is_found() {
        for count in [1, 15, 16, 17, 1_000, 100_000] {
            let mut bloom = Bloom::for_keys(count);
            assert!(!bloom.is_full());
            keys(7).take(count).for_each(|key| bloom.insert(key));
            assert!(keys(7).take(count).all(|key| bloom.may_contain(key)));
        }
    }

    #[test]
    fn few_strangers_are_taken_for_members() {
        let mut bloom = Bloom::for_keys(100_000);
        keys(7).take(100_000).for_each(|key| bloom.insert(key));
        let taken = keys(8).take(100_000).filter(|key| bloom.may_contain(*key));
        let taken = taken.count();
        assert!((50..400).contains(&taken), "{taken} of 100,000");
    }

    #[test]
    fn it_is_full_with_what_it_was_made_for() {
        let mut bloom = Bloom::for_keys(32);
        keys(7).take(31).for_each(|key| bloom.insert(key));
        assert!(!bloom.is_full());
        bloom.insert(1);
        assert!(bloom.is_full());
    }
}
