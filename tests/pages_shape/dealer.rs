//! A dealer's people at their pages, on both databases, with the real program.

use serde_json::{Value, json};
use tradein::rehearse::generate::uscc;

use crate::browser::Browser;
use crate::page::Page;
use crate::support::claims::{SELLER, claim, with};
use crate::support::{Backend, Client, Server, TestDatabase};

pub const CARS: &str = "henan-car-replacement-2025";
pub const PHONES: &str = "national-digital-2026";
const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

pub struct Shop {
    pub browser: Browser,
    pub dealer: Client,
    pub reviewer: Client,
    pub server: Server,
    pub database: TestDatabase,
}

impl Shop {
    pub fn new(backend: Backend) -> Self {
        let database = TestDatabase::new(backend);
        database.load_programmes(&[CARS, PHONES]);
        database.create_pool("cars", "1000000", &[CARS]);
        database.create_pool("phones", "1000000", &[PHONES]);
        let dealer = database.add_dealer(SELLER, "济源示例商行", &[CARS, PHONES]);
        let reviewer = database.add_staff("reviewer", "reviewer");
        let server = database.serve();
        let browser = Browser::of_dealer(server.client(), &database, SELLER, "clerk");
        Self {
            browser,
            dealer: server.client_of(&dealer),
            reviewer: server.client_of(&reviewer),
            server,
            database,
        }
    }

    /// Somebody of another dealer.
    pub fn stranger(&self) -> Browser {
        let other = uscc(77);
        self.database.add_dealer(&other, "另一商行", &[CARS]);
        Browser::of_dealer(self.server.client(), &self.database, &other, "stranger")
    }
}

pub fn on_both(work: impl Fn(Shop)) {
    for backend in Backend::ALL {
        work(Shop::new(backend));
    }
}

/// The controls of the form in which a claim is typed.
pub fn filled(claim: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    gather(claim, String::new(), &mut found);
    found.retain(|(name, _)| !name.ends_with("/kind") && name != "/programme");
    found
}

fn gather(value: &Value, pointer: String, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                gather(value, format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                gather(value, format!("{pointer}/{index}"), found);
            }
        }
        Value::String(text) => found.push((pointer, text.clone())),
        Value::Number(number) => found.push((pointer, number.to_string())),
        Value::Null | Value::Bool(_) => {}
    }
}

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    let pairs = pairs.iter();
    pairs.map(|(a, b)| (a.as_str(), b.as_str())).collect()
}

const NEW: &str = "/dealer/claims/new";

fn new_form(browser: &Browser, programme: &str) -> Page {
    let choose = browser.visit(NEW);
    let place = format!("{NEW}?programme={programme}");
    assert!(choose.offers(&place), "{}", choose.html);
    browser.visit(&place)
}

/// Files a claim by the form; its page and its id.
pub fn file(browser: &Browser, programme: &str, body: &Value) -> (Page, String) {
    let form = new_form(browser, programme);
    let page = browser.submit(&form.form(NEW).filled(&borrowed(&filled(body))));
    assert_eq!(page.status, 200, "{}", page.html);
    let id = page
        .path
        .strip_prefix("/dealer/claims/")
        .unwrap()
        .to_owned();
    (page, id)
}

#[test]
fn a_claim_is_typed_checked_and_filed_once() {
    on_both(|mut shop| {
        for programme in [CARS, PHONES] {
            let body = claim(programme);
            let form = new_form(&shop.browser, programme);
            let typed = filled(&body);
            let check = "/dealer/claims/check";
            let looked = shop
                .browser
                .submit(&form.form(NEW).to(check).filled(&borrowed(&typed)));
            assert_eq!(looked.status, 200, "{}", looked.html);
            assert!(looked.html.contains("Eligible."), "{}", looked.html);
            let listed = shop
                .dealer
                .get(&format!("/v1/claims?programme={programme}"));
            assert_eq!(listed.json()["items"].as_array().unwrap().len(), 0);
            // What was typed stands there still, so it is sent as the page has it.
            let filed = shop.browser.submit(&looked.form(NEW));
            assert_eq!(filed.status, 200, "{}", filed.html);
            assert!(filed.html.contains("Money held"), "{}", filed.html);
            // A second click on the same page.
            let again = shop.browser.submit(&looked.form(NEW));
            assert_eq!(again.path, filed.path);
            let id = filed.path.rsplit('/').next().unwrap();
            let seen = shop.dealer.get(&format!("/v1/claims/{id}")).json();
            assert_eq!(seen["programme"], programme);
            assert!(
                !filed
                    .html
                    .contains(body["consumer"]["mobile"].as_str().unwrap())
            );
            let receipt = shop.browser.visit(&format!("{}/receipt", filed.path));
            assert_eq!(
                receipt.html,
                filed.between("<pre id=\"receipt\">", "</pre>")
            );
            assert_eq!(receipt.html.split('.').count(), 3);
            let number = seen["number"].as_str().unwrap();
            assert!(filed.offers(&format!("/?number={number}")));
            assert!(filed.html.contains("svg class=\"qr\""));
        }
    });
}

