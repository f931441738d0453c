//! A bureau on a database of its own, with a dealer that files, and people who sign in to pages.

use std::cell::Cell;

use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use serde_json::Value;
use tradein::clock;
use tradein::domain::money::Fen;
use tradein::http::rate::{Limits, Rates};
use tradein::http::state::Shared;
use tradein::keys::Keys;
use tradein::operations::credentials::Issued;
use tradein::operations::pools::NewPool;
use tradein::operations::{Engine, credentials, dealers, packs, pools, sign_in};
use tradein::settings::Settings;
use tradein::startup;
use tradein::storage::logins::Person as Login;

use crate::support::claims::claim_number;
use crate::support::{Backend, TestDatabase};

pub const POOL: &str = "jiyuan-cars";
const PROGRAMME: &str = "henan-car-replacement-2025";
const PACK: &str = include_str!("../../config/programmes/henan-car-replacement-2025.toml");
/// No shipped pack lets a refusal be contested.
const APPEALS: &str =
    "\n[appeals]\ndays = 15\nbasis = { document = \"bureau\", clause = \"申诉期限\" }\n";
const PASSWORD: &str = "three old locust trees";
const DEALER: &str = "91419001MA0000001N";
/// The smallest document that is taken for one.
pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

/// What came back.
#[derive(Debug)]
pub struct Page {
    pub path: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Page {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// That the page says something; the page is shown where it does not.
    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        let text = self.text();
        assert!(
            text.contains(words),
            "{} {}: no {words}\n{text}",
            self.status,
            self.path
        );
        self
    }

    #[track_caller]
    pub fn says_not(&self, words: &str) -> &Self {
        let text = self.text();
        assert!(!text.contains(words), "{}: {words}\n{text}", self.path);
        self
    }

    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}\n{}", self.path, self.text());
        self
    }

    /// The form that goes to an address with this end: what a browser would send of it.
    #[track_caller]
    pub fn form(&self, to: &str) -> Form {
        let text = self.text();
        let found = text.split("<form ").skip(1).find(|form| {
            let tag = form.split('>').next().unwrap();
            attribute(tag, "action").is_some_and(|action| action.ends_with(to))
        });
        let form = found.unwrap_or_else(|| panic!("{}: no form to {to}\n{text}", self.path));
        Form::read(form.split("</form>").next().unwrap())
    }
}

/// A form with what stands in it.
#[derive(Debug, Clone)]
pub struct Form {
    action: String,
    members: Vec<(String, String)>,
    enabled: bool,
}

impl Form {
    fn read(html: &str) -> Self {
        let (tag, rest) = html.split_once('>').unwrap();
        let mut members = Vec::new();
        let mut unchosen = false;
        for part in rest.split('<').skip(1) {
            let tag = part.split('>').next().unwrap();
            let name = attribute(tag, "name");
            if tag.starts_with("input ") {
                let ticked = !matches!(
                    attribute(tag, "type").as_deref(),
                    Some("radio" | "checkbox" | "file")
                ) || tag.contains(" checked");
                if ticked {
                    members.push((name.unwrap(), attribute(tag, "value").unwrap_or_default()));
                }
            } else if tag.starts_with("select ") {
                members.push((name.unwrap(), String::new()));
                unchosen = true;
            } else if tag.starts_with("option ") && (unchosen || tag.contains(" selected")) {
                unchosen = false;
                members.last_mut().unwrap().1 = attribute(tag, "value").unwrap();
            }
        }
        let button = rest.split("<button").nth(1).unwrap_or_default();
        Self {
            action: attribute(tag, "action").unwrap(),
            members,
            enabled: !button.split('>').next().unwrap().contains(" disabled"),
        }
    }

