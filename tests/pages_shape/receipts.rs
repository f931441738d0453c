//! `/receipt`: real ones, and whatever passes itself off as one.

use serde_json::Value;

use crate::support::claims::claim;
use crate::support::{Backend, Client, Response};
use crate::visit::{PROGRAMME, Place, fen, has, lacks, page, yuan};

/// Sends the form with a text, and a file where there is one.
fn check(visitor: &mut Client, text: &str, file: Option<&str>) -> Response {
    let part = |head: &str, body: &str| {
        format!("--x\r\ncontent-disposition: form-data; {head}\r\n\r\n{body}\r\n")
    };
    let mut body = part("name=\"receipt\"", text);
    body += &part("name=\"file\"; filename=\"r.txt\"", file.unwrap_or(""));
    body += "--x--\r\n";
    let headers = [("content-type", "multipart/form-data; boundary=x")];
    visitor.call("POST", "/receipt", &headers, body.as_bytes())
}

fn told(visitor: &mut Client, text: &str) -> String {
    let answer = check(visitor, text, None);
    assert_eq!(answer.status, 200, "{}", answer.text());
    page(&answer)
}

fn receipts_are_checked(backend: Backend) {
    let place = Place::new(backend, "1000000", &[PROGRAMME]);
    let filed = place.file(&claim(PROGRAMME));
    let receipt = filed["receipt"].as_str().unwrap();
    let mut visitor = place.visitor();
    let number = filed["number"].as_str().unwrap();
    let amount = yuan(fen(&filed["amount"]));
    let good = told(&mut visitor, receipt);
    has(
        &good,
        &["收据真实", number, &amount, "资金已预留", "cars-2025"],
    );
    let from_file = check(&mut visitor, "", Some(&format!("{receipt}\r\n")));
    has(&page(&from_file), &["收据真实"]);
    has(&told(&mut visitor, &filed.to_string()), &["收据真实"]);

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
        let page = told(&mut visitor, &forged);
        has(&page, &["不是有效的收据", why]);
        lacks(&page, &["收据真实", "<script>x"]);
    }

    let elsewhere = Place::new(Backend::Sqlite, "1000000", &[PROGRAMME]);
    let theirs: Value = elsewhere.file(&claim(PROGRAMME));
    let page_of_theirs = told(&mut visitor, theirs["receipt"].as_str().unwrap());
    has(&page_of_theirs, &["不属于本系统"]);

    // A journal that was changed does not hold the receipt any more.
    place
        .database
        .execute("UPDATE journal SET actor = 'staff' WHERE kind = 'reserved'");
    let page = told(&mut visitor, receipt);
    has(&page, &["收据不能采信", "0391-1234567"]);
    lacks(&page, &["收据真实"]);
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
    let page = told(&mut server.client(), filed["receipt"].as_str().unwrap());
    has(&page, &["收据真实"]);
}

#[test]
fn who_sends_nothing_is_told_so() {
    let place = Place::new(Backend::Sqlite, "1000000", &[PROGRAMME]);
    let empty = check(&mut place.visitor(), " ", None);
    assert_eq!(empty.status, 422);
    has(&page(&empty), &["role=\"alert\"", "aria-invalid=\"true\""]);
}
