//! What a receiver gets, and what becomes of its answers.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::listening::{Came, Listener, PATH};
use super::world::{World, meddle, push, register, sandbox, until, whole_feed};
use crate::support::Backend;

/// Waits until so many webhooks came.
fn came(listener: &Listener, count: usize) -> Vec<Came> {
    until("a webhook", || {
        let came = listener.came();
        (came.len() >= count).then_some(came)
    })
}

/// Waits until nothing is pending, and lists everything, the last made first.
fn settled(world: &mut World, place: &str) -> Vec<Value> {
    until("the end of every delivery", || {
        let list = world.dealer.get(&format!("{place}/deliveries")).json();
        let items = list["items"].as_array().unwrap().clone();
        let pending = items.iter().any(|item| item["state"] == "pending");
        (!pending && !items.is_empty()).then_some(items)
    })
}

#[test]
fn a_webhook_says_what_the_feed_says_and_is_signed() {
    for backend in Backend::ALL {
        let mut world = World::new(backend);
        world.file();
        let listener = Listener::new();
        let (place, secret) = register(&mut world.dealer, &listener.url());
        let id = world.file_and_withdraw();
        let came = came(&listener, 2);
        // What was before the registration is not told.
        let feed = whole_feed(&mut world.dealer, 50);
        assert_eq!(feed.len(), 3);
        for (webhook, event) in came.iter().zip(&feed[1..]) {
            assert_eq!(webhook.verify(&secret), Ok(()));
            assert_eq!(webhook.id, event["id"]);
            let body = webhook.json();
            assert_eq!(
                (&body["type"], &body["timestamp"]),
                (&event["type"], &event["at"])
            );
            let data = &body["data"];
            assert_eq!(data["claim_id"], id);
            for name in [
                "id",
                "claim_number",
                "state",
                "programme",
                "pool",
                "seq",
                "amount",
            ] {
                assert_eq!(data[name], event[name], "{name}");
            }
            for name in ["entry", "entry_hash", "actor", "position", "detail"] {
                assert_eq!(data[name], event["data"][name], "{name}");
            }
        }
        let list = settled(&mut world, &place);
        let states: Vec<_> = list
            .iter()
            .map(|item| {
                (
                    item["type"].as_str(),
                    item["state"].as_str(),
                    item["attempts"].as_u64(),
                )
            })
            .collect();
        let accepted = (Some("accepted"), Some(1));
        assert_eq!(
            states,
            [
                (Some("claim.withdrawn"), accepted.0, accepted.1),
                (Some("claim.reserved"), accepted.0, accepted.1)
            ]
        );
        assert_eq!(list[0]["last_status"], 200);
        let metrics = world.auditor.get("/metrics").text();
        let counted = r#"tradein_webhook_deliveries_total{outcome="accepted"} 2"#;
        assert!(metrics.contains(counted), "{metrics}");
        world.dealer.call("DELETE", &place, &[], b"");
        world.file_and_withdraw();
        let (_, fresh) = (register(&mut world.dealer, &listener.url()), world.file());
        let last = came_of(&listener, &fresh);
        assert_eq!(last.len(), 1);
        assert_eq!(listener.came().len(), 3);
        assert!(!world.server.stderr().contains(PATH));
    }
}

/// When a claim was admitted.
fn submitted(world: &mut World, claim: &Value) -> Value {
    let path = format!("/v1/claims/{}", claim["id"].as_str().unwrap());
    world.dealer.get(&path).json()["submitted_at"].clone()
}

/// Waits for the webhooks about a claim.
fn came_of(listener: &Listener, claim: &Value) -> Vec<Came> {
    until("a webhook about a claim", || {
        let all = listener.came().into_iter();
        let own: Vec<Came> = all.filter(|came| came.about().0 == claim["id"]).collect();
        (!own.is_empty()).then_some(own)
    })
}

