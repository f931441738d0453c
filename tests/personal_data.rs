//! Where personal data must not be: logs, metrics, answers, and the database as it lies on the disk.
//!
//! Persons who are unmistakable go through every route and every error, with the log at its loudest,
//! and then everything that the service has said and kept is searched for them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

#[path = "personal_data/canary.rs"]
mod canary;
#[path = "personal_data/pages.rs"]
mod pages;
#[path = "personal_data/rekeying.rs"]
mod rekeying;
#[path = "personal_data/stored.rs"]
mod stored;
#[allow(dead_code, reason = "this test uses a part of it")]
#[path = "security/world.rs"]
mod world;

use std::fmt::Write as _;

use canary::{Canary, found};
use serde_json::{Value, json};
use support::claims::{SELLER, at_price, claim, with};
use support::{Backend, Client, Response, Server, TestDatabase};

const CARS: &str = "henan-car-replacement-2025";
const PHONES: &str = "national-digital-2025";
const POOL: &str = "canaries";

/// Everything that the service says, kept for the search.
struct Heard {
    answers: Vec<(String, String)>,
}

impl Heard {
    fn note(&mut self, what: &str, answer: &Response) {
        let mut text = String::new();
        for (name, value) in &answer.headers {
            writeln!(text, "{name}: {value}").unwrap();
        }
        text += &answer.text();
        self.answers.push((what.to_owned(), text));
    }
}

const JSON: (&str, &str) = ("content-type", "application/json");

/// Claims that are held, refused, malformed, repeated, unreadable, and too large.
fn file_claims(client: &mut Client, people: &[Canary], heard: &mut Heard) -> Vec<Value> {
    let mut filed = Vec::new();
    let claims = [
        people[0].in_claim(claim(CARS)),
        people[1].in_claim(claim(PHONES)),
        people[2].in_claim(at_price(claim(CARS), "59999.99")),
        with(
            people[3].in_claim(claim(CARS)),
            "/invoice/buyer_id_number",
            json!(people[4].id_number),
        ),
    ];
    for (i, claim) in claims.iter().enumerate() {
        let key = format!("canary-key-{i}");
        for (what, language) in [("filed", "zh"), ("filed again", "en")] {
            let headers = [
                JSON,
                ("idempotency-key", key.as_str()),
                ("accept-language", language),
            ];
            let answer = client.call("POST", "/v1/claims", &headers, claim.to_string().as_bytes());
            assert_eq!(answer.status, 201, "{}", answer.text());
            heard.note(what, &answer);
            if what == "filed" {
                filed.push(answer.json());
            }
        }
        heard.note("checked", &client.post("/v1/claims/check", claim));
        let other = with(
            claim.clone(),
            "/consumer/bank_account/bank",
            json!("另一家银行"),
        );
        heard.note("key reused", &client.file(&key, &other));
    }
    let whole = people[5].in_claim(claim(CARS));
    for pointer in [
        "/consumer/id_number",
        "/consumer/mobile",
        "/consumer/bank_account/number",
        "/new_item/vin",
        "/invoice/total",
    ] {
        for wrong in [
            json!(people[5].id_number.clone() + "0"),
            json!(5),
            json!({"x": people[5].name}),
            Value::Null,
        ] {
            heard.note(
                "malformed",
                &client.file("canary-malformed", &with(whole.clone(), pointer, wrong)),
            );
        }
    }
    let text = whole.to_string();
    let twice = text.replacen(
        "\"name\":",
        &format!("\"name\":\"{}\",\"name\":", people[5].name),
        1,
    );
    let unfinished = text[..text.len() - 1].to_owned();
    let huge = format!("{text}{}", " ".repeat(70_000));
    for body in [
        twice,
        unfinished,
        huge,
        format!("[{text}"),
        text.replace("{\"", "{'"),
    ] {
        let headers = [JSON, ("idempotency-key", "canary-broken")];
        heard.note(
            "broken",
            &client.call("POST", "/v1/claims", &headers, body.as_bytes()),
        );
        heard.note(
            "broken check",
            &client.call("POST", "/v1/claims/check", &[JSON], body.as_bytes()),
        );
    }
    filed
}