#[test]
fn mistakes_stand_at_their_fields_and_nothing_is_lost() {
    on_both(|shop| {
        let body = with(claim(PHONES), "/consumer/mobile", json!("123"));
        let body = with(body, "/invoice/total", json!("12.345"));
        let form = new_form(&shop.browser, PHONES);
        let typed = filled(&body);
        for place in [NEW, "/dealer/claims/check"] {
            let page = shop
                .browser
                .submit(&form.form(NEW).to(place).filled(&borrowed(&typed)));
            assert_eq!(page.status, 422, "{}", page.html);
            assert!(page.html.contains("role=\"alert\""));
            for (id, sentence) in [
                ("consumer-mobile", "too short or too long"),
                ("invoice-total", "at most two decimal places"),
            ] {
                assert!(page.offers(&format!("#{id}")), "{id}");
                let told = page.between(&format!("id=\"{id}-wrong\">"), "</p>");
                let known = told.contains(sentence) || told.contains("format");
                assert!(known, "{id}: {told}");
            }
            let kept = page.form(NEW);
            let name = body["consumer"]["name"].as_str().unwrap();
            assert_eq!(kept.value("/consumer/name"), name);
            assert_eq!(page.html.matches("aria-invalid=\"true\"").count(), 2);
        }
        let fields = "/dealer/claims/check-fields";
        let some = [("/consumer/mobile", "123"), ("/consumer/name", "王小明")];
        let part = shop
            .browser
            .submit(&form.form(NEW).to(fields).filled(&some));
        let told = part.between("id=\"consumer-mobile-wrong\" hx-swap-oob=\"true\">", "</p>");
        assert!(!told.is_empty());
        // What nobody has touched is not complained of.
        let empty = part.between(
            "id=\"consumer-id_number-wrong\" hx-swap-oob=\"true\">",
            "</p>",
        );
        assert_eq!(empty, "");
    });
}

#[test]
fn a_refusal_says_why_before_and_after() {
    on_both(|mut shop| {
        shop.browser = shop.browser.in_chinese();
        let body = with(claim(CARS), "/invoice/date", json!("2020-01-01"));
        let form = new_form(&shop.browser, CARS);
        let typed = filled(&body);
        let check = "/dealer/claims/check";
        let looked = shop
            .browser
            .submit(&form.form(NEW).to(check).filled(&borrowed(&typed)));
        assert_eq!(looked.status, 200, "{}", looked.html);
        assert!(looked.html.contains("不符合条件"), "{}", looked.html);
        assert!(
            looked.html.contains("<strong>开票日期</strong>"),
            "{}",
            looked.html
        );
        let (filed, _) = file(&shop.browser, CARS, &body);
        assert!(filed.html.contains("不予受理的原因"), "{}", filed.html);
    });
}

#[test]
fn the_list_is_narrowed_searched_and_paged() {
    on_both(|mut shop| {
        let mut numbers = Vec::new();
        for i in 0..31 {
            let key = format!("list-{i:04}");
            let answer = shop.dealer.file(&key, &claim(CARS)).json();
            numbers.push(answer["number"].as_str().unwrap().to_owned());
        }
        let list = shop.browser.visit("/dealer/claims");
        assert!(list.html.contains(&numbers[30]) && !list.html.contains(&numbers[0]));
        let next = list.between("<p class=\"pager\"><a href=\"", "\"");
        let next = shop.browser.visit(&next);
        assert!(next.html.contains(&numbers[0]) && !next.html.contains(&numbers[30]));
        let none = shop.browser.visit("/dealer/claims?state=paid");
        assert!(none.html.contains("No claim is like that."));
        let found = shop
            .browser
            .visit(&format!("/dealer/claims?number={}", numbers[3]));
        assert!(found.html.contains(&format!("<h1>{}</h1>", numbers[3])));
        let missing = shop.browser.visit("/dealer/claims?number=JY25-9999999-9");
        assert_eq!(missing.status, 404);
        let stranger = shop.stranger();
        let other = stranger.visit(&format!("/dealer/claims?number={}", numbers[3]));
        assert_eq!(other.status, 404);
        assert_eq!(stranger.visit(&found.path).status, 404);
        assert_eq!(
            stranger.visit(&format!("{}/receipt", found.path)).status,
            404
        );
    });
}

