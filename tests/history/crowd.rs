//! Everybody at once: dealers on many connections, an operator, and deadlines that come.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use tradein::clock;
use tradein::domain::money::Fen;
use tradein::journal::entry::claim_commitment;
use tradein::journal::receipt::verify_receipt;
use tradein::keys::Jwks;
use tradein::rehearse::generate::Generator;
use tradein::rehearse::{Profile, SplitMix64};
use tradein::storage::{Db, Target};

use super::PROGRAMME;
use super::notes::{Note, Stand, What, head};
use super::scene::{CONNECTIONS, Dealer, Scene, fen};
use crate::support::{Backend, Client, Credentials, Response};

/// Of so many claims that a client has filed, one is looked at, and one taken back.
const ONE_IN: u64 = 8;
/// Of so many claims that hold money, the deadline of one comes.
const LAPSES_ONE_IN: u64 = 24;
/// After so many claims more money is put in.
const MONEY_EVERY: u64 = 400;
/// How many claims a client keeps in mind.
const IN_MIND: usize = 32;
/// The least that is put in, in fen; each time one more.
const MONEY: i64 = 100_000;

/// The money of a pool that is enough for a third of so many claims, more or less: an appliance gets
/// a thousand yuan.
pub fn third(claims: u64) -> Fen {
    const USUAL: u64 = 105_000;
    Fen::new(i64::try_from(claims * USUAL / 3).unwrap() + 1).unwrap()
}

/// A claim that a client has in mind.
#[derive(Debug, Clone)]
struct Mine {
    id: String,
    position: u32,
    amount: i64,
}

/// Who acts, and what for.
pub struct Crowd<'a> {
    scene: &'a Scene,
    operator: Credentials,
    generator: Generator,
    seed: u64,
    claims: u64,
    jwks: Jwks,
    next: AtomicU64,
    answered: AtomicU64,
    /// Claims whose deadline is to come, by their ids.
    doomed: Mutex<Vec<String>>,
}

impl<'a> Crowd<'a> {
    /// Everybody, before the first claim.
    pub fn new(scene: &'a Scene, operator: Credentials, seed: u64, claims: u64) -> Self {
        let jwks = scene.servers[0].client().get("/.well-known/jwks.json");
        Self {
            scene,
            operator,
            generator: Generator::new(Profile::of(PROGRAMME).unwrap(), seed),
            seed,
            claims,
            jwks: Jwks::parse(&jwks.text()).unwrap(),
            next: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            doomed: Mutex::default(),
        }
    }

    /// Files all claims and does everything beside; gives all notes once nothing more comes of it.
    pub fn act(&self) -> Vec<Note> {
        std::thread::scope(|scope| {
            let dealers: Vec<_> = (0..CONNECTIONS)
                .map(|lane| scope.spawn(move || self.deal(lane)))
                .collect();
            let operator = scope.spawn(|| self.put_money_in());
            scope.spawn(|| self.let_deadlines_come());
            let all = dealers.into_iter().chain([operator]);
            all.flat_map(|one| one.join().unwrap()).collect()
        })
    }

    fn is_over(&self) -> bool {
        self.answered.load(Ordering::Relaxed) >= self.claims
    }

