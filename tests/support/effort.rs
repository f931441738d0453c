//! How much a test does, and with which numbers: little in the test command, as much as its
//! document says (`docs/reliability.md`) where `TRADEIN_LONG` is set.

/// How often something is done: `short`, or `long` where `TRADEIN_LONG` is set.
pub fn times(short: u64, long: u64) -> u64 {
    match std::env::var_os("TRADEIN_LONG") {
        Some(set) if !set.is_empty() => long,
        _ => short,
    }
}

/// The seed of this run: printed, and repeated by `TRADEIN_TEST_SEED`.
pub fn seed(test: &str) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    let seed = match std::env::var("TRADEIN_TEST_SEED") {
        Ok(seed) => seed.parse().expect("TRADEIN_TEST_SEED is a number"),
        // Small enough to be typed.
        Err(_) => RandomState::new().hash_one(test) % 1_000_000,
    };
    println!("{test}: TRADEIN_TEST_SEED={seed}");
    seed
}
