//! Deadlines: a claim whose dealer did not do in time what was due lapses, once, and its money
//! goes to the head of the line. Sweeping twice, late, or from two instances changes nothing:
//! under the lock a claim lapses only if its deadline has come and still stands.

use crate::domain::claim::ClaimState;
use crate::domain::transition::{Act, allows};
use crate::journal::entry::EntryKind;
use crate::operations::denial::{ActError, Ended};
use crate::operations::pools;
use crate::operations::scene::{By, Move, Scene, settle, with_retries};
use crate::storage::claim_queues::Overdue;
use crate::storage::{Db, Fault, StorageError, claim_queues, claims, dialect};

/// How many claims lapse in one look for overdue ones.
const PAGE: i64 = 500;

/// Ends every claim whose deadline has come by the database's clock; says how many. What cannot
/// be ended is logged and passed over, so that it holds up nobody else's money; the next sweep
/// tries it again.
///
/// # Errors
/// The database's, when it is not there or takes no writes.
pub fn sweep(conn: &mut Db) -> Result<u64, Ended> {
    let now = dialect::now(conn)?;
    let (mut lapsed, mut after) = (0, None);
    loop {
        let mut due = claim_queues::overdue(conn, now, after, PAGE)?;
        after = due.last().copied();
        if after.is_none() {
            return Ok(lapsed);
        }
        due.sort_unstable_by_key(|overdue| (overdue.pool, overdue.claim));
        for in_pool in due.chunk_by(|a, b| a.pool == b.pool) {
            lapsed += sweep_what_can_be(conn, in_pool)?;
        }
    }
}

/// Claims of one pool together; where one of them fails for good, each by itself.
fn sweep_what_can_be(conn: &mut Db, due: &[Overdue]) -> Result<u64, Ended> {
    let failed = match with_retries(conn, |conn| sweep_pool(conn, due)) {
        Ok(lapsed) => return Ok(lapsed),
        Err(failed) => failed,
    };
    match (failed.fault(), due) {
        (Some(Fault::ConnectionLost | Fault::Unavailable), _) => return Err(failed),
        (Some(Fault::Transient), [first, ..]) => {
            tracing::warn!(pool = %first.pool, error = %failed, "overdue claims are left for later");
            return Ok(0);
        }
        (_, [only]) => {
            tracing::error!(claim = %only.claim, error = %failed, "an overdue claim cannot lapse");
            return Ok(0);
        }
        _ => {}
    }
    let mut lapsed = 0;
    for one in due.chunks(1) {
        lapsed += sweep_what_can_be(conn, one)?;
    }
    Ok(lapsed)
}

fn sweep_pool(conn: &mut Db, due: &[Overdue]) -> Result<u64, Ended> {
    let mut ledger = pools::lock(conn, due[0].pool)?;
    let mut lapsed = 0;
    for overdue in due {
        let gone = || StorageError::Corrupt("an overdue claim is gone".into());
        let claim = claims::by_id(conn, overdue.claim)?.ok_or_else(gone)?;
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
