//! A history of answered claims, as clients saw it and as the public journal tells it: dealers file,
//! take back and look, deadlines lapse and an operator puts money in, all at once. Afterwards every
//! answer is held against the journal, and the journal against the law of the line.
//! `TRADEIN_TEST_SEED` repeats the claims, `TRADEIN_LONG=1` makes them a million on each database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod check;
mod crowd;
#[allow(dead_code, reason = "the tests of faults use the rest")]
mod desk;
mod journal;
mod law;
mod notes;
mod planted;
#[path = "../race/scene.rs"]
#[allow(dead_code, reason = "the race tests use the rest")]
mod scene;
#[path = "../support/mod.rs"]
mod support;

use check::{Findings, check};
use crowd::Crowd;
use journal::Journal;
use notes::{Note, What};
use scene::{Pool, Scene};
use support::effort::{seed, times};
use support::{Backend, NO_SCREENING, TestDatabase};

const PROGRAMME: &str = "national-appliance-2025";

#[test]
fn a_history_on_sqlite_is_lawful_and_what_is_planted_in_it_is_found() {
    run(Backend::Sqlite, 1);
}

#[test]
fn a_history_on_postgresql_is_lawful_and_what_is_planted_in_it_is_found() {
    run(Backend::Postgres, 2);
}

fn run(backend: Backend, instances: usize) {
    let name = format!("history {backend:?}");
    let (seed, claims) = (seed(&name), times(10_000, 1_000_000));
    let pool = Pool {
        name: "history",
        programme: PROGRAMME,
        remainder: "strict",
        cap: crowd::third(claims),
    };
    let database = TestDatabase::new(backend);
    let operator = database.add_staff("operator", "operator");
    let scene = Scene::on(database, instances, &[pool], &[NO_SCREENING]);
    let notes = Crowd::new(&scene, operator, seed, claims).act();
    let journal = Journal::read(&scene.servers[0], pool.name);
    print(&name, seed, &notes, &journal);
    assert_lawful(&check(&notes, &journal));
    planted::each_is_found(&notes, &journal);
    // Whether the rows are what the journal says.
    let verified = scene.database.run_json(&["verify", "--json"]);
    assert_eq!(verified["ok"], true, "{verified}");
}

fn assert_lawful(found: &Findings) {
    assert_eq!(found.count(), 0, "{:#?}", found.first);
}

fn print(name: &str, seed: u64, notes: &[Note], journal: &Journal) {
    let told = |what: fn(&What) -> bool| notes.iter().filter(|note| what(&note.what)).count();
    let written = |word: &str| journal.count(word);
    println!(
        "{name}: {} claims answered, {} taken back, {} looks, {} times more money; {} entries: {} \
         waited, {} promoted, {} lapsed; seed {seed}",
        told(|what| matches!(what, What::Filed { .. })),
        told(|what| matches!(what, What::TookBack)),
        told(|what| matches!(what, What::Looked { .. })),
        told(|what| matches!(what, What::PutIn)),
        journal.events.len(),
        written("waiting"),
        written("promoted"),
        written("lapsed"),
    );
    // Else nothing was concurrent with anything.
    for word in ["waiting", "promoted", "lapsed", "withdrawn", "topped_up"] {
        assert!(written(word) > 0, "nothing {word}");
    }
}