    /// Whether its button can be pressed.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// What stands in a field.
    #[track_caller]
    pub fn value(&self, name: &str) -> &str {
        let found = self.members.iter().find(|(n, _)| n == name);
        &found.unwrap_or_else(|| panic!("no field {name}")).1
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.members.retain(|(n, _)| n != name);
        self.members.push((name.to_owned(), value.to_owned()));
        self
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag
        .find(&format!(" {name}=\""))
        .map(|at| at + name.len() + 3);
    let start = start.or_else(|| {
        tag.starts_with(&format!("{name}=\""))
            .then_some(name.len() + 2)
    })?;
    let value = tag[start..].split('"').next().unwrap();
    Some(value.replace("&#34;", "\"").replace("&#38;", "&"))
}

/// Somebody who is signed in.
pub struct Person {
    token: String,
}

pub struct Office {
    pub engine: Engine,
    shared: Data<Shared>,
    dealer: String,
    filed: Cell<u64>,
    sent: Cell<u64>,
    // Dropped last.
    pub database: TestDatabase,
}

impl Drop for Office {
    fn drop(&mut self) {
        self.engine.stop();
    }
}

impl Office {
    pub fn new(backend: Backend) -> Self {
        tradein::http::metrics::install();
        let database = TestDatabase::new(backend);
        let variable = |name: &str| match name {
            "TRADEIN_DATA_DIR" => database.data_dir().to_str().map(str::to_owned),
            "TRADEIN_DATABASE_URL" => Some(database.url().to_owned()),
            "TRADEIN_WORKERS" => Some("1".to_owned()),
            _ => None,
        };
        let settings = Settings::load(&database.data_dir().join("none.toml"), variable).unwrap();
        let engine = startup::start_with(settings, Keys::generate(clock::now()).unwrap()).unwrap();
        let issued = populate(&engine);
        let limits = Limits::new(&Rates::default());
        let shared = Data::new(Shared::new(engine.clone(), limits));
        let mut office = Self {
            engine,
            shared,
            dealer: String::new(),
            filed: Cell::new(0),
            sent: Cell::new(0),
            database,
        };
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            issued.client_id, issued.client_secret
        );
        let request = TestRequest::post()
            .uri("/oauth/token")
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(form);
        let answer: Value = serde_json::from_slice(&office.call(request).body).unwrap();
        office.dealer = answer["access_token"].as_str().unwrap().to_owned();
        office
    }

    /// Somebody with these roles, who acts in the first of them.
    pub fn person(&self, login: &str, roles: &[&str]) -> Person {
        let mut conn = self.engine.database.get().unwrap();
        for role in roles {
            let added = credentials::add_staff(&mut conn, login, role, false).unwrap();
            if let Some(code) = added.enrolment {
                sign_in::enrol_for_demo(&mut conn, &code, PASSWORD).unwrap();
            }
        }
        drop(conn);
        let person = self.signed_in(true, login);
        self.acts_as(&person, roles[0]);
        person
    }

    /// Somebody of the dealer.
    pub fn clerk(&self, login: &str) -> Person {
        let mut conn = self.engine.database.get().unwrap();
        let dealer = self.engine.catalogue.current().dealers()[0].id;
        let code = sign_in::offer(&mut conn, login, Login::Dealer(dealer)).unwrap();
        sign_in::enrol_for_demo(&mut conn, &code, PASSWORD).unwrap();
        drop(conn);
        self.signed_in(false, login)
    }

    fn signed_in(&self, bureau: bool, login: &str) -> Person {
        let (engine, login) = (self.engine.clone(), login.to_owned());
        let token = actix_web::rt::System::new().block_on(async move {
            let password = PASSWORD.to_owned();
            sign_in::sign_in(&engine, bureau, login, password, "").await
        });
        Person {
            token: token.unwrap(),
        }
    }

    /// Publishes another version of a pack.
    pub fn publish(&self, pack: &str) {
        let mut conn = self.engine.database.get().unwrap();
        packs::load(&mut conn, pack).unwrap();
        self.engine.catalogue.refresh(&mut conn).unwrap();
    }

    /// The person acts in another of his roles.
    pub fn acts_as(&self, person: &Person, role: &str) {
        let form = format!(
            "form_token={}&role={role}",
            sign_in::form_token(&person.token)
        );
        let request = self.signed(person, TestRequest::post().uri("/bureau/role"));
        let request = request
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(form);
        assert_eq!(self.call(request).status, 303);
    }

