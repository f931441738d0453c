//! A client that notes what it asks and is told.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::Value;
use tradein::clock;
use tradein::domain::money::Fen;
use tradein::domain::time::Timestamp;
use tradein::journal::entry::claim_commitment;
use tradein::journal::receipt::verify_receipt;
use tradein::keys::Jwks;
use tradein::storage::Db;

use super::notes::{Note, Stand, What, head};
use super::scene::fen;
use crate::support::{Backend, Client, Credentials, Response, Server};

/// How often a deadline is set again where the database is locked, each time after ten seconds.
const TRIES: u32 = 30;

/// A claim that a client has in mind.
#[derive(Debug, Clone)]
pub struct Mine {
    /// Its id.
    pub id: String,
    /// What it was when it was answered.
    pub stand: Stand,
    /// When it was decided.
    pub decided: Timestamp,
    /// Its place.
    pub position: u32,
    /// Its amount, in fen.
    pub amount: i64,
}

/// A client with its notes. It asks again where it is told to come again, with the same words, and
/// fetches a new token where the old one is not good any more.
pub struct Desk<'a> {
    server: &'a Server,
    client: Client,
    credentials: &'a Credentials,
    jwks: &'a Jwks,
    /// What it was told.
    pub notes: Vec<Note>,
    /// How often it fetched a new token.
    pub renewed: u32,
}

impl<'a> Desk<'a> {
    /// A client of one instance.
    pub fn new(server: &'a Server, credentials: &'a Credentials, jwks: &'a Jwks) -> Self {
        Self {
            server,
            client: server.client_of(credentials),
            credentials,
            jwks,
            notes: Vec::new(),
            renewed: 0,
        }
    }

