//! The checks of the race tests, of the payout simulator and of the model, each on a service with
//! a fault planted in it: it must be seen.
//! Needs the feature `planted-faults`, which gives the program the variable that names a fault.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod bureau;
mod support;

#[path = "payout_simulator/bank.rs"]
#[allow(dead_code, reason = "the simulator's own tests use the rest")]
mod bank;
#[path = "race/books.rs"]
#[allow(dead_code, reason = "the race tests use the rest")]
mod books;
#[path = "faults/cycles.rs"]
#[allow(dead_code, reason = "the tests of faults use the rest")]
mod cycles;
#[path = "race_review/duel.rs"]
mod duel;
#[path = "race_review/meet.rs"]
#[allow(dead_code, reason = "the race tests use the rest")]
mod meet;
#[path = "model/mod.rs"]
#[allow(dead_code, reason = "the model's own tests use the rest")]
mod model;
#[path = "race/mover.rs"]
mod mover;
#[path = "payout_simulator/office.rs"]
mod office;
#[path = "race/pairs.rs"]
mod pairs;
#[path = "race/replay.rs"]
#[allow(dead_code, reason = "the race tests use the rest")]
mod replay;
#[path = "race/scene.rs"]
#[allow(dead_code, reason = "the race tests use the rest")]
mod scene;

use std::sync::{Mutex, PoisonError};

use tradein::domain::money::Fen;
use tradein::planted::{Fault, VARIABLE, plant};

use books::{Books, Check, Finding, assert_sound, check_answered};
use bureau::Bureau;
use cycles::Cycles;
use meet::{alone, withdrawn_twice};
use model::Run;
use model::service::Settings;
use mover::{file_again_after_moves, while_keys_move};
use office::Office;
use pairs::{PAIR, race_pairs};
use scene::{Filing, Place, Pool, Scene};
use support::claims::{SELLER, claim, with};
use support::effort::seed;
use support::{Backend, TestDatabase};

const PROGRAMME: &str = "national-appliance-2025";

/// What a rush finds wrong with a service that has this fault.
fn rush(place: Place, fault: Option<Fault>) -> Vec<Finding> {
    const CLAIMS: u64 = 800;
    let seed = seed(&format!("planted {fault:?} {place:?}"));
    let pool = Pool {
        name: "planted",
        programme: PROGRAMME,
        remainder: "strict",
        cap: Filing::new(PROGRAMME, seed).third(CLAIMS),
    };
    let scene = Scene::with_settings(place, &[pool], &planted(fault));
    let report = scene.load(0, seed, CLAIMS);
    let mut found = check_answered(&report.history);
    found.extend(Books::read(&scene, 0).check_with(&report.history));
    found
}

fn planted(fault: Option<Fault>) -> Vec<(&'static str, &'static str)> {
    fault
        .map(|fault| (VARIABLE, fault.as_str()))
        .into_iter()
        .collect()
}

fn assert_red(found: &[Finding], check: Check) {
    let by_it = found.iter().filter(|f| f.check == check).count();
    println!("{check:?}: {by_it} findings");
    let first: Vec<_> = found.iter().take(5).collect();
    assert!(by_it > 0, "{check:?} saw nothing: {first:#?}");
}

#[test]
fn a_service_without_a_fault_stays_green() {
    for place in Place::ALL {
        assert_sound("no fault", &rush(place, None));
    }
}

#[test]
fn a_lost_update_is_seen() {
    let found = rush(Place::TWO, Some(Fault::LostUpdate));
    assert_red(&found, Check::Sums);
    assert_red(&found, Check::Verify);
    assert_red(&found, Check::Cap);
}

/// The journal's numbers are a second line of defence: the pool's books stay right, but the
/// batches that lose the race are not taken.
#[test]
fn a_pool_that_is_not_locked_is_seen() {
    let found = rush(Place::TWO, Some(Fault::NoLock));
    assert_red(&found, Check::Answered);
}

