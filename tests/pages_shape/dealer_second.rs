//! What a dealer does less often: the invoice of a claim that was opened at the counter, an appeal,
//! the test of a webhook, and its statements.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::bureau_office::{APPEALS, Office};
use crate::dealer::{CARS, Shop, file, filled};
use crate::support::claims::{SELLER, at_price, claim, with};
use crate::support::{Backend, Client, Server, TestDatabase};

const COUNTER: &str = "test-counter-invoice";
const PACK: &str = include_str!("../data/packs/counter-invoice.toml");
const APPLIANCES: &str = "national-appliance-2025";

/// A fridge of the best level: 20 %, at most 2,000 yuan.
fn fridge(yuan: &str) -> Value {
    let made = at_price(claim(APPLIANCES), yuan);
    let made = with(made, "/programme", json!(COUNTER));
    let made = with(made, "/new_item/category", json!("fridge"));
    with(made, "/new_item/energy_level", json!(1))
}

/// A program whose programme opens claims at the counter and lets refusals be contested.
struct Counter {
    browser: Browser,
    dealer: Client,
    _server: Server,
    _database: TestDatabase,
}

impl Counter {
    fn new(backend: Backend) -> Self {
        let database = TestDatabase::new(backend);
        let pack = database.data_dir().join("counter.toml");
        let documents = "[documents]\n";
        let named = format!("{documents}bureau = \"商务局通知\"\n");
        let source = format!("{}{APPEALS}", PACK.replacen(documents, &named, 1));
        std::fs::write(&pack, source).unwrap();
        database.run(&["programme", "load", pack.to_str().unwrap()]);
        database.create_pool("fridges", "100000", &[COUNTER]);
        let dealer = database.add_dealer(SELLER, "济源示例商行", &[COUNTER]);
        let server = database.serve();
        Self {
            browser: Browser::of_dealer(server.client(), &database, SELLER, "clerk"),
            dealer: server.client_of(&dealer),
            _server: server,
            _database: database,
        }
    }

    /// Files a claim; the address of its page.
    fn file(&mut self, key: &str, claim: &Value) -> String {
        let filed = self.dealer.file(key, claim);
        assert_eq!(filed.status, 201, "{}", filed.text());
        format!("/dealer/claims/{}", filed.json()["id"].as_str().unwrap())
    }
}

#[test]
fn the_invoice_of_a_counter_claim_is_typed_and_comes_once() {
    for backend in Backend::ALL {
        let mut counter = Counter::new(backend);
        let fridge = fridge("5000.00");
        let opened = with(fridge.clone(), "/invoice", Value::Null);
        let claim = counter.file("counter-claim-1", &opened);
        let browser = &counter.browser;
        let page = browser.open(&claim);
        page.says("¥2,000.00").says("Send the invoice");
        let place = format!("{claim}/invoice");
        assert!(page.offers(&place));
        let form = browser.open(&place).form(&place);
        let typed = filled(&json!({ "invoice": fridge["invoice"] }));
        let typed: Vec<(&str, &str)> = typed.iter().map(|(a, b)| (&**a, &**b)).collect();
        let wrong = form.clone().filled(&typed).with("/invoice/total", "5.001");
        let wrong = browser.submit(&wrong);
        wrong.is(422).says("role=\"alert\"");
        assert!(
            !wrong
                .between("id=\"invoice-total-wrong\">", "</p>")
                .is_empty()
        );
        let number = fridge["invoice"]["number"].as_str().unwrap();
        let again = wrong.form(&place);
        assert_eq!(again.value("/invoice/number"), number, "it is still typed");
        let total = fridge["invoice"]["total"].as_str().unwrap();
        let done = browser.submit(&again.with("/invoice/total", total));
        // What it does not need of the most is free again.
        done.is(200).says("¥1,000.00").says_not("¥2,000.00");
        assert!(done.path == claim && !done.offers(&place));
        let stale = browser.submit(&form.filled(&typed));
        assert!([409, 412].contains(&stale.status), "{}", stale.html);
        stale.says("role=\"alert\"");
    }
}

#[test]
fn a_refusal_is_contested_once_with_grounds() {
    for backend in Backend::ALL {
        let mut counter = Counter::new(backend);
        let late = with(fridge("5000.00"), "/invoice/date", json!("2020-01-01"));
        let claim = counter.file("late-claim-1", &late);
        let browser = &counter.browser;
        let place = format!("{claim}/appeal");
        let page = browser.open(&claim);
        page.says("Why it is refused").says("Grounds of the appeal");
        let empty = browser.submit(&page.form(&place));
        empty.is(422).says("role=\"alert\"");
        let grounds = page.form(&place).with("message", "请核对\r\n发票原件");
        let done = browser.submit(&grounds);
        done.is(200).says("Appealed</span>");
        assert!(!done.offers(&place), "{}", done.html);
        let again = browser.submit(&grounds);
        again.is(412).says("role=\"alert\"");
    }
}

