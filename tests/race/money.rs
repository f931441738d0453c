//! Three times a pool's money, asked for at once.

use tradein::rehearse::Outcome;

use super::books::{Books, assert_sound, check_answered, count};
use super::replay::replay;
use super::scene::{CONNECTIONS, Filing, Place, Pool, Scene};
use crate::support::effort::seed;

const PROGRAMME: &str = "national-appliance-2025";

/// 64 clients ask for three times the money; every sum, order, receipt and replay is right.
fn rush(place: Place, remainder: &'static str, claims: u64) {
    let seed = seed(&format!("rush {place:?} {remainder}"));
    let filing = Filing::new(PROGRAMME, seed);
    let pool = Pool {
        name: "rush",
        programme: PROGRAMME,
        remainder,
        cap: filing.third(claims),
    };
    let scene = Scene::new(place, &[pool]);
    let report = scene.load(0, seed, claims);
    assert_eq!(report.connections, CONNECTIONS);
    assert_sound("answers", &check_answered(&report.history));

    let books = Books::read(&scene, 0);
    assert_eq!(books.claims.len() as u64, claims);
    assert_sound("books", &books.check_with(&report.history));
    let held = count(&report.history, Outcome::Reserved);
    let waiting = count(&report.history, Outcome::Waiting);
    assert!(
        held > 0 && waiting > held,
        "{held} hold money, {waiting} wait"
    );

    let replayed = replay(&scene, &filing, claims, &report.history);
    assert_sound("replays", &replayed.findings);
    assert_sound("receipts", &replayed.check_receipts(&scene, &books));
    check_found_by_id(&scene, &books);
    let after = Books::read(&scene, 0);
    assert_eq!(after.claims, books.claims, "replays changed the books");
    assert_eq!(after.entries, books.entries, "replays changed the journal");
}

/// A claim in twenty is asked for by its id, at every instance.
fn check_found_by_id(scene: &Scene, books: &Books) {
    for instance in 0..scene.servers.len() {
        let mut client = scene.auditor_client(instance);
        for (number, listed) in books.claims.iter().step_by(20) {
            let found = client.get(&format!("/v1/claims/{}", listed.id)).json();
            assert_eq!(found["number"], number.as_str(), "{found}");
            assert_eq!(found["state"], listed.state.as_str(), "{found}");
        }
    }
}

#[test]
fn a_strict_pool_keeps_its_books_under_a_rush() {
    for place in Place::ALL {
        rush(place, "strict", 1_500);
    }
}

#[test]
fn a_fit_pool_keeps_its_books_under_a_rush() {
    for place in Place::ALL {
        rush(place, "fit", 1_500);
    }
}
