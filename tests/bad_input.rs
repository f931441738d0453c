//! Requests that are broken, hostile or repeated: each gets the contract's answer and leaves nothing
//! behind, and the service goes on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

#[path = "bad_input/addresses.rs"]
mod addresses;
#[path = "bad_input/bodies.rs"]
mod bodies;
#[path = "bad_input/everywhere.rs"]
mod everywhere;
#[path = "bad_input/fields.rs"]
mod fields;
#[path = "bad_input/idempotency.rs"]
mod idempotency;
#[path = "bad_input/token_table.rs"]
mod token_table;
#[path = "bad_input/tokens.rs"]
mod tokens;

use serde_json::Value;
use support::claims::{SELLER, claim};
use support::{Backend, Client, Credentials, Response, Server, TestDatabase};

const CARS: &str = "henan-car-replacement-2025";
const PHONES: &str = "national-digital-2025";
const POOL: &str = "bad-input";
const OTHER_POOL: &str = "bad-input-phones";

/// A running service with a dealer, and what was public before anything was sent.
struct House {
    database: TestDatabase,
    server: Server,
    credentials: Credentials,
    token: String,
    before: Vec<(Value, String)>,
}

impl House {
    fn new(backend: Backend) -> Self {
        let database = TestDatabase::new(backend);
        database.load_programmes(&[CARS, PHONES]);
        database.create_pool(POOL, "10000000", &[CARS]);
        database.create_pool(OTHER_POOL, "10000000", &[PHONES]);
        let credentials = database.add_dealer(SELLER, "济源示例商贸有限公司", &[CARS, PHONES]);
        let server = database.serve();
        let token = server
            .client()
            .token(&credentials.client_id, &credentials.client_secret);
        let before = public(&server);
        Self {
            database,
            server,
            credentials,
            token,
            before,
        }
    }

    fn client(&self) -> Client {
        self.server.client().with_token(&self.token)
    }

    /// Sends a body to `POST /v1/claims` as a careless client would, and checks the problem.
    fn claim_is_refused(&self, body: &[u8], status: u16, code: &str) -> Value {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", "bad-input-1"),
        ];
        self.refused("POST", "/v1/claims", &headers, body, status, code)
    }

    /// Sends a request in both languages, and checks that the answers are the same problem.
    fn refused(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        status: u16,
        code: &str,
    ) -> Value {
        let mut bodies = Vec::new();
        for language in ["zh-CN", "en"] {
            let mut all = headers.to_vec();
            all.push(("accept-language", language));
            // A fresh connection: the service may close one that it was sent rubbish on.
            let answer = self.client().call(method, path, &all, body);
            bodies.push(problem(&answer, status, code));
        }
        assert!(
            !bodies[0]["detail"].as_str().unwrap().is_ascii(),
            "{}",
            bodies[0]
        );
        assert!(
            bodies[1]["detail"].as_str().unwrap().is_ascii(),
            "{}",
            bodies[1]
        );
        let fields = |body: &Value| -> Vec<Value> {
            let errors = body["errors"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            errors
                .iter()
                .map(|e| serde_json::json!([e["field"], e["code"]]))
                .collect()
        };
        assert_eq!(fields(&bodies[0]), fields(&bodies[1]));
        bodies.swap_remove(1)
    }

    /// Pool, journal and claims are as they were, and a good claim is still taken.
    fn stands(self) {
        assert_eq!(
            public(&self.server),
            self.before,
            "something was left behind"
        );
        let mut client = self.client();
        let listed = client.get("/v1/claims").json();
        assert_eq!(
            listed["items"],
            serde_json::json!([]),
            "a claim was left behind"
        );
        let answer = client.file("after-all-that", &claim(CARS));
        assert_eq!(
            (answer.status, &answer.json()["position"]),
            (201, &1.into()),
            "{}",
            answer.text()
        );
        self.database.run(&["verify"]);
    }
}

/// Runs a test against a service on each database, and looks whether anything was left behind.
fn on_both(test: impl Fn(&House)) {
    for backend in Backend::ALL {
        println!("on {backend:?}");
        let house = House::new(backend);
        test(&house);
        house.stands();
    }
}

/// Pools and journals, without the instants at which they were asked for.
fn public(server: &Server) -> Vec<(Value, String)> {
    let mut client = server.client();
    let mut read = |name: &str| {
        let mut pool = client.get(&format!("/v1/public/pools/{name}")).json();
        pool.as_object_mut().unwrap().remove("as_of");
        let journal = client.get(&format!("/v1/public/journal/{name}")).text();
        let entries = journal
            .lines()
            .filter(|line| !line.starts_with("{\"checkpoint\""));
        (pool, entries.collect::<Vec<_>>().join("\n"))
    };
    vec![read(POOL), read(OTHER_POOL)]
}

/// Checks that an answer is a problem of RFC 9457 with this code, and gives its body.
fn problem(answer: &Response, status: u16, code: &str) -> Value {
    assert_eq!(answer.status, status, "expected {code}: {}", answer.text());
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json"),
        "{}",
        answer.text()
    );
    let body = answer.json();
    assert_eq!(body["code"], code, "{body}");
    assert_eq!(body["status"], status, "{body}");
    for member in ["type", "title", "detail"] {
        assert!(
            body[member].as_str().is_some_and(|text| !text.is_empty()),
            "{member}: {body}"
        );
    }
    for error in body["errors"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
    {
        for member in ["code", "message"] {
            assert!(
                error[member].as_str().is_some_and(|text| !text.is_empty()),
                "{error}"
            );
        }
        // A pointer into the body, or the name of a query parameter.
        let field = error["field"].as_str().unwrap();
        assert!(
            field.is_empty() || field.starts_with('/') || code == "query_malformed",
            "{error}"
        );
    }
    body
}

#[test]
fn what_is_left_behind_is_noticed() {
    let house = House::new(Backend::Sqlite);
    assert_eq!(house.client().file("left-behind", &claim(CARS)).status, 201);
    let noticed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| house.stands()));
    assert!(noticed.is_err());
}