/// A receiver that answers every call with a status: its address, and how often it was called.
fn receiver(status: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/hook", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let called = Arc::clone(&calls);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut some = [0; 4096];
            // The whole request comes at once; who sends less is no concern of this test.
            let _ = stream.read(&mut some);
            called.fetch_add(1, Ordering::SeqCst);
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, calls)
}

/// Waits until a receiver was called so often, and no longer than a test may take.
fn wait_for(calls: &AtomicUsize, count: usize) {
    for _ in 0..600 {
        if calls.load(Ordering::SeqCst) >= count {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(calls.load(Ordering::SeqCst), count);
}

/// A shop whose webhooks may go to this machine, and somebody who is signed in there.
fn sandbox(backend: Backend) -> (Shop, Browser) {
    let mut shop = Shop::new(backend);
    shop.server = shop.database.serve_with(|command| {
        command.env("TRADEIN_WEBHOOKS_SANDBOX", "true");
    });
    let browser = Browser::new(shop.server.client());
    browser.sign_in("clerk");
    (shop, browser)
}

#[test]
fn an_endpoint_is_tested_and_enabled_anew() {
    for backend in Backend::ALL {
        let (shop, browser) = sandbox(backend);
        let place = "/dealer/api/webhooks";
        for (status, told) in [
            ("200 OK", "The receiver accepted it (HTTP 200)"),
            ("500 No", "(HTTP 500)"),
        ] {
            let (url, _) = receiver(status);
            let api = browser.open("/dealer/api");
            let made = browser.submit(&api.form(place).with("url", &url));
            made.is(200).says(&url);
            let tested = browser.submit(&made.form("/test"));
            tested.is(200).says(told).says_not("whsec_");
        }
        let disable = "UPDATE webhook_endpoints SET state = 'disabled', disabled_why = 'gone'";
        shop.database.execute(disable);
        let api = browser.open("/dealer/api");
        let own = format!("{place}/{}", api.between(&format!("href=\"{place}/"), "\""));
        let page = browser.open(&own);
        page.says("Disabled")
            .says("The receiver wants no more (410)");
        let enabled = browser.submit(&page.form("/enable"));
        enabled.is(200).says("Active").says_not("Disabled");
        assert!(!enabled.offers(&format!("{own}/enable")));
    }
}

#[test]
fn what_happened_since_a_day_is_sent_again() {
    for backend in Backend::ALL {
        let (_shop, browser) = sandbox(backend);
        let (url, calls) = receiver("200 OK");
        let api = browser.open("/dealer/api");
        let made = browser.submit(&api.form("/dealer/api/webhooks").with("url", &url));
        file(&browser, CARS, &claim(CARS));
        wait_for(&calls, 1);
        for (day, shown) in [("", "value=\"\""), ("9999-12-31", "value=\"9999-12-31\"")] {
            let refused = browser.submit(&made.form("/replay").with("day", day));
            refused.is(422).says("none to come").says(shown);
        }
        let today = tradein::clock::now().beijing_day().to_string();
        let begun = browser.submit(&made.form("/replay").with("day", &today));
        begun.is(200).says("on its way again");
        wait_for(&calls, 2);
    }
}

#[test]
fn a_statement_has_a_line_for_each_claim_that_was_paid_out() {
    for backend in Backend::ALL {
        let office = Office::new(backend);
        let reviewer = office.person("wang", &["reviewer"]);
        let approver = office.person("li", &["approver"]);
        let (finance, second) = (
            office.person("zhou", &["finance"]),
            office.person("wei", &["finance"]),
        );
        let paid = [(); 2].map(|()| office.approved(&reviewer, &approver).1);
        let clerk = office.clerk("clerk");
        clerk
            .open("/dealer/statements")
            .says("Nothing was paid yet.");
        let seal = finance.open("/bureau/payouts").form("/bureau/payouts");
        let batch = finance.follow(&seal).path;
        let batch = batch.split('?').next().unwrap().to_owned();
        clerk
            .open("/dealer/statements")
            .says("Nothing was paid yet.");
        second.follow(&second.open(&batch).form("/release"));

        let list = clerk.open("/dealer/statements");
        let id = batch.rsplit('/').next().unwrap();
        let own = format!("/dealer/statements/{id}");
        assert!(list.offers(&own), "{}", list.html);
        let statement = clerk.open(&own);
        for number in &paid {
            let link = format!("/dealer/claims?number={number}");
            assert!(statement.offers(&link), "{}", statement.html);
            statement.says(&format!("<code>{number}/1</code>"));
        }
        let file = clerk.get(&format!("{own}?format=csv"));
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        file.is(200).says(&paid[0]).says(&paid[1]);
        assert_eq!(file.html.trim_end().lines().count(), 3);
    }
}
