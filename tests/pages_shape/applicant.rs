//! `/`: first steps, and the way of a claim as its applicant reads it.

use serde_json::{Value, json};

use crate::support::claims::{claim, with};
use crate::support::{Backend, Response, TestDatabase};
use crate::visit::{PROGRAMME, Place, dear, english, has, lacks, page, send, tail};

#[test]
fn without_a_pool_the_start_page_says_what_to_do_first() {
    let database = TestDatabase::new(Backend::Sqlite);
    let server = database.serve();
    let mut visitor = server.client();
    let start = page(&visitor.get("/"));
    has(
        &start,
        &[
            "tradein pool create",
            "tradein demo --serve",
            "/bureau/sign-in",
        ],
    );
    lacks(&start, &["id_tail"]);
    database.load_programmes(&[PROGRAMME]);
    database.create_pool("cars", "1000000", &[PROGRAMME]);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    has(
        &page(&visitor.get("/?number=JY25-0000123-7")),
        &["value=\"JY25-0000123-7\"", "id_tail"],
    );
}

fn look_up(place: &Place, filed: &Value, claim: &Value) -> Response {
    let members = [
        ("number", filed["number"].as_str().unwrap()),
        ("id_tail", tail(&claim["consumer"]["id_number"])),
        ("mobile_tail", tail(&claim["consumer"]["mobile"])),
    ];
    send(&mut place.visitor(), "/", &members)
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
    let told = page(&look_up(&place, &filed, &first));
    has(
        &told,
        &[
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
        ],
    );
    // Nothing of what was proven stands in the page.
    let id = first["consumer"]["id_number"].as_str().unwrap();
    lacks(
        &told,
        &[id, first["consumer"]["name"].as_str().unwrap(), "recommend"],
    );

    act(&place, &filed, "withdraw");
    act(&place, &filed, "undo-withdrawal");
    let told = page(&look_up(&place, &filed, &first));
    has(&told, &["经营主体撤回了申请", "取消了撤回，申请恢复"]);

    let second = dear();
    let waits = place.file(&second);
    assert_eq!(waits["state"], "waiting");
    let third = dear();
    let behind = place.file(&third);
    has(
        &page(&look_up(&place, &waits, &second)),
        &["排队候补", "进入排队", "第 1 位"],
    );
    has(
        &page(&look_up(&place, &behind, &third)),
        &["第 2 位", "1 笔申请"],
    );

    let old = with(claim(PROGRAMME), "/invoice/date", json!("2020-01-01"));
    let refused = place.file(&old);
    assert_eq!(refused["state"], "refused");
    let reason = refused["reasons"][0]["message"].as_str().unwrap();
    has(
        &page(&look_up(&place, &refused, &old)),
        &["未予受理的原因", reason],
    );
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
    let mut visitor = place.visitor();
    let ask = |visitor: &mut _, number: &str| {
        let tails = [
            ("number", number),
            ("id_tail", "000X"),
            ("mobile_tail", "0000"),
        ];
        send(visitor, "/", &tails)
    };
    let wrong = ask(&mut visitor, number);
    let nothing = ask(&mut visitor, "JY25-0000000-0");
    assert_eq!((wrong.status, nothing.status), (404, 404));
    assert_eq!(
        page(&wrong).replace(number, ""),
        page(&nothing).replace("JY25-0000000-0", "")
    );
    has(&page(&wrong), &["role=\"alert\"", "aria-invalid=\"true\""]);
    // What was typed is still there, and is text.
    let bent = ask(&mut visitor, "\"><script>x</script>");
    lacks(&page(&bent), &["<script>x"]);
    has(
        &page(&english(&mut visitor, "/")),
        &["Where does my claim stand?"],
    );
}
