//! Hundreds of payout batches with a bank that does everything that banks do: nobody is paid
//! twice, nothing is lost, every sum is right to the fen. The seed is printed;
//! `TRADEIN_TEST_SEED` repeats a run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod bureau;
mod support;

#[path = "payout_simulator/bank.rs"]
mod bank;
#[path = "payout_simulator/office.rs"]
mod office;

use std::collections::BTreeMap;

use bureau::Bureau;
use office::Office;
use support::Backend;
use support::effort::seed;
use tradein::domain::money::Fen;

/// Enough for every claim.
const PLENTY: Fen = Fen::from_yuan(1_000_000_000);

fn simulate(backend: Backend, batches: usize) -> BTreeMap<&'static str, u64> {
    let seed = seed(&format!("payout simulator, {backend:?}"));
    let bureau = Bureau::new(backend, seed, PLENTY);
    let mut office = Office::new(&bureau);
    office.run(batches);
    let made = office.bank.made();
    println!(
        "{backend:?}: {batches} batches, {made} payments, {:#?}",
        office.happened
    );
    assert_eq!(office.wrong, Vec::<String>::new(), "seed {seed}");
    office.happened
}

#[test]
fn a_thousand_batches_pay_everybody_once() {
    let happened = simulate(Backend::Sqlite, 1_000);
    // A run in which nothing happened would prove nothing.
    for what in [
        "batches kept from release",
        "batches with a set-off",
        "contradictions",
        "crashes",
        "discards",
        "files sent twice",
        "flags cleared",
        "goods that went back",
        "late awards",
        "messages refused",
        "payments in",
        "reports as XML",
        "reports as tables",
    ] {
        assert!(happened.contains_key(what), "no {what}");
    }
}

#[test]
fn a_hundred_batches_pay_everybody_once_on_postgresql() {
    simulate(Backend::Postgres, 100);
}
