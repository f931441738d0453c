//! An error at every statement of every route that writes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tradein::http::routes::TABLE;
use tradein::rehearse::SplitMix64;

use super::fault::{Kind, Strike};
use super::proxy::{BEGIN, COMMIT};
use super::routes::{self, Route};
use super::trial::{self, Finding, Outcome, Reference};
use super::world::{Ground, World};
use crate::support::Backend;
use crate::support::effort::{seed, times};

/// Calls before a fresh world: what is in the database is compared after each.
const IN_ONE_WORLD: u32 = 60;

/// Everything that is injected on one kind of database.
struct Run {
    ground: Ground,
    world: World,
    calls: u32,
    numbers: SplitMix64,
    outcomes: BTreeMap<Kind, BTreeMap<&'static str, u32>>,
    findings: Vec<Finding>,
}

impl Run {
    fn new(backend: Backend, seed: u64) -> Self {
        let ground = Ground::new(backend);
        Self {
            world: World::new(&ground),
            ground,
            calls: 0,
            numbers: SplitMix64::new(seed),
            outcomes: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    /// A fresh world where the one that is there is full; its books are looked at.
    fn turn(&mut self) {
        self.calls += 1;
        if self.calls > IN_ONE_WORLD {
            self.look_at_the_books();
            self.world = World::new(&self.ground);
            self.calls = 1;
        }
    }

    fn look_at_the_books(&mut self) {
        if let Some(what) = self.world.wrong_books() {
            self.findings.push(Finding {
                route: "all of the last world".into(),
                strike: "all".into(),
                what,
            });
        }
    }

    /// What came of one error; none where that must not be.
    fn strike(&mut self, route: &Route, reference: &Reference, strike: Strike) -> Option<Outcome> {
        self.turn();
        let outcome = trial::run(&self.ground, &mut self.world, route, reference, strike);
        match outcome {
            Ok(outcome) => {
                let told = match outcome {
                    Outcome::Missed => "missed",
                    Outcome::Answered => "answered nevertheless",
                    Outcome::Nothing => "503, nothing done",
                    Outcome::Stood => "503, all done",
                };
                let of_kind = self.outcomes.entry(strike.kind).or_default();
                *of_kind.entry(told).or_default() += 1;
                Some(outcome)
            }
            Err(finding) => {
                println!("{finding}");
                self.findings.push(finding);
                None
            }
        }
    }

    /// A few errors of every kind, at places that follow from the seed.
    fn some(&mut self, route: &Route, reference: &Reference, kinds: &[Kind]) {
        for kind in kinds {
            let anywhere = 1 + self.numbers.below(reference.passed(*kind));
            let of = match kind {
                _ if self.ground.backend == Backend::Sqlite => "",
                Kind::LockTimeout => BEGIN,
                Kind::Shutdown | Kind::Lost => COMMIT,
                _ => "",
            };
            let strike = Strike {
                kind: *kind,
                nth: if of.is_empty() { anywhere } else { 1 },
                of,
                lasting: *kind != Kind::Lost && self.numbers.below(3) == 0,
            };
            // A job may be struck in its place.
            let tries = if of == COMMIT { 3 } else { 1 };
            for _ in 0..tries {
                if self.strike(route, reference, strike) != Some(Outcome::Answered) {
                    break;
                }
            }
        }
    }

    /// Errors of every kind at every place, and lasting ones from some places on.
    fn every(&mut self, route: &Route, reference: &Reference, kinds: &[Kind]) {
        for kind in kinds {
            let strike = |nth, lasting| Strike {
                kind: *kind,
                nth,
                of: "",
                lasting,
            };
            let passed = reference.passed(*kind);
            // What jobs do beside it is counted, too.
            for nth in 1..2 * passed + 20 {
                let struck = self.strike(route, reference, strike(nth, false));
                if struck == Some(Outcome::Missed) {
                    break;
                }
            }
            if *kind != Kind::Lost {
                for nth in [1, 1 + self.numbers.below(passed), passed] {
                    self.strike(route, reference, strike(nth, true));
                }
            }
        }
    }

    fn end(mut self) {
        self.look_at_the_books();
        let backend = self.ground.backend;
        for (kind, counts) in &self.outcomes {
            let told = counts.iter().map(|(told, count)| format!("{count} {told}"));
            let told: Vec<String> = told.collect();
            println!("{backend:?}, {kind:?}: {}", told.join("; "));
        }
        let findings: Vec<String> = self.findings.iter().map(Finding::to_string).collect();
        assert!(
            findings.is_empty(),
            "{} findings:\n{}",
            findings.len(),
            findings.join("\n")
        );
    }
}

/// The scenes, or only those whose names have the word in them that `TRADEIN_TEST_ONLY` is.
fn wanted() -> Vec<Route> {
    let mut routes = routes::all();
    if let Ok(word) = std::env::var("TRADEIN_TEST_ONLY") {
        routes.retain(|route| route.name().contains(&word));
    }
    routes
}

/// A third of some kinds, another one for each number, and what leaves unheard what was done.
fn few(kinds: &[Kind], number: usize) -> Vec<Kind> {
    let chosen = kinds.iter().enumerate();
    let due = |place: usize, kind: Kind| place % 3 == number % 3 || kind == Kind::Lost;
    let chosen = chosen.filter(|(place, kind)| due(*place, **kind));
    chosen.map(|(_, kind)| *kind).collect()
}

fn everywhere(name: &str, backend: Backend) {
    let (seed, kinds) = (seed(name), Kind::of(backend));
    let mut run = Run::new(backend, seed);
    let routes = wanted();
    let first_page = routes.partition_point(|route| route.route.contains(" /v1/"));
    for (number, route) in routes.iter().enumerate() {
        run.turn();
        let long = times(0, 1) == 1;
        // A page shares its act with a call of programs: in the short form each is struck by some
        // kinds, and every kind strikes some.
        let some = match number.checked_sub(first_page) {
            Some(page) if !long => few(kinds, page),
            _ => kinds.to_vec(),
        };
        let reference = Reference::of(&run.ground, &mut run.world, route, &some);
        if long {
            println!("{backend:?}: {}", route.name());
            run.every(route, &reference, &some);
        } else {
            run.some(route, &reference, &some);
        }
    }
    println!(
        "{backend:?}: {first_page} scenes of programs, {} of people",
        routes.len() - first_page
    );
    run.end();
}

#[test]
fn an_error_at_any_statement_leaves_nothing_half_done_on_postgresql() {
    let name = "an_error_at_any_statement_leaves_nothing_half_done_on_postgresql";
    everywhere(name, Backend::Postgres);
}

#[test]
fn an_error_at_any_call_of_the_system_leaves_nothing_half_done_on_sqlite() {
    let name = "an_error_at_any_call_of_the_system_leaves_nothing_half_done_on_sqlite";
    everywhere(name, Backend::Sqlite);
}

/// His session cannot be looked up before his form has come.
#[test]
fn a_form_that_is_still_on_its_way_is_held_too() {
    let ground = Ground::new(Backend::Postgres);
    let mut world = World::new(&ground);
    world.browser.send_late(Duration::from_millis(100));
    let route = routes::first("POST /bureau/pools/{name}/money");
    let reference = Reference::of(&ground, &mut world, &route, &[Kind::Full]);
    let strike = Strike {
        kind: Kind::Full,
        nth: 1,
        of: r#"SELECT "sessions""#,
        lasting: false,
    };
    let came = trial::run(&ground, &mut world, &route, &reference, strike);
    assert_eq!(came, Ok(Outcome::Nothing));
}

#[test]
fn every_route_that_writes_has_a_scene() {
    let mut there = BTreeSet::new();
    for (pattern, methods) in TABLE {
        let writing = methods.iter().filter(|method| **method != "GET");
        there.extend(writing.map(|method| format!("{method} {pattern}")));
    }
    let known = routes::all().into_iter().map(|route| route.route);
    let known: BTreeSet<String> = known.chain(routes::READING).map(str::to_owned).collect();
    assert_eq!(known, there);
}
