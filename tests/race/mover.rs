//! Keys that move to the cold table all the time, while something else happens.

use std::sync::atomic::{AtomicBool, Ordering};

use tradein::storage::key_moves::advance;
use tradein::storage::{Fault, StorageError, Target};

use super::books::{Check, Finding};
use super::scene::Scene;

/// Few, so that moves are many.
const STEP: i64 = 10;

/// Does `work` while keys move; says how many moves there were, or why one could not be made. The services learn of them only by
/// asking the database, as they do of the moves of another instance.
pub fn while_keys_move<T>(scene: &Scene, work: impl FnOnce() -> T) -> (T, Result<usize, String>) {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let mover = scope.spawn(|| {
            let mut conn = Target::parse(scene.database.url()).unwrap().open().unwrap();
            let (mut place, mut moves) = (None, 0);
            while !done.load(Ordering::Relaxed) {
                match advance(&mut conn, place, STEP) {
                    Ok(next) => {
                        moves += usize::from(next.is_some());
                        place = next;
                    }
                    // Those who take keys go first.
                    Err(error) if error.fault() == Fault::Transient => {}
                    Err(error) => return Err(error.to_string()),
                }
            }
            Ok(moves)
        });
        let result = work();
        done.store(true, Ordering::Relaxed);
        (result, mover.join().unwrap())
    })
}

/// Moves every key that there is; the cold table refuses one that it has already.
fn move_all(scene: &Scene) -> Result<(), StorageError> {
    let mut conn = Target::parse(scene.database.url()).unwrap().open().unwrap();
    let mut place = None;
    loop {
        place = advance(&mut conn, place, STEP)?;
        if place.is_none() {
            return Ok(());
        }
    }
}

/// Files claims, moves their keys, and files each again: as another request, which the law of one
/// claim for one thing refuses, and as the same, which gets the same bytes.
pub fn file_again_after_moves(scene: &Scene, seed: u64, rounds: u64) -> Vec<Finding> {
    let filing = scene.filing(0, seed);
    let mut found = Vec::new();
    for round in 0..rounds {
        let dealer = filing.dealer(round);
        let (key, body) = (filing.key(round), filing.body(round));
        let first = scene.dealer_client(0, dealer).file(&key, &body);
        if let Err(error) = move_all(scene) {
            found.push(Finding::new(Check::Once, format!("round {round}: {error}")));
        }
        let again = format!("again-{key}");
        for instance in 0..scene.servers.len() {
            let mut client = scene.dealer_client(instance, dealer);
            let second = client.file(&again, &body).json();
            if second["state"] != "refused" {
                let seen = format!("round {round}: {first:?}, then {second}");
                found.push(Finding::new(Check::Once, seen));
            }
            if client.file(&key, &body).body != first.body {
                let seen = format!("round {round}: the same request got another answer");
                found.push(Finding::new(Check::Once, seen));
            }
        }
    }
    found
}
