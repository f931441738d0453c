//! A dealer takes a claim back, and may take that back for a while.

use crate::domain::claim::ClaimState;
use crate::domain::ids::ClaimId;
use crate::domain::text::Lang;
use crate::domain::transition::Act;
use crate::journal::entry::EntryKind;
use crate::operations::claims::ClaimView;
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::pools::await_papers;
use crate::operations::recheck::{is_final, recheck};
use crate::operations::scene::{By, Move, Packs, Scene, act};
use crate::operations::{DealerCaller, Engine, claims, papers};
use crate::storage::{claim_keys, journal};

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
        let amount = scene.claim.amount;
        let step = Move::of(Act::Withdraw, ClaimState::Withdrawn, EntryKind::Withdrawn);
        scene.go(step.with_amount(amount), &by, |_, _| {})?;
        Ok(())
    })
    .await
}

/// Takes a withdrawal back while its money is free, nobody was promoted since, and no other
/// claim names the same.
///
/// # Errors
/// [`ActError`].
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
    let packs = &mut Packs::default();
    let missing = papers::missing(scene.conn, packs, &claim)?;
    let to = match (claim.held, claim.position) {
        (Some(_), _) if missing.is_empty() => ClaimState::InReview,
        (Some(_), _) => ClaimState::Reserved,
        (None, Some(_)) => ClaimState::Waiting,
        (None, None) => ClaimState::Filed,
    };
    if to.bucket().is_some() {
        let pool = &scene.ledger.pool;
        let room = pool.allocation == "open" && claim.amount.fen() <= pool.free;
        if !room || journal::promoted_since(scene.conn, pool.id, claim.changed)? {
            return Err(Denial::UndoTooLate.into());
        }
    }
    let draft = claims::open(engine, &claim)?;
    let again = recheck(engine, scene, &draft)?;
    // Exactly the keys that it gave back, or it would be another claim. What else speaks against
    // it was overruled by a won appeal.
    if again.reasons.iter().any(is_final) || again.packed != claim.keys {
        return Err(Denial::KeysTaken.into());
    }
    claim_keys::take(scene.conn, &again.add)?;
    let step = Move::of(Act::UndoWithdrawal, to, EntryKind::WithdrawalUndone)
        .with_amount(claim.amount)
        .with_detail(to.as_str());
    // The days of its papers begin anew, as after a promotion.
    scene.go(step, by, |after, at| match to {
        ClaimState::InReview => after.progress.review = after.progress.review.or(Some(at)),
        ClaimState::Waiting => {}
        ClaimState::Filed => await_papers(after, &missing, after.submitted),
        _ => await_papers(after, &missing, at),
    })?;
    Ok(())
}
