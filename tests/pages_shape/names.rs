//! `/in-my-name`: claims of every programme are found by number and name together.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use diesel::connection::{Connection, InstrumentationEvent};
use serde_json::{Value, json};
use tradein::operations::in_my_name;
use tradein::storage::{Database, Target, claim_persons, claims as rows};

use crate::browser::Browser;
use crate::page::Page;
use crate::place::Place;
use crate::support::Backend;
use crate::support::claims::{claim, with};

/// One that gives a person a place of his own, and one that does not.
const PROGRAMMES: [&str; 2] = ["henan-car-replacement-2025", "national-car-scrappage-2025"];

fn ask(visitor: &Browser, number: &str, name: &str) -> Page {
    let answer = visitor.ask("/in-my-name", &[("id_number", number), ("name", name)]);
    answer.is(200);
    answer.whole()
}

fn person(claim: &Value) -> (&str, &str) {
    let text = |member: &str| claim["consumer"][member].as_str().unwrap();
    (text("id_number"), text("name"))
}

fn claims_are_found(backend: Backend) {
    let place = Place::new(backend, "1000000", &PROGRAMMES);
    let visitor = place.visitor();
    let mut filed = Vec::new();
    for programme in PROGRAMMES {
        let claim = claim(programme);
        let answer = place.file(&claim);
        assert_eq!(answer["state"], "reserved", "{answer}");
        let (number, name) = person(&claim);
        let found = ask(&visitor, &format!(" {} ", number.to_lowercase()), name);
        found.has(&["1 笔申请", "示范汽车", "资金已预留", "0391-1234567"]);
        // Nothing else of the claim is told, and nothing of the person.
        found.lacks(&[
            number,
            name,
            answer["number"].as_str().unwrap(),
            "14,000.00",
        ]);
        filed.push((claim, answer));
    }
    let (claim, answer) = &filed[1];
    let (number, name) = person(claim);
    let wrong_name = ask(&visitor, number, "欧阳不存在");
    let nobody = ask(&visitor, "419099199001010014", name);
    let no_number = ask(&visitor, "12", name);
    assert_eq!(
        without_minute(&wrong_name.html),
        without_minute(&nobody.html)
    );
    assert_eq!(
        without_minute(&no_number.html),
        without_minute(&nobody.html)
    );
    nobody.has(&["没有与该证件号码和姓名同时相符的申请"]);

    // What the journal has been read to is found without looking at its tail.
    let database = Database::open(Target::parse(place.database.url()).unwrap(), 1).unwrap();
    let mut conn = database.get().unwrap();
    while in_my_name::follow(&mut conn).unwrap() {}
    let number = answer["number"].as_str().unwrap();
    let row = rows::by_number(&mut conn, number).unwrap().unwrap();
    let found = claim_persons::of_person(&mut conn, &row.person_hash, 10, 0).unwrap();
    assert_eq!(
        found.claims.iter().map(|c| c.id).collect::<Vec<_>>(),
        [row.id]
    );
    assert_eq!(found.upto, None);
    place.file(&with(
        claim.clone(),
        "/invoice/number",
        json!("25412000000099999999"),
    ));
    let found = claim_persons::of_person(&mut conn, &row.person_hash, 10, 10).unwrap();
    assert_eq!(found.claims.len(), 2);
}

/// A claim is found wherever the journal is read on while somebody asks: before each of the
/// statements of the question in turn.
fn nobody_is_passed_over(backend: Backend) {
    let place = Place::new(backend, "1000000", &PROGRAMMES[..1]);
    let answer = place.file(&claim(PROGRAMMES[0]));
    let target = Target::parse(place.database.url()).unwrap();
    let (mut asking, reading) = (target.open().unwrap(), target.open().unwrap());
    let number = answer["number"].as_str().unwrap();
    let row = rows::by_number(&mut asking, number).unwrap().unwrap();
    // The service reads on, too: what it has read is forgotten before each question.
    let forget = "DELETE FROM claim_persons; DELETE FROM claim_persons_read";
    let reading = Arc::new(Mutex::new(reading));
    let mut statement = 1;
    loop {
        place.database.execute(forget);
        let (seen, reader) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&reading));
        let count = Arc::clone(&seen);
        asking.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::StartQuery { .. })
                && count.fetch_add(1, Ordering::SeqCst) + 1 == statement
            {
                while in_my_name::follow(&mut reader.lock().unwrap()).unwrap() {}
            }
        });
        let found = claim_persons::of_person(&mut asking, &row.person_hash, 10, 10).unwrap();
        let found: Vec<_> = found.claims.iter().map(|claim| claim.id).collect();
        assert_eq!(found, [row.id], "read on before statement {statement}");
        if seen.load(Ordering::SeqCst) < statement {
            break;
        }
        statement += 1;
    }
    assert!(statement > 3, "{statement}");
}

#[test]
fn nobody_is_passed_over_while_the_journal_is_read() {
    Backend::ALL.into_iter().for_each(nobody_is_passed_over);
}

/// The page without the minute up to which it speaks.
fn without_minute(page: &str) -> String {
    let (head, rest) = page.split_once("截至").unwrap();
    let (_, tail) = rest.split_once("提交的申请").unwrap();
    format!("{head}{tail}")
}

#[test]
fn claims_are_found_by_number_and_name_sqlite() {
    claims_are_found(Backend::Sqlite);
}

#[test]
fn claims_are_found_by_number_and_name_postgres() {
    claims_are_found(Backend::Postgres);
}

#[test]
fn who_types_nothing_is_told_so_and_who_asks_too_often_waits() {
    let place = Place::new(Backend::Sqlite, "1000000", &PROGRAMMES[..1]);
    let visitor = place.visitor();
    let typed = [("id_number", ""), ("name", "王\"小明")];
    let empty = visitor.ask("/in-my-name", &typed);
    assert_eq!(empty.status, 422);
    empty
        .whole()
        .has(&["role=\"alert\"", "id=\"no-number\"", "王&#34;小明"]);
    let members = [("id_number", "419099199001010014"), ("name", "王小明")];
    let statuses: Vec<u16> = (0..6)
        .map(|_| visitor.ask("/in-my-name", &members).status)
        .collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 429]);
    // Another spelling is the same number.
    let members = [("id_number", "419099-19900101-0014"), ("name", "王小明")];
    assert_eq!(visitor.ask("/in-my-name", &members).status, 429);
}
