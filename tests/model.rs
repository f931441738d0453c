//! Random commands against a small model: the same answers from it and from both databases.
//! The seed and the commands are printed; `TRADEIN_TEST_SEED` repeats a run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

#[path = "model/command.rs"]
mod command;
#[path = "model/reference.rs"]
mod reference;
#[path = "model/service.rs"]
mod service;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};

use tradein::rehearse::SplitMix64;

use command::{Command, next_command};
use reference::{Model, Rules, Standing};
use service::Service;
use support::Backend;

/// Commands of one sequence, each on a fresh database.
const COMMANDS: usize = 90;

fn seed() -> u64 {
    let seed = match std::env::var("TRADEIN_TEST_SEED") {
        Ok(seed) => seed.parse().expect("TRADEIN_TEST_SEED is a number"),
        Err(_) => RandomState::new().hash_one("model") % 1_000_000,
    };
    println!("TRADEIN_TEST_SEED={seed}");
    seed
}

/// Runs one sequence; the log and what differed, if anything did.
fn difference(backends: &[Backend], seed: u64, rules: Rules) -> Option<String> {
    let mut random = SplitMix64::new(seed);
    let mut model = Model::new(rules);
    let mut services: Vec<Service> = backends.iter().map(|b| Service::new(*b)).collect();
    let mut log = format!("seed {seed}\n");
    for step in 0..COMMANDS {
        let command = next_command(&mut random, &model);
        writeln!(log, "{step}: {command:?}").unwrap();
        let expected = model.apply(&command);
        writeln!(log, "    {expected:?}").unwrap();
        for service in &mut services {
            let seen = service.apply(&command);
            if seen != expected {
                return Some(format!("{log}    {:?} says {seen:?}", service.backend()));
            }
            let (figures, expected) = (service.figures(), model.figures());
            if figures != expected {
                let backend = service.backend();
                return Some(format!(
                    "{log}    {backend:?}: {figures:?} is not {expected:?}"
                ));
            }
        }
    }
    for service in &mut services {
        service.verify();
        if service.claims() != model.claims() {
            return Some(format!(
                "{log}    {:?}: the claims differ at the end",
                service.backend()
            ));
        }
    }
    None
}

#[test]
fn both_databases_answer_as_the_model_does() {
    const SEQUENCES: u64 = 4;
    let seed = seed();
    for sequence in 0..SEQUENCES {
        if let Some(log) = difference(&Backend::ALL, seed + sequence, Rules::Right) {
            panic!("{log}");
        }
    }
}

#[test]
fn a_model_with_a_fault_is_seen() {
    let faults = [
        Rules::NewcomersPass,
        Rules::KeysStayTaken,
        Rules::NobodyIsPromoted,
    ];
    for fault in faults {
        let seen = (1..=5).find_map(|seed| difference(&[Backend::Sqlite], seed, fault));
        assert!(seen.is_some(), "nobody noticed {fault:?}");
    }
}

#[test]
fn sequences_reach_what_they_are_for() {
    let mut random = SplitMix64::new(1);
    let mut reached = BTreeSet::new();
    for _ in 0..10 {
        let mut model = Model::new(Rules::Right);
        for _ in 0..COMMANDS {
            let command = next_command(&mut random, &model);
            let seen = model.apply(&command);
            reached.extend(seen.codes);
            reached.insert(seen.state);
            if command == Command::Restart {
                reached.insert("restart".to_owned());
            }
        }
        let promoted = |(state, _, revision): &Standing| state == "reserved" && *revision > 1;
        if model.claims().iter().any(promoted) {
            reached.insert("promoted".to_owned());
        }
        reached.extend(model.figures().into_iter().map(|figures| figures.pool));
    }
    let expected = [
        "reserved",
        "waiting",
        "refused",
        "withdrawn",
        "promoted",
        "restart",
        "programme_not_open",
        "paid_mismatch",
        "price_above_ceiling",
        "unit_limit_reached",
        "asset_already_claimed",
        "invoice_already_claimed",
        "idempotency_key_reused",
        "version_stale",
        "wrong_state",
        "later",
    ];
    let missing: Vec<_> = expected
        .iter()
        .filter(|word| !reached.contains(**word))
        .collect();
    assert!(missing.is_empty(), "never reached: {missing:?}");
}
