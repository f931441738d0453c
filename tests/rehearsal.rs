//! The load client against a small made-up service whose faults are planted, and the test
//! support that other tests stand on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::prelude::*;
use indicatif::ProgressBar;
use serde_json::{Value, json};
use support::database::with_database;
use support::{Backend, Client, Server, TestDatabase, claims};
use tradein::domain::money::Fen;
use tradein::rehearse::{
    Access, Outcome, Pace, Plan, Profile, RehearseError, Report, Slot, Violation, Volume, WhatHeld,
    check_history, run,
};

/// The wrong thing that the made-up service does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// Nothing.
    None,
    /// Positions 10 and 90 are exchanged.
    Swapped,
    /// The fiftieth claim gets the place of the one before.
    LostUpdate,
    /// The answer to the fiftieth claim never comes: the connection breaks.
    Broken,
    /// Every tenth claim is turned away once with 503.
    Overloaded,
    /// Every connection is closed behind its answer.
    ShortConnections,
    /// Every claim is malformed.
    Malformed,
}

const PLACES: i64 = 60;

#[derive(Default)]
struct Book {
    accepted: i64,
    calls: u64,
    answers: HashMap<String, String>,
}

/// A service that holds one yuan for each of the first sixty claims and lets the others wait.
fn made_up_service(fault: Fault) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let book = Arc::new(Mutex::new(Book::default()));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, book) = (stream.unwrap(), Arc::clone(&book));
            std::thread::spawn(move || answer_all(stream, &book, fault));
        }
    });
    url
}

fn answer_all(stream: TcpStream, book: &Mutex<Book>, fault: Fault) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = HashMap::new();
        let mut first = String::new();
        stream.read_line(&mut first).ok().filter(|read| *read > 0)?;
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).ok()?;
            let Some((name, value)) = line.split_once(": ") else {
                break;
            };
            head.insert(name.to_lowercase(), value.trim().to_owned());
        }
        let length = head.get("content-length").map_or(0, |n| n.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        let (status, body) = match first.split(' ').nth(1)? {
            "/oauth/token" => (200, token(&body)),
            "/v1/public/dealers?limit=100" => (
                200,
                json!({"items": [{"uscc": "OTHER"}], "next_cursor": "a b"}).to_string(),
            ),
            "/v1/public/dealers?limit=100&cursor=a%20b" => (
                200,
                json!({"items": [{"uscc": claims::SELLER}], "next_cursor": null}).to_string(),
            ),
            "/v1/claims/check" => (200, checked(&body)),
            "/v1/claims" => {
                assert_eq!(head["authorization"], "Bearer token-of-me");
                claim(
                    &mut book.lock().unwrap(),
                    fault,
                    &head["idempotency-key"],
                    &body,
                )?
            }
            path => panic!("{path}"),
        };
        let close = fault == Fault::ShortConnections;
        let extra = if close {
            "connection: close\r\n"
        } else {
            "retry-after: 0\r\n"
        };
        let answer = format!(
            "HTTP/1.1 {status} -\r\ncontent-length: {}\r\n{extra}\r\n{body}",
            body.len()
        );
        stream.get_mut().write_all(answer.as_bytes()).ok()?;
        if close {
            return None;
        }
    }
}

fn token(form: &[u8]) -> String {
    assert_eq!(
        form,
        b"grant_type=client_credentials&client_id=me&client_secret=a%2Fb%3D"
    );
    json!({"access_token": "token-of-me", "token_type": "Bearer", "expires_in": 900}).to_string()
}

fn checked(body: &[u8]) -> String {
    let claim: Value = serde_json::from_slice(body).unwrap();
    let own = claim["invoice"]["seller_uscc"] == claims::SELLER;
    let reasons = if own {
        json!([])
    } else {
        json!([{"code": "seller_mismatch"}])
    };
    json!({"state": "reserved", "reasons": reasons}).to_string()
}

