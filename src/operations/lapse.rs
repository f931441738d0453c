//! Deadlines: a claim whose dealer did not do in time what was due lapses, once, and its money
//! goes to the head of the line. Sweeping twice, late, or from two instances changes nothing:
//! under the lock a claim lapses only if its deadline has come and still stands.

use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, PoolId};
use crate::domain::transition::{Act, allows};
use crate::journal::entry::EntryKind;
use crate::operations::denial::{ActError, Ended};
use crate::operations::pools;
use crate::operations::scene::{By, Move, Scene, settle, with_retries};
use crate::storage::{Db, StorageError, claim_queues, claims, dialect};

/// How many claims lapse in one look for overdue ones.
const PAGE: i64 = 500;

/// Ends every claim whose deadline has come by the database's clock; says how many.
///
/// # Errors
/// The database's.
pub fn sweep(conn: &mut Db) -> Result<u64, Ended> {
    let mut lapsed = 0;
    loop {
        let now = dialect::now(conn)?;
        let due = claim_queues::overdue(conn, now, PAGE)?;
        if due.is_empty() {
            return Ok(lapsed);
        }
        let mut some = 0;
        for in_pool in due.chunk_by(|a, b| a.0 == b.0) {
            some += with_retries(conn, |conn| sweep_pool(conn, in_pool))?;
        }
        lapsed += some;
        // What is left was moved by somebody else, or cannot lapse; the next sweep looks again.
        if some == 0 {
            return Ok(lapsed);
        }
    }
}

fn sweep_pool(conn: &mut Db, due: &[(PoolId, ClaimId)]) -> Result<u64, Ended> {
    let mut ledger = pools::lock(conn, due[0].0)?;
    let mut lapsed = 0;
    for (_, id) in due {
        let gone = || StorageError::Corrupt("an overdue claim is gone".into());
        let claim = claims::by_id(conn, *id)?.ok_or_else(gone)?;
        let mut scene = Scene::on(conn, &mut ledger, claim);
        if !scene.is_late() || !allows(Act::Lapse, scene.claim.state) {
            continue;
        }
        let amount = scene.claim.amount;
        let step = Move::of(Act::Lapse, ClaimState::Lapsed, EntryKind::Lapsed);
        match scene.go(step.with_amount(amount), &By::System, |_, _| {}) {
            Ok(_) => lapsed += 1,
            Err(Ended::Act(ActError::Stale)) => {}
            Err(other) => return Err(other),
        }
    }
    settle(conn, ledger)?;
    Ok(lapsed)
}