    /// One connection of a dealer.
    fn deal(&self, lane: usize) -> Vec<Note> {
        let dealer = &self.scene.dealers[lane % self.scene.dealers.len()];
        // Each dealer is at every instance.
        let instance = lane / self.scene.dealers.len();
        let mut desk = Desk::new(self, instance, &dealer.credentials);
        let mut random = SplitMix64::new(self.seed ^ (lane as u64) << 32);
        let mut mine: Vec<Mine> = Vec::with_capacity(IN_MIND);
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= self.claims {
                return desk.notes;
            }
            let claim = desk.file(self, index, dealer);
            self.answered.fetch_add(1, Ordering::Relaxed);
            let holds = matches!(
                desk.notes.last(),
                Some(Note {
                    what: What::Filed {
                        stand: Stand::Reserved,
                        ..
                    },
                    ..
                })
            );
            if holds && random.below(LAPSES_ONE_IN) == 0 {
                self.doomed.lock().unwrap().push(claim.id.clone());
            }
            match mine.len() {
                IN_MIND => mine[random.below(IN_MIND as u64) as usize] = claim,
                _ => mine.push(claim),
            }
            let one = random.below(mine.len() as u64) as usize;
            match random.below(ONE_IN) {
                0 => drop(desk.look(&mine[one])),
                1 => desk.take_back(&mine.swap_remove(one)),
                _ => {}
            }
        }
    }

    fn put_money_in(&self) -> Vec<Note> {
        let mut desk = Desk::new(self, 1, &self.operator);
        for times in 1.. {
            while self.answered.load(Ordering::Relaxed) < times * MONEY_EVERY {
                if self.is_over() {
                    return desk.notes;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            desk.put_in(self.scene.pools[0].name, MONEY + times as i64);
        }
        desk.notes
    }

    /// The engine has the claims lapse by itself, within a second or so.
    fn let_deadlines_come(&self) {
        let mut conn = Target::parse(self.scene.database.url())
            .unwrap()
            .open()
            .unwrap();
        while !self.is_over() {
            std::thread::sleep(Duration::from_millis(50));
            let doomed = std::mem::take(&mut *self.doomed.lock().unwrap());
            if !doomed.is_empty() {
                pass(&mut conn, self.scene.database.backend(), &doomed);
            }
        }
        // Whatever is due by now is done before the journal is read.
        self.until_nothing_is_due(&mut conn);
    }

    fn until_nothing_is_due(&self, conn: &mut Db) {
        use diesel::prelude::*;
        #[derive(QueryableByName)]
        struct Due {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            count: i64,
        }
        let query = "SELECT count(*) AS count FROM claims WHERE deadline_us = 1";
        loop {
            let due: Due = diesel::sql_query(query).get_result(conn).unwrap();
            if due.count == 0 {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// From now on the deadlines of these claims are past.
fn pass(conn: &mut Db, backend: Backend, ids: &[String]) {
    use diesel::connection::SimpleConnection;
    let literal = |id: &String| {
        let hex = id.replace('-', "");
        match backend {
            Backend::Sqlite => format!("X'{hex}'"),
            Backend::Postgres => format!("'\\x{hex}'"),
        }
    };
    let list: Vec<String> = ids.iter().map(literal).collect();
    let list = list.join(",");
    conn.batch_execute(&format!(
        "UPDATE claims SET deadline_us = 1 WHERE state = 'reserved' AND id IN ({list})"
    ))
    .unwrap();
}

/// A client with its notes. It asks again where it is told to come again, with the same words, and
/// fetches a new token when the old one has ended.
struct Desk<'a> {
    client: Client,
    credentials: &'a Credentials,
    jwks: &'a Jwks,
    notes: Vec<Note>,
}

impl<'a> Desk<'a> {
    fn new(crowd: &'a Crowd<'_>, instance: usize, credentials: &'a Credentials) -> Self {
        let servers = &crowd.scene.servers;
        Self {
            client: servers[instance % servers.len()].client_of(credentials),
            credentials,
            jwks: &crowd.jwks,
            notes: Vec::new(),
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
                    let (id, secret) =
                        (&self.credentials.client_id, &self.credentials.client_secret);
                    let token = self.client.token(id, secret);
                    self.client = self.client.with_token(&token);
                }
                _ => return (answer, sent_ns, answered_ns),
            }
        }
    }

    fn file(&mut self, crowd: &Crowd<'_>, index: u64, dealer: &Dealer) -> Mine {
        let key = crowd.generator.key(index);
        let body = crowd.generator.body(index, &dealer.uscc);
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key.as_str()),
        ];
        let (answer, sent_ns, answered_ns) =
            self.ask(("POST", "/v1/claims"), &headers, body.as_bytes());
        assert_eq!(answer.status, 201, "{}", answer.text());
        let answer = answer.json();
        let text = |name: &str| answer[name].as_str().unwrap();
        let receipt = verify_receipt(text("receipt"), self.jwks).unwrap();
        // What is told in the open is what is signed.
        let position = answer["position"].as_i64();
        assert_eq!(
            (
                text("number"),
                text("state"),
                position,
                fen(&answer["amount"])
            ),
            (
                receipt.number.as_str(),
                receipt.outcome.as_str(),
                receipt.position,
                receipt.amount.fen()
            )
        );
        let position = u32::try_from(position.unwrap()).unwrap();
        let amount = receipt.amount.fen();
        self.notes.push(Note {
            sent_ns,
            answered_ns,
            position,
            amount,
            what: What::Filed {
                stand: Stand::named(text("state")),
                seq: u32::try_from(receipt.seq).unwrap(),
                hash: head(&receipt.journal_hash),
                claim: head(&claim_commitment(&receipt.opening, &receipt.number)),
            },
        });
        Mine {
            id: text("id").to_owned(),
            position,
            amount,
        }
    }

    /// Looks at a claim; gives its tag if it can be taken back.
    fn look(&mut self, claim: &Mine) -> Option<String> {
        let path = format!("/v1/claims/{}", claim.id);
        let (answer, sent_ns, answered_ns) = self.ask(("GET", &path), &[], b"");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let stand = Stand::named(answer.json()["state"].as_str().unwrap());
        self.notes.push(Note {
            sent_ns,
            answered_ns,
            position: claim.position,
            amount: claim.amount,
            what: What::Looked { stand },
        });
        let stands = matches!(stand, Stand::Reserved | Stand::Waiting);
        stands.then(|| answer.header("etag").unwrap().to_owned())
    }

    /// Takes a claim back, unless it has ended. What was promoted meanwhile is looked at again.
    fn take_back(&mut self, claim: &Mine) {
        while let Some(tag) = self.look(claim) {
            let path = format!("/v1/claims/{}/withdraw", claim.id);
            let headers = [("if-match", tag.as_str())];
            let (answer, sent_ns, answered_ns) = self.ask(("POST", &path), &headers, b"");
            match answer.status {
                200 => {
                    assert_eq!(answer.json()["state"], "withdrawn");
                    return self.notes.push(Note {
                        sent_ns,
                        answered_ns,
                        position: claim.position,
                        amount: claim.amount,
                        what: What::TookBack,
                    });
                }
                // Its deadline has come, and the engine has not ended it yet; or it moved.
                409 | 412 => {
                    let code: Value = answer.json()["code"].clone();
                    if code == "deadline_passed" {
                        return;
                    }
                }
                _ => panic!("{}", answer.text()),
            }
        }
    }

    fn put_in(&mut self, pool: &str, amount: i64) {
        let money = Fen::new(amount).unwrap().to_string();
        let body = serde_json::json!({ "amount": money, "reference": format!("拨款{amount}") });
        let path = format!("/v1/pools/{pool}/top-up");
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", &*format!("money-{amount}")),
        ];
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
