//! Two transactions that take the same keys never wait for each other in a circle.

use std::sync::Barrier;

use tradein::domain::ids::ClaimId;
use tradein::domain::money::Fen;
use tradein::operations::OperationError;
use tradein::storage::batch::NewKey;
use tradein::storage::claim_keys;

use crate::bureau::{Bureau, Lane};
use crate::support::Backend;

const KEYS: u8 = 60;
const ROUNDS: usize = 40;

/// Takes the keys in this order and gives them back with the transaction.
fn take(lane: &Lane, keys: &[NewKey]) -> Result<(), String> {
    let done = lane.with(|conn| {
        conn.write(|conn| -> Result<(), OperationError> {
            claim_keys::take(conn, keys)?;
            Err(OperationError::Refused("back".into()))
        })
    });
    match done {
        Err(OperationError::Refused(_)) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn keys_are_taken_in_one_order() {
    let bureau = Bureau::new(Backend::Postgres, 3, Fen::from_yuan(1));
    let claim = ClaimId(uuid::Uuid::nil());
    let keys: Vec<NewKey> = (0..KEYS)
        .map(|n| NewKey {
            hash: [n; 16],
            ordinal: 1,
            claim,
            kind: "vin",
        })
        .collect();
    let backwards: Vec<NewKey> = keys.iter().rev().cloned().collect();
    let lanes = [bureau.lane(), bureau.lane()];
    let start = Barrier::new(2);
    let rounds = |lane: &Lane, keys: &[NewKey]| -> Vec<String> {
        let round = |_| {
            start.wait();
            take(lane, keys).err()
        };
        (0..ROUNDS).filter_map(round).collect()
    };
    let [mine, theirs] = &lanes;
    let failed = std::thread::scope(|scope| {
        let other = scope.spawn(|| rounds(theirs, &backwards));
        let mut failed = rounds(mine, &keys);
        failed.extend(other.join().unwrap());
        failed
    });
    assert_eq!(failed, Vec::<String>::new());
}