/// Status and body; none when the connection is to break.
fn claim(book: &mut Book, fault: Fault, key: &str, body: &[u8]) -> Option<(u16, String)> {
    let claim: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(claim["invoice"]["seller_uscc"], claims::SELLER);
    if let Some(answer) = book.answers.get(key) {
        return Some((201, answer.clone()));
    }
    book.calls += 1;
    if fault == Fault::Malformed {
        return Some((422, json!({"code": "malformed"}).to_string()));
    }
    if fault == Fault::Overloaded && book.calls.is_multiple_of(10) {
        return Some((503, "{}".to_owned()));
    }
    book.accepted += 1;
    let position = match (fault, book.accepted) {
        (Fault::Swapped, 10) => 90,
        (Fault::Swapped, 90) => 10,
        (Fault::LostUpdate, 50) => 49,
        (_, position) => position,
    };
    let answer = json!({
        "id": "i", "number": format!("N{}", book.accepted), "position": position, "amount": "1.00",
        "state": if book.accepted <= PLACES { "reserved" } else { "waiting" },
    });
    book.answers.insert(key.to_owned(), answer.to_string());
    if fault == Fault::Broken && book.accepted == 50 {
        return None;
    }
    Some((201, answer.to_string()))
}

fn plan(url: &str) -> Plan {
    let access = Access {
        client_id: "me".to_owned(),
        client_secret: "a/b=".to_owned(),
        uscc: Some(claims::SELLER.to_owned()),
    };
    let profile = Profile::of("national-appliance-2025").unwrap();
    Plan {
        volume: Volume::Claims(100),
        connections: 4,
        keep_history: true,
        ..Plan::new(url, access, profile, 1)
    }
}

fn rehearse(fault: Fault) -> Report {
    run(&plan(&made_up_service(fault)), &ProgressBar::hidden()).unwrap()
}

fn fresh() -> WhatHeld {
    WhatHeld::fresh(Fen::from_yuan(PLACES as u32))
}

fn violations(fault: Fault) -> Vec<Violation> {
    let report = rehearse(fault);
    check_history(&report.history, &fresh()).expect_err("a fault was planted")
}

#[test]
fn a_clean_service_passes() {
    for fault in [Fault::None, Fault::ShortConnections] {
        let report = rehearse(fault);
        assert_eq!(report.count(Outcome::Reserved), 60, "{report}");
        assert_eq!(report.count(Outcome::Waiting), 40, "{report}");
        assert_eq!((report.claims, report.verdicts()), (100, 100));
        assert_eq!(report.first_failure, None);
        let summary = check_history(&report.history, &fresh()).unwrap();
        assert_eq!(summary.held, Fen::from_yuan(60));
    }
}

#[test]
fn planted_faults_of_the_service_show_in_the_history() {
    let found = violations(Fault::Swapped);
    assert!(
        found.iter().any(|v| matches!(v, Violation::Order { .. })),
        "{found:?}"
    );
    let found = violations(Fault::LostUpdate);
    assert!(
        found
            .iter()
            .any(|v| matches!(v, Violation::PositionTwice { position: 49, .. })),
        "{found:?}"
    );
}

#[test]
fn a_lost_answer_is_unknown_and_the_key_resolves_it() {
    let report = rehearse(Fault::Broken);
    assert_eq!((report.count(Outcome::Failed), report.unanswered), (1, 1));
    assert!(report.first_failure.is_some());
    assert_eq!(check_history(&report.history, &fresh()).unwrap().unknown, 1);

    let again = Plan {
        attempts: 3,
        ..plan(&made_up_service(Fault::Broken))
    };
    let report = run(&again, &ProgressBar::hidden()).unwrap();
    assert_eq!(report.verdicts(), 100, "{report}");
    assert_eq!(check_history(&report.history, &fresh()).unwrap().unknown, 0);
}

#[test]
fn overload_is_an_outcome_unless_it_may_be_tried_again() {
    let report = rehearse(Fault::Overloaded);
    assert_eq!(report.count(Outcome::Overloaded), 10, "{report}");
    let turned = report.turned_away;
    assert_eq!((turned.claims, turned.not_told_when), (10, 0));
    assert!(turned.sent_p99_ms > 0.0 && turned.sent_p99_ms <= turned.p99_ms);
    let again = Plan {
        attempts: 5,
        ..plan(&made_up_service(Fault::Overloaded))
    };
    let report = run(&again, &ProgressBar::hidden()).unwrap();
    assert_eq!(report.verdicts(), 100, "{report}");
    check_history(&report.history, &fresh()).unwrap();
}

