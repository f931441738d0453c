//! `/receipt`: real ones, and whatever passes itself off as one.

use serde_json::Value;

use crate::browser::Browser;
use crate::page::Page;
use crate::place::{PROGRAMME, Place, fen, yuan};
use crate::support::Backend;
use crate::support::claims::claim;

/// Sends the form with a text, and a file where there is one.
fn check(visitor: &Browser, text: &str, file: Option<&str>) -> Page {
    let form = visitor.open("/receipt").form("/receipt");
    let form = form.with("receipt", text);
    visitor.send(&match file {
        Some(content) => form.file(("file", "r.txt", "text/plain", content.as_bytes())),
        None => form,
    })
}

fn told(visitor: &Browser, text: &str) -> Page {
    let answer = check(visitor, text, None);
    answer.is(200);
    answer.whole()
}

fn receipts_are_checked(backend: Backend) {
    let place = Place::new(backend, "1000000", &[PROGRAMME]);
    let filed = place.file(&claim(PROGRAMME));
    let receipt = filed["receipt"].as_str().unwrap();
    let visitor = place.visitor();
    let number = filed["number"].as_str().unwrap();
    let amount = yuan(fen(&filed["amount"]));
    let good = told(&visitor, receipt);
    good.has(&["收据真实", number, &amount, "资金已预留", "cars-2025"]);
    let from_file = check(&visitor, "", Some(&format!("{receipt}\r\n")));
    from_file.whole().has(&["收据真实"]);
    told(&visitor, &filed.to_string()).has(&["收据真实"]);

    for (forged, why) in [
        (
            altered(receipt, filed["amount"].as_str().unwrap(), "1.00"),
            "被改动过",
        ),
        (
            receipt[..receipt.len() - 1].to_owned(),
            "不是一份完整的收据",
        ),
        ("eyJ.x".to_owned(), "不是一份完整的收据"),
        ("<script>x</script>".to_owned(), "不是一份完整的收据"),
    ] {
        let page = told(&visitor, &forged);
        page.has(&["不是有效的收据", why]);
        page.lacks(&["收据真实", "<script>x"]);
    }

    let elsewhere = Place::new(Backend::Sqlite, "1000000", &[PROGRAMME]);
    let theirs: Value = elsewhere.file(&claim(PROGRAMME));
    let page_of_theirs = told(&visitor, theirs["receipt"].as_str().unwrap());
    page_of_theirs.has(&["不属于本系统"]);

    // A journal that was changed does not hold the receipt any more.
    place
        .database
        .execute("UPDATE journal SET actor = 'staff' WHERE kind = 'reserved'");
    let page = told(&visitor, receipt);
    page.has(&["收据不能采信", "0391-1234567"]);
    page.lacks(&["收据真实"]);
}

/// The receipt with something else in its payload, and the same signature.
fn altered(receipt: &str, from: &str, to: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    let parts: Vec<&str> = receipt.split('.').collect();
    let payload = String::from_utf8(BASE64.decode(parts[1]).unwrap()).unwrap();
    assert!(payload.contains(from), "{payload}");
    let payload = BASE64.encode(payload.replace(from, to));
    [parts[0], &payload, parts[2]].join(".")
}

#[test]
fn receipts_are_checked_sqlite() {
    receipts_are_checked(Backend::Sqlite);
}

#[test]
fn receipts_are_checked_postgres() {
    receipts_are_checked(Backend::Postgres);
}

#[test]
fn a_receipt_of_a_retired_key_stays_real() {
    let mut place = Place::new(Backend::Sqlite, "1000000", &[PROGRAMME]);
    let filed = place.file(&claim(PROGRAMME));
    assert!(place.server.stop().success());
    // The receipt key retires, and another file's takes its place.
    let file = place.database.data_dir().join("keys.toml");
    let other = place.database.data_dir().join("other.toml");
    place
        .database
        .run(&["keys", "new", "--out", other.to_str().unwrap()]);
    let section = |text: &str| {
        let (head, rest) = text.split_once("[receipt]").unwrap();
        let end = rest.find("\n[").unwrap_or(rest.len());
        (
            head.to_owned(),
            rest[..end].to_owned(),
            rest[end..].to_owned(),
        )
    };
    let (head, old, tail) = section(&std::fs::read_to_string(&file).unwrap());
    let (_, new, _) = section(&std::fs::read_to_string(&other).unwrap());
    assert_ne!(old, new);
    let keys = format!("{head}[receipt]{new}\n{tail}\n[[retired]]{old}\n");
    std::fs::write(&file, keys).unwrap();
    let server = place.database.serve();
    let page = told(
        &Browser::new(server.client()).in_chinese(),
        filed["receipt"].as_str().unwrap(),
    );
    page.has(&["收据真实"]);
}

#[test]
fn who_sends_nothing_is_told_so() {
    let place = Place::new(Backend::Sqlite, "1000000", &[PROGRAMME]);
    let empty = check(&place.visitor(), " ", None);
    assert_eq!(empty.status, 422);
    empty
        .whole()
        .has(&["role=\"alert\"", "aria-invalid=\"true\""]);
}
