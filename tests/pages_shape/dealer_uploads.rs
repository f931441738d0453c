//! Claims by the table, on both databases, with the real program.

use std::time::Duration;

use serde_json::json;
use tradein::table_file::{Format, read, write};

use crate::browser::Browser;
use crate::dealer::{PHONES, Shop, filled, on_both};
use crate::page::Page;
use crate::support::Backend;
use crate::support::claims::{claim, with};

const PLACE: &str = "/dealer/uploads";

/// The columns of the template, and lines of claims in them.
fn table(browser: &Browser, claims: &[serde_json::Value]) -> (Vec<String>, Vec<Vec<String>>) {
    let path = format!("{PLACE}/template?programme={PHONES}&format=xlsx");
    let template = browser.visit(&path);
    assert_eq!(template.status, 200);
    let read = read(&template.body).unwrap();
    assert_eq!(read.format, Format::Xlsx);
    let head = read.rows[0].1.clone();
    let lines = claims.iter().map(|claim| {
        let typed = filled(claim);
        let cell = |name: &String| {
            let found = typed.iter().find(|(known, _)| known == name);
            found.map_or_else(String::new, |(_, value)| value.clone())
        };
        head.iter().map(cell).collect()
    });
    let lines = lines.collect();
    (head, lines)
}

fn send(browser: &Browser, name: &str, bytes: &[u8]) -> Page {
    let page = browser.visit(PLACE);
    let file = ("file", name, "application/octet-stream", bytes);
    browser.submit(&page.form(PLACE).filled(&[("programme", PHONES)]).file(file))
}

