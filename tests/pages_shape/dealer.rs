//! A dealer's people at their pages, on both databases, with the real program.

use serde_json::{Value, json};
use tradein::rehearse::generate::uscc;

use crate::browser::{Browser, Page};
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

fn new_form(browser: &mut Browser, programme: &str) -> Page {
    let choose = browser.get(NEW);
    let place = format!("{NEW}?programme={programme}");
    assert!(choose.leads_to(&place), "{}", choose.html);
    browser.get(&place)
}

/// Files a claim by the form; its page and its id.
fn file(browser: &mut Browser, programme: &str, body: &Value) -> (Page, String) {
    let form = new_form(browser, programme);
    let page = browser.send(&form, NEW, &borrowed(&filled(body)));
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
            let form = new_form(&mut shop.browser, programme);
            let typed = filled(&body);
            let check = "/dealer/claims/check";
            let looked = shop.browser.send_to(&form, NEW, check, &borrowed(&typed));
            assert_eq!(looked.status, 200, "{}", looked.html);
            assert!(looked.html.contains("Eligible."), "{}", looked.html);
            let listed = shop
                .dealer
                .get(&format!("/v1/claims?programme={programme}"));
            assert_eq!(listed.json()["items"].as_array().unwrap().len(), 0);
            // What was typed stands there still, so it is sent as the page has it.
            let filed = shop.browser.send(&looked, NEW, &[]);
            assert_eq!(filed.status, 200, "{}", filed.html);
            assert!(filed.html.contains("Money held"), "{}", filed.html);
            // A second click on the same page.
            let again = shop.browser.send(&looked, NEW, &[]);
            assert_eq!(again.path, filed.path);
            let id = filed.path.rsplit('/').next().unwrap();
            let seen = shop.dealer.get(&format!("/v1/claims/{id}")).json();
            assert_eq!(seen["programme"], programme);
            assert!(
                !filed
                    .html
                    .contains(body["consumer"]["mobile"].as_str().unwrap())
            );
            let receipt = shop.browser.get(&format!("{}/receipt", filed.path));
            assert_eq!(
                receipt.html,
                filed.between("<pre id=\"receipt\">", "</pre>")
            );
            assert_eq!(receipt.html.split('.').count(), 3);
            let number = seen["number"].as_str().unwrap();
            assert!(filed.leads_to(&format!("/?number={number}")));
            assert!(filed.html.contains("svg class=\"qr\""));
        }
    });
}

