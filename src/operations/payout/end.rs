//! How a sealed batch ends: released to the bank by a second person, or discarded, so that
//! nothing of it is sent.

use super::{BatchView, batch_entry, shown_whole};
use crate::domain::ids::{BatchId, StaffId};
use crate::journal::entry::EntryKind;
use crate::ledger::Ledger;
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::scene::{By, settle, with_retries};
use crate::operations::{Engine, StaffCaller, outcomes, pools};
use crate::storage::payouts::BatchRow;
use crate::storage::{Db, payout_lines, payouts};

/// Releases a sealed batch to the bank: another person than whoever sealed it. What is set off
/// whole needs no bank and is settled now. What was flagged since it was sealed must not be paid
/// before somebody has looked, so a batch with such a claim is discarded and sealed anew.
///
/// # Errors
/// [`ActError::NotFound`]; [`ActError::KeptApart`]; [`Denial::SecondPersonRequired`],
/// [`Denial::StageStopped`], [`Denial::AlreadyReleased`], [`Denial::AlreadyDiscarded`].
pub async fn release(
    engine: &Engine,
    caller: &StaffCaller,
    id: BatchId,
) -> Result<BatchView, ActError> {
    end(engine, caller, id, release_within).await
}

fn release_within(
    engine: &Engine,
    conn: &mut Db,
    staff: StaffId,
    id: BatchId,
) -> Result<BatchView, Ended> {
    let (mut ledger, mut row) = locked(conn, id)?;
    if row.sealed_by == staff {
        return Err(Denial::SecondPersonRequired.into());
    }
    if ledger.pool.payout != "open" {
        return Err(Denial::StageStopped.into());
    }
    let at = ledger.at;
    let now = payouts::release_batch(conn, id, staff, at)?;
    #[cfg(feature = "planted-faults")]
    let now = crate::planted::released(now);
    if !now {
        return Err(ended_before(&row).into());
    }
    let apart = payout_lines::kept_apart(conn, id)?;
    if !apart.is_empty() {
        return Err(ActError::KeptApart(apart).into());
    }
    row.released = Some((staff, at));
    batch_entry(&mut ledger, EntryKind::BatchReleased, &row, staff)?;
    let lines = payout_lines::lines_of(conn, id)?;
    for line in lines.iter().filter(|line| line.net == 0) {
        outcomes::paid(conn, &mut ledger, line, &By::Staff(staff))?;
    }
    let name = ledger.pool.name.clone();
    settle(conn, ledger)?;
    Ok(shown_whole(engine, &row, &lines, name)?)
}

/// Discards a sealed batch. Any one person of finance may, the sealer too, and while payout is
/// stopped: nothing leaves. Its claims are approved again, where they stood before; what was to
/// be set off is open again; the names of its payments stay used.
///
/// # Errors
/// [`ActError::NotFound`]; [`Denial::AlreadyReleased`], [`Denial::AlreadyDiscarded`].
pub async fn discard(
    engine: &Engine,
    caller: &StaffCaller,
    id: BatchId,
) -> Result<BatchView, ActError> {
    end(engine, caller, id, discard_within).await
}

fn discard_within(
    engine: &Engine,
    conn: &mut Db,
    staff: StaffId,
    id: BatchId,
) -> Result<BatchView, Ended> {
    let (mut ledger, mut row) = locked(conn, id)?;
    let at = ledger.at;
    if !payouts::discard_batch(conn, id, staff, at)? {
        return Err(ended_before(&row).into());
    }
    row.discarded = Some((staff, at));
    batch_entry(&mut ledger, EntryKind::BatchDiscarded, &row, staff)?;
    let lines = payout_lines::lines_of(conn, id)?;
    for line in &lines {
        outcomes::discarded(conn, &mut ledger, line, &By::Staff(staff))?;
    }
    let name = ledger.pool.name.clone();
    settle(conn, ledger)?;
    Ok(shown_whole(engine, &row, &lines, name)?)
}

/// One of the two ends, for this person, tried again when it meets a conflict that passes.
async fn end(
    engine: &Engine,
    caller: &StaffCaller,
    id: BatchId,
    within: fn(&Engine, &mut Db, StaffId, BatchId) -> Result<BatchView, Ended>,
) -> Result<BatchView, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.write_db(move |conn| -> Result<BatchView, Ended> {
        with_retries(conn, |conn| within(&worker, conn, staff, id))
    });
    done.await.map_err(Ended::into_act)
}

/// The pool of a batch under its lock, and the batch as it stands there.
fn locked(conn: &mut Db, id: BatchId) -> Result<(Ledger, BatchRow), Ended> {
    let found = payouts::find_batch(conn, id)?.ok_or(ActError::NotFound)?;
    let ledger = pools::lock(conn, found.pool)?;
    let row = payouts::find_batch(conn, id)?.ok_or(ActError::NotFound)?;
    Ok((ledger, row))
}

const fn ended_before(row: &BatchRow) -> Denial {
    if row.discarded.is_some() {
        Denial::AlreadyDiscarded
    } else {
        Denial::AlreadyReleased
    }
}