/// The page of an upload once it has ended.
fn ended(browser: &Browser, path: &str) -> Page {
    for _ in 0..600 {
        let part = browser.visit(&format!("{path}/progress"));
        if part.html.contains("Done") {
            assert!(!part.html.contains("hx-get"), "it is asked for no more");
            return browser.visit(path);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the upload does not end");
}

fn claims_of(shop: &mut Shop) -> usize {
    let listed = shop.dealer.get("/v1/claims?limit=100").json();
    listed["items"].as_array().unwrap().len()
}

#[test]
fn every_line_has_its_fate_and_bad_ones_come_back() {
    on_both(|mut shop| {
        let claims = [
            claim(PHONES),
            with(claim(PHONES), "/consumer/mobile", json!("123")),
            with(claim(PHONES), "/invoice/date", json!("2020-01-01")),
            with(claim(PHONES), "/consumer/name", json!("=cmd|'x'!A0")),
        ];
        let (head, lines) = table(&shop.browser, &claims);
        for format in [Format::Xlsx, Format::Csv] {
            let file = write(format, &head, &lines).unwrap();
            let name = format!("七月.{}", format.as_str());
            let sent = send(&shop.browser, &name, &file);
            assert_eq!(sent.status, 200, "{}", sent.html);
            assert!(sent.html.contains(&name));
            let page = ended(&shop.browser, &sent.path);
            // The same lines again, in another format: nothing is filed twice.
            assert_eq!(claims_of(&mut shop), 3, "{}", page.html);
            assert!(
                page.html.contains("Filed 2 · Refused 1 · Malformed 1"),
                "{}",
                page.html
            );
            let bad = shop.browser.visit(&format!("{}?bad=1", page.path));
            assert!(bad.html.contains("Mobile number: "), "{}", bad.html);
            let back = shop.browser.visit(&format!("{}/to-mend", page.path));
            let back = read(&back.body).unwrap();
            assert_eq!(back.format, format);
            assert_eq!(back.rows.len(), 3);
            let messages = back.rows[0].1.iter().position(|n| n == "messages").unwrap();
            assert!(back.rows[1].1[messages].contains("Mobile number"));
            assert_eq!(back.rows[1].1[..messages], lines[1][..messages]);
        }
        shop.database.run(&["verify"]);
        if shop.database.backend() == Backend::Sqlite {
            let stored = stored(&shop);
            assert!(stored.contains("/consumer/mobile"), "it is looked into");
            assert!(!stored.contains("=cmd|"), "what lines say is sealed");
        }
    });
}

/// Everything that the database's files hold, as text.
fn stored(shop: &Shop) -> String {
    let file = shop.database.file();
    let log = file.with_extension("db-wal");
    let bytes = [
        std::fs::read(file).unwrap(),
        std::fs::read(log).unwrap_or_default(),
    ];
    String::from_utf8_lossy(&bytes.concat()).into_owned()
}

#[test]
fn a_mended_file_goes_in_as_it_is() {
    on_both(|mut shop| {
        let good = claim(PHONES);
        let mobile = good["consumer"]["mobile"].as_str().unwrap().to_owned();
        let bad = with(good, "/consumer/mobile", json!("123"));
        let (head, lines) = table(&shop.browser, &[bad]);
        let sent = send(
            &shop.browser,
            "a.csv",
            &write(Format::Csv, &head, &lines).unwrap(),
        );
        let page = ended(&shop.browser, &sent.path);
        let back = shop.browser.visit(&format!("{}/to-mend", page.path));
        let mended = back.html.replace(",123,", &format!(",{mobile},"));
        let sent = send(&shop.browser, "a.csv", mended.as_bytes());
        let page = ended(&shop.browser, &sent.path);
        assert!(
            page.html.contains("Filed 1 · Refused 0 · Malformed 0"),
            "{}",
            page.html
        );
        assert!(!page.offers(&format!("{}/to-mend", page.path)));
        assert_eq!(claims_of(&mut shop), 1);
    });
}

#[test]
fn files_that_are_no_tables_are_told_apart() {
    on_both(|shop| {
        let none = b"PK\x03\x04 nothing at all".as_slice();
        for (bytes, sentence) in [
            (none, "It cannot be read"),
            (
                b"a,b\n1,2\n".as_slice(),
                "not in the template of this programme: a, b",
            ),
            (
                b"/consumer/name\n".as_slice(),
                "There is no line in the table.",
            ),
        ] {
            let page = send(&shop.browser, "x.csv", bytes);
            assert_eq!(page.status, 422);
            assert!(page.html.contains(sentence), "{sentence}: {}", page.html);
        }
    });
}

#[test]
fn an_upload_that_was_cut_off_is_gone_on_with_and_is_its_dealers_alone() {
    on_both(|mut shop| {
        let claims: Vec<_> = (0..400).map(|_| claim(PHONES)).collect();
        let (head, lines) = table(&shop.browser, &claims);
        let file = write(Format::Csv, &head, &lines).unwrap();
        let sent = send(&shop.browser, "b.csv", &file);
        assert_eq!(sent.status, 200);
        let progress = format!("{}/progress", sent.path);
        let begun = (0..4000).any(|_| {
            std::thread::sleep(Duration::from_millis(5));
            !shop.browser.visit(&progress).html.contains("Filed 0 ·")
        });
        assert!(begun, "nothing is filed");
        shop.server.kill();
        // As if its instance had died long ago.
        shop.database.execute("UPDATE uploads SET beat_us = 1");
        shop.server = shop.database.serve();
        let browser = Browser::new(shop.server.client());
        browser.sign_in("clerk");
        let page = ended(&browser, &sent.path);
        assert!(
            page.html.contains("Filed 400 · Refused 0 · Malformed 0"),
            "{}",
            page.html
        );
        let stranger = shop.stranger();
        assert_eq!(stranger.visit(&sent.path).status, 404);
        assert_eq!(
            stranger.visit(&format!("{}/to-mend", sent.path)).status,
            404
        );
        let old = 31_i64 * 86_400_000_000;
        let statement = format!("UPDATE uploads SET ended_us = ended_us - {old}");
        shop.database.execute(&statement);
        // The next instance forgets it when it begins.
        shop.server.kill();
        shop.server = shop.database.serve();
        let browser = Browser::new(shop.server.client());
        browser.sign_in("clerk");
        for _ in 0..100 {
            if browser.visit(&sent.path).status == 404 {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("it is not forgotten");
    });
}
