//! Requests through the whole application, without a socket.

use std::path::Path;

use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use serde_json::Value;
use tradein::http::rate::{Limits, Rates};
use tradein::http::state::Shared;

use crate::world::{Known, World};

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The code of a problem; panics when this is none.
    pub fn code(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self:?}"
        );
        let body = self.json();
        assert_eq!(body["status"], self.status, "{body}");
        body["code"].as_str().unwrap().to_owned()
    }
}

/// An application that keeps its state between requests.
pub struct Desk {
    pub world: World,
    shared: Data<Shared>,
}

impl Desk {
    pub fn new() -> Self {
        tradein::http::metrics::install();
        let world = World::new();
        let limits = Limits::new(&Rates::default());
        let shared = Data::new(Shared::new(world.engine.clone(), limits));
        Self { world, shared }
    }

    pub fn call(&self, request: TestRequest) -> Answer {
        let shared = self.shared.clone();
        actix_web::rt::System::new().block_on(async move {
            let app = init_service(tradein::http::app(shared)).await;
            let response = call_service(&app, request.to_request()).await;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = read_body(response).await.to_vec();
            Answer {
                status,
                headers,
                body,
            }
        })
    }

    pub fn get(&self, path: &str) -> Answer {
        self.call(TestRequest::get().uri(path))
    }

    /// A token for the client of a role, from the token endpoint.
    pub fn token(&self, role: &str) -> String {
        self.token_of(self.world.client(role))
    }

    /// A token for a client.
    pub fn token_of(&self, client: &Known) -> String {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            client.id, client.secret
        );
        let answer = self.call(token_request(&form));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }
}

pub fn token_request(form: &str) -> TestRequest {
    TestRequest::post()
        .uri("/oauth/token")
        .insert_header(("content-type", "application/x-www-form-urlencoded"))
        .set_payload(form.to_owned())
}

pub fn bearer(token: &str) -> (&'static str, String) {
    ("authorization", format!("Bearer {token}"))
}

/// Compares with a file of `tests/data`; with `TRADEIN_BLESS=1` the file is written anew.
pub fn check_golden(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name);
    if std::env::var_os("TRADEIN_BLESS").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if let Some((line, (old, new))) = expected
        .lines()
        .zip(found.lines())
        .enumerate()
        .find(|(_, (old, new))| old != new)
    {
        panic!(
            "{name}:{}\n  is in the file: {old}\n  was found:      {new}",
            line + 1
        );
    }
    assert_eq!(
        expected.len(),
        found.len(),
        "{name} has another length; TRADEIN_BLESS=1 accepts it"
    );
}
