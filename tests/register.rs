//! The register of national awards: what is imported, what is refused, and what a late import finds.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::fmt::Write as _;
use std::process::Output;

use serde_json::{Value, json};
use support::claims::{SELLER, at_price, claim};
use support::{Backend, Client, Server, TestDatabase};

const HENAN: &str = "henan-car-replacement-2025";
const NATIONAL: &str = "national-car-replacement-2026";
const POOL: &str = "register";
const HEADER: &str = "kind,id_number,vin,awarded_on\n";

/// A resident number of nobody: area 419099, GB 11643's check.
fn person(n: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let (day, month, year, code) = (
        1 + n % 28,
        1 + n / 28 % 12,
        1940 + n / 336 % 60,
        n / 20_160 % 1000,
    );
    let body = format!("419099{year}{month:02}{day:02}{code:03}");
    let sum: u32 = body
        .bytes()
        .zip(WEIGHTS)
        .map(|(b, w)| u32::from(b - b'0') * w)
        .sum();
    format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}

/// A vehicle of no maker: GB 16735's check.
fn vin(n: u32) -> String {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let body = format!("LZZAAAA10E{n:07}");
    let value = |b: u8| match b {
        b'L' => 3,
        b'Z' => 9,
        b'A' => 1,
        b'E' => 5,
        digit => u32::from(digit - b'0'),
    };
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(b, w)| value(b) * w).sum();
    let check = char::from(b"0123456789X"[(sum % 11) as usize]);
    format!("{}{check}{}", &body[..8], &body[9..])
}

fn line(kind: &str, person: &str, vin: &str, day: &str) -> String {
    format!("{kind},{person},{vin},{day}\n")
}

fn lines(range: std::ops::Range<u32>) -> String {
    let mut file = HEADER.to_owned();
    for n in range {
        let kind = if n % 3 == 0 {
            "scrappage"
        } else {
            "replacement"
        };
        writeln!(
            file,
            "{kind},{},{},2024-{:02}-{:02}",
            person(n),
            vin(n),
            1 + n % 12,
            1 + n % 28
        )
        .unwrap();
    }
    file
}

fn import(database: &TestDatabase, content: impl AsRef<[u8]>) -> Output {
    let file = database.data_dir().join("awards.csv");
    std::fs::write(&file, content).unwrap();
    database.output(&["register", "import", file.to_str().unwrap(), "--json"])
}

fn imported(database: &TestDatabase, content: impl AsRef<[u8]>) -> Value {
    let output = import(database, content);
    let shown = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{shown}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn counts(answer: &Value) -> (u64, u64, u64, bool) {
    let count = |name: &str| answer[name].as_u64().unwrap();
    (
        count("lines"),
        count("new"),
        count("flagged"),
        answer["repeated"].as_bool().unwrap(),
    )
}

fn on_both(test: impl Fn(&TestDatabase)) {
    for backend in Backend::ALL {
        println!("on {backend:?}");
        test(&TestDatabase::new(backend));
    }
}

/// A service with both programmes, and clients of a dealer and of a reviewer.
fn serve(database: &TestDatabase) -> (Server, Client, Client) {
    database.load_programmes(&[HENAN, NATIONAL]);
    database.create_pool(POOL, "1000000", &[HENAN, NATIONAL]);
    let dealer = database.add_dealer(SELLER, "济源示例汽车销售有限公司", &[HENAN, NATIONAL]);
    let reviewer = database.add_staff("reviewer", "reviewer");
    let server = database.serve();
    let clients = (server.client_of(&dealer), server.client_of(&reviewer));
    (server, clients.0, clients.1)
}

fn text<'a>(claim: &'a Value, pointer: &str) -> &'a str {
    claim.pointer(pointer).unwrap().as_str().unwrap()
}

