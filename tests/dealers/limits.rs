//! Limits of one dealer that tighten as the pool runs down.

use std::time::Duration;

use serde_json::Value;
use tradein::rehearse::generate::uscc;

use super::desk::{GOODS, POOL, code, file, held, of_1000};
use crate::support::{Backend, Client, Response, Server, TestDatabase};

/// The shipped pack with limits of dealers, and a pool of so many yuan.
fn limited(backend: Backend, cap_yuan: &str, limits: &str) -> TestDatabase {
    let database = TestDatabase::new(backend);
    let root = env!("CARGO_MANIFEST_DIR");
    let shipped = std::fs::read_to_string(format!("{root}/config/programmes/{GOODS}.toml"));
    let shipped = shipped.unwrap();
    let from = "[dealers]\nparticipating_only = true\n";
    let pack = shipped.replacen(from, &format!("{from}{limits}\n"), 1);
    assert_ne!(pack, shipped);
    let path = database.data_dir().join(format!("{GOODS}.toml"));
    std::fs::write(&path, pack).unwrap();
    database.run(&["programme", "load", path.to_str().unwrap()]);
    database.create_pool(POOL, cap_yuan, &[GOODS]);
    database
}

/// Dealers of a database, each with its credit code.
fn dealers(database: &TestDatabase, count: u64) -> (Server, Vec<(String, Client)>) {
    let added: Vec<_> = (1..=count)
        .map(|n| {
            (
                uscc(n),
                database.add_dealer(&uscc(n), &format!("商行{n}"), &[GOODS]),
            )
        })
        .collect();
    let server = database.serve();
    let clients = added
        .into_iter()
        .map(|(uscc, credentials)| (uscc, server.client_of(&credentials)))
        .collect();
    (server, clients)
}

/// State and first reason of a claim of 1,000 yuan.
fn verdict((uscc, client): &mut (String, Client)) -> (String, String) {
    let answer = file(client, &of_1000(uscc));
    assert_eq!(answer.status, 201, "{}", answer.text());
    let body = answer.json();
    let reason = body["reasons"][0]["code"].as_str().unwrap_or_default();
    (
        body["state"].as_str().unwrap().to_owned(),
        reason.to_owned(),
    )
}

#[test]
fn the_share_of_one_dealer_tightens_with_the_pool() {
    for backend in Backend::ALL {
        let limits = "share_percent = 50\ntighten_below_percent = 50\ntightened_share_percent = 20";
        let database = limited(backend, "10000", limits);
        let (_server, mut dealers) = dealers(&database, 3);
        let reserved = ("reserved".to_owned(), String::new());
        let refused = ("refused".to_owned(), "dealer_share_exhausted".to_owned());
        let [first, second, third] = &mut dealers[..] else {
            panic!("three dealers")
        };
        // Half of the pool, and not a fen more, though half of it is still free.
        for _ in 0..5 {
            assert_eq!(verdict(first), reserved);
        }
        assert_eq!(verdict(first), refused);
        // Exactly half is free: the usual share; after this claim less is, so a fifth is the most.
        assert_eq!(verdict(second), reserved);
        assert_eq!(verdict(second), reserved);
        assert_eq!(verdict(second), refused);
        let checked = check(&mut second.1, &of_1000(&second.0));
        assert_eq!(checked["reasons"][0]["code"], refused.1);
        assert_eq!(verdict(third), reserved);
        // What the first one holds stays its own.
        let held = first.1.get("/v1/dealer/holdings").json();
        assert_eq!(held["pools"][0]["share"], "5000.00");
        // With more money the pool is not tight any more.
        database.run(&["pool", "top-up", POOL, "10000"]);
        assert_eq!(verdict(second), reserved);
        let verified = database.run_json(&["verify", "--json"]);
        assert_eq!(verified["ok"], true, "{verified}");
    }
}

fn check(client: &mut Client, claim: &Value) -> Value {
    let answer = client.post("/v1/claims/check", claim);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Seconds after which a claim that came too fast may come again.
fn retry_after(answer: &Response) -> u64 {
    assert_eq!(code(answer), (429, "dealer_rate_exceeded".into()));
    answer.header("retry-after").unwrap().parse().unwrap()
}

#[test]
fn a_dealer_at_full_speed_is_held_back_and_others_are_not() {
    for backend in Backend::ALL {
        let database = limited(backend, "1000000", "claims_per_minute = 30");
        let (_server, mut dealers) = dealers(&database, 4);
        let mut fast = dealers.remove(0);
        let others: Vec<_> = dealers
            .into_iter()
            .map(|(uscc, mut client)| {
                std::thread::spawn(move || {
                    for _ in 0..10 {
                        held(&mut client, &of_1000(&uscc));
                        std::thread::sleep(Duration::from_millis(20));
                    }
                })
            })
            .collect();
        let (mut taken, mut turned) = (0, Vec::new());
        let began = std::time::Instant::now();
        for n in 0..120 {
            let claim = of_1000(&fast.0);
            let answer = fast.1.file(&format!("full-speed-{n}"), &claim);
            match answer.status {
                201 => taken += 1,
                _ => turned.push((n, claim, retry_after(&answer))),
            }
        }
        // Thirty at once, and one more every two seconds that this took.
        let most = 31 + began.elapsed().as_secs() / 2;
        assert!((30..=most).contains(&taken), "{taken} of at most {most}");
        for other in others {
            other.join().expect("another dealer was held back");
        }
        // What was turned away left nothing, and is taken with the same key when its time comes.
        let filed = fast.1.get("/v1/dealer/holdings").json();
        assert_eq!(filed["states"][0]["claims"], taken);
        let (n, claim, wait) = turned.last().unwrap();
        assert!((1..=2).contains(wait), "{wait}");
        std::thread::sleep(Duration::from_secs(*wait));
        let later = fast.1.file(&format!("full-speed-{n}"), claim);
        assert_eq!(later.status, 201, "{}", later.text());
        let verified = database.run_json(&["verify", "--json"]);
        assert_eq!(verified["ok"], true, "{verified}");
    }
}

#[test]
fn the_rate_of_one_dealer_tightens_with_the_pool() {
    for backend in Backend::ALL {
        let limits = "claims_per_minute = 1000\ntighten_below_percent = 50\n\
            tightened_claims_per_minute = 1";
        let database = limited(backend, "2000", limits);
        let (_server, mut dealers) = dealers(&database, 2);
        let [first, second] = &mut dealers[..] else {
            panic!("two dealers")
        };
        assert_eq!(verdict(first).0, "reserved");
        assert_eq!(verdict(first).0, "reserved");
        // The pool is empty: one claim a minute may wait in line.
        assert_eq!(verdict(first).0, "waiting");
        let turned = file(&mut first.1, &of_1000(&first.0));
        assert!(retry_after(&turned) > 2);
        assert_eq!(verdict(second).0, "waiting");
        assert!(retry_after(&file(&mut second.1, &of_1000(&second.0))) > 2);
    }
}
