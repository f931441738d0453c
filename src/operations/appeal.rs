//! A refusal is contested; a won appeal is paid from what the pool has set aside.

use serde::{Deserialize, Serialize};

use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, StaffId};
use crate::domain::money::Fen;
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::domain::transition::{Act, allows};
use crate::journal::entry::EntryKind;
use crate::ledger::amendment_record;
use crate::operations::claims::{ClaimView, open};
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::notes::noted;
use crate::operations::recheck::{is_final, recheck};
use crate::operations::review::Finding;
use crate::operations::scene::{By, Move, Packs, Scene, act};
use crate::operations::{DealerCaller, Engine, StaffCaller, register};
use crate::storage::claim_changes::Note;
use crate::storage::{StorageError, claim_changes, claim_flags, claim_keys};

/// Why a refusal is contested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grounds {
    /// In the dealer's words.
    pub message: String,
}

/// Contests a refusal, a rejection or a voiding within the days of the pack, once.
///
/// # Errors
/// [`ActError`].
pub async fn appeal(
    engine: &Engine,
    caller: &DealerCaller,
    id: ClaimId,
    expected: i64,
    grounds: Grounds,
    lang: Lang,
) -> Result<ClaimView, ActError> {
    let by = By::Dealer(caller.dealer);
    act(engine, by, id, expected, lang, move |engine, scene| {
        if !allows(Act::Appeal, scene.claim.state) {
            return Err(ActError::WrongState(scene.claim.state).into());
        }
        if !in_time(scene)? || was_contested(scene)? {
            return Err(Denial::NotAppealable.into());
        }
        let step = Move::of(Act::Appeal, ClaimState::Appealed, EntryKind::Appealed);
        let (step, note) = noted(engine, scene, step, None, &grounds)?;
        scene.go(step, &by, |_, _| {})?;
        claim_changes::insert_note(scene.conn, scene.claim.id, &note)?;
        Ok(())
    })
    .await
}

fn in_time(scene: &mut Scene<'_>) -> Result<bool, Ended> {
    let mut packs = Packs::default();
    let rules = &packs.of(scene.conn, &scene.claim)?.rules;
    let Some(days) = rules.appeals.as_ref().map(|a| a.terms.days) else {
        return Ok(false);
    };
    let last = scene.claim.changed.end_of_day_after(days);
    Ok(scene.at() < last)
}

fn was_contested(scene: &mut Scene<'_>) -> Result<bool, Ended> {
    let notes = claim_changes::notes(scene.conn, scene.claim.id)?;
    let kind = EntryKind::Appealed.as_str();
    Ok(notes.iter().any(|n| n.kind == kind))
}

/// The notes of those who rejected a claim or ended it.
const ENDS: [&str; 2] = [EntryKind::Rejected.as_str(), EntryKind::Voided.as_str()];

/// Whether this person rejected the claim or ended it.
fn was_ended_by(scene: &mut Scene<'_>, staff: StaffId) -> Result<bool, Ended> {
    let notes = claim_changes::notes(scene.conn, scene.claim.id)?;
    let ended = |n: &Note| ENDS.contains(&n.kind.as_str());
    Ok(notes.iter().any(|n| ended(n) && n.staff == Some(staff)))
}

/// How the claim ended; none where it was refused.
fn ended(scene: &mut Scene<'_>) -> Result<Option<Note>, StorageError> {
    let notes = claim_changes::notes(scene.conn, scene.claim.id)?;
    let mut notes = notes.into_iter();
    Ok(notes.rfind(|n| ENDS.contains(&n.kind.as_str())))
}

/// Decides an appeal: another person than those who proposed and confirmed the rejection, or
/// who ended the claim.
///
/// # Errors
/// [`ActError`]; [`ActError::Ineligible`] for what nobody may decide otherwise: a vehicle, an
/// article or an invoice that another claim names, or an award in the register.
pub async fn decide(
    engine: &Engine,
    caller: &StaffCaller,
    id: ClaimId,
    expected: i64,
    won: bool,
    ground: Finding,
    lang: Lang,
) -> Result<ClaimView, ActError> {
    let by = By::Staff(caller.staff);
    let staff = caller.staff;
    act(engine, by, id, expected, lang, move |engine, scene| {
        if !allows(Act::WinAppeal, scene.claim.state) {
            return Err(ActError::WrongState(scene.claim.state).into());
        }
        if scene.claim.progress.prepared_by == Some(staff) || was_ended_by(scene, staff)? {
            return Err(Denial::SecondPersonRequired.into());
        }
        if won {
            return win(engine, scene, &by, staff, &ground);
        }
        // What was voided is voided again, so that what it names stays taken.
        let to = match ended(scene)? {
            Some(end) if end.kind == EntryKind::Voided.as_str() => ClaimState::Voided,
            _ => ClaimState::Rejected,
        };
        let step = Move::of(Act::LoseAppeal, to, EntryKind::AppealLost).with_detail(to.as_str());
        let (step, note) = noted(engine, scene, step, staff, &[&ground])?;
        scene.go(step, &by, |_, _| {})?;
        claim_changes::insert_note(scene.conn, scene.claim.id, &note)?;
        Ok(())
    })
    .await
}

/// Since when nobody has held the register against the claim: since it ended, where it stood once
/// and people cleared what was found then; else from the beginning.
fn unheard_since(scene: &mut Scene<'_>) -> Result<Timestamp, Ended> {
    let flags = claim_flags::of(scene.conn, scene.claim.id)?;
    if flags.iter().any(|code| register::is_award(code)) {
        return Ok(Timestamp(0));
    }
    Ok(ended(scene)?.map_or(Timestamp(0), |end| end.at))
}

fn win(
    engine: &Engine,
    scene: &mut Scene<'_>,
    by: &By,
    staff: StaffId,
    ground: &Finding,
) -> Result<(), Ended> {
    let draft = open(engine, &scene.claim)?;
    let unheard = unheard_since(scene)?;
    let again = recheck(engine, scene, &draft, Some(unheard))?;
    let amount = Fen::new(again.judged.amount).unwrap_or_default();
    // Where no rule gives an amount, there is nothing that a won appeal could pay.
    let mut refused = again.reasons;
    refused.retain(|r| is_final(r) || amount == Fen::ZERO);
    if !refused.is_empty() {
        return Err(ActError::Ineligible(refused).into());
    }
    if amount.fen() > scene.ledger.pool.disputes {
        return Err(Denial::AsideExhausted.into());
    }
    let before = scene.claim.clone();
    let mut after = before.clone();
    (after.amount, after.keys) = (amount, again.packed);
    let step = Move::of(Act::WinAppeal, ClaimState::InReview, EntryKind::AppealWon)
        .with_amount(amount)
        .noting("after", amendment_record(&after));
    let (step, note) = noted(engine, scene, step, staff, &[ground])?;
    claim_keys::take(scene.conn, &again.add)?;
    scene.go(step, by, |claim, at| {
        claim.amount = amount;
        claim.progress.review = Some(at);
        claim.progress.prepared_by = None;
    })?;
    claim_changes::amend(scene.conn, &before, &after)?;
    scene.claim.keys = after.keys;
    claim_changes::insert_note(scene.conn, scene.claim.id, &note)?;
    Ok(())
}
