//! Everybody at a desk, each with a token, and a claim's way through their hands.

use std::cell::Cell;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tradein::http::schema::{Claim, Verdict};

use crate::support::claims::claim_number;
use crate::wire::{Answer, Desk, bearer};
use crate::world::{Known, PROGRAMME};

/// The smallest document that is taken for one.
pub const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n";

/// A published type read from an answer that must be good.
pub fn read<T: DeserializeOwned>(answer: &Answer) -> T {
    let text = String::from_utf8_lossy(&answer.body);
    assert!(answer.status < 300, "{} {text}", answer.status);
    serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A person with a token.
pub struct Person {
    token: String,
}

pub struct Bureau {
    pub desk: Desk,
    pub dealer: Person,
    pub reviewer: Person,
    pub approver: Person,
    pub finance: Person,
    pub second_finance: Person,
    pub auditor: Person,
    pub operator: Person,
    filed: Cell<u32>,
}

impl Bureau {
    pub fn new() -> Self {
        let desk = Desk::new();
        let known = |role| Person {
            token: desk.token(role),
        };
        let second = desk.world.another_of("finance");
        Self {
            dealer: known("dealer"),
            reviewer: known("reviewer"),
            approver: known("approver"),
            finance: known("finance"),
            second_finance: Person {
                token: desk.token_of(&second),
            },
            auditor: known("auditor"),
            operator: known("operator"),
            filed: Cell::new(0),
            desk,
        }
    }

    /// A client with a token.
    pub fn person(&self, client: &Known) -> Person {
        Person {
            token: self.desk.token_of(client),
        }
    }

    pub fn get(&self, who: &Person, path: &str) -> Answer {
        let request = TestRequest::get().uri(path);
        self.desk.call(request.insert_header(bearer(&who.token)))
    }

    pub fn post(&self, who: &Person, path: &str) -> Answer {
        self.send(who, Method::POST, path, "", "", b"")
    }

    /// A body of a published type.
    pub fn post_json(&self, who: &Person, path: &str, body: &impl Serialize) -> Answer {
        let body = serde_json::to_vec(body).unwrap();
        self.send(who, Method::POST, path, "", "application/json", &body)
    }

    /// An act on a claim as it was seen last.
    pub fn act(&self, who: &Person, id: &str, verb: &str) -> Answer {
        let path = format!("/v1/claims/{id}/{verb}");
        self.send(who, Method::POST, &path, &self.version(id), "", b"")
    }

    /// The same with a body of a published type.
    pub fn act_with(&self, who: &Person, id: &str, verb: &str, body: &impl Serialize) -> Answer {
        let path = format!("/v1/claims/{id}/{verb}");
        let body = serde_json::to_vec(body).unwrap();
        let (tag, media) = (self.version(id), "application/json");
        self.send(who, Method::POST, &path, &tag, media, &body)
    }

    /// Sends a paper of this kind.
    pub fn paper(&self, id: &str, paper: &str, media: &str, bytes: &[u8]) -> Answer {
        let path = format!("/v1/claims/{id}/papers/{paper}");
        self.send(
            &self.dealer,
            Method::PUT,
            &path,
            &self.version(id),
            media,
            bytes,
        )
    }

    pub fn send(
        &self,
        who: &Person,
        method: Method,
        path: &str,
        tag: &str,
        media: &str,
        body: &[u8],
    ) -> Answer {
        let mut request = TestRequest::default()
            .method(method)
            .uri(path)
            .insert_header(bearer(&who.token))
            .set_payload(body.to_vec());
        for (name, value) in [("if-match", tag), ("content-type", media)] {
            if !value.is_empty() {
                request = request.insert_header((name, value.to_owned()));
            }
        }
        self.desk.call(request)
    }

    /// The version of a claim; something that matches none where there is no such claim.
    fn version(&self, id: &str) -> String {
        let seen = self.get(&self.auditor, &format!("/v1/claims/{id}"));
        match seen.header("etag") {
            "" => "\"1\"".to_owned(),
            tag => tag.to_owned(),
        }
    }

    /// A claim of another person, vehicle and invoice each time.
    pub fn body(&self) -> Value {
        let number = self.filed.get();
        self.filed.set(number + 1);
        claim_number(PROGRAMME, number.into())
    }

    /// Files a claim; its id.
    pub fn file(&self, body: &Value) -> String {
        let request = TestRequest::post()
            .uri("/v1/claims")
            .insert_header(("content-type", "application/json"))
            .insert_header((
                "idempotency-key",
                format!("attempt-{:04}", self.filed.get()),
            ))
            .insert_header(bearer(&self.dealer.token))
            .set_payload(body.to_string());
        read::<Verdict>(&self.desk.call(request)).id
    }

    /// Files a claim and sends its papers; its id.
    pub fn in_review(&self) -> String {
        let id = self.file(&self.body());
        let claim: Claim = read(&self.get(&self.dealer, &format!("/v1/claims/{id}")));
        for due in claim.due {
            let _: Claim = read(&self.paper(&id, &due.paper, "application/pdf", PDF));
        }
        id
    }

    /// The same, recommended and approved.
    pub fn approved(&self) -> String {
        let id = self.in_review();
        let _: Claim = read(&self.act(&self.reviewer, &id, "recommend"));
        let _: Claim = read(&self.act(&self.approver, &id, "approve"));
        id
    }
}
