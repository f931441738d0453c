//! A service that is killed or stopped, and two at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;

use super::listening::{Came, Listener};
use super::world::{World, register, sandbox, until, whole_feed};
use crate::support::Backend;

/// Files claims and withdraws each: two events a claim.
fn file_and_withdraw(world: &mut World, claims: usize) {
    for _ in 0..claims {
        world.file_and_withdraw();
    }
}

/// Waits until every event of the feed was accepted.
fn everything(world: &mut World, listener: &Listener) -> Vec<Came> {
    let feed = whole_feed(&mut world.dealer, 100);
    let wanted: BTreeSet<String> = feed
        .iter()
        .map(|event| event["id"].as_str().unwrap().to_owned())
        .collect();
    until("every event", || {
        let came = listener.came();
        let accepted = came.iter().filter(|c| c.answered == 200);
        let accepted: BTreeSet<String> = accepted.map(|c| c.id.clone()).collect();
        assert!(accepted.is_subset(&wanted));
        (accepted == wanted).then_some(came)
    })
}

/// A webhook that came after a later one of its claim; what comes again does not count.
fn out_of_order(came: &[Came]) -> Option<&Came> {
    let mut seen = BTreeSet::new();
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    let fresh = came.iter().filter(|c| c.answered == 200);
    fresh.filter(|c| seen.insert(&c.id)).find(|c| {
        let (claim, seq) = c.about();
        let before = last.insert(claim, seq);
        before.is_some_and(|before| before > seq)
    })
}

fn assert_in_order(came: &[Came]) {
    assert_eq!(out_of_order(came), None);
    // Planted: everything the other way round.
    let turned: Vec<Came> = came.iter().rev().cloned().collect();
    assert!(out_of_order(&turned).is_some());
}

#[test]
fn a_killed_service_loses_no_event_and_keeps_the_order() {
    for backend in Backend::ALL {
        let mut world = World::new(backend);
        // Every third is refused once, so that some wait for another attempt; twice would put it
        // off for minutes.
        let refused = Mutex::new(BTreeSet::new());
        let listener = Listener::answering(move |came, _| {
            let (_, seq) = came.about();
            std::thread::sleep(std::time::Duration::from_millis(5));
            let first = || refused.lock().unwrap().insert(came.id.clone());
            Some(if seq % 3 == 0 && first() { 500 } else { 200 })
        });
        register(&mut world.dealer, &listener.url());
        for round in 0..3 {
            file_and_withdraw(&mut world, 8);
            until("some webhooks", || {
                (listener.came().len() > round * 8).then_some(())
            });
            world.server.kill();
            world.restart(sandbox);
        }
        let came = everything(&mut world, &listener);
        assert_in_order(&came);
        let verified = world.database.run_json(&["verify", "--json"]);
        assert_eq!(verified["ok"], true, "{verified}");
    }
}

#[test]
fn a_stopped_service_ends_what_is_on_its_way() {
    for backend in Backend::ALL {
        let mut world = World::new(backend);
        // Slow enough that the service is asked to stop while webhooks are on their way.
        let listener = Listener::answering(|_, _| {
            std::thread::sleep(std::time::Duration::from_millis(700));
            Some(200)
        });
        let (place, _) = register(&mut world.dealer, &listener.url());
        file_and_withdraw(&mut world, 4);
        until("a webhook", || (!listener.came().is_empty()).then_some(()));
        assert!(world.server.stop().success());
        world.restart(sandbox);
        let came = everything(&mut world, &listener);
        assert_in_order(&came);
        // None was cut off, so none came twice.
        assert_eq!(came.len(), 8);
        let list = world
            .dealer
            .get(&format!("{place}/deliveries?state=given_up"));
        assert_eq!(list.json()["items"], serde_json::json!([]));
    }
}

#[test]
fn two_instances_share_the_work_and_double_nothing() {
    let mut world = World::new(Backend::Postgres);
    let second = world.database.serve_with(sandbox);
    let listener = Listener::new();
    register(&mut world.dealer, &listener.url());
    file_and_withdraw(&mut world, 40);
    let came = everything(&mut world, &listener);
    assert_in_order(&came);
    let mut times: HashMap<&str, usize> = HashMap::new();
    for webhook in &came {
        *times.entry(&webhook.id).or_default() += 1;
    }
    // No answer was so late that a lease ended, so nothing came twice.
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    assert_eq!(times.len(), 80);
    // An answer that has come is written down before it is counted.
    let mut client = second.client();
    until("every delivery to be counted", || {
        let counts = [
            world.auditor.get("/metrics").text(),
            client.get("/metrics").text(),
        ]
        .map(sent);
        assert!(counts[0] + counts[1] <= 80, "{counts:?}");
        (counts[0] + counts[1] == 80).then_some(())
    });
}

/// How many deliveries a service has counted.
fn sent(metrics: String) -> u64 {
    let lines = metrics.lines();
    let counts = lines.filter(|line| line.starts_with("tradein_webhook_deliveries_total{"));
    counts
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum()
}