    fn signed(&self, person: &Person, request: TestRequest) -> TestRequest {
        request
            .insert_header(("cookie", format!("tradein={}", person.token)))
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("accept-language", "en"))
    }

    fn call(&self, request: TestRequest) -> Page {
        let shared = self.shared.clone();
        actix_web::rt::System::new().block_on(async move {
            let app = init_service(tradein::http::app(shared)).await;
            let request = request.to_request();
            let path = request.uri().to_string();
            let response = call_service(&app, request).await;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Page {
                path,
                status,
                headers,
                body: read_body(response).await.to_vec(),
            }
        })
    }

    /// A page; each keeps below 100 kB.
    #[track_caller]
    pub fn get(&self, who: &Person, path: &str) -> Page {
        let page = self.call(self.signed(who, TestRequest::get().uri(path)));
        assert!(page.body.len() < 100_000, "{path}: {}", page.body.len());
        page
    }

    /// The same in Chinese.
    pub fn get_zh(&self, who: &Person, path: &str) -> Page {
        let request = self.signed(who, TestRequest::get().uri(path));
        self.call(request.insert_header(("accept-language", "zh-CN")))
    }

    /// Sends a form.
    pub fn send(&self, who: &Person, form: &Form) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&form.members)
            .finish();
        let request = TestRequest::post()
            .uri(&form.action)
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .set_payload(body);
        self.call(self.signed(who, request))
    }

    /// Sends a form and goes where it leads.
    #[track_caller]
    pub fn follow(&self, who: &Person, form: &Form) -> Page {
        let answer = self.send(who, form);
        answer.is(303);
        self.get(who, answer.header("location"))
    }

    /// Sends a form with a file.
    pub fn upload(&self, who: &Person, form: &Form, file: &str, bytes: &[u8]) -> Page {
        let mut body = Vec::new();
        for (name, value) in &form.members {
            let part = format!(
                "--line\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--line\r\ncontent-disposition: form-data; name=\"{file}\"; filename=\"bank.csv\"\r\n\
             content-type: text/csv\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--line--\r\n");
        let request = TestRequest::post()
            .uri(&form.action)
            .insert_header(("content-type", "multipart/form-data; boundary=line"))
            .set_payload(body);
        self.call(self.signed(who, request))
    }

    /// What the dealer's program does.
    fn dealer(&self, method: Method, path: &str, tag: &str, media: &str, body: Vec<u8>) -> Page {
        let mut request = TestRequest::default()
            .method(method)
            .uri(path)
            .insert_header(("authorization", format!("Bearer {}", self.dealer)))
            .insert_header(("content-type", media.to_owned()))
            .set_payload(body);
        self.sent.set(self.sent.get() + 1);
        let attempt = format!("attempt-{:08}", self.sent.get());
        request = request.insert_header(("idempotency-key", attempt));
        if !tag.is_empty() {
            request = request.insert_header(("if-match", tag.to_owned()));
        }
        self.call(request)
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
        let filed = self.dealer(Method::POST, "/v1/claims", "", "application/json", bytes);
        let verdict: Value = serde_json::from_slice(&filed.is(201).body).unwrap();
        let text = |name: &str| verdict[name].as_str().unwrap().to_owned();
        (text("id"), text("number"))
    }

    /// Files a claim and sends its papers.
    pub fn in_review(&self) -> (String, String) {
        let (id, number) = self.file(&self.body());
        let path = format!("/v1/claims/{id}");
        let claim = self.dealer(Method::GET, &path, "", "application/json", Vec::new());
        let claim: Value = serde_json::from_slice(&claim.body).unwrap();
        for due in claim["due"].as_array().unwrap() {
            let paper = format!("{path}/papers/{}", due["paper"].as_str().unwrap());
            self.act(&id, Method::PUT, &paper, "application/pdf", PDF.to_vec());
        }
        (id, number)
    }

    /// An act of the dealer on a claim as it is now.
    pub fn act(&self, id: &str, method: Method, path: &str, media: &str, body: Vec<u8>) {
        let claim = format!("/v1/claims/{id}");
        let seen = self.dealer(Method::GET, &claim, "", "application/json", Vec::new());
        let tag = seen.header("etag").to_owned();
        self.dealer(method, path, &tag, media, body).is(200);
    }

    /// The state of a claim as its dealer sees it.
    pub fn state(&self, id: &str) -> String {
        let path = format!("/v1/claims/{id}");
        let claim = self.dealer(Method::GET, &path, "", "application/json", Vec::new());
        let claim: Value = serde_json::from_slice(&claim.body).unwrap();
        claim["state"].as_str().unwrap().to_owned()
    }

    /// Recommended by one and approved by another, through the pages.
    #[track_caller]
    pub fn approved(&self, reviewer: &Person, approver: &Person) -> (String, String) {
        let claim = self.in_review();
        self.recommend(reviewer, &claim.0);
        let page = self.get(approver, &format!("/bureau/approval/{}", claim.0));
        self.send(approver, &page.form("/approve")).is(303);
        claim
    }

    #[track_caller]
    pub fn recommend(&self, reviewer: &Person, id: &str) {
        let page = self.get(reviewer, &format!("/bureau/review/{id}"));
        self.send(reviewer, &page.form("/recommend")).is(303);
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
