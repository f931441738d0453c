//! One dealer that sends all it can, beside many at human speed: those are not turned away.

use std::sync::atomic::{AtomicBool, Ordering};

use tradein::rehearse::Outcome;
use tradein::rehearse::generate::uscc;

use super::books::{Books, assert_sound};
use super::scene::{Filing, Place, Pool, Scene, load_while};
use crate::support::Backend;
use crate::support::effort::seed;

const PROGRAMME: &str = "national-appliance-2025";

#[test]
fn a_dealer_that_sends_all_it_can_leaves_room_for_the_others() {
    const GREEDY: u64 = 2_000;
    const OTHERS: u64 = 12;
    const CLAIMS: u64 = 8;
    for backend in Backend::ALL {
        let seed = seed(&format!("fairness {backend:?}"));
        let filing = Filing::new(PROGRAMME, seed);
        let pool = Pool {
            name: "fairness",
            programme: PROGRAMME,
            remainder: "strict",
            cap: filing.third(GREEDY),
        };
        // A queue that is always full, and long enough in time that only its length counts.
        let settings = [
            ("TRADEIN_QUEUE", "64"),
            ("TRADEIN_BATCH", "4"),
            ("TRADEIN_QUEUE_WAIT_MS", "600000"),
        ];
        let scene = Scene::with_settings(Place::one(backend), &[pool], &settings);
        let mut clients: Vec<_> = (10..10 + OTHERS)
            .map(|n| {
                let credentials =
                    scene
                        .database
                        .add_dealer(&uscc(n), &format!("小店{n}"), &[PROGRAMME]);
                (n, scene.servers[0].client_of(&credentials))
            })
            .collect();
        let mut plan = scene.plan(0, seed, GREEDY);
        plan.dealers.truncate(1);
        plan.connections = 128;
        let others = Filing::new(PROGRAMME, seed.wrapping_add(1));
        let ended = AtomicBool::new(false);
        let report = load_while(&plan, 100, || {
            std::thread::scope(|scope| {
                for (n, client) in &mut clients {
                    let others = &others;
                    scope.spawn(move || {
                        for claim in 0..CLAIMS {
                            let index = *n * CLAIMS + claim;
                            let body = others.body_by(index, &uscc(*n));
                            let answer = client.file(&others.key(index), &body);
                            assert_eq!(answer.status, 201, "dealer {n}: {}", answer.text());
                        }
                    });
                }
            });
            ended.store(true, Ordering::Relaxed);
        });
        assert!(ended.load(Ordering::Relaxed));
        // It did send more than its share, all the while.
        assert!(report.count(Outcome::Overloaded) > 0, "{report}");
        assert_eq!(
            report.verdicts() + report.count(Outcome::Overloaded),
            GREEDY,
            "{report}"
        );
        let books = Books::read(&scene, 0);
        assert_eq!(
            books.claims.len() as u64,
            report.verdicts() + OTHERS * CLAIMS
        );
        assert_sound("books", &books.check());
    }
}
