//! What is judged by time is judged by the database's, and what waited while the rules changed is
//! judged by the new ones.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tradein::clock;
use tradein::domain::money::Fen;
use tradein::domain::time::Timestamp;
use tradein::keys::Jwks;

use super::books::{Books, assert_sound};
use super::crowd::file_until;
use super::replay::entry_of;
use super::scene::{Filing, Place, Pool, Scene};
use crate::support::claims::with;
use crate::support::effort::seed;

const CARS: &str = "henan-car-replacement-2025";

/// What a car gets by the shipped pack, and what by the changed one.
const OLD: &str = "yuan = 14000";
const NEW: &str = "yuan = 13500";

fn scene(place: Place) -> Scene {
    scene_of(place, CARS)
}

fn scene_of(place: Place, programme: &'static str) -> Scene {
    let pool = Pool {
        name: "clocks",
        programme,
        remainder: "strict",
        cap: Fen::from_yuan(2_000_000),
    };
    Scene::new(place, &[pool])
}

/// Publishes the pool's pack with changes; gives the digest.
fn publish(scene: &Scene, changes: &[(&str, &str)]) -> String {
    let (folder, programme) = (env!("CARGO_MANIFEST_DIR"), scene.pools[0].programme);
    let file = format!("{folder}/config/programmes/{programme}.toml");
    let mut text = std::fs::read_to_string(file).unwrap();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    let file = scene.database.data_dir().join("changed.toml");
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let printed = scene.database.run(&["programme", "load", file]);
    let mut words = printed.split_whitespace();
    let digest = words.find(|word| word.starts_with("sha256:"));
    digest.unwrap_or_else(|| panic!("{printed}")).to_owned()
}

/// A claim that was read, judged and queued by the old pack is judged again before it is written:
/// in the order of the journal the old version ends where the new one begins.
#[test]
fn what_waits_while_the_pack_changes_is_judged_by_the_new_one() {
    const BEFORE: usize = 300;
    for place in Place::ALL {
        let filing = Filing::new(CARS, seed(&format!("pack {place:?}")));
        let scene = scene(place);
        let (filed, published) = (AtomicUsize::new(0), OnceLock::new());
        let is_last = |sent: Timestamp| {
            filed.fetch_add(1, Ordering::Relaxed);
            published.get().is_some_and(|(_, at)| sent >= *at)
        };
        let claims = std::thread::scope(|scope| {
            let load = scope.spawn(|| file_until(&scene, &filing, &is_last));
            while filed.load(Ordering::Relaxed) < BEFORE && !load.is_finished() {
                std::thread::yield_now();
            }
            let digest = publish(&scene, &[(OLD, NEW)]);
            published.set((digest, clock::now())).unwrap();
            load.join().unwrap()
        });
        let (new, since) = published.get().unwrap();
        let books = Books::read(&scene, 0);
        assert_sound("books", &books.check());
        assert_eq!(books.claims.len(), claims.len());
        let jwks = jwks(&scene);
        let mut versions = BTreeMap::new();
        for claim in &claims {
            let answer = &claim.answer;
            let is_new = answer["programme_version"] == new.as_str();
            assert!(is_new || claim.sent < *since, "{claim:?}, {since}");
            let others = if is_new { "14000.00" } else { "13500.00" };
            assert_ne!(answer["amount"], others, "{answer}");
            let entry = entry_of(answer, &jwks, &books).unwrap();
            versions.insert(entry["seq"].as_i64().unwrap(), is_new);
        }
        let versions: Vec<bool> = versions.into_values().collect();
        assert!(
            versions.is_sorted(),
            "the old pack judged after the new one"
        );
        assert!(versions.contains(&true) && versions.contains(&false));
    }
}

