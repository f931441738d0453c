//! Worked examples of every shipped programme, through the program and HTTP on both databases.
//!
//! A line of `tests/data/*examples.jsonl` names a case, what the national register holds before it,
//! and the claims that are filed one after the other with the verdict that each must get.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Value, json};
use support::claims::SELLER;
use support::{Backend, Client, Response, TestDatabase};

const SOURCES: [&str; 2] = [
    include_str!("data/examples.jsonl"),
    include_str!("data/more_examples.jsonl"),
];
const POOL: &str = "examples";

#[derive(Deserialize)]
struct Example {
    name: String,
    #[serde(default)]
    setup: Setup,
    steps: Vec<Step>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Setup {
    #[serde(default)]
    register: Vec<Award>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Award {
    kind: String,
    id_number: String,
    vin: String,
    awarded_on: String,
}

#[derive(Deserialize)]
struct Step {
    claim: Value,
    expect: Expect,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    http: u16,
    state: Option<String>,
    amount: Option<String>,
    #[serde(default)]
    reasons: BTreeSet<String>,
    #[serde(default)]
    fields: BTreeSet<String>,
}

impl Expect {
    /// What an answer says otherwise; `http` is the status of a verdict at this address.
    fn differences(&self, http: u16, answer: &Response) -> Vec<String> {
        let mut found = Vec::new();
        let mut compare =
            |what: &str, expected: &dyn std::fmt::Debug, got: &dyn std::fmt::Debug| {
                let (expected, got) = (format!("{expected:?}"), format!("{got:?}"));
                if expected != got {
                    found.push(format!("{what}: expected {expected}, got {got}"));
                }
            };
        compare("http", &http, &answer.status);
        let body = answer.json();
        let all = |list: &str, member: &str| -> BTreeSet<String> {
            let items = body[list].as_array().map(Vec::as_slice).unwrap_or_default();
            items
                .iter()
                .map(|i| i[member].as_str().unwrap().to_owned())
                .collect()
        };
        compare("fields", &self.fields, &all("errors", "field"));
        compare("reasons", &self.reasons, &all("reasons", "code"));
        if let Some(state) = &self.state {
            compare("state", &Some(state.as_str()), &body["state"].as_str());
            let amount = self.amount.as_deref().unwrap_or("0.00");
            compare("amount", &Some(amount), &body["amount"].as_str());
        }
        found
    }
}

fn examples() -> Vec<Example> {
    let lines = SOURCES.iter().flat_map(|source| source.lines());
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect()
}

/// All packs, one pool with plenty, one dealer, and the awards of every example.
fn set_up(database: &TestDatabase, examples: &[Example]) -> support::Credentials {
    let packs =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/config/programmes")).unwrap();
    let mut ids: Vec<String> = packs
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    ids.sort();
    assert_eq!(ids.len(), 13, "{ids:?}");
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    database.load_programmes(&ids);
    database.create_pool(POOL, "500000000", &ids);
    let mut csv = "kind,id_number,vin,awarded_on\n".to_owned();
    for award in examples.iter().flat_map(|example| &example.setup.register) {
        writeln!(
            csv,
            "{},{},{},{}",
            award.kind, award.id_number, award.vin, award.awarded_on
        )
        .unwrap();
    }
    let file = database.data_dir().join("awards.csv");
    std::fs::write(&file, csv).unwrap();
    database.run(&["register", "import", file.to_str().unwrap()]);
    database.add_dealer(SELLER, "济源示例商贸有限公司", &ids)
}

/// The pool and its journal, without the instants at which they were asked for.
fn everything_public(client: &mut Client) -> (Value, Vec<String>) {
    let mut pool = client.get(&format!("/v1/public/pools/{POOL}")).json();
    pool.as_object_mut().unwrap().remove("as_of");
    let journal = client.get(&format!("/v1/public/journal/{POOL}")).text();
    let lines = journal
        .lines()
        .filter(|line| !line.starts_with("{\"checkpoint\""));
    (pool, lines.map(str::to_owned).collect())
}

/// A verdict carries what its state calls for.
fn well_formed(name: &str, answer: &Response) {
    let body = answer.json();
    let refused = body["state"] == "refused";
    assert_eq!(body["position"].is_null(), refused, "{name}: {body}");
    assert!(
        body["receipt"]
            .as_str()
            .is_some_and(|r| r.split('.').count() == 3),
        "{name}: {body}"
    );
    assert!(
        body["programme_version"]
            .as_str()
            .unwrap()
            .starts_with("sha256:"),
        "{name}: {body}"
    );
    for reason in body["reasons"].as_array().unwrap() {
        for member in ["message", "basis"] {
            assert!(
                reason[member].as_str().is_some_and(|t| !t.is_empty()),
                "{name}: {reason}"
            );
        }
        let field = reason["field"].as_str().unwrap();
        assert!(
            field.is_empty() || field.starts_with('/'),
            "{name}: {reason}"
        );
    }
    let reserved = body["state"] == "reserved";
    let explained = body["explanation"]
        .as_array()
        .is_some_and(|e| !e.is_empty());
    assert!(explained || !reserved, "{name}: {body}");
}

fn examples_on(backend: Backend) {
    let examples = examples();
    let database = TestDatabase::new(backend);
    let credentials = set_up(&database, &examples);
    let server = database.serve();
    let mut client = server.client_of(&credentials);
    let mut wrong = Vec::new();
    let mut note = |name: &str, what: &str, differences: Vec<String>| {
        wrong.extend(
            differences
                .into_iter()
                .map(|d| format!("{backend:?}, {name}, {what}: {d}")),
        );
    };

    let before = everything_public(&mut client);
    for example in &examples {
        let Step { claim, expect } = &example.steps[0];
        let answer = client.post("/v1/claims/check", claim);
        let http = if expect.http == 201 { 200 } else { expect.http };
        note(&example.name, "check", expect.differences(http, &answer));
    }
    assert_eq!(
        everything_public(&mut client),
        before,
        "a check left something behind"
    );

    for (i, example) in examples.iter().enumerate() {
        for (j, Step { claim, expect }) in example.steps.iter().enumerate() {
            let answer = client.file(&format!("example-{i}-{j}"), claim);
            note(
                &example.name,
                &format!("step {j}"),
                expect.differences(expect.http, &answer),
            );
            if answer.status == 201 {
                well_formed(&example.name, &answer);
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    database.run(&["verify"]);
}

#[test]
fn every_example_gets_its_verdict_on_sqlite() {
    examples_on(Backend::Sqlite);
}

#[test]
fn every_example_gets_its_verdict_on_postgres() {
    examples_on(Backend::Postgres);
}

#[test]
fn examples_have_names_of_their_own_and_say_what_they_expect() {
    let examples = examples();
    let names: BTreeSet<&str> = examples.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names.len(), examples.len());
    let expectations = examples.iter().flat_map(|e| &e.steps).map(|s| &s.expect);
    for expect in expectations {
        let refused = expect.state.as_deref() == Some("refused");
        assert_eq!(refused, !expect.reasons.is_empty());
        assert_eq!(expect.http == 422, !expect.fields.is_empty());
        assert_eq!(expect.http == 201, expect.state.is_some());
    }
}

#[test]
fn a_verdict_that_differs_is_noticed() {
    let answer = Response {
        status: 201,
        headers: Vec::new(),
        body: json!({"state": "refused", "amount": "0.00",
            "reasons": [{"code": "price_below_floor"}, {"code": "seller_mismatch"}]})
        .to_string()
        .into_bytes(),
    };
    let right = Expect {
        http: 201,
        state: Some("refused".into()),
        amount: None,
        reasons: ["seller_mismatch".into(), "price_below_floor".into()].into(),
        fields: BTreeSet::new(),
    };
    assert!(right.differences(201, &answer).is_empty());
    let one_reason = ["seller_mismatch".to_owned()].into();
    let one_field = ["/invoice".to_owned()].into();
    for planted in [
        Expect {
            state: Some("waiting".into()),
            ..right.clone()
        },
        Expect {
            amount: Some("0.01".into()),
            ..right.clone()
        },
        Expect {
            reasons: one_reason,
            ..right.clone()
        },
        Expect {
            fields: one_field,
            ..right.clone()
        },
    ] {
        assert_eq!(planted.differences(201, &answer).len(), 1);
    }
    assert_eq!(right.differences(200, &answer).len(), 1);
}

/// A yearly limit counts anew with the year of the invoice. No shipped programme runs over two
/// years, so a copy of one is stretched.
#[test]
fn a_limit_of_a_calendar_year_counts_anew_in_the_next() {
    const ID: &str = "henan-car-replacement-2025";
    let shipped = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/config/programmes/henan-car-replacement-2025.toml"
    ))
    .unwrap();
    for backend in Backend::ALL {
        let database = TestDatabase::new(backend);
        let file = database.data_dir().join("two-years.toml");
        std::fs::write(&file, shipped.replace("to = 2025-12-31", "to = 2026-12-31")).unwrap();
        database.run(&["programme", "load", file.to_str().unwrap()]);
        database.create_pool(POOL, "1000000", &[ID]);
        let credentials = database.add_dealer(SELLER, "济源示例商贸有限公司", &[ID]);
        let server = database.serve();
        let mut client = server.client_of(&credentials);
        let person = support::claims::claim(ID)["consumer"]["id_number"].clone();
        let days = [
            ("2025-06-01", "reserved"),
            ("2025-12-31", "refused"),
            ("2026-01-01", "reserved"),
        ];
        for (day, state) in days {
            let mut claim = support::claims::claim(ID);
            for pointer in [
                "/consumer/id_number",
                "/old_item/owner_id_number",
                "/old_item/disposal/seller_id_number",
                "/invoice/buyer_id_number",
            ] {
                claim = support::claims::with(claim, pointer, person.clone());
            }
            for pointer in [
                "/invoice/date",
                "/old_item/disposal/date",
                "/new_item/registered_on",
            ] {
                claim = support::claims::with(claim, pointer, json!(day));
            }
            let answer = client.file(&format!("year-{day}"), &claim).json();
            assert_eq!(answer["state"], state, "{backend:?}, {day}: {answer}");
        }
    }
}
