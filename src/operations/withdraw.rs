//! A dealer takes a claim back, and may take that back for a while.

use crate::domain::claim::ClaimState;
use crate::domain::ids::ClaimId;
use crate::domain::reason::Reason;
use crate::domain::text::Lang;
use crate::domain::transition::Act;
use crate::journal::entry::EntryKind;
use crate::operations::claims::ClaimView;
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::recheck::recheck;
use crate::operations::scene::{By, Move, Scene, act};
use crate::operations::{DealerCaller, Engine, claims, register};
use crate::storage::claim_changes::Before;
use crate::storage::{StorageError, claim_changes, claim_keys, journal};

/// For how long a withdrawal can be taken back, in seconds.
pub const UNDO_SECONDS: i64 = 30 * 60;

/// Withdraws a claim that the caller has seen at `expected`; its money goes to the head of the
/// line at once.
///
/// # Errors
/// [`ActError`].
pub async fn withdraw(
    engine: &Engine,
    caller: &DealerCaller,
    id: ClaimId,
    expected: i64,
    lang: Lang,
) -> Result<ClaimView, ActError> {
    let by = By::Dealer(caller.dealer);
    act(engine, by, id, expected, lang, move |_, scene| {
        if scene.is_late() {
            return Err(Denial::DeadlinePassed.into());
        }
        let before = Before {
            state: scene.claim.state,
            deadline: scene.claim.progress.deadline,
        };
        let step = Move::of(Act::Withdraw, ClaimState::Withdrawn, EntryKind::Withdrawn)
            .with_amount(scene.claim.amount)
            .noting("before", before.state.as_str());
        let step = match before.deadline {
            Some(deadline) => step.noting("deadline", deadline.to_string()),
            None => step,
        };
        scene.go(step, &by, |_, _| {})?;
        #[cfg(feature = "planted-faults")]
        if crate::planted::is(crate::planted::Fault::FreesTwice) {
            // Else the row that is there already would stop what is planted.
            claim_changes::delete_before(scene.conn, id)?;
        }
        claim_changes::insert_before(scene.conn, id, before)?;
        Ok(())
    })
    .await
}

/// Takes a withdrawal back while its money is free, nobody was promoted since, and no other
/// claim names the same. It is what it was, with the deadline that it had; unless that has come by
/// now.
///
/// # Errors
/// [`ActError`]; [`ActError::Ineligible`] when the register has had an award since.
pub async fn undo(
    engine: &Engine,
    caller: &DealerCaller,
    id: ClaimId,
    expected: i64,
    lang: Lang,
) -> Result<ClaimView, ActError> {
    let by = By::Dealer(caller.dealer);
    act(engine, by, id, expected, lang, move |engine, scene| {
        undo_in(engine, scene, &by)
    })
    .await
}

fn undo_in(engine: &Engine, scene: &mut Scene<'_>, by: &By) -> Result<(), Ended> {
    let claim = scene.claim.clone();
    if claim.state != ClaimState::Withdrawn {
        return Err(ActError::WrongState(claim.state).into());
    }
    if scene.at().0 - claim.changed.0 > UNDO_SECONDS * 1_000_000 {
        return Err(Denial::UndoTooLate.into());
    }
    let gone = || StorageError::Corrupt("a withdrawn claim does not say what it was".into());
    let before = claim_changes::before(scene.conn, claim.id)?.ok_or_else(gone)?;
    // It would lapse at once, and what it names would be taken for nothing.
    if before.deadline.is_some_and(|d| d <= scene.at()) {
        return Err(Denial::DeadlinePassed.into());
    }
    let to = match before.state {
        // Who recommended it, or wanted to reject it, looked at a claim that stood.
        ClaimState::Recommended | ClaimState::RejectionProposed => ClaimState::InReview,
        same => same,
    };
    if to.bucket().is_some() {
        let pool = &scene.ledger.pool;
        let room = pool.allocation == "open" && claim.amount.fen() <= pool.free;
        if !room || journal::promoted_since(scene.conn, pool.id, claim.changed)? {
            return Err(Denial::UndoTooLate.into());
        }
    }
    let draft = claims::open(engine, &claim)?;
    let again = recheck(engine, scene, &draft, Some(claim.changed))?;
    let refused = again.standing(&claim);
    let award = |reason: &Reason| register::is_award(reason.code.as_str());
    if refused.iter().any(award) {
        return Err(ActError::Ineligible(refused).into());
    }
    // Exactly the keys that it gave back, or it would be another claim.
    if !refused.is_empty() || again.packed != claim.keys {
        return Err(Denial::KeysTaken.into());
    }
    claim_keys::take(scene.conn, &again.add)?;
    let step = Move::of(Act::UndoWithdrawal, to, EntryKind::WithdrawalUndone)
        .with_amount(claim.amount)
        .with_detail(to.as_str());
    scene.go(step, by, |after, _| {
        after.progress.deadline = before.deadline
    })?;
    claim_changes::delete_before(scene.conn, claim.id)?;
    Ok(())
}
