//! Money that comes free in the middle of a rush.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tradein::domain::money::Fen;
use tradein::rehearse::SplitMix64;

use super::books::{Books, assert_sound, check_answered};
use super::scene::{Filing, Place, Pool, Scene, load_while};
use crate::support::Client;
use crate::support::effort::seed;

const PROGRAMME: &str = "national-appliance-2025";
/// Threads that take claims back.
const WITHDRAWERS: u64 = 4;
/// How many claims each tries to take back.
const TRIES: usize = 25;
/// Odd sums that are put in meanwhile, in fen.
const TOP_UPS: [u32; 4] = [123_457, 99_999, 1, 250_003];

/// In a strict pool everybody who holds money stands before everybody who waits, and the head
/// of the line waits only because what is free is not enough: also when claims come, claims are
/// taken back and money is put in, all at once.
#[test]
fn released_money_goes_to_the_head_of_the_line() {
    const CLAIMS: u64 = 900;
    for place in Place::ALL {
        let seed = seed(&format!("released {place:?}"));
        let pool = Pool {
            name: "released",
            programme: PROGRAMME,
            remainder: "strict",
            cap: Filing::new(PROGRAMME, seed).third(CLAIMS),
        };
        let mut scene = Scene::new(place, &[pool]);
        let withdrawn = AtomicUsize::new(0);
        let report = load_while(&scene.plan(0, seed, CLAIMS), 200, || {
            std::thread::scope(|scope| {
                for thread in 0..WITHDRAWERS {
                    let (scene, withdrawn) = (&scene, &withdrawn);
                    let random = SplitMix64::new(seed ^ thread);
                    scope.spawn(move || withdraw(scene, thread, random, withdrawn));
                }
                top_up(&scene, pool.name);
            });
        });
        assert_sound("answers", &check_answered(&report.history));

        let more: i64 = TOP_UPS.iter().map(|fen| i64::from(*fen)).sum();
        scene.pools[0].cap = Fen::new(pool.cap.fen() + more).unwrap();
        let books = Books::read(&scene, 0);
        assert_sound("books", &books.check());
        assert_eq!(books.claims.len() as u64, CLAIMS);
        let taken_back = books.claims.len() - books.live();
        assert_eq!(taken_back, withdrawn.into_inner());
        assert!(taken_back > 0, "nothing was taken back");
    }
}

fn withdraw(scene: &Scene, thread: u64, mut random: SplitMix64, done: &AtomicUsize) {
    let thread = usize::try_from(thread).unwrap();
    let mut client = scene.dealer_client(thread, thread % scene.dealers.len());
    for _ in 0..TRIES {
        let state = *random.pick(&["reserved", "reserved", "waiting"]).unwrap();
        let page = client
            .get(&format!("/v1/claims?state={state}&limit=30"))
            .json();
        let Some(claim) = random.pick(page["items"].as_array().unwrap()) else {
            continue;
        };
        match withdraw_one(&mut client, claim) {
            200 => {
                done.fetch_add(1, Ordering::Relaxed);
            }
            // It was taken back or promoted meanwhile.
            409 | 412 => {}
            status => panic!("{status} for {claim}"),
        }
    }
}

fn withdraw_one(client: &mut Client, claim: &Value) -> u16 {
    let path = format!("/v1/claims/{}", claim["id"].as_str().unwrap());
    let seen = client.get(&path);
    let tag = seen.header("etag").unwrap().to_owned();
    let headers = [("if-match", tag.as_str())];
    let answer = client.call("POST", &format!("{path}/withdraw"), &headers, b"");
    answer.status
}

fn top_up(scene: &Scene, pool: &str) {
    for fen in TOP_UPS {
        let amount = Fen::new(i64::from(fen)).unwrap().to_string();
        scene.database.run(&["pool", "top-up", pool, &amount]);
    }
}
