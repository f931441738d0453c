//! Random commands against a small model: the same answers from it and from both databases.
//! The seed and the commands are printed; `TRADEIN_TEST_SEED` repeats a run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

#[path = "model/mod.rs"]
mod model;
mod support;

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::thread;

use tradein::domain::claim::ClaimState;
use tradein::domain::transition::transitions;

use model::reference::{Model, Rules};
use model::{Run, goes_wrong};
use support::Backend;

/// Commands of one sequence, each on a fresh database; then everything is brought to its end.
const COMMANDS: usize = 400;
/// Sequences that are run each time, beside one that nobody has seen. Together they make every
/// move; when what is picked changes, others may be needed.
const SEEDS: [u64; 3] = [43, 80, 118];

fn seed() -> u64 {
    let seed = match std::env::var("TRADEIN_TEST_SEED") {
        Ok(seed) => seed.parse().expect("TRADEIN_TEST_SEED is a number"),
        Err(_) => RandomState::new().hash_one("model") % 1_000_000,
    };
    println!("TRADEIN_TEST_SEED={seed}");
    seed
}

#[test]
fn both_databases_answer_as_the_model_does() {
    let seeds: Vec<u64> = SEEDS.into_iter().chain([seed()]).collect();
    thread::scope(|scope| {
        for backend in Backend::ALL {
            let seeds = &seeds;
            scope.spawn(move || {
                for seed in seeds {
                    if let Err(log) = Run::new(*seed, COMMANDS).against(&[backend]) {
                        panic!("{log}");
                    }
                }
            });
        }
    });
}

/// The same sequences, on the model alone.
fn models() -> Vec<Model> {
    let alone = |seed| Run::new(seed, COMMANDS).alone();
    SEEDS.into_iter().map(alone).collect()
}

#[test]
fn every_move_is_made_and_every_state_has_a_way_out() {
    let models = models();
    let states: BTreeSet<ClaimState> = models.iter().flat_map(Model::states).copied().collect();
    let reached: Vec<ClaimState> = states.into_iter().collect();
    assert_eq!(reached, ClaimState::ALL, "never reached");
    let made = |t| models.iter().any(|model| model.moves().contains(&t));
    let missing: Vec<_> = transitions()
        .map(|t| (t.act, t.from, t.to))
        .filter(|t| !made(*t))
        .collect();
    assert!(missing.is_empty(), "never made: {missing:?}");
    // Somebody moved a claim on from everywhere but from its ends.
    let ends = [
        ClaimState::ClawedBack,
        ClaimState::Lapsed,
        ClaimState::GoodsReturned,
    ];
    for state in ClaimState::ALL.iter().filter(|state| !ends.contains(state)) {
        let leaves = |m: &Model| {
            m.moves()
                .iter()
                .any(|(_, from, to)| from == state && to != state)
        };
        assert!(models.iter().any(leaves), "nobody moved a {state} claim on");
    }
}

#[test]
fn everything_comes_to_an_end_and_all_money_back() {
    use ClaimState::{ClawedBack, GoodsReturned, Lapsed, Refused, Rejected, Voided, Withdrawn};
    let ends = [
        ClawedBack,
        GoodsReturned,
        Lapsed,
        Refused,
        Rejected,
        Voided,
        Withdrawn,
    ];
    for model in models() {
        for index in 0..model.filed() {
            let state = model.state(index);
            assert!(ends.contains(&state), "claim {index} is {state}");
        }
        for pool in model.figures() {
            let [cap, free, others @ ..] = pool.money;
            assert_eq!((cap, others), (free, [0; 4]), "{}", pool.pool);
        }
        assert!(model.owed().iter().all(|owed| owed.rest() == 0));
    }
}

#[test]
fn sequences_reach_what_they_are_for() {
    let models = models();
    let happened = |what: &str| {
        let there = |key: &String| key == what || key.ends_with(&format!(" {what}"));
        models.iter().any(|m| m.happened().keys().any(there))
    };
    let expected = [
        "restart",
        "behind who waits",
        "already_had_replacement",
        "already_had_scrappage",
        "already_discarded",
        "already_released",
        "amount_above_free",
        "amount_above_hold",
        "aside_exhausted",
        "asset_already_claimed",
        "claim_ineligible",
        "claim_not_found",
        "claimed_elsewhere",
        "idempotency_key_reused",
        "invoice_already_claimed",
        "invoice_there",
        "kept_apart",
        "leased_elsewhere",
        "no_such_object",
        "not_appealable",
        "nothing_to_pay",
        "paid_mismatch",
        "paper_not_asked",
        "pool_closed",
        "pool_not_found",
        "price_above_ceiling",
        "programme_not_open",
        "role_not_allowed",
        "rounds_exhausted",
        "second_person_required",
        "stage_stopped",
        "stage_unchanged",
        "undo_too_late",
        "unit_limit_reached",
        "version_stale",
        "wrong_state",
    ];
    let missing: Vec<_> = expected.iter().filter(|what| !happened(what)).collect();
    assert!(missing.is_empty(), "never reached: {missing:?}");
    let opened = |m: &Model| m.figures().iter().any(|pool| pool.pool == "later");
    assert!(models.iter().any(opened), "no pool was opened on the way");
}

#[test]
fn a_model_with_a_fault_is_seen() {
    let faults = [
        Rules::NewcomersPass,
        Rules::KeysStayTaken,
        Rules::NobodyIsPromoted,
        Rules::FreedTwice,
        Rules::OnePersonDecides,
        Rules::TotalWithoutLast,
        Rules::RefusedAsks,
    ];
    for rules in faults {
        // The soonest of the first few sequences in which it matters.
        let found = (1..=100).filter_map(|n| Some((goes_wrong(n, rules, COMMANDS)?, n)));
        let (commands, seed) = found.take(3).min().expect("a sequence in which it matters");
        println!("{rules:?}: seed {seed}, command {commands}");
        let run = Run {
            rules,
            ..Run::new(seed, commands)
        };
        let seen = run.against(&[Backend::Sqlite]);
        assert!(seen.is_err(), "nobody noticed {rules:?} by seed {seed}");
    }
}