#[test]
fn an_early_answer_is_seen() {
    for backend in Backend::ALL {
        let found = rush(Place::one(backend), Some(Fault::EarlyAnswer));
        assert_red(&found, Check::Lost);
        assert_red(&found, Check::History);
    }
}

/// As the cycles see it in which the service is killed.
#[test]
fn an_early_answer_is_seen_by_killing() {
    const AT_MOST: u64 = 10;
    for backend in Backend::ALL {
        let mut cycles = Cycles::new(&format!("planted early answer {backend:?}"), AT_MOST);
        let settings = planted(Some(Fault::EarlyAnswer));
        let mut scene = Scene::with_settings(Place::one(backend), &[cycles.pool()], &settings);
        let mut found = Vec::new();
        // A strike may come before the first batch that is not committed.
        for _ in 0..AT_MOST {
            let plan = cycles.plan(&mut scene);
            let mut server = scene.servers.remove(0);
            let struck = cycles.strike(&plan, || {
                server.kill();
            });
            scene.start();
            found = cycles.settle(&scene, struck);
            if found.iter().any(|f| f.check == Check::Lost) {
                break;
            }
        }
        assert_red(&found, Check::Lost);
    }
}

/// What a batch knows of the cold keys is not enough when some moved since.
#[test]
fn a_filter_that_learned_too_little_is_seen() {
    for place in Place::ALL {
        let seed = seed(&format!("planted filter {place:?}"));
        let scene = Scene::with_settings(place, &PAIR, &planted(Some(Fault::StaleFilter)));
        assert_red(&file_again_after_moves(&scene, seed, 20), Check::Once);
        assert_red(&Books::read(&scene, 0).check(), Check::Verify);
    }
}

/// The lock is what keeps a key from going away between somebody's look and his taking it.
#[test]
fn keys_that_move_while_others_take_some_are_seen() {
    let seed = seed("planted moves");
    let scene = Scene::new(Place::TWO, &PAIR);
    let race = || race_pairs(&scene, seed, 2_000);
    let (found, moves) = here(Some(Fault::MovesAmidst), || while_keys_move(&scene, race));
    println!("{moves:?}");
    assert_red(&found, Check::Once);
}

#[test]
fn a_key_that_is_looked_for_before_it_is_taken_is_seen() {
    let seed = seed("planted pairs");
    let scene = Scene::with_settings(Place::TWO, &PAIR, &planted(Some(Fault::LookThenInsert)));
    assert_red(&race_pairs(&scene, seed, 200), Check::Once);
    assert_red(&Books::read(&scene, 0).check(), Check::Verify);
}

/// Runs the library in this process with a fault, one such test at a time.
fn here<T>(fault: Option<Fault>, work: impl FnOnce() -> T) -> T {
    /// Takes the fault out whatever happens.
    struct Planted;
    impl Drop for Planted {
        fn drop(&mut self) {
            plant(None);
        }
    }
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let _planted = Planted;
    plant(fault);
    work()
}

fn bureau(backend: Backend, fault: Option<Fault>) -> Bureau {
    let seed = seed(&format!("planted {fault:?} {backend:?}"));
    Bureau::new(backend, seed, Fen::from_yuan(100_000_000))
}

#[test]
fn money_that_is_freed_twice_is_seen() {
    let race = |fault| {
        here(fault, || {
            withdrawn_twice(&bureau(Backend::Postgres, fault), 100)
        })
    };
    assert!(race(None).is_ok());
    let seen = race(Some(Fault::FreesTwice)).unwrap_err();
    println!("{seen}");
    assert!(seen.contains("done and done"), "{seen}");
}

#[test]
fn one_person_who_decides_alone_is_seen() {
    for backend in Backend::ALL {
        let lonely = |fault| here(fault, || alone(&bureau(backend, fault), 3));
        assert_eq!(lonely(None), Ok(()));
        let seen = lonely(Some(Fault::OnePersonApproves)).unwrap_err();
        assert!(seen.contains("one person decided"), "{seen}");
    }
}