/// The same persons where they have no business: wrong tokens, addresses, queries, other routes.
fn go_astray(server: &Server, token: &str, people: &[Canary], heard: &mut Heard) {
    let body = people[0].in_claim(claim(CARS)).to_string();
    let last = &people[5];
    for authorization in [
        "Bearer x.y.z".to_owned(),
        format!("Bearer {}", last.id_number),
        format!("Basic {}", last.mobile),
    ] {
        let headers = [
            JSON,
            ("idempotency-key", "canary-astray"),
            ("authorization", authorization.as_str()),
        ];
        heard.note(
            "wrong token",
            &server
                .client()
                .call("POST", "/v1/claims", &headers, body.as_bytes()),
        );
    }
    let mut client = server.client().with_token(token);
    for (what, headers) in [
        ("no key", vec![JSON]),
        (
            "odd key",
            vec![JSON, ("idempotency-key", last.name.as_str())],
        ),
        (
            "a person as the key",
            vec![JSON, ("idempotency-key", last.id_number.as_str())],
        ),
        (
            "wrong type",
            vec![
                ("content-type", last.mobile.as_str()),
                ("idempotency-key", "canary-astray"),
            ],
        ),
        (
            "wrong encoding",
            vec![
                JSON,
                ("content-encoding", "gzip"),
                ("idempotency-key", "canary-astray"),
            ],
        ),
        (
            "a person as the request's name",
            vec![JSON, ("x-request-id", last.name.as_str())],
        ),
    ] {
        let answer = client.call("POST", "/v1/claims", &headers, body.as_bytes());
        if what != "a person as the key" {
            assert!(
                (400..500).contains(&answer.status),
                "{what}: {}",
                answer.text()
            );
        }
        heard.note(what, &answer);
    }
    for path in [
        format!("/v1/claims/{}", last.id_number),
        format!("/v1/claims?cursor={}", last.id_number),
        format!(
            "/v1/claims?programme={}&state={}",
            last.mobile, last.account
        ),
        format!("/v1/public/pools/{}", last.id_number),
        format!("/v1/public/journal/{}", last.mobile),
        format!("/{}", last.account),
    ] {
        heard.note("astray", &client.get(&path));
    }
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        last.id_number, last.mobile
    );
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    heard.note(
        "wrong client",
        &server
            .client()
            .call("POST", "/oauth/token", &headers, form.as_bytes()),
    );
}

