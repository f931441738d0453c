//! Asking again with the same key: what became of a claim, and whether its receipt holds.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::Value;
use tradein::clock;
use tradein::journal::canonical::parse_hex32;
use tradein::journal::receipt::verify_receipt;
use tradein::keys::Jwks;
use tradein::rehearse::{Outcome, Record};

use super::books::{Books, Check, Finding};
use super::scene::{Filing, Scene};

/// Threads that ask.
const ASKERS: usize = 8;
/// How often somebody asks again who is told that the service is not available.
const COME_AGAIN: usize = 20;
/// Between two such questions.
const BETWEEN: Duration = Duration::from_millis(250);

/// What the service says when it is asked again.
#[derive(Debug, Default)]
pub struct Replayed {
    /// The history, with a verdict for every claim.
    pub history: Vec<Record>,
    /// The answers by key.
    pub answers: HashMap<String, Value>,
    /// Whatever was wrong.
    pub findings: Vec<Finding>,
}

/// Files claims 0 to `claims` once more, each with its key, at the other instance if there is
/// one. A claim that had a verdict must get the same; one without gets what it has now.
pub fn replay(scene: &Scene, filing: &Filing, claims: u64, history: &[Record]) -> Replayed {
    let known: HashMap<&str, &Record> = history.iter().map(|r| (r.key.as_str(), r)).collect();
    let done = Mutex::new(Replayed::default());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for asker in 0..ASKERS {
            let (done, next, known) = (&done, &next, &known);
            scope.spawn(move || {
                let mut clients = [0, 1].map(|dealer| scene.dealer_client(asker + 1, dealer));
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed) as u64;
                    if index >= claims {
                        return;
                    }
                    let key = filing.key(index);
                    let sent_ns = clock::monotonic_ns();
                    let client = &mut clients[filing.dealer(index)];
                    let mut answer = client.file(&key, &filing.body(index));
                    // Who is told to come again does.
                    for _ in 0..COME_AGAIN {
                        if answer.status != 503 {
                            break;
                        }
                        std::thread::sleep(BETWEEN);
                        answer = client.file(&key, &filing.body(index));
                    }
                    let record = known.get(key.as_str()).copied();
                    let mut done = done.lock().unwrap();
                    done.take(key, sent_ns, record, answer.status, &answer.body);
                }
            });
        }
    });
    done.into_inner().unwrap()
}

impl Replayed {
    fn take(
        &mut self,
        key: String,
        sent_ns: u64,
        known: Option<&Record>,
        status: u16,
        body: &[u8],
    ) {
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let now = record(key, known.map_or(sent_ns, |r| r.sent_ns), status, &answer);
        match known {
            Some(then) if then.outcome.is_verdict() => {
                if !same_verdict(then, &now) {
                    let seen = format!("{then:?} became {now:?}");
                    self.findings.push(Finding::new(Check::Replay, seen));
                }
                self.history.push(then.clone());
            }
            _ => self.history.push(now.clone()),
        }
        if !now.outcome.is_verdict() {
            let seen = format!("{status} {answer} for {}", now.key);
            self.findings.push(Finding::new(Check::Answered, seen));
        }
        self.answers.insert(now.key, answer);
    }

    /// Holds every receipt against the published keys and the public journal.
    pub fn check_receipts(&self, scene: &Scene, books: &Books) -> Vec<Finding> {
        let mut client = scene.servers[0].client();
        let jwks = Jwks::parse(&client.get("/.well-known/jwks.json").text()).unwrap();
        let wrong = |answer: &Value| check_receipt(answer, &jwks, books).err();
        self.answers
            .values()
            .filter_map(|answer| Some(Finding::new(Check::Receipt, wrong(answer)?)))
            .collect()
    }
}

fn same_verdict(then: &Record, now: &Record) -> bool {
    then.outcome == now.outcome
        && then.position == now.position
        && then.amount == now.amount
        && then.number == now.number
}

fn record(key: String, sent_ns: u64, status: u16, answer: &Value) -> Record {
    let text = |name: &str| answer[name].as_str().map(str::to_owned);
    let outcome = match (status, answer["state"].as_str()) {
        (201, Some("reserved")) => Outcome::Reserved,
        (201, Some("waiting")) => Outcome::Waiting,
        (201, Some("refused")) => Outcome::Refused,
        (503, _) => Outcome::Overloaded,
        _ => Outcome::Failed,
    };
    Record {
        sent_ns,
        answered_ns: clock::monotonic_ns(),
        key,
        status: Some(status),
        outcome,
        position: answer["position"].as_i64(),
        amount: text("amount"),
        number: text("number"),
    }
}

fn check_receipt(answer: &Value, jwks: &Jwks, books: &Books) -> Result<(), String> {
    entry_of(answer, jwks, books).map(drop)
}

/// The journal's entry that the receipt of a verdict resolves to.
///
/// # Errors
/// What is wrong with the receipt.
pub fn entry_of<'a>(answer: &Value, jwks: &Jwks, books: &'a Books) -> Result<&'a Value, String> {
    let number = answer["number"].as_str().unwrap_or_default();
    let receipt = answer["receipt"].as_str().unwrap_or_default();
    let payload = verify_receipt(receipt, jwks).map_err(|e| format!("{number}: {e}"))?;
    let says = (
        payload.number.as_str(),
        payload.position,
        payload.amount.to_string(),
    );
    let amount = answer["amount"].as_str().unwrap_or_default().to_owned();
    if says != (number, answer["position"].as_i64(), amount) {
        return Err(format!("the receipt says {says:?}: {answer}"));
    }
    let entry = books.entries.get(&payload.seq);
    let entry = entry.ok_or_else(|| format!("{number}: no entry {}", payload.seq))?;
    let hex32 = |name: &str| entry[name].as_str().and_then(parse_hex32);
    let resolves = hex32("hash") == Some(payload.journal_hash)
        && hex32("claim").is_some_and(|claim| payload.opens(&claim))
        && entry["kind"] == payload.outcome.as_str();
    if resolves {
        Ok(entry)
    } else {
        Err(format!("{number}: entry {entry} is another's"))
    }
}