#[test]
fn without_a_verdict_there_is_no_throughput() {
    let report = rehearse(Fault::Malformed);
    assert_eq!(report.count(Outcome::Malformed), 100, "{report}");
    assert!(report.claims_per_second.abs() < f64::EPSILON);
    let json = serde_json::to_value(&report).unwrap();
    for field in [
        "claims_per_second",
        "p50_ms",
        "p99_ms",
        "p999_ms",
        "max_ms",
        "outcomes",
        "claims",
        "seconds",
        "connections",
        "seed",
    ] {
        assert!(json.get(field).is_some(), "{field} in {json}");
    }
    assert_eq!(json["outcomes"]["reserved"], 0);
    assert!(json.get("history").is_none());
}

#[test]
fn an_open_loop_sends_what_it_should_and_time_ends_it() {
    let open = Plan {
        pace: Pace::Open { rate: 5_000.0 },
        ..plan(&made_up_service(Fault::None))
    };
    let report = run(&open, &ProgressBar::hidden()).unwrap();
    assert_eq!((report.claims, report.rate), (100, Some(5_000.0)));
    check_history(&report.history, &fresh()).unwrap();

    let opening = Plan {
        pace: Pace::AtOnce,
        ..plan(&made_up_service(Fault::None))
    };
    let report = run(&opening, &ProgressBar::hidden()).unwrap();
    // The last of all waited for all the others, and nobody was late.
    assert!(report.max_ms >= report.seconds * 900.0, "{report}");
    assert_eq!((report.verdicts(), report.late), (100, 0));
    assert!(
        report.to_string().contains("all at one instant"),
        "{report}"
    );

    // Those whose moment lies in the second: 0, 1/40, … 39/40.
    let timed = Plan {
        pace: Pace::Open { rate: 40.0 },
        volume: Volume::Duration(Duration::from_secs(1)),
        ..plan(&made_up_service(Fault::None))
    };
    assert_eq!(run(&timed, &ProgressBar::hidden()).unwrap().claims, 40);
}

#[test]
fn what_warms_up_is_filed_and_not_measured() {
    // At 200 a second those whose moment lies in the first half second: 100 of them.
    let warm = Plan {
        pace: Pace::Open { rate: 200.0 },
        warm_up: Duration::from_millis(500),
        volume: Volume::Claims(50),
        ..plan(&made_up_service(Fault::None))
    };
    let report = run(&warm, &ProgressBar::hidden()).unwrap();
    assert_eq!((report.claims, report.warm_up_claims), (50, 100));
    assert_eq!(report.verdicts(), 50, "{report}");
    assert_eq!(report.history.len(), 150);
    assert!(report.seconds < 5.0, "{report}");
    assert!(report.to_string().contains("100 claims before"), "{report}");
    check_history(&report.history, &fresh()).unwrap();
}

#[test]
fn the_timeline_counts_what_the_report_counts_and_is_drawn() {
    let report = rehearse(Fault::Overloaded);
    let sum = |of: fn(&Slot) -> u64| report.timeline.iter().map(of).sum::<u64>();
    assert_eq!(sum(|s| s.arrivals), report.claims);
    assert_eq!(sum(|s| s.accepted), report.verdicts());
    assert_eq!(sum(|s| s.turned_away), report.count(Outcome::Overloaded));
    assert_eq!(sum(|s| s.failed + s.refused), 0);

    let named = Report {
        programme: "<b>&".to_owned(),
        ..report
    };
    let picture = named.picture();
    let mut reader = quick_xml::Reader::from_str(&picture);
    let (mut lines, mut words) = (0, String::new());
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Empty(element) if element.name().as_ref() == "path" => {
                lines += usize::from(
                    element
                        .attributes()
                        .any(|a| a.unwrap().key.as_ref() == "fill"),
                );
            }
            quick_xml::events::Event::Text(text) => words.push_str(text.as_ref()),
            quick_xml::events::Event::Start(element) => {
                assert_ne!(element.name().as_ref(), "b");
            }
            _ => {}
        }
    }
    assert_eq!(lines, 6, "four rates and two latencies: {picture}");
    assert!(
        words.contains("arrivals") && words.contains("p99"),
        "{words}"
    );
}