#[test]
fn a_claim_is_withdrawn_and_comes_back_and_a_stale_form_does_nothing() {
    on_both(|shop| {
        let (page, id) = file(&shop.browser, CARS, &claim(CARS));
        let withdraw = format!("/dealer/claims/{id}/withdraw");
        let undo = format!("/dealer/claims/{id}/undo-withdrawal");
        assert!(!page.offers(&undo));
        let gone = shop.browser.submit(&page.form(&withdraw));
        assert!(gone.html.contains("Withdrawn"), "{}", gone.html);
        let back = shop.browser.submit(&gone.form(&undo));
        assert!(back.html.contains("Money held"), "{}", back.html);
        let stale = shop.browser.submit(&page.form(&withdraw));
        assert_eq!(stale.status, 412, "{}", stale.html);
        assert!(stale.html.contains("role=\"alert\"") && stale.html.contains("Money held"));
        let returned = format!("/dealer/claims/{id}/goods-returned");
        let ended = shop.browser.submit(&back.form(&returned));
        assert!(ended.html.contains("Goods returned"), "{}", ended.html);
    });
}

#[test]
fn papers_are_sent_and_looked_at_and_what_is_returned_is_corrected() {
    on_both(|mut shop| {
        let body = claim(CARS);
        let (mut page, id) = file(&shop.browser, CARS, &body);
        let home = shop.browser.visit("/dealer");
        assert!(
            home.offers(&format!("/dealer/claims/{id}")),
            "{}",
            home.html
        );
        for paper in [
            "old_vehicle_transfer",
            "new_vehicle_registration",
            "invoice_copy",
        ] {
            let action = format!("/dealer/claims/{id}/papers/{paper}");
            let not = ("file", "a.pdf", "application/pdf", b"nothing".as_slice());
            let refused = shop.browser.submit(&page.form(&action).file(not));
            assert_eq!(refused.status, 422, "{}", refused.html);
            page = shop
                .browser
                .submit(&page.form(&action).file(("photo", "a.pdf", "", PDF)));
            assert_eq!(page.status, 200, "{}", page.html);
            let seen = shop.browser.visit(&action);
            assert_eq!(seen.body, PDF);
            assert_eq!(seen.header("content-disposition"), "attachment");
        }
        assert!(page.html.contains("In review"), "{}", page.html);
        let correction = format!("/dealer/claims/{id}/correction");
        assert_eq!(shop.browser.visit(&correction).status, 409, "not yet");
        give_back(&mut shop, &id);
        let page = shop.browser.visit(&format!("/dealer/claims/{id}"));
        assert!(page.html.contains("Please look at the name") && page.offers(&correction));
        let form = shop.browser.visit(&correction);
        let mobile = body["consumer"]["mobile"].as_str().unwrap().to_owned();
        let opened = form.form(&correction);
        assert_eq!(opened.value("/consumer/mobile"), mobile, "it is opened");
        let wrong = shop
            .browser
            .submit(&form.form(&correction).filled(&[("/consumer/mobile", "1")]));
        assert_eq!(wrong.status, 422);
        let done = shop.browser.submit(
            &form
                .form(&correction)
                .filled(&[("/consumer/name", "王大明")]),
        );
        assert!(done.html.contains("In review"), "{}", done.html);
        assert!(!done.html.contains(&mobile));
        assert_eq!(shop.stranger().visit(&correction).status, 404);
    });
}

fn give_back(shop: &mut Shop, id: &str) {
    let next = shop
        .reviewer
        .post("/v1/review/next", &json!({ "pool": "cars" }));
    assert_eq!(next.status, 200, "{}", next.text());
    let tag = next.header("etag").unwrap().to_owned();
    let findings = json!({ "days": 5, "defects": [{
        "code": "name_unclear", "field": "/consumer/name", "message": "Please look at the name",
    }] });
    let headers = [
        ("content-type", "application/json"),
        ("if-match", tag.as_str()),
    ];
    let path = format!("/v1/claims/{id}/return");
    let done = shop
        .reviewer
        .call("POST", &path, &headers, findings.to_string().as_bytes());
    assert_eq!(done.status, 200, "{}", done.text());
}