fn codes(answer: &Value) -> Vec<&str> {
    answer["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["code"].as_str().unwrap())
        .collect()
}

#[test]
fn a_hundred_thousand_lines_are_imported_once() {
    on_both(|database| {
        let file = lines(0..100_000);
        assert_eq!(
            counts(&imported(database, &file)),
            (100_000, 100_000, 0, false)
        );
        assert_eq!(counts(&imported(database, &file)), (100_000, 0, 0, true));
        // Half of it again and half of it new.
        assert_eq!(
            counts(&imported(database, lines(99_000..101_000))),
            (2_000, 1_000, 0, false)
        );
        let shown = database.run(&[
            "register",
            "import",
            database.data_dir().join("awards.csv").to_str().unwrap(),
        ]);
        assert!(shown.contains("imported before"), "{shown}");
    });
}

#[test]
fn one_bad_line_keeps_the_whole_file_out() {
    on_both(|database| {
        let good = lines(0..10);
        let bad = |n: u32, from: &str, to: &str| {
            line("scrappage", &person(n), &vin(n), "2024-05-05").replacen(from, to, 1)
        };
        let day = |day: &str| line("scrappage", &person(90), &vin(90), day);
        let wrong_check = person(91);
        let other = if wrong_check.ends_with('1') { "2" } else { "1" };
        let refused_lines = [
            bad(80, "scrappage", "lottery"),
            bad(81, "scrappage", "Scrappage"),
            bad(82, "419099", "41909X"),
            line(
                "scrappage",
                &format!("{}{other}", &wrong_check[..17]),
                &vin(91),
                "2024-05-05",
            ),
            bad(83, "LZZ", "LOZ"),
            bad(84, ",2024-05-05", ""),
            bad(85, ",2024-05-05", ",2024-05-05,more"),
            day("2024-02-30"),
            day("2024-5-5"),
            day("05.05.2024"),
            day(""),
        ];
        for refused in &refused_lines {
            let output = import(database, format!("{good}{refused}"));
            assert_eq!(output.status.code(), Some(1), "{refused}");
            let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
            let lines: Vec<u64> = answer["refused"]
                .as_array()
                .unwrap()
                .iter()
                .map(|l| l["line"].as_u64().unwrap())
                .collect();
            assert_eq!(lines, [12], "{refused}{answer}");
            // The same with the ends of lines that spreadsheets write, and an empty line.
            let windows = format!("{good}\n{refused}").replace('\n', "\r\n");
            let answer: Value = serde_json::from_slice(&import(database, windows).stdout).unwrap();
            assert_eq!(answer["refused"][0]["line"], 13, "{refused}{answer}");
        }
        let mut all = good.clone();
        all.extend(refused_lines.iter().map(String::as_str));
        let output = import(database, &all);
        let said = String::from_utf8(output.stderr).unwrap();
        for number in 12..12 + refused_lines.len() {
            assert!(
                said.contains(&format!("awards.csv:{number}: ")),
                "line {number}: {said}"
            );
        }
        assert!(
            said.contains("nothing was imported; lines refused: 11"),
            "{said}"
        );
        assert!(
            !said.contains("419099"),
            "a refused line was quoted: {said}"
        );
        assert_eq!(
            counts(&imported(database, &good)),
            (10, 10, 0, false),
            "something of a refused file was kept"
        );
    });
}

#[test]
fn files_of_other_forms_are_told_apart() {
    on_both(|database| {
        for (what, content) in [
            ("empty", Vec::new()),
            (
                "no header",
                lines(0..3).into_bytes()[HEADER.len()..].to_vec(),
            ),
            ("another order", b"id_number,kind,vin,awarded_on\n".to_vec()),
            ("not text", vec![0xFF, 0xFE, 0, 1, 2]),
        ] {
            let output = import(database, content);
            assert_eq!(output.status.code(), Some(1), "{what}");
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(
                said.contains("awards.csv:1:") && said.contains("kind,id_number"),
                "{what}: {said}"
            );
        }
        let latin = [lines(0..2).as_bytes(), b"scrappage,\xE9,x,y\n"].concat();
        let output = import(database, latin);
        assert!(String::from_utf8_lossy(&output.stderr).contains("awards.csv:4:"));
        // Spreadsheets write a mark first, and other ends of lines.
        let spreadsheet = format!("\u{FEFF}{}", lines(0..4).replace('\n', "\r\n"));
        assert_eq!(counts(&imported(database, spreadsheet)), (4, 4, 0, false));
        assert_eq!(counts(&imported(database, HEADER)), (0, 0, 0, false));
    });
}

#[test]
fn an_award_is_seen_by_the_next_claim() {
    on_both(|database| {
        let (_server, mut dealer, _) = serve(database);
        let first = claim(NATIONAL);
        let id = text(&first, "/consumer/id_number");
        // Written with blanks and small letters, as tables from elsewhere are.
        let spaced = format!(" {} ", id.to_lowercase());
        imported(
            database,
            HEADER.to_owned() + &line("scrappage", &spaced, &vin(1), "2026-01-01"),
        );
        let answer = dealer.file("register-1", &first).json();
        assert_eq!(
            (&answer["state"], codes(&answer)),
            (&"refused".into(), vec!["already_had_scrappage"])
        );
        let checked = dealer.post("/v1/claims/check", &first).json();
        assert_eq!(
            (&checked["state"], codes(&checked)),
            (&"refused".into(), vec!["already_had_scrappage"])
        );

        let second = claim(HENAN);
        let new = text(&second, "/new_item/vin").to_lowercase();
        imported(
            database,
            HEADER.to_owned() + &line("replacement", &person(2), &new, "2025-01-01"),
        );
        let answer = dealer.file("register-2", &second).json();
        assert_eq!(
            (&answer["state"], codes(&answer)),
            (&"refused".into(), vec!["already_had_replacement"])
        );
        assert_eq!(answer["reasons"][0]["field"], "/new_item/vin");
        assert_eq!(
            dealer.file("register-3", &claim(HENAN)).json()["state"],
            "reserved"
        );
    });
}

/// What the journal says: kind and amount of each entry.
fn journal(client: &mut Client) -> Vec<(String, String)> {
    let lines = client.get(&format!("/v1/public/journal/{POOL}")).text();
    let entries = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    entries
        .filter(|entry| entry["kind"].is_string())
        .map(|entry| {
            (
                text(&entry, "/kind").to_owned(),
                text(&entry, "/amount").to_owned(),
            )
        })
        .collect()
}

#[test]
fn a_late_award_flags_live_claims_and_changes_nothing_else() {
    on_both(|database| {
        let (_server, mut dealer, mut reviewer) = serve(database);
        let (hit, spared, refused) = (
            claim(NATIONAL),
            claim(NATIONAL),
            at_price(claim(HENAN), "59999.99"),
        );
        let mut filed = Vec::new();
        for (i, claim) in [&hit, &spared, &refused].into_iter().enumerate() {
            filed.push(dealer.file(&format!("late-key-{i}"), claim).json());
        }
        let pool = |client: &mut Client| {
            let mut pool = client.get(&format!("/v1/public/pools/{POOL}")).json();
            for member in ["as_of", "journal_head", "journal_seq"] {
                pool.as_object_mut().unwrap().remove(member);
            }
            pool
        };
        let before = pool(&mut dealer);
        let award = line(
            "scrappage",
            text(&hit, "/consumer/id_number"),
            &vin(5),
            "2026-02-02",
        );
        let early = line(
            "scrappage",
            text(&spared, "/consumer/id_number"),
            &vin(6),
            "2025-12-31",
        );
        let dead = line(
            "scrappage",
            &person(7),
            text(&refused, "/new_item/vin"),
            "2025-02-02",
        );
        let file = [HEADER, &award, &early, &dead].concat();
        assert_eq!(counts(&imported(database, &file)), (3, 3, 1, false));
        assert_eq!(counts(&imported(database, &file)), (3, 0, 0, true));
        // Another file with the same award does not flag twice.
        let again = [HEADER, &award].concat();
        assert_eq!(counts(&imported(database, again)), (1, 0, 0, false));

        let view = |client: &mut Client, n: usize| {
            client
                .get(&format!("/v1/claims/{}", text(&filed[n], "/id")))
                .json()
        };
        let flagged = view(&mut reviewer, 0);
        assert_eq!(flagged["flags"].as_array().unwrap().len(), 1, "{flagged}");
        assert!(
            flagged["flags"]
                .to_string()
                .contains("already_had_scrappage"),
            "{flagged}"
        );
        assert_eq!(
            (&flagged["state"], &flagged["amount"]),
            (&filed[0]["state"], &filed[0]["amount"])
        );
        assert_eq!(
            view(&mut reviewer, 1)["flags"],
            json!([]),
            "an award before the programme flagged"
        );
        assert_eq!(
            view(&mut reviewer, 2)["flags"],
            json!([]),
            "a refused claim was flagged"
        );
        assert!(
            view(&mut dealer, 0)["flags"].is_null(),
            "flags are the bureau's"
        );
        assert_eq!(pool(&mut dealer), before, "money or places moved");
        let entries = journal(&mut dealer);
        assert_eq!(entries.len(), 5, "{entries:?}");
        assert_eq!(
            entries.last().unwrap(),
            &("flagged".to_owned(), "0.00".to_owned())
        );
        let verified = database.run(&["verify"]);
        assert!(
            verified.contains(&format!("{POOL}: ok, 5 entries")),
            "{verified}"
        );
    });
}

#[test]
fn a_late_award_finds_claims_by_either_car_and_in_every_state_that_lives() {
    on_both(|database| {
        let (_server, mut dealer, mut reviewer) = serve(database);
        let (by_new, by_old, withdrawn) = (claim(HENAN), claim(HENAN), claim(NATIONAL));
        let mut ids = Vec::new();
        for (i, claim) in [&by_new, &by_old, &withdrawn].into_iter().enumerate() {
            let answer = dealer.file(&format!("live-key-{i}"), claim);
            ids.push(text(&answer.json(), "/id").to_owned());
        }
        let path = format!("/v1/claims/{}/withdraw", ids[2]);
        assert_eq!(
            dealer
                .call("POST", &path, &[("if-match", "\"1\"")], b"")
                .status,
            200
        );
        let waiting = (0..200)
            .map(|i| (i, claim(NATIONAL)))
            .find_map(|(i, claim)| {
                let answer = dealer.file(&format!("fill-{i}-key"), &claim).json();
                let waits = answer["state"] == "waiting";
                waits.then(|| (text(&answer, "/id").to_owned(), claim))
            });
        let (id, waiting) = waiting.expect("the pool never ends");
        ids.push(id);
        let file = [
            HEADER,
            &line(
                "scrappage",
                &person(1),
                text(&by_new, "/new_item/vin"),
                "2025-03-03",
            ),
            &line(
                "scrappage",
                &person(2),
                text(&by_old, "/old_item/vin"),
                "2025-03-03",
            ),
            &line(
                "scrappage",
                text(&withdrawn, "/consumer/id_number"),
                &vin(3),
                "2026-03-03",
            ),
            &line(
                "replacement",
                text(&waiting, "/consumer/id_number"),
                &vin(4),
                "2026-03-03",
            ),
        ]
        .concat();
        let done = counts(&imported(database, file));
        let flags: Vec<usize> = ids
            .iter()
            .map(|id| {
                reviewer.get(&format!("/v1/claims/{id}")).json()["flags"]
                    .as_array()
                    .unwrap()
                    .len()
            })
            .collect();
        // Henan excludes by the new car only; a claim that was withdrawn lives no more.
        assert_eq!(flags, [1, 0, 0, 1]);
        assert_eq!(done, (4, 4, 2, false));
        database.run(&["verify"]);
    });
}

/// The codes of the flags that a claim has.
fn flags(reviewer: &mut Client, id: &str) -> Vec<String> {
    let claim = reviewer.get(&format!("/v1/claims/{id}")).json();
    let flags = claim["flags"].as_array().unwrap();
    flags
        .iter()
        .map(|flag| flag.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_people_have_cleared_is_not_raised_by_a_file_that_says_it_again() {
    on_both(|database| {
        let (_server, mut dealer, mut reviewer) = serve(database);
        let (cleared, late) = (claim(NATIONAL), claim(NATIONAL));
        let ids = [("cleared-key", &cleared), ("late-key", &late)]
            .map(|(key, claim)| text(&dealer.file(key, claim).json(), "/id").to_owned());
        let award = |claim: &Value, day: &str| {
            let person = text(claim, "/consumer/id_number");
            line("scrappage", person, &vin(8), day)
        };
        let old = award(&cleared, "2026-02-02");
        // A line that stands twice in its file is one award.
        let first = [HEADER, &old, &old].concat();
        assert_eq!(counts(&imported(database, &first)), (2, 1, 1, false));
        let path = format!("/v1/claims/{}/flags/already_had_scrappage/clear", ids[0]);
        let why = json!({ "why": "另一人的记录" });
        let looked = reviewer.post(&path, &why);
        assert_eq!(looked.status, 200, "{}", looked.text());

        // The next file has all that the first had, twice, and one line more.
        let fresh = award(&late, "2026-02-03");
        let cumulative = [HEADER, &old, &fresh, &old, &fresh].concat();
        assert_eq!(counts(&imported(database, &cumulative)), (4, 1, 1, false));
        assert_eq!(flags(&mut reviewer, &ids[0]), [""; 0]);
        assert_eq!(flags(&mut reviewer, &ids[1]), ["already_had_scrappage"]);
        assert_eq!(counts(&imported(database, &cumulative)), (4, 0, 0, true));
        assert_eq!(flags(&mut reviewer, &ids[0]), [""; 0]);

        // Another award of the same person is something that nobody has looked at.
        let another = [HEADER, &old, &award(&cleared, "2026-02-04")].concat();
        assert_eq!(counts(&imported(database, &another)), (2, 1, 1, false));
        assert_eq!(flags(&mut reviewer, &ids[0]), ["already_had_scrappage"]);
        database.run(&["verify"]);
    });
}
