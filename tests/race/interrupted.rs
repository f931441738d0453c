//! Clients that hang up, queues that are full, services that are asked to end.

use std::collections::HashSet;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Mutex;

use tradein::clock;
use tradein::rehearse::{Outcome, Record};

use super::books::{Books, assert_sound, check_answered, count};
use super::replay::replay;
use super::scene::{CONNECTIONS, Filing, Place, Pool, Scene, load_while};
use crate::support::effort::seed;
use crate::support::{Backend, Response};

const PROGRAMME: &str = "national-appliance-2025";

/// A strict pool with a third of what the claims ask for.
fn pool(filing: &Filing, claims: u64) -> Pool {
    Pool {
        name: "interrupted",
        programme: PROGRAMME,
        remainder: "strict",
        cap: filing.third(claims),
    }
}

#[test]
fn clients_that_hang_up_change_nothing() {
    const CLAIMS: u64 = 600;
    const HUNG_UP: u64 = 200;
    for backend in Backend::ALL {
        let seed = seed(&format!("hang up {backend:?}"));
        let filing = Filing::new(PROGRAMME, seed);
        let pool = pool(&filing, CLAIMS + HUNG_UP);
        let scene = Scene::new(Place::one(backend), &[pool]);
        let plan = scene.plan(0, seed, CLAIMS);
        // Beside a load, so that some of them fall into its batches.
        let mut history = Vec::new();
        let report = load_while(&plan, 50, || {
            let indexes = CLAIMS..CLAIMS + HUNG_UP;
            history.extend(indexes.map(|index| hang_up(&scene, &filing, index)));
        });
        assert_sound("answers", &check_answered(&report.history));
        history.extend(report.history);

        // What became of them is known once they are asked for again.
        let replayed = replay(&scene, &filing, CLAIMS + HUNG_UP, &history);
        assert_sound("replays", &replayed.findings);
        let books = Books::read(&scene, 0);
        assert_eq!(books.claims.len() as u64, CLAIMS + HUNG_UP);
        assert_sound("books", &books.check_with(&replayed.history));
        assert_sound("receipts", &replayed.check_receipts(&scene, &books));
        let again = replay(&scene, &filing, CLAIMS + HUNG_UP, &replayed.history);
        assert_sound("second replays", &again.findings);
        assert_eq!(again.answers, replayed.answers);
    }
}

/// Sends a claim, whole or in part, and drops the connection at once.
fn hang_up(scene: &Scene, filing: &Filing, index: u64) -> Record {
    let body = filing.body(index).to_string();
    let request = format!(
        "POST /v1/claims HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
         idempotency-key: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        scene.token(filing.dealer(index)),
        filing.key(index),
        body.len(),
    );
    let sent = match index % 4 {
        0 => request.len() - 1,
        _ => request.len(),
    };
    let address = scene.servers[0].url().trim_start_matches("http://");
    let sent_ns = clock::monotonic_ns();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(&request.as_bytes()[..sent]).unwrap();
    Record {
        sent_ns,
        answered_ns: clock::monotonic_ns(),
        key: filing.key(index),
        status: None,
        outcome: Outcome::Failed,
        position: None,
        amount: None,
        number: None,
    }
}

#[test]
fn a_full_queue_says_so_and_keeps_nothing() {
    const CLAIMS: u64 = 640;
    for backend in Backend::ALL {
        let seed = seed(&format!("full queue {backend:?}"));
        let filing = Filing::new(PROGRAMME, seed);
        let settings = [("TRADEIN_QUEUE", "4"), ("TRADEIN_BATCH", "2")];
        let place = Place::one(backend);
        let scene = Scene::with_settings(place, &[pool(&filing, CLAIMS)], &settings);
        let answers = file_all(&scene, &filing, CLAIMS);
        let (taken, turned): (Vec<_>, Vec<_>) = answers.iter().partition(|a| a.status == 201);
        assert!(!turned.is_empty() && !taken.is_empty());
        for answer in turned {
            assert_eq!(answer.status, 503, "{}", answer.text());
            assert_eq!(answer.json()["code"], "overloaded");
            let seconds = answer.header("retry-after").map(str::parse::<u32>);
            assert!(matches!(seconds, Some(Ok(1..))), "{answer:?}");
        }
        let books = Books::read(&scene, 0);
        assert_sound("books", &books.check());
        let numbers: HashSet<String> = taken.iter().map(|a| number(a)).collect();
        let kept: HashSet<String> = books.claims.keys().cloned().collect();
        assert_eq!(numbers, kept, "taken and kept");

        // One at a time there is room for everybody.
        let mut clients = [0, 1].map(|dealer| scene.dealer_client(0, dealer));
        for index in 0..CLAIMS {
            let client = &mut clients[filing.dealer(index)];
            let answer = client.file(&filing.key(index), &filing.body(index));
            assert_eq!(answer.status, 201, "{}", answer.text());
        }
        let books = Books::read(&scene, 0);
        assert_eq!(books.claims.len() as u64, CLAIMS);
        assert_sound("books", &books.check());
    }
}

/// Files each claim once, from 64 threads.
fn file_all(scene: &Scene, filing: &Filing, claims: u64) -> Vec<Response> {
    let answers = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for lane in 0..CONNECTIONS {
            let answers = &answers;
            scope.spawn(move || {
                let mut clients = [0, 1].map(|dealer| scene.dealer_client(0, dealer));
                for index in (lane as u64..claims).step_by(CONNECTIONS) {
                    let client = &mut clients[filing.dealer(index)];
                    let answer = client.file(&filing.key(index), &filing.body(index));
                    answers.lock().unwrap().push(answer);
                }
            });
        }
    });
    answers.into_inner().unwrap()
}

fn number(answer: &Response) -> String {
    answer.json()["number"].as_str().unwrap().to_owned()
}

#[test]
fn a_service_that_is_asked_to_end_answers_what_it_has_taken() {
    const CLAIMS: u64 = 2_000;
    for backend in Backend::ALL {
        let seed = seed(&format!("ending {backend:?}"));
        let filing = Filing::new(PROGRAMME, seed);
        let mut scene = Scene::new(Place::one(backend), &[pool(&filing, CLAIMS)]);
        let plan = scene.plan(0, seed, CLAIMS);
        let mut server = scene.servers.remove(0);
        let report = load_while(&plan, 300, || {
            let status = server.stop();
            assert!(status.success(), "{status}\n{}", server.stderr());
        });
        let known = |r: &&Record| matches!(r.status, Some(201 | 503) | None);
        let strange = report.history.iter().find(|r| !known(r));
        assert_eq!(strange, None);
        assert!(
            count(&report.history, Outcome::Failed) > 0,
            "it ended too late"
        );

        scene.start();
        let books = Books::read(&scene, 0);
        assert_sound("books", &books.check_with(&report.history));
        let answered = report.history.iter().filter_map(|r| r.number.clone());
        let answered: HashSet<String> = answered.collect();
        let kept: HashSet<String> = books.claims.keys().cloned().collect();
        assert_eq!(kept, answered, "kept and answered");
        check_resolved(&scene, &filing, CLAIMS, &report.history);
    }
}

/// Asks for every claim again: then all are known, and everything holds.
fn check_resolved(scene: &Scene, filing: &Filing, claims: u64, history: &[Record]) {
    let replayed = replay(scene, filing, claims, history);
    assert_sound("replays", &replayed.findings);
    let books = Books::read(scene, 0);
    assert_eq!(books.claims.len() as u64, claims);
    assert_sound("books", &books.check_with(&replayed.history));
    assert_sound("receipts", &replayed.check_receipts(scene, &books));
}
