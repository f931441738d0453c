//! Which claims of a list are examined one by one before the rest is approved together.
//!
//! Nobody chooses: the seed is drawn and committed to before there is a list, the list is frozen
//! and committed to before the seed is told, and the sample follows from both. Whoever has the
//! public journal and the list makes the same sample; whoever has only the commitment makes none.

use aws_lc_rs::{digest, hmac};

const SEED_PREFIX: &[u8] = b"tradein.sample.seed.v1\n";
const LIST_PREFIX: &[u8] = b"tradein.sample.list.v1\n";

/// Bytes of a seed: as many as HMAC-SHA-256 makes full use of.
pub const SEED_BYTES: usize = 32;
/// The fewest claims that are examined, or all of a shorter list: 15 % of a short list would be
/// one claim or none.
pub const FEWEST: usize = 5;
/// The part of a list that is examined, in per cent.
pub const PER_CENT: usize = 15;

/// A secret until the list is frozen.
pub type Seed = [u8; SEED_BYTES];

/// What stands for a claim in the public journal.
pub type Commitment = [u8; 32];

/// How many claims of a list of `length` are examined.
pub fn size(length: usize) -> usize {
    // A list has a thousand claims at most, so the product is far from the end of the type.
    (length * PER_CENT).div_ceil(100).max(FEWEST).min(length)
}

/// What stands for the seed before it is told: SHA-256 over `"tradein.sample.seed.v1\n"` and
/// the seed.
pub fn seed_commitment(seed: &Seed) -> [u8; 32] {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(SEED_PREFIX);
    hash.update(seed);
    finished(hash)
}

/// What the sample is drawn from: SHA-256 over `"tradein.sample.list.v1\n"` and the claims'
/// commitments, each as it stands in the public journal (64 hexadecimal digits) and a line feed,
/// in the order of the list.
pub fn list_hash(list: &[Commitment]) -> [u8; 32] {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(LIST_PREFIX);
    for claim in list {
        let mut line = String::with_capacity(65);
        for byte in claim {
            line.push(digit(byte >> 4));
            line.push(digit(byte & 15));
        }
        line.push('\n');
        hash.update(line.as_bytes());
    }
    finished(hash)
}

/// Which claims of the list are examined, in the list's order: those [`size`] many for which
/// HMAC-SHA-256 under the seed over the 32 bytes of the commitment is the smallest, read as
/// bytes from the left.
pub fn sample(seed: &Seed, list: &[Commitment]) -> Vec<bool> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, seed);
    let mut order: Vec<(Vec<u8>, usize)> = list
        .iter()
        .enumerate()
        .map(|(at, claim)| (hmac::sign(&key, claim).as_ref().to_vec(), at))
        .collect();
    order.sort_unstable();
    let mut examined = vec![false; list.len()];
    for (_, at) in order.into_iter().take(size(list.len())) {
        examined[at] = true;
    }
    examined
}

/// Which of the numbers from `first` to `last`, both of them too, an auditor looks at, in the order
/// in which they are drawn: `count` of them, or all where there are fewer.
///
/// For 0, 1, 2 … as eight bytes, the greatest first, HMAC-SHA-256 under the seed is taken and its
/// first eight bytes are read as a number the same way. Numbers above the last whole multiple of
/// how many there are to choose from are passed over, so that none is favoured; of others the
/// remainder counts from `first`, once each.
pub fn numbers(seed: &Seed, first: u64, last: u64, count: usize) -> Vec<u64> {
    let Some(span) = last.checked_sub(first).and_then(|span| span.checked_add(1)) else {
        return Vec::new();
    };
    let wanted = usize::try_from(span).map_or(count, |span| count.min(span));
    let key = hmac::Key::new(hmac::HMAC_SHA256, seed);
    let fair = u64::MAX - u64::MAX % span;
    let mut drawn = Vec::with_capacity(wanted);
    let mut turn = 0_u64;
    while drawn.len() < wanted {
        let mac = hmac::sign(&key, &turn.to_be_bytes());
        turn += 1;
        let value = mac.as_ref()[..8]
            .iter()
            .fold(0, |all, byte| all << 8 | u64::from(*byte));
        let number = first + value % span;
        if value < fair && !drawn.contains(&number) {
            drawn.push(number);
        }
    }
    drawn
}

