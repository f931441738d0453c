//! A service with a pool and a dealer, and a visitor who reads its pages.

use serde_json::Value;
use tradein::domain::money::Fen;

use crate::support::{Backend, Client, Credentials, Response, Server, TestDatabase, claims};

pub const PROGRAMME: &str = "henan-car-replacement-2025";
pub const POOL: &str = "cars-2025";

/// The service.
pub struct Place {
    pub database: TestDatabase,
    pub server: Server,
    pub dealer: Credentials,
}

impl Place {
    /// One whose pool holds so many yuan for some programmes.
    pub fn new(backend: Backend, cap: &str, programmes: &[&str]) -> Self {
        let database = TestDatabase::new(backend);
        database.load_programmes(programmes);
        database.create_pool(POOL, cap, programmes);
        let dealer = database.add_dealer(claims::SELLER, "示范汽车", programmes);
        let server = database.serve_with(|command| {
            command.env("TRADEIN_BUREAU_NAME", "示范区商务局");
            command.env("TRADEIN_BUREAU_CONTACT", "0391-1234567");
            command.env("TRADEIN_PUBLIC_URL", "https://trade-in.example/");
        });
        Self {
            database,
            server,
            dealer,
        }
    }

    /// A visitor.
    pub fn visitor(&self) -> Client {
        self.server.client()
    }

    /// The dealer at its API.
    pub fn shop(&self) -> Client {
        self.server.client_of(&self.dealer)
    }

    /// Files a claim and gives the answer.
    pub fn file(&self, claim: &Value) -> Value {
        let key = format!("key-{}", claim["invoice"]["number"].as_str().unwrap());
        let answer = self.shop().file(&key, claim);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()
    }
}

/// A claim for a car so dear that it is paid the most.
pub fn dear() -> Value {
    claims::at_price(claims::claim(PROGRAMME), "250000.00")
}

/// An amount of an answer in fen.
pub fn fen(amount: &Value) -> i64 {
    Fen::parse_yuan(amount.as_str().unwrap()).unwrap().fen()
}

/// An amount as pages show it in Chinese.
pub fn yuan(fen: i64) -> String {
    let plain = Fen::new(fen).unwrap().to_string();
    let (whole, cents) = plain.split_once('.').unwrap();
    let (thousands, rest) = whole.split_at(whole.len().saturating_sub(3));
    let comma = if thousands.is_empty() { "" } else { "," };
    format!("{thousands}{comma}{rest}.{cents} 元")
}

/// Sends a form as a browser does.
pub fn send(visitor: &mut Client, path: &str, members: &[(&str, &str)]) -> Response {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(members);
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
    ];
    visitor.call("POST", path, &headers, form.finish().as_bytes())
}

/// Asks for a page in English.
pub fn english(visitor: &mut Client, path: &str) -> Response {
    visitor.call("GET", path, &[("accept-language", "en")], b"")
}

/// The page, which must be whole and light.
pub fn page(answer: &Response) -> String {
    let text = answer.text();
    let kind = answer.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("text/html"), "{}: {kind}", answer.status);
    assert!(text.len() < 100_000, "{} bytes", text.len());
    assert_eq!(text.matches("<h1>").count(), 1, "one heading: {text}");
    text
}

/// Checks that every one of these stands in a page.
#[track_caller]
pub fn has(page: &str, wanted: &[&str]) {
    for text in wanted {
        assert!(page.contains(text), "{text:?} is not in {page}");
    }
}

/// Checks that none of these does.
#[track_caller]
pub fn lacks(page: &str, unwanted: &[&str]) {
    for text in unwanted {
        assert!(!page.contains(text), "{text:?} is in {page}");
    }
}

/// The last characters of a text.
pub fn tail(text: &Value) -> &str {
    let text = text.as_str().unwrap();
    &text[text.len() - 4..]
}
