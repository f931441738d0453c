//! A pool that opens and closes while everybody files: whether a claim counts is decided by the
//! database's time under the pool's lock, and by nothing else.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tradein::clock;
use tradein::domain::time::Timestamp;
use tradein::keys::Jwks;

use super::books::{Books, assert_sound};
use super::crowd::{Filed, file_until};
use super::replay::entry_of;
use super::scene::{Filing, Place, Pool, Scene};
use crate::support::Backend;
use crate::support::effort::seed;

const PROGRAMME: &str = "national-appliance-2025";
/// How often the opening is put off, each time twice as far, when the machine is too slow to
/// file before it.
const TRIES: u32 = 5;

/// Where an instant lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Before,
    Between,
    After,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    opens: Timestamp,
    closes: Timestamp,
}

impl Window {
    fn side(self, at: Timestamp) -> Side {
        if at < self.opens {
            Side::Before
        } else if at < self.closes {
            Side::Between
        } else {
            Side::After
        }
    }
}

#[test]
fn a_pool_opens_and_closes_at_its_instants_under_a_rush() {
    for place in Place::ALL {
        let seed = seed(&format!("instants {place:?}"));
        let filing = Filing::new(PROGRAMME, seed);
        let both_sides = (0..TRIES).any(|n| {
            let sides = across(place, &filing, Duration::from_secs(3 << n));
            println!("{place:?}: {sides:?}");
            sides.len() == 3
        });
        assert!(both_sides, "nobody filed in time");
    }
}

/// Everybody files from before the opening, which is `lead` away, until after the close.
fn across(place: Place, filing: &Filing, lead: Duration) -> BTreeMap<Side, usize> {
    let micros = |d: Duration| i64::try_from(d.as_micros()).unwrap();
    let opens = Timestamp(clock::now().0 + micros(lead));
    let closes = Timestamp(opens.0 + micros(lead / 2));
    let window = Window { opens, closes };
    let pool = Pool {
        name: "instants",
        programme: PROGRAMME,
        remainder: "strict",
        cap: filing.third(300),
    };
    let scene = Scene::between(place, &[pool], opens, closes);
    let until = Timestamp(closes.0 + 300_000);
    let filed = file_until(&scene, filing, &|last| last >= until);
    let books = Books::read(&scene, 0);
    assert_sound("books", &books.check());
    assert_eq!(books.claims.len(), filed.len());
    check_entries(&books, window);
    let jwks = scene.servers[0]
        .client()
        .get("/.well-known/jwks.json")
        .text();
    let jwks = Jwks::parse(&jwks).unwrap();
    let mut sides = BTreeMap::new();
    for claim in &filed {
        *sides
            .entry(check(claim, window, &jwks, &books))
            .or_default() += 1;
    }
    sides
}

/// Holds a verdict against the instant of its entry in the journal; says on which side it is.
fn check(claim: &Filed, window: Window, jwks: &Jwks, books: &Books) -> Side {
    let answer = &claim.answer;
    let at = at(entry_of(answer, jwks, books).unwrap());
    let side = window.side(at);
    let codes: Vec<&str> = answer["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| reason["code"].as_str().unwrap())
        .collect();
    let told = (answer["state"].as_str().unwrap(), codes.as_slice());
    let right = match side {
        Side::Before => told == ("refused", &["programme_not_open"]),
        Side::Between => told == ("reserved", &[]) || told == ("waiting", &[]),
        Side::After => told == ("refused", &["pool_closed"]),
    };
    assert!(right, "{side:?} at {at}: {answer}");
    // The machine's clock is the database's here. What the client knows must agree.
    let accepted = told.0 != "refused";
    let too_late = claim.sent >= window.closes || claim.answered < window.opens;
    assert!(!(accepted && too_late), "{claim:?}, {window:?}");
    side
}

/// No claim was let in before the opening or from the close on, whoever filed it.
fn check_entries(books: &Books, window: Window) {
    let let_in =
        |entry: &&Value| ["reserved", "waiting"].contains(&entry["kind"].as_str().unwrap());
    for entry in books.entries.values().filter(let_in) {
        assert_eq!(window.side(at(entry)), Side::Between, "{entry}");
    }
}

fn at(entry: &Value) -> Timestamp {
    Timestamp::parse_rfc3339(entry["at"].as_str().unwrap()).unwrap()
}

/// The opening instant is the first that counts and the closing one the first that does not, to
/// the microsecond. The time of a journal never goes back, so a head far ahead holds it still.
#[test]
fn the_first_instant_counts_and_the_closing_one_does_not() {
    const STILL: i64 = 4_070_908_800_000_000;
    let cases = [
        (Some(STILL), Some(STILL + 1), "reserved", json!([])),
        (None, Some(STILL), "refused", json!(["pool_closed"])),
        (
            Some(STILL + 1),
            None,
            "refused",
            json!(["programme_not_open"]),
        ),
    ];
    for backend in Backend::ALL {
        let filing = Filing::new(PROGRAMME, seed(&format!("still {backend:?}")));
        let pool = Pool {
            name: "still",
            programme: PROGRAMME,
            remainder: "strict",
            cap: filing.third(30),
        };
        let scene = Scene::new(Place::one(backend), &[pool]);
        let mut client = scene.dealer_client(0, 0);
        for (index, (opens, closes, state, codes)) in (0..).zip(&cases) {
            let sql = |us: &Option<i64>| us.map_or("NULL".to_owned(), |us| us.to_string());
            scene.database.execute(&format!(
                "UPDATE pools SET head_us = {STILL}, opens_us = {}, closes_us = {} \
                 WHERE name = 'still'",
                sql(opens),
                sql(closes)
            ));
            let index = index * scene.dealers.len() as u64;
            let answer = client.file(&filing.key(index), &filing.body(index)).json();
            let told: Vec<&Value> = answer["reasons"]
                .as_array()
                .unwrap()
                .iter()
                .map(|reason| &reason["code"])
                .collect();
            assert_eq!(
                (&answer["state"], json!(told)),
                (&json!(state), codes.clone())
            );
        }
        let books = Books::read(&scene, 0);
        assert_sound("books", &books.check());
        let last = books.entries.values().map(at).max();
        assert_eq!(last, Some(Timestamp(STILL)));
    }
}