#[test]
fn finds_out_which_dealer_the_credentials_belong_to() {
    let mut unnamed = plan(&made_up_service(Fault::None));
    unnamed.dealers[0].uscc = None;
    let report = run(&unnamed, &ProgressBar::hidden()).unwrap();
    assert_eq!(report.verdicts(), 100, "{report}");
}

#[test]
fn says_why_it_cannot_begin() {
    let url = "http://127.0.0.1:9";
    let fails = |change: fn(&mut Plan)| {
        let mut plan = plan(url);
        change(&mut plan);
        run(&plan, &ProgressBar::hidden()).unwrap_err()
    };
    assert!(matches!(fails(|_| {}), RehearseError::Unreachable { .. }));
    assert!(matches!(
        fails(|p| p.connections = 0),
        RehearseError::Empty(_)
    ));
    assert!(matches!(
        fails(|p| p.dealers.clear()),
        RehearseError::Empty(_)
    ));
    assert!(matches!(fails(|p| p.urls.clear()), RehearseError::Empty(_)));
    assert!(matches!(
        fails(|p| p.pace = Pace::Open { rate: 0.0 }),
        RehearseError::Empty(_)
    ));
    let https = fails(|p| p.urls = vec!["https://example.test".to_owned()]);
    assert!(https.to_string().contains("plain HTTP only"));
}

#[test]
fn a_database_is_fresh_and_goes_with_its_test() {
    let postgres = TestDatabase::new(Backend::Postgres);
    let url = postgres.url().to_owned();
    let mut connection = PgConnection::establish(&url).unwrap();
    let durable =
        diesel::sql_query("SELECT 1 FROM pg_settings WHERE name = 'fsync' AND setting = 'on'");
    assert_eq!(durable.execute(&mut connection).unwrap(), 1);
    drop(postgres);
    assert!(
        PgConnection::establish(&url).is_err(),
        "{url} is still there"
    );

    let sqlite = TestDatabase::new(Backend::Sqlite);
    let folder = sqlite.data_dir().to_owned();
    assert!(folder.is_dir() && !sqlite.file().exists());
    drop(sqlite);
    assert!(!folder.exists());
}

#[test]
fn a_server_url_takes_another_database() {
    for (server, expected) in [
        ("postgres://u:p@h:1/db", "postgres://u:p@h:1/new"),
        ("postgres://h", "postgres://h/new"),
        (
            "postgres:///postgres?host=/tmp/a/b&user=c",
            "postgres:///new?host=/tmp/a/b&user=c",
        ),
    ] {
        assert_eq!(with_database(server, "new"), expected);
    }
}

#[test]
fn the_test_client_reads_what_services_write() {
    let answers = [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nETag: \"1\"\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end",
    ];
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = std::thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        for answer in answers {
            let mut line = String::from("head");
            while !line.trim().is_empty() {
                line.clear();
                stream.read_line(&mut line).unwrap();
            }
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    let mut client = Client::new(&url);
    assert_eq!(client.get("/").text(), "abc0123456789");
    let empty = client.get("/");
    assert_eq!((empty.status, empty.header("etag")), (204, Some("\"1\"")));
    assert_eq!(client.get("/").text(), "to the end");
    service.join().unwrap();
}

#[test]
fn a_program_is_awaited_heard_and_stopped() {
    let script =
        "echo starting; echo trouble >&2; echo listening on http://127.0.0.1:7; exec sleep 600";
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    let mut server = Server::start(command);
    assert_eq!(server.url(), "http://127.0.0.1:7");
    assert!(!server.stop().success());

    let failed = std::panic::catch_unwind(|| {
        let mut command = Command::new("sh");
        command.args(["-c", "echo no database >&2; exit 1"]);
        Server::start(command)
    });
    assert!(failed.is_err());
}

#[test]
fn made_claims_take_changes() {
    let claim = claims::claim("henan-car-replacement-2025");
    assert_ne!(claim, claims::claim("henan-car-replacement-2025"));
    let claim = claims::at_price(claim, "150000.00");
    assert_eq!(claim["invoice"]["paid"], "150000.00");
    let claim = claims::with(claim, "/invoice", Value::Null);
    assert_eq!(claim.get("invoice"), None);
}
