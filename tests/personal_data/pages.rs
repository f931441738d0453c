//! The same search after people have worked with the pages, and webhooks have gone out.
//!
//! A page shows to who typed it what was typed, and to who has the right what was unsealed: so the
//! log, the metrics, the webhooks and the database are searched, and the answers to strangers.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tradein::table_file::{Format, read, write};

use super::canary::{Canary, found};
use super::stored;
use super::support::Backend;
use super::support::claims::{claim, with};
use super::world::{Browser, PASSWORD, PROGRAMME, World};

/// Takes webhooks; gives its address and what came.
fn receiver() -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let came = Arc::new(Mutex::new(String::new()));
    let all = Arc::clone(&came);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let wait = std::time::Duration::from_millis(500);
            stream.set_read_timeout(Some(wait)).unwrap();
            let mut request = Vec::new();
            // Until the other side waits for an answer.
            let _ = stream.read_to_end(&mut request);
            *all.lock().unwrap() += &String::from_utf8_lossy(&request);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        }
    });
    (url, came)
}

fn gather(value: &Value, pointer: &str, typed: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                gather(value, &format!("{pointer}/{name}"), typed);
            }
        }
        Value::Array(items) => {
            for (i, value) in items.iter().enumerate() {
                gather(value, &format!("{pointer}/{i}"), typed);
            }
        }
        Value::String(text) => typed.push((pointer.to_owned(), text.clone())),
        Value::Number(number) => typed.push((pointer.to_owned(), number.to_string())),
        Value::Null | Value::Bool(_) => {}
    }
}

/// A claim as the form and the table have it.
fn typed(claim: &Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    gather(claim, "", &mut all);
    all.retain(|(name, _)| !name.ends_with("/kind") && name != "/programme");
    all
}

/// Claims of a person that are wrong here and there.
fn mistaken(person: &Canary) -> Vec<Value> {
    let whole = person.in_claim(claim(PROGRAMME));
    let wrong = |pointer: &str, text: String| with(whole.clone(), pointer, json!(text));
    vec![
        wrong("/consumer/mobile", format!("{}0", person.mobile)),
        wrong("/consumer/id_number", format!("{}0", person.id_number)),
        wrong("/invoice/date", person.account.clone()),
        wrong("/invoice/number", person.name.clone()),
        wrong("/invoice/date", "2020-01-01".to_owned()),
    ]
}

/// The form, with mistakes and without.
fn type_claims(clerk: &mut Browser, person: &Canary, right: &Value) {
    let place = format!("/dealer/claims/new?programme={PROGRAMME}");
    let token = clerk.form_token(&place);
    let mut claims = mistaken(person);
    claims.push(right.clone());
    for (i, claim) in claims.iter().enumerate() {
        let fields = typed(claim);
        let key = format!("canary-form-{i}");
        let mut members: Vec<(&str, &str)> = vec![
            ("form_token", &token),
            ("programme", PROGRAMME),
            ("key", &key),
        ];
        members.extend(fields.iter().map(|(a, b)| (a.as_str(), b.as_str())));
        for path in ["check", "check-fields", "new"] {
            let answer = clerk.post(&format!("/dealer/claims/{path}"), &members);
            assert!(answer.status < 500, "{path}: {}", answer.text());
            if path == "new" && i + 1 == claims.len() {
                assert_eq!(answer.status, 303, "{}", answer.text());
            }
        }
    }
}