#[test]
fn mistakes_stand_at_their_fields_and_nothing_is_lost() {
    on_both(|mut shop| {
        let body = with(claim(PHONES), "/consumer/mobile", json!("123"));
        let body = with(body, "/invoice/total", json!("12.345"));
        let form = new_form(&mut shop.browser, PHONES);
        let typed = filled(&body);
        for place in [NEW, "/dealer/claims/check"] {
            let page = shop.browser.send_to(&form, NEW, place, &borrowed(&typed));
            assert_eq!(page.status, 422, "{}", page.html);
            assert!(page.html.contains("role=\"alert\""));
            for (id, sentence) in [
                ("consumer-mobile", "too short or too long"),
                ("invoice-total", "at most two decimal places"),
            ] {
                assert!(page.leads_to(&format!("#{id}")), "{id}");
                let told = page.between(&format!("id=\"{id}-wrong\">"), "</p>");
                let known = told.contains(sentence) || told.contains("format");
                assert!(known, "{id}: {told}");
            }
            let kept = page.form(NEW);
            let name = body["consumer"]["name"].as_str().unwrap();
            assert!(kept.contains(&("/consumer/name".to_owned(), name.to_owned())));
            assert_eq!(page.html.matches("aria-invalid=\"true\"").count(), 2);
        }
        let fields = "/dealer/claims/check-fields";
        let some = [("/consumer/mobile", "123"), ("/consumer/name", "王小明")];
        let part = shop.browser.send_to(&form, NEW, fields, &some);
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
        shop.browser.in_chinese();
        let body = with(claim(CARS), "/invoice/date", json!("2020-01-01"));
        let form = new_form(&mut shop.browser, CARS);
        let typed = filled(&body);
        let check = "/dealer/claims/check";
        let looked = shop.browser.send_to(&form, NEW, check, &borrowed(&typed));
        assert_eq!(looked.status, 200, "{}", looked.html);
        assert!(looked.html.contains("不符合条件"), "{}", looked.html);
        assert!(
            looked.html.contains("<strong>开票日期</strong>"),
            "{}",
            looked.html
        );
        let (filed, _) = file(&mut shop.browser, CARS, &body);
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
        let list = shop.browser.get("/dealer/claims");
        assert!(list.html.contains(&numbers[30]) && !list.html.contains(&numbers[0]));
        let next = list.between("<p class=\"pager\"><a href=\"", "\"");
        let next = shop.browser.get(&next);
        assert!(next.html.contains(&numbers[0]) && !next.html.contains(&numbers[30]));
        let none = shop.browser.get("/dealer/claims?state=paid");
        assert!(none.html.contains("No claim is like that."));
        let found = shop
            .browser
            .get(&format!("/dealer/claims?number={}", numbers[3]));
        assert!(found.html.contains(&format!("<h1>{}</h1>", numbers[3])));
        let missing = shop.browser.get("/dealer/claims?number=JY25-9999999-9");
        assert_eq!(missing.status, 404);
        let mut stranger = shop.stranger();
        let other = stranger.get(&format!("/dealer/claims?number={}", numbers[3]));
        assert_eq!(other.status, 404);
        assert_eq!(stranger.get(&found.path).status, 404);
        assert_eq!(stranger.get(&format!("{}/receipt", found.path)).status, 404);
    });
}

#[test]
fn a_claim_is_withdrawn_and_comes_back_and_a_stale_form_does_nothing() {
    on_both(|mut shop| {
        let (page, id) = file(&mut shop.browser, CARS, &claim(CARS));
        let withdraw = format!("/dealer/claims/{id}/withdraw");
        let undo = format!("/dealer/claims/{id}/undo-withdrawal");
        assert!(!page.leads_to(&undo));
        let gone = shop.browser.send(&page, &withdraw, &[]);
        assert!(gone.html.contains("Withdrawn"), "{}", gone.html);
        let back = shop.browser.send(&gone, &undo, &[]);
        assert!(back.html.contains("Money held"), "{}", back.html);
        let stale = shop.browser.send(&page, &withdraw, &[]);
        assert_eq!(stale.status, 412, "{}", stale.html);
        assert!(stale.html.contains("role=\"alert\"") && stale.html.contains("Money held"));
        let returned = format!("/dealer/claims/{id}/goods-returned");
        let ended = shop.browser.send(&back, &returned, &[]);
        assert!(ended.html.contains("Goods returned"), "{}", ended.html);
    });
}