fn digit(value: u8) -> char {
    char::from(b"0123456789abcdef"[usize::from(value)])
}

fn finished(hash: digest::Context) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hash.finish().as_ref());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(length: u8) -> Vec<Commitment> {
        (0..length).map(|n| [n; 32]).collect()
    }

    #[test]
    fn fifteen_per_cent_are_examined_and_five_at_least() {
        for (length, examined) in [
            (0, 0),
            (1, 1),
            (5, 5),
            (6, 5),
            (33, 5),
            (34, 6),
            (100, 15),
            (101, 16),
            (1000, 150),
        ] {
            assert_eq!(size(length), examined, "{length}");
        }
    }

    #[test]
    fn the_same_seed_and_list_give_the_same_sample_and_another_seed_another() {
        let list = list(100);
        let mine = sample(&[7; 32], &list);
        assert_eq!(mine.iter().filter(|e| **e).count(), 15);
        assert_eq!(mine, sample(&[7; 32], &list));
        assert_ne!(mine, sample(&[8; 32], &list));
    }

    #[test]
    fn the_place_on_the_list_does_not_matter() {
        let list = list(60);
        let turned: Vec<Commitment> = list.iter().rev().copied().collect();
        let mut mine = sample(&[1; 32], &turned);
        mine.reverse();
        assert_eq!(mine, sample(&[1; 32], &list));
    }

    #[test]
    fn every_claim_is_examined_about_as_often() {
        let list = list(20);
        let mut often = vec![0_u32; list.len()];
        for n in 0..2000_u16 {
            let mut seed = [0; 32];
            seed[..2].copy_from_slice(&n.to_be_bytes());
            for (count, examined) in often.iter_mut().zip(sample(&seed, &list)) {
                *count += u32::from(examined);
            }
        }
        // Five of twenty: 500 of 2000, give or take six times the deviation of 19.4.
        assert!(
            often.iter().all(|count| (384..=616).contains(count)),
            "{often:?}"
        );
    }

    #[test]
    fn an_auditor_draws_each_number_once_and_the_same_ones_again() {
        let mine = numbers(&[7; 32], 101, 1_100, 50);
        assert_eq!(mine.len(), 50);
        assert_eq!(mine, numbers(&[7; 32], 101, 1_100, 50));
        assert_ne!(mine, numbers(&[8; 32], 101, 1_100, 50));
        // Whoever draws more draws the same first.
        assert_eq!(mine, numbers(&[7; 32], 101, 1_100, 80)[..50]);
        let mut sorted = mine;
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), 50);
        assert!(sorted.iter().all(|number| (101..=1_100).contains(number)));
    }

    #[test]
    fn where_there_are_fewer_all_are_drawn_and_of_none_none() {
        let mut all = numbers(&[1; 32], 5, 9, 200);
        all.sort_unstable();
        assert_eq!(all, [5, 6, 7, 8, 9]);
        assert_eq!(numbers(&[1; 32], 5, 5, 1), [5]);
        assert!(numbers(&[1; 32], 5, 4, 10).is_empty());
        assert!(numbers(&[1; 32], 1, 9, 0).is_empty());
    }

    #[test]
    fn the_first_number_is_the_one_that_the_rule_tells() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[3; 32]);
        let mac = hmac::sign(&key, &[0; 8]);
        let first = u64::from_be_bytes(mac.as_ref()[..8].try_into().unwrap());
        assert_eq!(numbers(&[3; 32], 10, 1_009, 1), [10 + first % 1_000]);
    }

    #[test]
    fn the_hashes_are_those_of_the_written_form() {
        let sha256 = |bytes: &[u8]| digest::digest(&digest::SHA256, bytes).as_ref().to_vec();
        let seed = [0xab; 32];
        let written = [b"tradein.sample.seed.v1\n".as_slice(), &seed].concat();
        assert_eq!(seed_commitment(&seed).to_vec(), sha256(&written));
        let written = format!(
            "tradein.sample.list.v1\n{}\n{}\n",
            "01".repeat(32),
            "fe".repeat(32)
        );
        let list = [[1; 32], [0xfe; 32]];
        assert_eq!(list_hash(&list).to_vec(), sha256(written.as_bytes()));
    }
}
