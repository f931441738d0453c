//! `/`: first steps, and the way of a claim as its applicant reads it.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::page::Page;
use crate::place::{PROGRAMME, Place, dear, tail};
use crate::support::claims::{claim, with};
use crate::support::{Backend, TestDatabase};

#[test]
fn without_a_pool_the_start_page_says_what_to_do_first() {
    let database = TestDatabase::new(Backend::Sqlite);
    let server = database.serve();
    let visitor = Browser::new(server.client()).in_chinese();
    let start = visitor.get("/").whole();
    start.has(&[
        "tradein pool create",
        "tradein demo --serve",
        "/bureau/sign-in",
    ]);
    start.lacks(&["id_tail"]);
    database.load_programmes(&[PROGRAMME]);
    database.create_pool("cars", "1000000", &[PROGRAMME]);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    visitor
        .get("/?number=JY25-0000123-7")
        .whole()
        .has(&["value=\"JY25-0000123-7\"", "id_tail"]);
}

fn look_up(place: &Place, filed: &Value, claim: &Value) -> Page {
    let members = [
        ("number", filed["number"].as_str().unwrap()),
        ("id_tail", tail(&claim["consumer"]["id_number"])),
        ("mobile_tail", tail(&claim["consumer"]["mobile"])),
    ];
    place.visitor().ask("/", &members)
}

/// Takes a claim back, or takes that back.
fn act(place: &Place, filed: &Value, act: &str) {
    let mut shop = place.shop();
    let path = format!("/v1/claims/{}", filed["id"].as_str().unwrap());
    let seen = shop.get(&path);
    let etag = seen.header("etag").unwrap().to_owned();
    let done = shop.call(
        "POST",
        &format!("{path}/{act}"),
        &[("if-match", &etag)],
        b"",
    );
    assert_eq!(done.status, 200, "{}", done.text());
}

fn a_claim_is_told_to_its_applicant(backend: Backend) {
    // Enough for one claim only, so that the second one waits.
    let place = Place::new(backend, "20000", &[PROGRAMME]);
    let first = dear();
    let filed = place.file(&first);
    let told = look_up(&place, &filed, &first).whole();
    told.has(&[
        filed["number"].as_str().unwrap(),
        "资金已预留",
        "已受理，补贴资金已为您预留",
        "示范汽车",
        "示范区商务局",
        "0391-1234567",
        "还缺的材料",
        "依据：",
        "https://trade-in.example/?number=",
        "class=\"qr\"",
        "24:00 前",
    ]);
    // Nothing of what was proven stands in the page.
    let id = first["consumer"]["id_number"].as_str().unwrap();
    told.lacks(&[id, first["consumer"]["name"].as_str().unwrap(), "recommend"]);

    act(&place, &filed, "withdraw");
    act(&place, &filed, "undo-withdrawal");
    let told = look_up(&place, &filed, &first).whole();
    told.has(&["经营主体撤回了申请", "取消了撤回，申请恢复"]);

    let second = dear();
    let waits = place.file(&second);
    assert_eq!(waits["state"], "waiting");
    let third = dear();
    let behind = place.file(&third);
    look_up(&place, &waits, &second)
        .whole()
        .has(&["排队候补", "进入排队", "第 1 位"]);
    look_up(&place, &behind, &third)
        .whole()
        .has(&["第 2 位", "1 笔申请"]);

    let old = with(claim(PROGRAMME), "/invoice/date", json!("2020-01-01"));
    let refused = place.file(&old);
    assert_eq!(refused["state"], "refused");
    let reason = refused["reasons"][0]["message"].as_str().unwrap();
    look_up(&place, &refused, &old)
        .whole()
        .has(&["未予受理的原因", reason]);
}

#[test]
fn a_claim_is_told_to_its_applicant_sqlite() {
    a_claim_is_told_to_its_applicant(Backend::Sqlite);
}

#[test]
fn a_claim_is_told_to_its_applicant_postgres() {
    a_claim_is_told_to_its_applicant(Backend::Postgres);
}

#[test]
fn a_wrong_tail_and_a_number_of_nothing_are_told_alike() {
    let place = Place::new(Backend::Sqlite, "1000000", &[PROGRAMME]);
    let filed = place.file(&claim(PROGRAMME));
    let number = filed["number"].as_str().unwrap();
    let visitor = place.visitor();
    let ask = |number: &str| {
        let tails = [
            ("number", number),
            ("id_tail", "000X"),
            ("mobile_tail", "0000"),
        ];
        visitor.ask("/", &tails)
    };
    let wrong = ask(number);
    let nothing = ask("JY25-0000000-0");
    assert_eq!((wrong.status, nothing.status), (404, 404));
    let (wrong, nothing) = (wrong.whole(), nothing.whole());
    assert_eq!(
        wrong.html.replace(number, ""),
        nothing.html.replace("JY25-0000000-0", "")
    );
    wrong.has(&["role=\"alert\"", "aria-invalid=\"true\""]);
    // What was typed is still there, and is text.
    let bent = ask("\"><script>x</script>");
    bent.whole().lacks(&["<script>x"]);
    visitor
        .get_in("en", "/")
        .whole()
        .has(&["Where does my claim stand?"]);
}
