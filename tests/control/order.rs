//! Stopping allocation under load changes nobody's place and nobody's verdict: once it goes on,
//! everybody stands where he would stand if it had never stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use super::scene::{CARS, POOL, answered, brake, yuan_in_fen};
use crate::support::claims::{SELLER, claim_number};
use crate::support::{Backend, Client, Server, TestDatabase};

const CLAIMS: u64 = 160;
const LANES: u64 = 8;
/// About half of the claims find money.
const CAP: &str = "800000";

/// A claim's state and amount, by its place.
type Line = BTreeMap<i64, (String, u64)>;

/// A pool under one rule, with a dealer and an operator.
struct House {
    server: Server,
    dealer: String,
    operator: String,
    database: TestDatabase,
}

impl House {
    fn new(backend: Backend, remainder: &str) -> Self {
        let database = TestDatabase::new(backend);
        database.load_programmes(&[CARS]);
        let create = ["pool", "create", POOL, "--cap", CAP, "--programme", CARS];
        database.run(&[&create[..], &["--remainder", remainder]].concat());
        let dealer = database.add_dealer(SELLER, "济源示例商行", &[CARS]);
        let operator = database.add_staff("operator", "operator");
        let server = database.serve();
        let mut client = server.client();
        Self {
            dealer: client.token(&dealer.client_id, &dealer.client_secret),
            operator: client.token(&operator.client_id, &operator.client_secret),
            server,
            database,
        }
    }

    fn client(&self, token: &str) -> Client {
        self.server.client().with_token(token)
    }

    /// Which claim has which place.
    fn file(&self, client: &mut Client, number: u64) -> (i64, (u64, String)) {
        let answer = client.file(&format!("order-of-{number}"), &claim_number(CARS, number));
        let filed = answered(answer, 201);
        let id = filed["id"].as_str().unwrap().to_owned();
        (filed["position"].as_i64().unwrap(), (number, id))
    }

    /// Where everybody stands in the end.
    fn line(&self, filed: &Filed) -> Line {
        let mut client = self.client(&self.dealer);
        let look = |id: &str, client: &mut Client| -> Value {
            answered(client.get(&format!("/v1/claims/{id}")), 200)
        };
        let line = filed.iter().map(|(position, (_, id))| {
            let claim = look(id, &mut client);
            assert_eq!(claim["position"], *position, "{claim}");
            let state = claim["state"].as_str().unwrap().to_owned();
            (
                *position,
                (state, yuan_in_fen(claim["amount"].as_str().unwrap())),
            )
        });
        let line = line.collect();
        let verified = self.database.run_json(&["verify", "--json"]);
        assert_eq!(verified["ok"], true, "{verified}");
        line
    }
}

/// Which claim was filed for a place, and its id.
type Filed = BTreeMap<i64, (u64, String)>;

/// Files all claims from several connections at once while allocation stops and goes on.
fn paused(house: &House) -> Filed {
    let done = &AtomicU64::new(0);
    let mut operator = house.client(&house.operator);
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES)
            .map(|lane| {
                scope.spawn(move || {
                    let mut client = house.client(&house.dealer);
                    let mut filed = Vec::new();
                    for number in (lane..CLAIMS).step_by(LANES as usize) {
                        filed.push(house.file(&mut client, number));
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    filed
                })
            })
            .collect();
        for (after, verb) in [
            (20, "freeze"),
            (60, "resume"),
            (70, "freeze"),
            (CLAIMS, "resume"),
        ] {
            // A lane that failed ends early; what it says is told below.
            while done.load(Ordering::Relaxed) < after
                && !lanes.iter().all(std::thread::ScopedJoinHandle::is_finished)
            {
                std::thread::yield_now();
            }
            answered(brake(&mut operator, POOL, verb, "allocation"), 200);
        }
        let filed = lanes.into_iter().flat_map(|lane| lane.join().unwrap());
        filed.collect()
    })
}

/// Files the same claims in the same order, one after the other, and nothing stops.
fn unpaused(house: &House, order: &Filed) -> Filed {
    let mut client = house.client(&house.dealer);
    let filed = order
        .values()
        .map(|(number, _)| house.file(&mut client, *number));
    filed.collect()
}

/// Places where two runs differ.
fn differences(one: &Line, other: &Line) -> BTreeSet<i64> {
    let places = one.keys().chain(other.keys());
    let differ = places.filter(|place| one.get(place) != other.get(place));
    differ.copied().collect()
}

fn same_order(backend: Backend, remainder: &str) {
    let house = House::new(backend, remainder);
    let filed = paused(&house);
    let places: Vec<i64> = filed.keys().copied().collect();
    assert!(places.iter().copied().eq(1..=CLAIMS as i64), "{places:?}");
    let line = house.line(&filed);
    let quiet = House::new(backend, remainder);
    let undisturbed = quiet.line(&unpaused(&quiet, &filed));
    let reserved = line
        .values()
        .filter(|(state, _)| state == "reserved")
        .count();
    assert!((20..140).contains(&reserved), "{reserved} are reserved");
    assert_eq!(differences(&line, &undisturbed), BTreeSet::new());

    // Planted: somebody who was served and somebody who waits have changed places.
    let first = |state: &str| *line.iter().find(|(_, (s, _))| s == state).unwrap().0;
    let (served, waits) = (first("reserved"), first("waiting"));
    let mut swapped = line.clone();
    swapped.get_mut(&served).unwrap().0 = "waiting".into();
    swapped.get_mut(&waits).unwrap().0 = "reserved".into();
    let found = differences(&swapped, &undisturbed);
    assert_eq!(found, BTreeSet::from([served, waits]));
}

#[test]
fn a_strict_pool_keeps_its_order_over_a_pause() {
    for backend in Backend::ALL {
        same_order(backend, "strict");
    }
}

#[test]
fn a_fit_pool_keeps_its_order_over_a_pause() {
    for backend in Backend::ALL {
        same_order(backend, "fit");
    }
}
