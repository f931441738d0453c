//! What may be claimed once, claimed at the same moment, while keys move to the cold table.

use std::thread::sleep;
use std::time::Duration;

use tradein::storage::Target;
use tradein::storage::key_moves::are_hot;

use super::books::{Books, assert_live, assert_sound};
use super::mover::{file_again_after_moves, while_keys_move};
use super::pairs::{PAIR, race_pairs};
use super::scene::{Place, Scene};
use crate::support::effort::seed;

#[test]
fn of_two_claims_for_one_thing_exactly_one_wins_while_keys_move() {
    const ROUNDS: u64 = 200;
    for place in Place::ALL {
        let seed = seed(&format!("moving {place:?}"));
        let scene = Scene::new(place, &PAIR);
        let (found, moves) = while_keys_move(&scene, || race_pairs(&scene, seed, ROUNDS));
        assert_sound("pairs", &found);
        assert!(matches!(moves, Ok(1..)), "{place:?}: {moves:?} moves");
        assert_live(&scene, ROUNDS);
    }
}

#[test]
fn what_was_claimed_stays_claimed_when_its_keys_have_moved() {
    for place in Place::ALL {
        let seed = seed(&format!("moved {place:?}"));
        let scene = Scene::new(place, &PAIR);
        assert_sound("again", &file_again_after_moves(&scene, seed, 20));
        assert_sound("books", &Books::read(&scene, 0).check());
    }
}

#[test]
fn a_service_moves_what_has_become_much_when_nobody_queues() {
    for place in [Place::ALL[0], Place::ALL[1]] {
        let seed = seed(&format!("quiet {place:?}"));
        let settings = [("TRADEIN_HOT_KEYS", "20")];
        let mut scene = Scene::with_settings(place, &PAIR, &settings);
        let filing = scene.filing(0, seed);
        let file = |scene: &Scene, key: &str, n: u64| {
            let mut client = scene.dealer_client(1, filing.dealer(n));
            client.file(key, &filing.body(n)).json()["state"].clone()
        };
        for n in 0..20 {
            assert_eq!(file(&scene, &filing.key(n), n), "reserved");
        }
        // It counts when it starts, and then every minute; where somebody is in the way, not at once.
        scene.start();
        let mut conn = Target::parse(scene.database.url()).unwrap().open().unwrap();
        let moved = (0..2_000).any(|_| {
            sleep(Duration::from_millis(50));
            !are_hot(&mut conn, 1).unwrap()
        });
        assert!(moved, "{place:?}");
        for n in 0..20 {
            assert_eq!(file(&scene, &format!("once-more-{n}"), n), "refused");
        }
        assert_sound("books", &Books::read(&scene, 0).check());
    }
}
