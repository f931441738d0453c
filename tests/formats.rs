//! Properties of formats and of reading a claim, against references written in other ways.
//!
//! Every search for a fault is also run on a planted one, which it must find. Random tests print
//! their seed; `TRADEIN_TEST_SEED` repeats a run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

#[path = "formats/checks.rs"]
mod checks;
#[path = "formats/claims.rs"]
mod claims;
#[path = "formats/normal_forms.rs"]
mod normal_forms;
#[path = "formats/references.rs"]
mod references;

use std::hash::{BuildHasher, RandomState};

use chrono::NaiveDate;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

/// The day on which everything here is read.
fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

/// Looks for an input that `holds` denies; the smallest that was found, or none.
fn counterexample<S: Strategy>(
    name: &str,
    cases: u32,
    inputs: &S,
    holds: impl Fn(&S::Value) -> bool,
) -> Option<S::Value> {
    let seed = match std::env::var("TRADEIN_TEST_SEED") {
        Ok(seed) => seed.parse().expect("TRADEIN_TEST_SEED is a number"),
        Err(_) => RandomState::new().hash_one(name),
    };
    println!("{name}: TRADEIN_TEST_SEED={seed}");
    let mut runner = TestRunner::new(Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..Config::default()
    });
    let found = runner.run(inputs, |input| match holds(&input) {
        true => Ok(()),
        false => Err(TestCaseError::fail("denied")),
    });
    match found {
        Ok(()) => None,
        Err(TestError::Fail(_, input)) => Some(input),
        Err(TestError::Abort(why)) => panic!("{name}: {why}"),
    }
}