/// What the payout simulator finds wrong.
fn simulated(fault: Option<Fault>) -> Vec<String> {
    here(fault, || {
        let bureau = bureau(Backend::Sqlite, fault);
        let mut office = Office::new(&bureau);
        office.run(80);
        [office.wrong, office.bank.wrong].concat()
    })
}

#[test]
fn faults_of_payout_are_seen() {
    assert_eq!(simulated(None), Vec::<String>::new());
    for (fault, seen) in [
        (Fault::BatchTotalCached, "control sums"),
        // The database takes no name twice, so nobody is paid any more.
        (Fault::OldName, "seal: "),
        (Fault::SilenceIsReturn, "is paid twice"),
    ] {
        let found = simulated(Some(fault));
        println!("{fault:?}: {:?}", found.first());
        assert!(
            found.iter().any(|wrong| wrong.contains(seen)),
            "{fault:?}: {found:#?}"
        );
    }
}

/// What the model finds wrong with a service that has this fault.
fn modelled(backend: Backend, fault: Option<Fault>, commands: usize) -> Option<String> {
    let run = Run {
        settings: Settings(planted(fault)),
        ..Run::new(1, commands)
    };
    run.against(&[backend]).err()
}

#[test]
fn what_the_model_forbids_is_seen() {
    for backend in Backend::ALL {
        assert_eq!(modelled(backend, None, 60), None);
        for (fault, forbidden) in [
            (Fault::OnePersonApproves, "second_person_required"),
            // Released before, or discarded.
            (Fault::ReleasedTwice, "already_"),
            (Fault::BatchTotalCached, "sealed"),
        ] {
            let seen = modelled(backend, Some(fault), 400).unwrap();
            let mut last = seen.lines().rev();
            let (said, expected) = (last.next().unwrap(), last.next().unwrap());
            println!("{fault:?}: {said}\n    is not {expected}");
            assert!(expected.contains(forbidden), "{fault:?}: {expected}");
            assert!(said.contains("says"), "{said}");
        }
    }
}

/// What a service that stops over claims prints while somebody files some, with a person in them.
fn printed_by_panics(fault: Fault, canaries: &[(&str, &str)]) -> String {
    const CARS: &str = "henan-car-replacement-2025";
    let database = TestDatabase::new(Backend::Sqlite);
    database.load_programmes(&[CARS]);
    database.create_pool("cars", "1000000", &[CARS]);
    let dealer = database.add_dealer(SELLER, "济源示例商行", &[CARS]);
    let server = database.serve_with(|command| {
        command.env(VARIABLE, fault.as_str());
        command.env("TRADEIN_LOG", "trace");
        command.env("RUST_BACKTRACE", "1");
    });
    let mut client = server.client_of(&dealer);
    let mut person = claim(CARS);
    for (pointer, value) in canaries {
        person = with(person, pointer, (*value).into());
    }
    let panics = 4;
    for number in 0..panics {
        let answer = match number % 2 {
            0 => client.file("stops-0001", &person),
            _ => client.post("/v1/claims/check", &person),
        };
        let told = (answer.status, answer.json()["code"].clone());
        assert_eq!(told, (500, "internal".into()), "{}", answer.text());
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(answer.header("x-request-id").is_some());
        assert_eq!(answer.header("connection"), None, "the connection goes on");
    }
    assert_eq!(client.file("goes-on-0001", &claim(CARS)).status, 201);
    for _ in 0..600 {
        if server.stderr().matches("a panic place=").count() >= panics {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    server.stderr()
}

#[test]
fn what_a_panic_says_of_a_person_is_printed_nowhere() {
    let canaries = [
        ("/consumer/name", "停云甲子"),
        ("/consumer/mobile", "13912345678"),
    ];
    for (fault, told) in [(Fault::StopsOverClaims, false), (Fault::TellsPanics, true)] {
        let printed = printed_by_panics(fault, &canaries);
        assert!(printed.contains("src/planted.rs"), "{printed}");
        for (_, canary) in canaries {
            assert_eq!(printed.contains(canary), told, "{fault:?}: {printed}");
        }
        println!(
            "{fault:?}: {} bytes printed, told of the person: {told}",
            printed.len()
        );
    }
}