#[test]
fn what_failed_comes_again_before_anything_later_of_its_claim() {
    for backend in Backend::ALL {
        let mut world = World::new(backend);
        let listener = Listener::answering(|_, before| Some(if before == 0 { 500 } else { 200 }));
        let (place, secret) = register(&mut world.dealer, &listener.url());
        let id = world.file_and_withdraw();
        let came = came(&listener, 3);
        assert_eq!(
            came.iter().map(|c| c.answered).collect::<Vec<_>>(),
            [500, 200, 200]
        );
        let types: Vec<Value> = came.iter().map(|c| c.json()["type"].clone()).collect();
        assert_eq!(
            types,
            ["claim.reserved", "claim.reserved", "claim.withdrawn"]
        );
        assert_eq!((&came[0].id, &came[0].body), (&came[1].id, &came[1].body));
        assert_ne!(came[0].timestamp, came[1].timestamp);
        assert!(
            came.iter()
                .all(|c| c.verify(&secret).is_ok() && c.about().0 == id)
        );
        let list = settled(&mut world, &place);
        assert_eq!(list[1]["attempts"], 2);
        assert_eq!(
            (&list[1]["last_status"], &list[1]["state"]),
            (&json!(200), &json!("accepted"))
        );
        assert_eq!(
            world.dealer.get(&place).json()["failing_since"],
            json!(null)
        );
    }
}