/// A table whose lines are refused, under a name that says whose they are.
fn upload(clerk: &mut Browser, person: &Canary) {
    let path = format!("/dealer/uploads/template?programme={PROGRAMME}&format=xlsx");
    let head = read(&clerk.get(&path).body).unwrap().rows[0].1.clone();
    let lines: Vec<Vec<String>> = mistaken(person)
        .iter()
        .map(|claim| {
            let fields = typed(claim);
            let cell = |name: &String| {
                let found = fields.iter().find(|(known, _)| known == name);
                found.map_or_else(String::new, |(_, value)| value.clone())
            };
            head.iter().map(cell).collect()
        })
        .collect();
    let table = write(Format::Csv, &head, &lines).unwrap();
    let form = clerk.form("/dealer/uploads").with("programme", PROGRAMME);
    let name = format!("{}.csv", person.name);
    let sent = clerk.send(&form.file(("file", &name, "text/csv", &table)));
    assert_eq!(sent.status, 303, "{}", sent.text());
    let place = sent.header("location").unwrap().to_owned();
    for _ in 0..600 {
        let page = clerk.get(&place).text();
        // The form by which what is bad comes back.
        if page.contains("to-mend") {
            let back = clerk.get(&format!("{place}/to-mend"));
            assert!(back.text().contains(&person.mobile), "nothing was refused");
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("the upload does not end");
}

/// Strangers who ask for a claim, rightly and wrongly; what they were told.
fn ask(world: &World, number: &str, person: &Canary) -> String {
    let tail = |text: &str| text[text.len() - 4..].to_owned();
    let (id, mobile) = (tail(&person.id_number), tail(&person.mobile));
    let mut told = String::new();
    for members in [
        [
            ("number", number),
            ("id_tail", &id),
            ("mobile_tail", &mobile),
        ],
        [
            ("number", number),
            ("id_tail", &id),
            ("mobile_tail", "0000"),
        ],
    ] {
        told += &world.browser().post("/", &members).text();
    }
    for name in [person.name.as_str(), "王小明"] {
        let members = [("id_number", person.id_number.as_str()), ("name", name)];
        let mut browser = world.browser();
        let answer = browser.post("/in-my-name", &members);
        assert!(answer.status < 500, "{}", answer.text());
    }
    told
}

/// The desk: lists, a claim, its data unsealed, a finding with a person in it.
fn review(world: &World, id: &str, person: &Canary) {
    let (mut desk, mut shown) = world.official("li", "reviewer");
    let entered = desk.sign_in("/bureau", "li", PASSWORD, &shown.next());
    assert_eq!(entered.status, 303, "{}", entered.text());
    let path = format!("/bureau/claims/{id}");
    let token = desk.form_token(&path);
    for path in ["/bureau", "/bureau/claims", "/bureau/review", &path] {
        assert_eq!(desk.get(path).status, 200, "{path}");
    }
    desk.get(&format!("/bureau/claims?number={}", person.id_number));
    let reason = format!("letter of {}, {}", person.name, person.mobile);
    let why = [("form_token", token.as_str()), ("why", &reason)];
    let open = desk.post(&format!("{path}/unseal"), &why).text();
    assert!(open.contains(&person.id_number), "{open}");
    let said = format!("{} {} called", person.name, person.mobile);
    let members = [
        ("form_token", token.as_str()),
        ("code", "under_inquiry"),
        ("why", &said),
    ];
    let raised = desk.post(&format!("{path}/flags"), &members);
    assert_eq!(raised.status, 303, "{}", raised.text());
}

fn nobody_is_found_after_the_pages_on(backend: Backend) {
    let mut world = World::with(backend, |command| {
        command.env("TRADEIN_LOG", "trace");
        command.env("TRADEIN_WEBHOOKS_SANDBOX", "true");
    });
    let people: Vec<Canary> = (0..6).map(Canary::new).collect();
    let traces: Vec<String> = people.iter().flat_map(Canary::traces).collect();
    let (url, came) = receiver();
    let mut program = world.program(0);
    let hook = program.post(
        "/v1/webhooks",
        &json!({ "url": url, "types": ["claim.refused"] }),
    );
    assert_eq!(hook.status, 201, "{}", hook.text());
    let mut clerk = world.clerk(0, "zhang");
    type_claims(
        &mut clerk,
        &people[1],
        &people[0].in_claim(claim(PROGRAMME)),
    );
    upload(&mut clerk, &people[2]);
    let filed = program.get("/v1/claims?state=reserved").json();
    let filed = &filed["items"][0];
    let told = ask(&world, filed["number"].as_str().unwrap(), &people[0]);
    assert!(found(&told, &traces).is_empty(), "{told}");
    review(&world, filed["id"].as_str().unwrap(), &people[0]);
    let metrics = world.server.client().get("/metrics").text();
    assert!(metrics.contains("tradein_") && found(&metrics, &traces).is_empty());
    for _ in 0..300 {
        if came.lock().unwrap().contains("claim.refused") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let came = came.lock().unwrap().clone();
    assert!(came.contains("claim.refused"), "no webhook came");
    assert!(found(&came, &traces).is_empty(), "{came}");
    drop((clerk, program));
    assert!(world.server.stop().success());

    let log = world.server.stderr();
    assert!(log.contains("TRACE"), "the log was not at its loudest");
    let lines = log.lines().filter(|line| !found(line, &traces).is_empty());
    assert_eq!(lines.collect::<Vec<_>>(), Vec::<&str>::new());
    let hits = found(&stored::everything(&world.database), &traces);
    assert!(hits.is_empty(), "{backend:?}: the database holds {hits:?}");
    stored::plant(&world.database, &people[0]);
    let hits = found(&stored::everything(&world.database), &traces);
    assert!(!hits.is_empty(), "a planted person was not found");
}

#[test]
fn no_person_is_found_after_the_pages_on_sqlite() {
    nobody_is_found_after_the_pages_on(Backend::Sqlite);
}

#[test]
fn no_person_is_found_after_the_pages_on_postgres() {
    nobody_is_found_after_the_pages_on(Backend::Postgres);
}