#[test]
fn papers_are_sent_and_looked_at_and_what_is_returned_is_corrected() {
    on_both(|mut shop| {
        let body = claim(CARS);
        let (mut page, id) = file(&mut shop.browser, CARS, &body);
        let home = shop.browser.get("/dealer");
        assert!(
            home.leads_to(&format!("/dealer/claims/{id}")),
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
            let refused = shop.browser.upload(&page, &action, &[], not);
            assert_eq!(refused.status, 422, "{}", refused.html);
            page = shop
                .browser
                .upload(&page, &action, &[], ("photo", "a.pdf", "", PDF));
            assert_eq!(page.status, 200, "{}", page.html);
            let seen = shop.browser.get(&action);
            assert_eq!(seen.answer.body, PDF);
            assert_eq!(
                seen.answer.header("content-disposition"),
                Some("attachment")
            );
        }
        assert!(page.html.contains("In review"), "{}", page.html);
        let correction = format!("/dealer/claims/{id}/correction");
        assert_eq!(shop.browser.get(&correction).status, 409, "not yet");
        give_back(&mut shop, &id);
        let page = shop.browser.get(&format!("/dealer/claims/{id}"));
        assert!(page.html.contains("Please look at the name") && page.leads_to(&correction));
        let form = shop.browser.get(&correction);
        let mobile = body["consumer"]["mobile"].as_str().unwrap().to_owned();
        let known = ("/consumer/mobile".to_owned(), mobile.clone());
        assert!(form.form(&correction).contains(&known), "it is opened");
        let wrong = shop
            .browser
            .send(&form, &correction, &[("/consumer/mobile", "1")]);
        assert_eq!(wrong.status, 422);
        let done = shop
            .browser
            .send(&form, &correction, &[("/consumer/name", "王大明")]);
        assert!(done.html.contains("In review"), "{}", done.html);
        assert!(!done.html.contains(&mobile));
        assert_eq!(shop.stranger().get(&correction).status, 404);
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
    on_both(|mut shop| {
        let place = "/dealer/account";
        let page = shop.browser.get(place);
        let wrong = shop.browser.send(&page, place, &[("name", "济源示例商行")]);
        assert_eq!(wrong.status, 422);
        assert!(wrong.leads_to("#number") && wrong.html.contains("济源示例商行"));
        let account = [
            ("name", "济源示例商行"),
            ("number", "6225881414207430"),
            ("bank", "中国邮政储蓄银行济源市支行"),
        ];
        let proposed = shop.browser.send(&page, place, &account);
        assert!(
            proposed.html.contains("6225********7430"),
            "{}",
            proposed.html
        );
        assert!(!proposed.html.contains("6225881414207430"));
        let refuse = proposed.between("action=\"/dealer/account/", "/refuse");
        let refuse = format!("/dealer/account/{refuse}/refuse");
        let refused = shop.browser.send(&proposed, &refuse, &[]);
        assert!(!refused.html.contains("6225********7430"));
    });
}

#[test]
fn credentials_are_shown_once_and_end() {
    on_both(|mut shop| {
        let api = shop.browser.get("/dealer/api");
        let made = shop.browser.send(&api, "/dealer/api/credentials", &[]);
        let id = made.between("<code class=\"secret\">", "</code>");
        let secret = made.between("id=\"secret\">", "</code>");
        let mut client = shop.server.client();
        client.token(&id, &secret);
        let api = shop.browser.get("/dealer/api");
        assert!(api.html.contains(&id) && !api.html.contains(&secret));
        let revoke = format!("/dealer/api/credentials/{id}/revoke");
        let mut stranger = shop.stranger();
        let own = stranger.get("/dealer/api");
        let theirs = stranger.send_to(&own, "/dealer/api/credentials", &revoke, &[]);
        assert_eq!(theirs.status, 404);
        let ended = shop.browser.send(&api, &revoke, &[]);
        assert!(ended.html.contains("Revoked"));
        for _ in 0..25 {
            let api = shop.browser.get("/dealer/api");
            if !api.leads_to("/dealer/api/credentials") {
                assert!(api.html.contains("as many as may be"));
                // Somebody whose page is old asks all the same.
                let last = api.html.rsplit("/revoke\"").nth(1).unwrap();
                let last = last.rsplit("/dealer/api/credentials/").next().unwrap();
                let form = format!("/dealer/api/credentials/{last}/revoke");
                let place = "/dealer/api/credentials";
                let more = shop.browser.send_to(&api, &form, place, &[]);
                assert_eq!(more.html.matches("In force").count(), 20, "{}", more.html);
                return;
            }
            shop.browser.send(&api, "/dealer/api/credentials", &[]);
        }
        panic!("there is no end of credentials");
    });
}

#[test]
fn endpoints_are_made_turned_and_forgotten() {
    on_both(|mut shop| {
        let api = shop.browser.get("/dealer/api");
        let place = "/dealer/api/webhooks";
        let bad = shop
            .browser
            .send(&api, place, &[("url", "ftp://example.test/")]);
        assert_eq!(bad.status, 422, "{}", bad.html);
        assert!(bad.html.contains("ftp://example.test/"));
        let chosen = [
            ("url", "https://receiver.example/hook"),
            ("types", "claim.paid"),
        ];
        let made = shop.browser.send(&api, place, &chosen);
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
            .send(&made, &format!("{own}/rotate-secret"), &[]);
        assert!(turned.html.contains("whsec_"));
        let seen = shop.browser.get(&own);
        assert!(!seen.html.contains("whsec_") && seen.html.contains("The old secret signs until"));
        assert_eq!(shop.stranger().get(&own).status, 404);
        let gone = shop.browser.send(&seen, &format!("{own}/delete"), &[]);
        assert_eq!(gone.path, "/dealer/api");
        assert!(!gone.html.contains("receiver.example"));
    });
}

#[test]
fn people_let_each_other_in_and_out() {
    on_both(|mut shop| {
        let people = shop.browser.get("/dealer/people");
        let place = "/dealer/people";
        let taken = shop.browser.send(&people, place, &[("login", "clerk")]);
        assert_eq!(taken.status, 422);
        let made = shop.browser.send(&people, place, &[("login", "second")]);
        let code = made.between("/enrol?code=", "</code>");
        let mut second = Browser::new(shop.server.client());
        second.enrol(&code);
        second.sign_in("second");
        assert_eq!(second.get("/dealer").path, "/dealer");
        let theirs = second.get(place);
        let own = theirs.between("action=\"/dealer/people/", "/");
        let people = shop.browser.get(place);
        let renew = people.between("action=\"/dealer/people/", "/");
        let renew = format!("{place}/{renew}/renew");
        let close = format!("{place}/{own}/close");
        let no = shop.browser.send_to(&people, &renew, &close, &[]);
        assert_eq!(no.status, 404, "nobody closes his own");
        let close = people.html.rsplit("/close\"").nth(1).unwrap();
        let id = close.rsplit("/dealer/people/").next().unwrap();
        let closed = shop
            .browser
            .send(&people, &format!("{place}/{id}/close"), &[]);
        assert!(closed.html.contains("Closed"), "{}", closed.html);
        assert!(second.get("/dealer").path.starts_with("/dealer/sign-in"));
        let renewed = shop
            .browser
            .send(&people, &format!("{place}/{id}/renew"), &[]);
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
    on_both(|mut shop| {
        let place = "/dealer/people";
        let form = shop.browser.get(place);
        for n in 1..50 {
            let login = format!("clerk{n}");
            let made = shop.browser.send(&form, place, &[("login", &login)]);
            assert_eq!(made.status, 200, "{n}");
        }
        let more = |shop: &mut Shop, login| shop.browser.send(&form, place, &[("login", login)]);
        assert_eq!(more(&mut shop, "more").status, 422);
        let people = shop.browser.get(place);
        let last = people.html.rsplit("/close\"").nth(1).unwrap();
        let last = last.rsplit("/dealer/people/").next().unwrap();
        let of_last = |act: &str| format!("{place}/{last}/{act}");
        shop.browser.send(&people, &of_last("close"), &[]);
        assert_eq!(more(&mut shop, "more").status, 200);
        let renewed = shop.browser.send(&people, &of_last("renew"), &[]);
        assert_eq!(renewed.status, 422);
        assert!(renewed.html.contains("as many logins as may be"));
    });
}

#[test]
fn money_pages_are_there_before_there_is_any() {
    on_both(|mut shop| {
        file(&mut shop.browser, PHONES, &claim(PHONES));
        let exposure = shop.browser.get("/dealer/exposure");
        assert_eq!(exposure.status, 200);
        assert!(exposure.html.contains("The oldest:"), "{}", exposure.html);
        let statements = shop.browser.get("/dealer/statements");
        assert!(statements.html.contains("Nothing was paid yet."));
        let nothing = "/dealer/statements/0199a7b0-1111-7222-8333-444455556666";
        assert_eq!(shop.browser.get(nothing).status, 404);
    });
}