#[test]
fn who_is_gone_hears_nothing_until_he_is_back_and_then_everything() {
    for backend in Backend::ALL {
        let mut world = World::new(backend);
        let listener = Listener::answering(|_, _| Some(410));
        let (place, _) = register(&mut world.dealer, &listener.url());
        let before = world.dealer.get("/v1/events").json();
        assert_eq!(before["items"], json!([]));
        let first = world.file();
        let disabled = until("a disabled endpoint", || {
            let shown = world.dealer.get(&place).json();
            (shown["state"] == "disabled").then_some(shown)
        });
        assert_eq!(disabled["disabled_because"], "gone");
        let second = world.file();
        listener.answer(|_, _| Some(200));
        let enabled = push(&mut world.dealer, &place, "enable");
        assert_eq!(
            (&enabled["state"], &enabled["disabled_because"]),
            (&json!("active"), &json!(null))
        );
        assert_eq!(came_of(&listener, &second).len(), 1);
        // What was answered by 410 is given up, and comes again when it is asked for.
        assert_eq!(came_of(&listener, &first).len(), 1);
        let list = settled(&mut world, &place);
        let states: Vec<&str> = list.iter().map(|i| i["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["accepted", "given_up"]);

        let since = json!({ "since": submitted(&mut world, &first) });
        let answer = world.dealer.post(&format!("{place}/replay"), &since);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let all = came(&listener, 4);
        let ids: Vec<&str> = all.iter().map(|c| c.id.as_str()).collect();
        assert_eq!(
            ids[..2].iter().collect::<BTreeSet<_>>(),
            ids[2..].iter().collect()
        );
        let bodies = |came: &[Came]| came.iter().map(|c| c.body.clone()).collect::<BTreeSet<_>>();
        assert_eq!(bodies(&all[..2]), bodies(&all[2..]));
        let list = settled(&mut world, &place);
        assert!(
            list.iter().all(|item| item["state"] == "accepted"),
            "{list:?}"
        );

        // From the second claim on: only that.
        let since = json!({ "since": submitted(&mut world, &second) });
        world.dealer.post(&format!("{place}/replay"), &since);
        let all = came(&listener, 5);
        assert_eq!(Value::from(all[4].about().0.clone()), second["id"]);
        settled(&mut world, &place);
        assert_eq!(listener.came().len(), 5);
        let answer = world
            .dealer
            .post(&format!("{place}/replay"), &json!({ "since": "today" }));
        assert_eq!(answer.json()["errors"][0]["code"], "format");
    }
}

#[test]
fn only_the_types_that_were_asked_for_come() {
    for backend in Backend::ALL {
        let mut world = World::new(backend);
        let listener = Listener::new();
        let body = json!({ "url": listener.url(), "types": ["claim.withdrawn"] });
        assert_eq!(world.dealer.post("/v1/webhooks", &body).status, 201);
        let ids = [world.file_and_withdraw(), world.file_and_withdraw()];
        let came = came(&listener, 2);
        let types: Vec<Value> = came.iter().map(|c| c.json()["type"].clone()).collect();
        assert_eq!(types, ["claim.withdrawn", "claim.withdrawn"]);
        let claims: BTreeSet<String> = came.iter().map(|c| c.about().0).collect();
        assert_eq!(claims, ids.into());
    }
}

#[test]
fn after_the_last_attempt_days_of_failure_disable() {
    for backend in Backend::ALL {
        let mut world = World::new(backend);
        let listener = Listener::answering(|_, _| Some(503));
        let (place, _) = register(&mut world.dealer, &listener.url());
        world.file();
        came(&listener, 1);
        let failing = until("a failing endpoint", || {
            let shown = world.dealer.get(&place).json();
            shown["failing_since"].is_string().then_some(shown)
        });
        assert_eq!(failing["state"], "active");
        // The ninth attempt is made, and the tenth is due; but the failures are young.
        let tenth = "UPDATE webhook_deliveries SET attempts = 9, next_us = 0, state = 'pending', \
            ended_us = NULL;";
        meddle(&world.database, tenth);
        let given_up = settled(&mut world, &place);
        assert_eq!(
            (&given_up[0]["state"], &given_up[0]["attempts"]),
            (&json!("given_up"), &json!(10))
        );
        assert_eq!(given_up[0]["last_status"], 503);
        assert_eq!(world.dealer.get(&place).json()["state"], "active");
        let days =
            "UPDATE webhook_endpoints SET failing_since_us = failing_since_us - 432000000000;";
        meddle(&world.database, &format!("{days}{tenth}"));
        let disabled = until("a disabled endpoint", || {
            let shown = world.dealer.get(&place).json();
            (shown["state"] == "disabled").then_some(shown)
        });
        assert_eq!(disabled["disabled_because"], "failing");
        assert_eq!(listener.came().len(), 3);
    }
}

/// Four endpoints that never answer take every place in the lane of those that work; a fifth
/// gets its webhooks before any of the four has even failed once.
#[test]
fn dead_endpoints_hold_up_nobody_else() {
    for backend in Backend::ALL {
        let mut world = World::new(backend);
        let dead = Listener::answering(|_, _| None);
        let places: Vec<String> = (0..4)
            .map(|_| register(&mut world.dealer, &dead.url()).0)
            .collect();
        let alive = Listener::new();
        register(&mut world.dealer, &alive.url());
        for _ in 0..6 {
            world.file();
        }
        came(&alive, 6);
        for place in places {
            let list = world.dealer.get(&format!("{place}/deliveries")).json();
            let items = list["items"].as_array().unwrap();
            assert_eq!(items.len(), 6);
            assert!(items.iter().all(|item| item["attempts"] == 0), "{list}");
        }
    }
}

#[test]
fn what_ended_a_month_ago_is_forgotten() {
    for backend in Backend::ALL {
        let mut world = World::new(backend);
        let listener = Listener::new();
        let (place, _) = register(&mut world.dealer, &listener.url());
        world.file_and_withdraw();
        came(&listener, 2);
        assert_eq!(settled(&mut world, &place).len(), 2);
        // One has ended 31 days ago.
        meddle(
            &world.database,
            "UPDATE webhook_deliveries SET ended_us = ended_us - 2678400000000
             WHERE seq = (SELECT min(seq) FROM webhook_deliveries)",
        );
        // A server that starts looks at once.
        world.restart(sandbox);
        let left = until("less", || {
            let list = world.dealer.get(&format!("{place}/deliveries")).json();
            let items = list["items"].as_array().unwrap().clone();
            (items.len() < 2).then_some(items)
        });
        assert_eq!(left.len(), 1);
        assert_eq!(left[0]["type"], "claim.withdrawn");
        assert_eq!(listener.came().len(), 2);
    }
}

#[test]
fn deliveries_are_listed_page_by_page() {
    let mut world = World::new(Backend::Sqlite);
    let listener = Listener::new();
    let (place, _) = register(&mut world.dealer, &listener.url());
    for _ in 0..3 {
        world.file_and_withdraw();
    }
    came(&listener, 6);
    let whole = settled(&mut world, &place);
    assert_eq!(whole.len(), 6);
    let (mut paged, mut query) = (Vec::new(), String::new());
    loop {
        let path = format!("{place}/deliveries?state=accepted&limit=4{query}");
        let page = world.dealer.get(&path).json();
        paged.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(paged, whole);
    for query in ["state=lost", "cursor=AA", "limit=101", "x=1"] {
        let answer = world.dealer.get(&format!("{place}/deliveries?{query}"));
        assert_eq!(answer.status, 422, "{query}");
    }
}