/// The clocks of both services are two days off, each way: pool and pack go by the database's.
#[test]
fn instants_are_those_of_the_database_whatever_the_services_think() {
    const DAY_US: i64 = 24 * 3_600_000_000;
    for ahead in [true, false] {
        let mut scene = scene(Place::TWO);
        let filing = Filing::new(CARS, seed(&format!("clock {ahead}")));
        // Past by one of the clocks and still to come by the other.
        let turn = Timestamp(clock::now().0 + if ahead { DAY_US } else { -DAY_US });
        let from = format!("effective_from = {}", turn.beijing_day());
        let new = publish(
            &scene,
            &[(OLD, NEW), ("effective_from = 2025-01-01", &from)],
        );
        set_clock(&mut scene, if ahead { 2 } else { -2 });
        let accepts = |indices: std::ops::Range<u64>, refusal: Option<&str>| {
            for index in indices {
                let instance = usize::from(index % 4 < 2);
                let mut client = scene.dealer_client(instance, filing.dealer(index));
                let answer = client.file(&filing.key(index), &filing.body(index)).json();
                let is_new = answer["programme_version"] == new.as_str();
                assert_eq!(is_new, ahead, "{answer}");
                let reasons = answer["reasons"].as_array().unwrap();
                let codes: Vec<&Value> = reasons.iter().map(|r| &r["code"]).collect();
                assert_eq!(codes, Vec::from_iter(refusal), "{answer}");
            }
        };
        let window = |opens: &str, closes: &str| {
            scene.database.execute(&format!(
                "UPDATE pools SET opens_us = {opens}, closes_us = {closes} WHERE name = 'clocks'"
            ));
        };
        let turn = turn.0.to_string();
        accepts(0..4, None);
        window("NULL", &turn);
        accepts(4..8, ahead.then_some("pool_closed"));
        window(&turn, "NULL");
        accepts(8..12, (!ahead).then_some("programme_not_open"));
    }
}

/// A limit a calendar year counts by the database's year where no invoice says another.
#[test]
fn the_year_is_that_of_the_database() {
    let mut scene = scene_of(Place::TWO, "national-digital-2026");
    let counter = "[counter_opening]
        invoice_days = 1000
        basis = { document = \"rules\", clause = \"1\" }

        [queue]";
    let year = "period = \"calendar_year\"";
    let period = "period = \"programme\"";
    // Or the first would lapse before the year is over.
    let days = ("days = 15", "days = 1000");
    publish(&scene, &[(period, year), ("[queue]", counter), days]);
    // What is malformed is told from memory, which follows a moment later.
    start_anew(&mut scene);
    let filing = scene.filing(0, seed("year"));
    let person = filing.body(0)["consumer"].clone();
    let category = filing.body(0)["new_item"]["category"].clone();
    // The same person and the same category, each time another article and nothing bought yet.
    let mut same = (0..).filter(|n| filing.body(*n)["new_item"]["category"] == category);
    let mut file = |scene: &Scene| {
        let index = same.next().unwrap();
        let mut body = with(filing.body(index), "/consumer", person.clone());
        body.as_object_mut().unwrap().remove("invoice");
        let mut client = scene.dealer_client(0, filing.dealer(0));
        client.file(&filing.key(index), &body).json()
    };
    let first = file(&scene);
    assert_eq!(first["state"], "reserved", "{first}");
    let second = file(&scene);
    let code = &second["reasons"][0]["code"];
    assert_eq!(code, "unit_limit_reached", "{second}");
    // More than the days that are left of any year.
    set_clock(&mut scene, 366);
    let third = file(&scene);
    assert_eq!(third["state"], "reserved", "{third}");
}

/// From now on the database's own clock is so many days off. The heads of the journals lie in the
/// machine's present, and their time never goes back, so they are moved too. Sessions that are
/// open do not see it: the services start anew.
fn set_clock(scene: &mut Scene, days: i32) {
    scene.database.execute(&format!(
        "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql
         AS $f$ SELECT pg_catalog.clock_timestamp() + interval '{days} days' $f$;
         DO $$ BEGIN
            EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog',
                current_database());
         END $$;
         UPDATE pools SET head_us = 0;"
    ));
    start_anew(scene);
}

fn start_anew(scene: &mut Scene) {
    let instances = scene.servers.len();
    scene.servers.clear();
    for _ in 0..instances {
        scene.start();
    }
}

fn jwks(scene: &Scene) -> Jwks {
    let mut client = scene.servers[0].client();
    Jwks::parse(&client.get("/.well-known/jwks.json").text()).unwrap()
}
