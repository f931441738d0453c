//! Whether the sample was examined, and the approval of what was not in it.

use super::locked;
use super::view::{BulkView, look};
use crate::domain::claim::ClaimState;
use crate::domain::ids::{BulkId, ClaimId, StaffId};
use crate::ledger::Ledger;
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::scene::{Scene, settle, with_retries};
use crate::operations::{Engine, StaffCaller, review};
use crate::storage::bulk::{self, BulkRow, BulkState, Standing};
use crate::storage::{Db, StorageError, claims};

/// How many claims are approved in one transaction: it holds the pool's lock, and filing waits.
const TOGETHER: usize = 50;

/// How the examination of a sampled claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Examined {
    /// It is as it was when it was drawn.
    Waits,
    /// It was approved by itself, straight from where it was drawn.
    Approved,
    /// It went another way.
    Failed,
}

/// How the examination of each sampled claim stands; none for a claim that is not sampled.
pub(super) fn examined(
    conn: &mut Db,
    row: &BulkRow,
    list: &[Standing],
) -> Result<Vec<Option<Examined>>, StorageError> {
    let Some(drawn) = row.drawn else {
        return Ok(Vec::new());
    };
    let sampled = || list.iter().filter(|s| s.row.sampled);
    let ids: Vec<ClaimId> = sampled().map(|s| s.row.claim).collect();
    let last = sampled().filter_map(|s| s.approval_seq).max().unwrap_or(0);
    let steps = bulk::steps_between(conn, row.pool, drawn.seq, last, &ids)?;
    let stands = |s: &Standing| match s.approval_seq {
        Some(seq) if seq > drawn.seq => {
            let detour = |(claim, at): &(ClaimId, i64)| *claim == s.row.claim && *at < seq;
            if steps.iter().any(detour) || s.state == ClaimState::Voided {
                Examined::Failed
            } else {
                Examined::Approved
            }
        }
        _ if s.state == ClaimState::Recommended && s.revision == s.row.revision => Examined::Waits,
        _ => Examined::Failed,
    };
    Ok(list
        .iter()
        .map(|s| s.row.sampled.then(|| stands(s)))
        .collect())
}

/// Whether a sampled claim went another way than to approval.
///
/// # Errors
/// The database's.
pub fn has_failed(conn: &mut Db, row: &BulkRow, list: &[Standing]) -> Result<bool, StorageError> {
    Ok(examined(conn, row, list)?.contains(&Some(Examined::Failed)))
}

/// Ends the bulk approvals of a pool of which a sampled claim failed, so that the other claims
/// on their lists may stand on another one.
pub(super) fn end_failed(conn: &mut Db, ledger: &Ledger) -> Result<(), StorageError> {
    for row in bulk::undecided(conn, ledger.pool.id)? {
        let list = bulk::standing(conn, row.id)?;
        if has_failed(conn, &row, &list)? {
            bulk::end(conn, row.id, BulkState::Void, ledger.at)?;
        }
    }
    Ok(())
}

/// Approves what is left of the list once every sampled claim was approved by itself. Interrupted,
/// it goes on where it stopped when it is called again.
///
/// # Errors
/// [`Denial::SampleNotExamined`]; [`Denial::BulkVoid`] when a sampled claim went another way.
pub async fn approve(
    engine: &Engine,
    caller: &StaffCaller,
    id: BulkId,
) -> Result<BulkView, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.write_db(move |conn| -> Result<BulkView, Ended> {
        loop {
            match with_retries(conn, |conn| approve_some(&worker, conn, staff, id))? {
                Turn::More => {}
                Turn::Done => return look(conn, id),
                Turn::Void => return Err(Denial::BulkVoid.into()),
            }
        }
    });
    done.await.map_err(Ended::into_act)
}

/// What one transaction of an approval leaves.
enum Turn {
    More,
    Done,
    Void,
}

fn approve_some(engine: &Engine, conn: &mut Db, staff: StaffId, id: BulkId) -> Result<Turn, Ended> {
    let (mut ledger, row) = locked(conn, id)?;
    match row.state {
        BulkState::Committed => return Err(Denial::SampleNotExamined.into()),
        BulkState::Approved => return Ok(Turn::Done),
        BulkState::Void => return Ok(Turn::Void),
        BulkState::Drawn => {}
    }
    let list = bulk::standing(conn, id)?;
    let examined = examined(conn, &row, &list)?;
    if examined.contains(&Some(Examined::Failed)) {
        bulk::end(conn, id, BulkState::Void, ledger.at)?;
        return Ok(Turn::Void);
    }
    if examined.contains(&Some(Examined::Waits)) {
        return Err(Denial::SampleNotExamined.into());
    }
    let open: Vec<&Standing> = list
        .iter()
        .filter(|s| !s.row.sampled && s.row.outcome.is_none())
        .collect();
    for listed in open.iter().take(TOGETHER) {
        let skipped = approve_one(engine, conn, &mut ledger, staff, id, listed)?;
        let outcome = if skipped.is_some() {
            "skipped"
        } else {
            "approved"
        };
        bulk::decide(conn, id, listed.row.line, outcome, skipped)?;
    }
    let more = open.len() > TOGETHER;
    if !more {
        bulk::end(conn, id, BulkState::Approved, ledger.at)?;
    }
    settle(conn, ledger)?;
    Ok(if more { Turn::More } else { Turn::Done })
}

/// Approves a claim that still stands as it was listed; says why not where it does not, or where
/// the caller may not.
fn approve_one(
    engine: &Engine,
    conn: &mut Db,
    ledger: &mut Ledger,
    staff: StaffId,
    id: BulkId,
    listed: &Standing,
) -> Result<Option<&'static str>, Ended> {
    let gone = || StorageError::Corrupt(format!("claim {} is gone", listed.number));
    let claim = claims::by_id(conn, listed.row.claim)?.ok_or_else(gone)?;
    if claim.state != ClaimState::Recommended || claim.revision != listed.row.revision {
        return Ok(Some(CHANGED));
    }
    let mut scene = Scene::on(conn, ledger, claim);
    match review::approve(engine, &mut scene, staff, Some(id)) {
        Ok(()) => Ok(None),
        // It looks before it writes, so a refusal leaves the transaction as it was.
        Err(Ended::Act(error)) => Ok(Some(word(&error))),
        Err(fault) => Err(fault),
    }
}

/// The claim is not as it was when the list was frozen.
const CHANGED: &str = "changed";

const fn word(error: &ActError) -> &'static str {
    match error {
        ActError::Denied(Denial::SecondPersonRequired) => "second_person_required",
        ActError::Denied(Denial::ConflictOfInterest) => "conflict_of_interest",
        ActError::Denied(Denial::KeptApart) => "kept_apart",
        _ => CHANGED,
    }
}