#[test]
fn an_account_is_proposed_and_refused_and_mistakes_are_told() {
    on_both(|shop| {
        let place = "/dealer/account";
        let page = shop.browser.visit(place);
        let wrong = shop
            .browser
            .submit(&page.form(place).filled(&[("name", "济源示例商行")]));
        assert_eq!(wrong.status, 422);
        assert!(wrong.offers("#number") && wrong.html.contains("济源示例商行"));
        let account = [
            ("name", "济源示例商行"),
            ("number", "6225881414207430"),
            ("bank", "中国邮政储蓄银行济源市支行"),
        ];
        let proposed = shop.browser.submit(&page.form(place).filled(&account));
        assert!(
            proposed.html.contains("6225********7430"),
            "{}",
            proposed.html
        );
        assert!(!proposed.html.contains("6225881414207430"));
        let refuse = proposed.between("action=\"/dealer/account/", "/refuse");
        let refuse = format!("/dealer/account/{refuse}/refuse");
        let refused = shop.browser.submit(&proposed.form(&refuse));
        assert!(!refused.html.contains("6225********7430"));
    });
}

#[test]
fn credentials_are_shown_once_and_end() {
    on_both(|shop| {
        let api = shop.browser.visit("/dealer/api");
        let made = shop.browser.submit(&api.form("/dealer/api/credentials"));
        let id = made.between("<code class=\"secret\">", "</code>");
        let secret = made.between("id=\"secret\">", "</code>");
        let mut client = shop.server.client();
        client.token(&id, &secret);
        let api = shop.browser.visit("/dealer/api");
        assert!(api.html.contains(&id) && !api.html.contains(&secret));
        let revoke = format!("/dealer/api/credentials/{id}/revoke");
        let stranger = shop.stranger();
        let own = stranger.visit("/dealer/api");
        let theirs = stranger.submit(&own.form("/dealer/api/credentials").to(&revoke));
        assert_eq!(theirs.status, 404);
        let ended = shop.browser.submit(&api.form(&revoke));
        assert!(ended.html.contains("Revoked"));
        for _ in 0..25 {
            let api = shop.browser.visit("/dealer/api");
            if !api.offers("/dealer/api/credentials") {
                assert!(api.html.contains("as many as may be"));
                // Somebody whose page is old asks all the same.
                let last = api.html.rsplit("/revoke\"").nth(1).unwrap();
                let last = last.rsplit("/dealer/api/credentials/").next().unwrap();
                let form = format!("/dealer/api/credentials/{last}/revoke");
                let place = "/dealer/api/credentials";
                let more = shop.browser.submit(&api.form(&form).to(place));
                assert_eq!(more.html.matches("In force").count(), 20, "{}", more.html);
                return;
            }
            shop.browser.submit(&api.form("/dealer/api/credentials"));
        }
        panic!("there is no end of credentials");
    });
}

#[test]
fn endpoints_are_made_turned_and_forgotten() {
    on_both(|shop| {
        let api = shop.browser.visit("/dealer/api");
        let place = "/dealer/api/webhooks";
        let bad = shop
            .browser
            .submit(&api.form(place).filled(&[("url", "ftp://example.test/")]));
        assert_eq!(bad.status, 422, "{}", bad.html);
        assert!(bad.html.contains("ftp://example.test/"));
        let chosen = [
            ("url", "https://receiver.example/hook"),
            ("types", "claim.paid"),
        ];
        let made = shop.browser.submit(&api.form(place).filled(&chosen));
        assert!(
            made.html.contains("claim.paid") && made.html.contains("whsec_"),
            "{}",
            made.html
        );
        let rotate = made.between("/rotate-secret", ">");
        assert!(rotate.contains("data-ask"));
        let id = made.between("action=\"/dealer/api/webhooks/", "/");
        let own = format!("{place}/{id}");
        let turned = shop
            .browser
            .submit(&made.form(&format!("{own}/rotate-secret")));
        assert!(turned.html.contains("whsec_"));
        let seen = shop.browser.visit(&own);
        assert!(!seen.html.contains("whsec_") && seen.html.contains("The old secret signs until"));
        assert_eq!(shop.stranger().visit(&own).status, 404);
        let gone = shop.browser.submit(&seen.form(&format!("{own}/delete")));
        assert_eq!(gone.path, "/dealer/api");
        assert!(!gone.html.contains("receiver.example"));
    });
}

