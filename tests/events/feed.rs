//! The feed against the public journal.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tradein::rehearse::generate::uscc;

use super::world::{as_entries, meddle, page, told_entries, whole_feed};
use crate::scene::{CARS, POOL, Scene, act, code, payments};
use crate::support::claims::{SELLER, claim};
use crate::support::{Backend, Client};

const APPLIANCES: &str = "national-appliance-2025";

fn types_of(events: &[Value], claim: &str) -> Vec<String> {
    let own = events.iter().filter(|event| event["claim_id"] == claim);
    own.map(|event| event["type"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_change_of_a_claims_life_is_told_once_and_in_order() {
    for backend in Backend::ALL {
        let mut scene = Scene::new(backend, "1000000");
        let body = claim(CARS);
        let filed = scene.file_claim(&body);
        let id = filed["id"].as_str().unwrap().to_owned();
        scene.approve(&id);
        let names = payments(&scene.pay_out(10).1);
        scene.outcomes(&[format!("{},paid,", names[0])]);
        let withdrawn = scene.file()["id"].as_str().unwrap().to_owned();
        for verb in ["withdraw", "undo-withdrawal"] {
            let tag = scene.look(&withdrawn).1;
            let answer = act(&mut scene.dealer, &withdrawn, verb, &tag, None);
            assert_eq!(answer.status, 200, "{}", answer.text());
        }

        let events = whole_feed(&mut scene.dealer, 3);
        let expected = "claim.reserved claim.paper_received claim.paper_received claim.in_review \
            claim.recommended claim.approved claim.paying claim.paid";
        assert_eq!(types_of(&events, &id).join(" "), expected);
        let expected = "claim.reserved claim.withdrawn claim.withdrawal_undone";
        assert_eq!(types_of(&events, &withdrawn).join(" "), expected);
        let told = told_entries(&mut scene.auditor, POOL);
        assert_eq!(as_entries(&events, POOL), told);
        assert_eq!(whole_feed(&mut scene.auditor, 100), events);

        let first = &events[0];
        assert_eq!(first["claim_number"], filed["number"]);
        assert_eq!(first["state"], "reserved");
        assert_eq!(
            (&first["amount"], &first["programme"]),
            (&filed["amount"], &json!(CARS))
        );
        assert_eq!(events.last().unwrap()["state"], "reserved");
        let ids: HashSet<&str> = events.iter().map(|e| e["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), events.len());
        // Nothing of the person who applied.
        let text = serde_json::to_string(&events).unwrap();
        for pointer in ["/consumer/name", "/consumer/id_number", "/consumer/mobile"] {
            let personal = body.pointer(pointer).and_then(Value::as_str).unwrap();
            assert!(!text.contains(personal), "{pointer}");
        }
    }
}

#[test]
fn a_dealer_never_sees_anothers_and_a_type_narrows_the_feed() {
    for backend in Backend::ALL {
        let mut scene = Scene::new(backend, "1000000");
        let other = scene.database.add_dealer(&uscc(2), "另一商行", &[CARS]);
        let mut other = scene.server.client_of(&other);
        let id = scene.file()["id"].as_str().unwrap().to_owned();
        scene.send_papers(&id);
        assert_eq!(whole_feed(&mut other, 50), Vec::<Value>::new());
        assert_eq!(whole_feed(&mut scene.dealer, 50).len(), 4);
        let mut narrowed = |kind: &str| {
            let answer = scene.dealer.get(&format!("/v1/events?type={kind}"));
            let body = answer.json();
            assert!(body["next_cursor"].is_string(), "{body}");
            body["items"].as_array().unwrap().len()
        };
        assert_eq!(narrowed("claim.paper_received"), 2);
        assert_eq!(narrowed("claim.in_review"), 1);
        assert_eq!(narrowed("claim.paid"), 0);
        for query in [
            "type=claim.flagged",
            "cursor=AA",
            "cursor=%21",
            "limit=0",
            "since=1",
        ] {
            let answer = scene.dealer.get(&format!("/v1/events?{query}"));
            assert_eq!(code(&answer), (422, "query_malformed".into()), "{query}");
        }
        let stranger = scene.server.client().get("/v1/events");
        assert_eq!(code(&stranger), (401, "token_missing".into()));
    }
}

/// Flags are the bureau's business; they stand in the journal and are passed over, at most so
/// many a call.
#[test]
fn a_long_journal_is_read_in_bounded_steps() {
    const LONG: i64 = 12_000;
    for backend in Backend::ALL {
        let mut scene = Scene::new(backend, "1000000");
        let id = scene.file()["id"].as_str().unwrap().to_owned();
        let numbers = match backend {
            Backend::Sqlite => format!(
                "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < {LONG})"
            ),
            Backend::Postgres => format!("WITH n AS (SELECT generate_series(3, {LONG}) AS i)"),
        };
        // Entry 1 opened the pool, entry 2 is the claim, and the last is one more of it.
        let columns = "at_us, actor, claim_id, commitment, position, amount, private_hash, \
            prev_hash, hash";
        meddle(
            &scene.database,
            &format!(
                "{numbers} INSERT INTO journal (pool_id, seq, kind, {columns})
                 SELECT pool_id, i, CASE i WHEN {LONG} THEN 'lapsed' ELSE 'flagged' END, {columns}
                 FROM n, journal WHERE kind = 'reserved' AND seq = 2;
                 UPDATE pools SET head_seq = {LONG} WHERE name = '{POOL}';"
            ),
        );
        let (mut cursor, mut calls) = (None, Vec::new());
        for _ in 0..4 {
            let (items, next) = page(&mut scene.dealer, cursor.as_deref(), 50);
            calls.push(types_of(&items, &id));
            cursor = Some(next);
        }
        let expected = [
            vec!["claim.reserved"],
            vec![],
            vec!["claim.lapsed"],
            Vec::<&str>::new(),
        ];
        assert_eq!(calls, expected, "{backend:?}");
    }
}

#[test]
fn a_cursor_loses_and_repeats_nothing_while_claims_come_in() {
    const CLAIMS: usize = 40;
    for backend in Backend::ALL {
        let mut scene = Scene::with(backend, "200000", &[CARS]);
        scene.database.load_programmes(&[APPLIANCES]);
        // So little money that many wait and are promoted when others withdraw.
        scene
            .database
            .create_pool("appliances", "9000", &[APPLIANCES]);
        let second = &*uscc(3);
        let programmes = [CARS, APPLIANCES];
        let dealer = scene.database.add_dealer(second, "第三商行", &programmes);
        let filing = AtomicBool::new(true);
        let (events, mut polled) = std::thread::scope(|scope| {
            let threads: Vec<_> = programmes
                .iter()
                .flat_map(|programme| [(programme, 0), (programme, 1)])
                .map(|(programme, thread)| {
                    let mut client = scene.server.client_of(&dealer);
                    scope.spawn(move || file_some(&mut client, second, programme, thread, CLAIMS))
                })
                .collect();
            let mut poller = scene.server.client_of(&dealer);
            let filing = &filing;
            let polling = scope.spawn(move || {
                let events = poll_while(&mut poller, filing);
                (events, poller)
            });
            let mut client = scene.server.client_of(&dealer);
            for thread in threads {
                // Many wait by now: who takes back a claim that holds money helps one of them.
                if let Some((id, tag)) = thread.join().unwrap() {
                    let answer = act(&mut client, &id, "withdraw", &tag, None);
                    assert_eq!(answer.status, 200, "{}", answer.text());
                }
            }
            filing.store(false, Ordering::SeqCst);
            polling.join().unwrap()
        });
        for pool in [POOL, "appliances"] {
            let told = told_entries(&mut scene.auditor, pool);
            assert!(told.len() >= 2 * CLAIMS);
            assert_eq!(as_entries(&events, pool), told, "{backend:?} {pool}");
        }
        let types: BTreeSet<&str> = events.iter().map(|e| e["type"].as_str().unwrap()).collect();
        for kind in ["claim.waiting", "claim.promoted", "claim.withdrawn"] {
            assert!(types.contains(kind), "{types:?}");
        }
        // From the beginning it reads the same again, whatever the size of the pages.
        assert_eq!(by_pool(whole_feed(&mut polled, 100)), by_pool(events));
        assert_eq!(whole_feed(&mut scene.dealer, 50), Vec::<Value>::new());
    }
}

/// Pages of seven until the filing has ended and nothing more comes.
fn poll_while(client: &mut Client, filing: &AtomicBool) -> Vec<Value> {
    let (mut events, mut cursor) = (Vec::new(), None);
    loop {
        let more = filing.load(Ordering::SeqCst);
        let (items, next) = page(client, cursor.as_deref(), 7);
        let same = cursor.as_deref() == Some(&*next);
        if !more && items.is_empty() && same {
            return events;
        }
        events.extend(items);
        cursor = Some(next);
    }
}

/// Files claims, and withdraws every third.
/// Files claims and takes every third back; tells one that holds money, if there is one.
fn file_some(
    client: &mut Client,
    seller: &str,
    programme: &str,
    thread: usize,
    claims: usize,
) -> Option<(String, String)> {
    let mut held = None;
    for number in 0..claims {
        let text = claim(programme).to_string().replace(SELLER, seller);
        let body: Value = serde_json::from_str(&text).unwrap();
        let answer = client.file(&format!("events-{programme}-{thread}-{number}"), &body);
        assert_eq!(answer.status, 201, "{}", answer.text());
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        let tag = answer.header("etag").unwrap().to_owned();
        if number % 3 == 0 {
            let answer = act(client, &id, "withdraw", &tag, None);
            // It may have been promoted meanwhile.
            assert!(
                matches!(answer.status, 200 | 409 | 412),
                "{}",
                answer.text()
            );
        } else if answer.json()["state"] == "reserved" {
            held = Some((id, tag));
        }
    }
    held
}

fn by_pool(events: Vec<Value>) -> BTreeMap<String, Vec<Value>> {
    let mut pools: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for event in events {
        let pool = event["pool"].as_str().unwrap().to_owned();
        pools.entry(pool).or_default().push(event);
    }
    pools
}