/// Everybody who may look, looks.
fn look_around(
    database: &TestDatabase,
    server: &Server,
    token: &str,
    filed: &[Value],
    people: &[Canary],
    heard: &mut Heard,
) {
    let reviewer = database.add_staff("reviewer", "reviewer");
    let mut viewers = [
        server.client().with_token(token),
        server.client_of(&reviewer),
    ];
    for viewer in &mut viewers {
        heard.note("list", &viewer.get("/v1/claims?limit=100"));
        for claim in filed {
            let answer = viewer.get(&format!("/v1/claims/{}", claim["id"].as_str().unwrap()));
            assert_eq!(answer.status, 200, "{}", answer.text());
            heard.note("claim", &answer);
        }
    }
    // Somebody writes about a person who has called.
    let path = format!("/v1/claims/{}/flags", filed[0]["id"].as_str().unwrap());
    let person = &people[0];
    let why = format!("{} {} {}", person.name, person.mobile, person.id_number);
    let flag = json!({ "code": "under_inquiry", "why": why });
    let raised = viewers[1].post(&path, &flag);
    assert_eq!(raised.status, 200, "{}", raised.text());
    heard.note("flagged", &raised);
    let clear = json!({ "why": why });
    let cleared = viewers[1].post(&format!("{path}/under_inquiry/clear"), &clear);
    assert_eq!(cleared.status, 200, "{}", cleared.text());
    heard.note("cleared", &cleared);
    let tail = |text: &str| text[text.len() - 4..].to_owned();
    for (i, claim) in filed.iter().enumerate() {
        let right = json!({"number": claim["number"], "id_tail": tail(&people[i].id_number), "mobile_tail": tail(&people[i].mobile)});
        let answer = server.client().post("/v1/public/claim-status", &right);
        assert_eq!(answer.status, 200, "{}", answer.text());
        heard.note("status", &answer);
        for (member, wrong) in [
            ("mobile_tail", json!("0000")),
            ("id_tail", json!(people[i].id_number)),
            ("number", json!(people[i].mobile)),
            ("name", json!(people[i].name)),
        ] {
            let question = with(right.clone(), &format!("/{member}"), wrong);
            heard.note(
                "wrong status",
                &server.client().post("/v1/public/claim-status", &question),
            );
        }
    }
    let path = format!("/v1/claims/{}/withdraw", filed[1]["id"].as_str().unwrap());
    for tag in ["\"9\"", "\"1\"", "\"1\""] {
        heard.note(
            "withdrawn",
            &viewers[0].call("POST", &path, &[("if-match", tag)], b""),
        );
    }
    for path in [
        "/v1/public/pools",
        "/v1/public/programmes",
        "/v1/public/dealers",
        "/metrics",
        "/readyz",
        "/openapi.json",
        "/.well-known/jwks.json",
    ] {
        heard.note("public", &server.client().get(path));
    }
    heard.note(
        "journal",
        &server.client().get(&format!("/v1/public/journal/{POOL}")),
    );
}

/// Somebody unseals a claim, a dealer is suspended, and both say why with a person's name in it:
/// auditors and the bureau read it as it was written.
fn give_reasons(database: &TestDatabase, server: &Server, claim: &Value, person: &Canary) {
    let why = format!("{} {} {}", person.name, person.mobile, person.id_number);
    let asked = json!({ "why": why });
    let auditor = database.add_staff("auditor", "auditor");
    let mut auditor = server.client_of(&auditor);
    let path = format!("/v1/claims/{}/unseal", claim["id"].as_str().unwrap());
    assert_eq!(auditor.post(&path, &asked).status, 200);
    let log = auditor.get("/v1/audit/access-log").json();
    assert_eq!(log["items"][0]["why"], json!(why), "{log}");
    let operator = database.add_staff("operator", "operator");
    let mut operator = server.client_of(&operator);
    for act in ["suspend", "resume"] {
        let done = operator.post(&format!("/v1/dealers/{SELLER}/{act}"), &asked);
        assert_eq!(done.status, 200, "{}", done.text());
        assert_eq!(done.json()["changes"][0]["why"], json!(why));
    }
}

/// Claims of two persons: the one's resident number is typed as the invoice's, and reads as that of
/// an old paper invoice; the other's telephone stands within an e-invoice's.
fn invoices_of(one: &Canary, other: &Canary) -> [(String, Value); 2] {
    let number = &one.id_number;
    let paper = format!("{}-{}", &number[..10], &number[10..]);
    let e_invoice = format!("2541{}00001", other.mobile);
    let claim = |person: &Canary, typed: &str| {
        with(
            person.in_claim(claim(CARS)),
            "/invoice/number",
            json!(typed),
        )
    };
    [
        (paper, claim(one, number)),
        (e_invoice.clone(), claim(other, &e_invoice)),
    ]
}

