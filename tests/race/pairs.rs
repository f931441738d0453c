//! Two claims for one thing, filed at the same moment in two pools.

use std::sync::{Barrier, Mutex};

use serde_json::Value;
use tradein::domain::money::Fen;

use super::books::{Check, Finding};
use super::scene::{Filing, Pool, Scene};
use crate::support::Response;
use crate::support::claims::with;

/// Two programmes of which a person may draw one, each with a pool of its own.
pub const PAIR: [Pool; 2] = [
    Pool {
        name: "scrappage",
        programme: "national-car-scrappage-2026",
        remainder: "strict",
        cap: Fen::from_yuan(100_000_000),
    },
    Pool {
        name: "replacement",
        programme: "national-car-replacement-2026",
        remainder: "strict",
        cap: Fen::from_yuan(100_000_000),
    },
];

/// Pairs that race at the same time.
const LANES: u64 = 8;

/// What two claims have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shared {
    OldVin,
    NewVin,
    Invoice,
    Person,
    Key,
}

impl Shared {
    const ALL: [Shared; 5] = [
        Shared::OldVin,
        Shared::NewVin,
        Shared::Invoice,
        Shared::Person,
        Shared::Key,
    ];

    const fn pointers(self) -> &'static [&'static str] {
        match self {
            Shared::OldVin => &["/old_item/vin"],
            Shared::NewVin => &["/new_item/vin"],
            Shared::Invoice => &["/invoice/number"],
            Shared::Person => &[
                "/consumer/id_number",
                "/old_item/owner_id_number",
                "/old_item/disposal/seller_id_number",
                "/invoice/buyer_id_number",
            ],
            Shared::Key => &[],
        }
    }

    /// Why the second is turned down, when the first is the one at `winner`.
    const fn refusal(self, winner: usize) -> &'static str {
        match self {
            Shared::OldVin | Shared::NewVin => "asset_already_claimed",
            Shared::Invoice => "invoice_already_claimed",
            Shared::Person if winner == 0 => "already_had_scrappage",
            Shared::Person => "already_had_replacement",
            Shared::Key => "idempotency_key_reused",
        }
    }
}

/// Races `rounds` pairs of claims that share one thing, each at a pool and, if there are two,
/// at an instance of its own; a finding for every pair of which not exactly one won.
pub fn race_pairs(scene: &Scene, seed: u64, rounds: u64) -> Vec<Finding> {
    let filings = [0, 1].map(|pool| scene.filing(pool, seed));
    let found = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for lane in 0..LANES {
            let (filings, found) = (&filings, &found);
            scope.spawn(move || {
                for round in (lane..rounds).step_by(LANES as usize) {
                    if let Err(finding) = race_pair(scene, filings, round) {
                        found.lock().unwrap().push(finding);
                    }
                }
            });
        }
    });
    found.into_inner().unwrap()
}

fn race_pair(scene: &Scene, filings: &[Filing; 2], round: u64) -> Result<(), Finding> {
    let shared = Shared::ALL[round as usize % Shared::ALL.len()];
    // The same dealer files both, because idempotency keys belong to the caller.
    let dealer = filings[0].dealer(round);
    let first = filings[0].body(round);
    let mut second = filings[1].body(round);
    for pointer in shared.pointers() {
        second = with(second, pointer, first.pointer(pointer).unwrap().clone());
    }
    let keys = match shared {
        Shared::Key => [filings[0].key(round), filings[0].key(round)],
        _ => [filings[0].key(round), filings[1].key(round)],
    };
    let start = Barrier::new(2);
    let file = |side: usize, body: &Value| {
        let mut client = scene.dealer_client(side, dealer);
        start.wait();
        client.file(&keys[side], body)
    };
    let answers = std::thread::scope(|scope| {
        let other = scope.spawn(|| file(1, &second));
        [file(0, &first), other.join().unwrap()]
    });
    let verdicts = [0, 1].map(|side| verdict(&answers[side]));
    let right = match &verdicts {
        [Ok(()), Err(reason)] => reason == shared.refusal(0),
        [Err(reason), Ok(())] => reason == shared.refusal(1),
        _ => false,
    };
    if right {
        Ok(())
    } else {
        let seen = format!("round {round}, same {shared:?}: {verdicts:?}");
        Err(Finding::new(Check::Once, seen))
    }
}

/// Accepted, or the one reason why not.
fn verdict(answer: &Response) -> Result<(), String> {
    let body = answer.json();
    match (answer.status, body["state"].as_str()) {
        (201, Some("reserved" | "waiting")) => Ok(()),
        (201, Some("refused")) if body["reasons"].as_array().is_some_and(|r| r.len() == 1) => {
            Err(body["reasons"][0]["code"].as_str().unwrap().to_owned())
        }
        (422, _) => Err(body["code"].as_str().unwrap_or_default().to_owned()),
        _ => Err(answer.text()),
    }
}
