//! What may be claimed once, claimed at the same moment.

use std::sync::Barrier;

use serde_json::json;

use super::books::{Books, assert_live, assert_sound};
use super::pairs::{PAIR, race_pairs};
use super::scene::{Place, Scene};
use crate::support::Response;
use crate::support::effort::seed;

#[test]
fn of_two_claims_for_one_thing_exactly_one_wins() {
    const ROUNDS: u64 = 200;
    for place in Place::ALL {
        let seed = seed(&format!("pairs {place:?}"));
        let scene = Scene::new(place, &PAIR);
        assert_sound("pairs", &race_pairs(&scene, seed, ROUNDS));
        assert_live(&scene, ROUNDS);
    }
}

#[test]
fn a_hundred_identical_requests_are_one_claim() {
    for place in Place::ALL {
        let seed = seed(&format!("identical {place:?}"));
        let scene = Scene::new(place, &PAIR[..1]);
        let filing = scene.filing(0, seed);
        let (key, body) = (filing.key(0), filing.body(0));
        let start = Barrier::new(100);
        let answers: Vec<Response> = std::thread::scope(|scope| {
            let (scene, start, key, body) = (&scene, &start, &key, &body);
            let ask = move |instance| {
                let mut client = scene.dealer_client(instance, 0);
                start.wait();
                client.file(key, body)
            };
            let askers: Vec<_> = (0..100).map(|i| scope.spawn(move || ask(i))).collect();
            askers.into_iter().map(|a| a.join().unwrap()).collect()
        });
        for answer in &answers {
            assert_eq!((answer.status, &answer.body), (201, &answers[0].body));
        }
        assert_eq!(answers[0].json()["position"], json!(1));
        let books = Books::read(&scene, 0);
        assert_eq!(books.claims.len(), 1);
        assert_sound("books", &books.check());
    }
}
