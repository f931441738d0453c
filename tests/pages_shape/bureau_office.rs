//! A bureau within the test, with a dealer whose program files claims.

use std::cell::Cell;

use serde_json::Value;
use tradein::domain::formats::Uscc;
use tradein::domain::money::Fen;
use tradein::operations::credentials::Issued;
use tradein::operations::pools::NewPool;
use tradein::operations::{Engine, dealers, packs, pools};

use crate::browser::Browser;
use crate::inside::Inside;
use crate::page::Page;
use crate::site::Site;
use crate::support::Backend;
use crate::support::claims::claim_number;

pub const POOL: &str = "jiyuan-cars";
const DEALER: &str = "91419001MA0000001N";
const PROGRAMME: &str = "henan-car-replacement-2025";
const PACK: &str = include_str!("../../config/programmes/henan-car-replacement-2025.toml");
/// No shipped pack lets a refusal be contested.
pub const APPEALS: &str =
    "\n[appeals]\ndays = 15\nbasis = { document = \"bureau\", clause = \"申诉期限\" }\n";
/// The smallest document that is taken for one.
pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";
const JSON: &str = "application/json";

pub struct Office {
    pub inside: Inside,
    site: Site,
    token: String,
    filed: Cell<u64>,
    sent: Cell<u64>,
}

impl Office {
    pub fn new(backend: Backend) -> Self {
        let inside = Inside::new(backend, None);
        let issued = populate(&inside.engine);
        let site = Site::Within(inside.shared.clone());
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            issued.client_id, issued.client_secret
        );
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = site.call("POST", "/oauth/token", &headers, form.as_bytes());
        let answer: Value = serde_json::from_slice(&answer.is(200).body).unwrap();
        Self {
            inside,
            site,
            token: answer["access_token"].as_str().unwrap().to_owned(),
            filed: Cell::new(0),
            sent: Cell::new(0),
        }
    }

    /// Publishes another version of a pack.
    pub fn publish(&self, pack: &str) {
        let engine = &self.inside.engine;
        let mut conn = engine.database.get().unwrap();
        packs::load(&mut conn, pack).unwrap();
        engine.catalogue.refresh(&mut conn).unwrap();
    }

    /// Somebody with these roles, who acts in the first of them.
    pub fn person(&self, login: &str, roles: &[&str]) -> Browser {
        self.inside.person(login, roles)
    }

    /// Somebody of the dealer, signed in.
    pub fn clerk(&self, login: &str) -> Browser {
        self.inside.clerk(&Uscc::parse(DEALER).unwrap(), login)
    }

    /// What the dealer's program does.
    fn dealer(&self, method: &str, path: &str, tag: &str, media: &str, body: &[u8]) -> Page {
        self.sent.set(self.sent.get() + 1);
        let attempt = format!("attempt-{:08}", self.sent.get());
        let token = format!("Bearer {}", self.token);
        let mut headers = vec![
            ("authorization", token.as_str()),
            ("content-type", media),
            ("idempotency-key", attempt.as_str()),
        ];
        if !tag.is_empty() {
            headers.push(("if-match", tag));
        }
        self.site.call(method, path, &headers, body)
    }

    /// A claim of another person, vehicle and invoice each time.
    pub fn body(&self) -> Value {
        let number = self.filed.get();
        self.filed.set(number + 1);
        claim_number(PROGRAMME, number)
    }

    /// Files a claim; its id and number.
    pub fn file(&self, body: &Value) -> (String, String) {
        let bytes = body.to_string().into_bytes();
        let filed = self.dealer("POST", "/v1/claims", "", JSON, &bytes);
        let verdict: Value = serde_json::from_slice(&filed.is(201).body).unwrap();
        let text = |name: &str| verdict[name].as_str().unwrap().to_owned();
        (text("id"), text("number"))
    }

    /// Files a claim and sends its papers.
    pub fn in_review(&self) -> (String, String) {
        self.in_review_with(|_| ("application/pdf", PDF))
    }

    /// The same with papers of other kinds, by the order in which they are due.
    pub fn in_review_with(
        &self,
        file: impl Fn(usize) -> (&'static str, &'static [u8]),
    ) -> (String, String) {
        let (id, number) = self.file(&self.body());
        let path = format!("/v1/claims/{id}");
        let claim = self.dealer("GET", &path, "", JSON, b"");
        let claim: Value = serde_json::from_slice(&claim.body).unwrap();
        for (at, due) in claim["due"].as_array().unwrap().iter().enumerate() {
            let paper = format!("{path}/papers/{}", due["paper"].as_str().unwrap());
            let (media, bytes) = file(at);
            self.act(&id, "PUT", &paper, media, bytes);
        }
        (id, number)
    }

    /// An act of the dealer on a claim as it is now.
    pub fn act(&self, id: &str, method: &str, path: &str, media: &str, body: &[u8]) {
        let seen = self.dealer("GET", &format!("/v1/claims/{id}"), "", JSON, b"");
        let tag = seen.header("etag").to_owned();
        self.dealer(method, path, &tag, media, body).is(200);
    }

    /// The state of a claim as its dealer sees it.
    pub fn state(&self, id: &str) -> String {
        let claim = self.dealer("GET", &format!("/v1/claims/{id}"), "", JSON, b"");
        let claim: Value = serde_json::from_slice(&claim.body).unwrap();
        claim["state"].as_str().unwrap().to_owned()
    }

    /// Recommended by one and approved by another, through the pages.
    #[track_caller]
    pub fn approved(&self, reviewer: &Browser, approver: &Browser) -> (String, String) {
        let claim = self.in_review();
        self.recommend(reviewer, &claim.0);
        let page = approver.get(&format!("/bureau/approval/{}", claim.0));
        approver.send(&page.form("/approve")).is(303);
        claim
    }

    #[track_caller]
    pub fn recommend(&self, reviewer: &Browser, id: &str) {
        let page = reviewer.get(&format!("/bureau/review/{id}"));
        reviewer.send(&page.form("/recommend")).is(303);
    }
}

/// The pack that the office begins with.
pub fn pack() -> String {
    format!("{PACK}{APPEALS}")
}

/// A pack, a pool and a dealer.
fn populate(engine: &Engine) -> Issued {
    let mut conn = engine.database.get().unwrap();
    packs::load(&mut conn, &pack()).unwrap();
    let programmes = [PROGRAMME.to_owned()];
    let pool = NewPool {
        name: POOL.to_owned(),
        cap: Fen::from_yuan(1_000_000),
        programmes: programmes.to_vec(),
        remainder: None,
        opens: None,
        closes: None,
    };
    pools::create(&mut conn, &pool).unwrap();
    let dealer = dealers::add(&mut conn, DEALER, "示范汽车", &programmes);
    engine.catalogue.refresh(&mut conn).unwrap();
    dealer.unwrap().1
}
