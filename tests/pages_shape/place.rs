//! A running program with a pool and a dealer, and visitors who read its pages in Chinese.

use serde_json::Value;
use tradein::domain::money::Fen;

use crate::browser::Browser;
use crate::support::{Backend, Client, Credentials, Server, TestDatabase, claims};

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
    pub fn visitor(&self) -> Browser {
        Browser::new(self.server.client()).in_chinese()
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

/// The last characters of a text.
pub fn tail(text: &Value) -> &str {
    let text = text.as_str().unwrap();
    &text[text.len() - 4..]
}