#[test]
fn people_let_each_other_in_and_out() {
    on_both(|mut shop| {
        let people = shop.browser.visit("/dealer/people");
        let place = "/dealer/people";
        let taken = shop
            .browser
            .submit(&people.form(place).filled(&[("login", "clerk")]));
        assert_eq!(taken.status, 422);
        let made = shop
            .browser
            .submit(&people.form(place).filled(&[("login", "second")]));
        let code = made.between("/enrol?code=", "</code>");
        let second = Browser::new(shop.server.client());
        second.enrol(&code);
        second.sign_in("second");
        assert_eq!(second.visit("/dealer").path, "/dealer");
        let theirs = second.visit(place);
        let own = theirs.between("action=\"/dealer/people/", "/");
        let people = shop.browser.visit(place);
        let renew = people.between("action=\"/dealer/people/", "/");
        let renew = format!("{place}/{renew}/renew");
        let close = format!("{place}/{own}/close");
        let no = shop.browser.submit(&people.form(&renew).to(&close));
        assert_eq!(no.status, 404, "nobody closes his own");
        let close = people.html.rsplit("/close\"").nth(1).unwrap();
        let id = close.rsplit("/dealer/people/").next().unwrap();
        let closed = shop
            .browser
            .submit(&people.form(&format!("{place}/{id}/close")));
        assert!(closed.html.contains("Closed"), "{}", closed.html);
        assert!(second.visit("/dealer").path.starts_with("/dealer/sign-in"));
        let renewed = people.form(&format!("{place}/{id}/close"));
        let renewed = renewed.to(&format!("{place}/{id}/renew"));
        let renewed = shop.browser.submit(&renewed);
        assert!(renewed.html.contains("/enrol?code="), "{}", renewed.html);
        // The bureau reads who of the dealer did it, as it reads what its own people did.
        let seen = shop.reviewer.get(&format!("/v1/dealers/{SELLER}")).json();
        let changes = seen["changes"].as_array().unwrap().iter();
        let told: Vec<_> = changes
            .map(|c| ["by", "side", "what", "why"].map(|m| c[m].as_str().unwrap_or_default()))
            .collect();
        assert_eq!(
            told,
            [
                ["clerk", "dealer", "login_offered", "second"],
                ["clerk", "dealer", "login_closed", "second"],
                ["clerk", "dealer", "login_offered", "second"],
            ]
        );
        assert_eq!(
            people.html.matches("/close\"").count(),
            1,
            "{}",
            people.html
        );
    });
}

/// A login that is opened again counts like a new one.
#[test]
fn a_dealer_has_no_more_logins_than_it_may() {
    on_both(|shop| {
        let place = "/dealer/people";
        let form = shop.browser.open(place).form(place);
        let more = |login: &str| shop.browser.submit(&form.clone().with("login", login));
        for n in 1..50 {
            assert_eq!(more(&format!("clerk{n}")).status, 200, "{n}");
        }
        assert_eq!(more("more").status, 422);
        let people = shop.browser.open(place);
        let last = people.html.rsplit("/close\"").nth(1).unwrap();
        let last = last.rsplit("/dealer/people/").next().unwrap();
        let close = people.form(&format!("{place}/{last}/close"));
        let renew = close.clone().to(&format!("{place}/{last}/renew"));
        shop.browser.submit(&close);
        assert_eq!(more("more").status, 200);
        let renewed = shop.browser.submit(&renew);
        assert_eq!(renewed.status, 422);
        assert!(renewed.html.contains("as many logins as may be"));
    });
}

#[test]
fn money_pages_are_there_before_there_is_any() {
    on_both(|shop| {
        file(&shop.browser, PHONES, &claim(PHONES));
        let exposure = shop.browser.visit("/dealer/exposure");
        assert_eq!(exposure.status, 200);
        assert!(exposure.html.contains("The oldest:"), "{}", exposure.html);
        let statements = shop.browser.visit("/dealer/statements");
        assert!(statements.html.contains("Nothing was paid yet."));
        let nothing = "/dealer/statements/0199a7b0-1111-7222-8333-444455556666";
        assert_eq!(shop.browser.visit(nothing).status, 404);
    });
}