/// The register's awards of these persons, and a file that is refused: what the command says.
fn import(database: &TestDatabase, people: &[Canary], heard: &mut Heard) {
    for (name, last) in [("good.csv", "2025-02-02"), ("bad.csv", "2025-02-30")] {
        let vin = claim(CARS)["new_item"]["vin"].as_str().unwrap().to_owned();
        let file = database.data_dir().join(name);
        let lines = format!(
            "kind,id_number,vin,awarded_on\nscrappage,{},{vin},{last}\n",
            people[0].id_number
        );
        std::fs::write(&file, lines).unwrap();
        let mut command = database.command(&["register", "import", file.to_str().unwrap()]);
        let output = command.env("TRADEIN_LOG", "trace").output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        heard.answers.push((
            "import".to_owned(),
            String::from_utf8_lossy(&said).into_owned(),
        ));
        // What the bureau was given lies in its own file, not in ours.
        std::fs::remove_file(&file).unwrap();
    }
}

fn nobody_is_found_on(backend: Backend) {
    let database = TestDatabase::new(backend);
    database.load_programmes(&[CARS, PHONES]);
    database.create_pool(POOL, "1000000", &[CARS, PHONES]);
    let credentials = database.add_dealer(SELLER, "济源示例商贸有限公司", &[CARS, PHONES]);
    let mut server = database.serve_with(|command| {
        command.env("TRADEIN_LOG", "trace");
    });
    let token = server
        .client()
        .token(&credentials.client_id, &credentials.client_secret);
    let people: Vec<Canary> = (0..6).map(Canary::new).collect();
    let mut traces: Vec<String> = people.iter().flat_map(Canary::traces).collect();
    let mut heard = Heard {
        answers: Vec::new(),
    };

    let mut client = server.client().with_token(&token);
    let mut filed = file_claims(&mut client, &people, &mut heard);
    let states: Vec<&str> = filed
        .iter()
        .map(|claim| claim["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["reserved", "reserved", "refused", "refused"]);
    for (i, (number, claim)) in invoices_of(&people[4], &people[5]).into_iter().enumerate() {
        let answer = client.file(&format!("canary-invoice-{i}"), &claim);
        assert_eq!(answer.status, 201, "{}", answer.text());
        heard.note("an invoice that names somebody", &answer);
        filed.push(answer.json());
        traces.push(number);
    }
    go_astray(&server, &token, &people, &mut heard);
    import(&database, &people, &mut heard);
    look_around(&database, &server, &token, &filed, &people, &mut heard);
    give_reasons(&database, &server, &filed[0], &people[0]);
    drop(client);
    assert!(server.stop().success());

    for (what, text) in &heard.answers {
        let hits = found(text, &traces);
        assert!(hits.is_empty(), "{backend:?}: {what} says {hits:?}: {text}");
    }
    let masked = heard
        .answers
        .iter()
        .filter(|(_, text)| text.contains("419099********"))
        .count();
    assert!(
        masked > 8,
        "the masked numbers were not shown either: what was searched?"
    );
    let log = server.stderr();
    assert!(
        log.lines().count() > 50 && log.contains("TRACE"),
        "the log was not at its loudest"
    );
    let hits: Vec<&str> = log
        .lines()
        .filter(|line| !found(line, &traces).is_empty())
        .collect();
    assert!(
        hits.is_empty(),
        "{backend:?}: {} lines of the log: {:?}",
        hits.len(),
        hits.first()
    );
    let kept = stored::everything(&database);
    assert!(
        kept.contains(POOL) && kept.contains(SELLER),
        "the rows were not read"
    );
    let hits = found(&kept, &traces);
    assert!(hits.is_empty(), "{backend:?}: the database holds {hits:?}");
    stored::plant(&database, &people[0]);
    assert!(
        !found(&stored::everything(&database), &traces).is_empty(),
        "a planted person was not found"
    );
}

#[test]
fn no_person_is_found_anywhere_on_sqlite() {
    nobody_is_found_on(Backend::Sqlite);
}

#[test]
fn no_person_is_found_anywhere_on_postgres() {
    nobody_is_found_on(Backend::Postgres);
}