    /// Asks until there is an answer; gives it, and when it was asked first and answered.
    fn ask(
        &mut self,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> (Response, u64, u64) {
        let sent_ns = clock::monotonic_ns();
        loop {
            let answer = self.client.call(method, path, headers, body);
            let answered_ns = clock::monotonic_ns();
            match answer.status {
                503 => std::thread::sleep(Duration::from_millis(50)),
                401 => {
                    // On a fresh connection: one from the last time would have been idle for too long.
                    self.client = self.server.client_of(self.credentials);
                    self.renewed += 1;
                }
                _ => return (answer, sent_ns, answered_ns),
            }
        }
    }

    /// Files a claim.
    ///
    /// # Errors
    /// The answer, where it is refused.
    pub fn file(&mut self, key: &str, body: &str) -> Result<Mine, Value> {
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        let (answer, sent_ns, answered_ns) =
            self.ask(("POST", "/v1/claims"), &headers, body.as_bytes());
        assert_eq!(answer.status, 201, "{}", answer.text());
        let (mine, what) = accepted(&answer.json(), self.jwks)?;
        self.note((sent_ns, answered_ns), &mine, what);
        Ok(mine)
    }

    fn note(&mut self, (sent_ns, answered_ns): (u64, u64), claim: &Mine, what: What) {
        self.notes.push(Note {
            sent_ns,
            answered_ns,
            position: claim.position,
            amount: claim.amount,
            what,
        });
    }

    /// Looks at a claim; gives its tag if it can be taken back.
    pub fn look(&mut self, claim: &Mine) -> Option<String> {
        let path = format!("/v1/claims/{}", claim.id);
        let (answer, sent_ns, answered_ns) = self.ask(("GET", &path), &[], b"");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let stand = Stand::named(answer.json()["state"].as_str().unwrap());
        self.note((sent_ns, answered_ns), claim, What::Looked { stand });
        let stands = matches!(stand, Stand::Reserved | Stand::Waiting);
        stands.then(|| answer.header("etag").unwrap().to_owned())
    }

    /// Takes a claim back, unless it has ended. What was promoted meanwhile is looked at again.
    pub fn take_back(&mut self, claim: &Mine) {
        while let Some(tag) = self.look(claim) {
            let path = format!("/v1/claims/{}/withdraw", claim.id);
            let headers = [("if-match", tag.as_str())];
            let (answer, sent_ns, answered_ns) = self.ask(("POST", &path), &headers, b"");
            match answer.status {
                200 => {
                    assert_eq!(answer.json()["state"], "withdrawn");
                    return self.note((sent_ns, answered_ns), claim, What::TookBack);
                }
                // Its deadline has come, and the engine has not ended it yet.
                409 if answer.json()["code"] == "deadline_passed" => return,
                409 | 412 => {}
                _ => panic!("{}", answer.text()),
            }
        }
    }

    /// Puts money into a pool, each time another amount, in fen.
    pub fn put_in(&mut self, pool: &str, amount: i64) {
        let money = Fen::new(amount).unwrap().to_string();
        let body = serde_json::json!({ "amount": money, "reference": format!("拨款{amount}") });
        let path = format!("/v1/pools/{pool}/top-up");
        let headers = [("content-type", "application/json")];
        let (answer, sent_ns, answered_ns) =
            self.ask(("POST", &path), &headers, body.to_string().as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.notes.push(Note {
            sent_ns,
            answered_ns,
            position: 0,
            amount,
            what: What::PutIn,
        });
    }
}

/// What the answer to a claim says that was accepted; the receipt has to say the same.
///
/// # Errors
/// The answer, where it is refused.
pub fn accepted(answer: &Value, jwks: &Jwks) -> Result<(Mine, What), Value> {
    if answer["state"] == "refused" {
        return Err(answer.clone());
    }
    let text = |name: &str| answer[name].as_str().unwrap();
    let receipt = verify_receipt(text("receipt"), jwks).unwrap();
    // What is told in the open is what is signed.
    let (position, amount) = (answer["position"].as_i64(), fen(&answer["amount"]));
    assert_eq!(
        (text("number"), text("state"), position, amount),
        (
            receipt.number.as_str(),
            receipt.outcome.as_str(),
            receipt.position,
            receipt.amount.fen()
        )
    );
    let mine = Mine {
        id: text("id").to_owned(),
        stand: Stand::named(text("state")),
        decided: receipt.at,
        position: u32::try_from(position.unwrap()).unwrap(),
        amount,
    };
    let what = What::Filed {
        stand: mine.stand,
        seq: u32::try_from(receipt.seq).unwrap(),
        hash: head(&receipt.journal_hash),
        claim: head(&claim_commitment(&receipt.opening, &receipt.number)),
    };
    Ok((mine, what))
}

/// Gives claims that hold money another deadline, in microseconds.
pub fn set_deadlines(conn: &mut Db, backend: Backend, ids: &[String], at_us: i64) {
    let literal = |id: &String| {
        let hex = id.replace('-', "");
        match backend {
            Backend::Sqlite => format!("X'{hex}'"),
            Backend::Postgres => format!("'\\x{hex}'"),
        }
    };
    let list: Vec<String> = ids.iter().map(literal).collect();
    let list = list.join(",");
    let statement = format!(
        "UPDATE claims SET deadline_us = {at_us} WHERE state = 'reserved' AND id IN ({list})"
    );
    // A service on SQLite that is never idle lets a stranger wait for long.
    for _ in 0..TRIES {
        match conn.batch_execute(&statement) {
            Ok(()) => return,
            Err(error) => assert!(error.to_string().contains("locked"), "{error}"),
        }
    }
    panic!("the database stays locked");
}

/// How many claims have this deadline: those that lapsed have none.
pub fn count_due(conn: &mut Db, at_us: i64) -> i64 {
    #[derive(QueryableByName)]
    struct Due {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let query = format!("SELECT count(*) AS count FROM claims WHERE deadline_us = {at_us}");
    let due: Due = diesel::sql_query(query).get_result(conn).unwrap();
    due.count
}
