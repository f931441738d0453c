//! A claim says something else: the correction of a returned claim, and the final invoice of
//! one that was opened at the counter. Judged by the version that judged it first; what it says
//! less than it holds goes back in the same transaction.

use crate::admission::judge::{SealedContent, seal};
use crate::domain::claim::ClaimState;
use crate::domain::defect::{Defect, DefectCode};
use crate::domain::draft::{ClaimDraft, Invoice};
use crate::domain::ids::ClaimId;
use crate::domain::intake::Intake;
use crate::domain::money::Fen;
use crate::domain::policy::verdict::INVOICE;
use crate::domain::text::Lang;
use crate::domain::transition::{Act, allows};
use crate::journal::entry::EntryKind;
use crate::ledger::amendment_record;
use crate::operations::claims::{ClaimView, open};
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::recheck::{Rechecked, recheck};
use crate::operations::scene::{By, Move, Packs, Scene, act};
use crate::operations::{DealerCaller, Engine, papers};
use crate::storage::claims::StoredClaim;
use crate::storage::{StorageError, claim_changes, claim_keys};

/// Takes the corrected claim in place of the returned one: back to review, at its old place.
///
/// # Errors
/// [`ActError`]; [`ActError::Ineligible`] when the corrected claim would be refused.
pub async fn correct(
    engine: &Engine,
    caller: &DealerCaller,
    id: ClaimId,
    expected: i64,
    intake: Intake,
    lang: Lang,
) -> Result<ClaimView, ActError> {
    let by = By::Dealer(caller.dealer);
    act(engine, by, id, expected, lang, move |engine, scene| {
        if !allows(Act::Correct, scene.claim.state) {
            return Err(ActError::WrongState(scene.claim.state).into());
        }
        let draft = &intake.draft;
        if draft.programme.0 != scene.claim.programme {
            let defect = Defect::new("/programme", DefectCode::NotInList);
            return Err(ActError::Malformed(vec![defect]).into());
        }
        if draft.invoice.is_none() {
            return Err(Denial::InvoiceMissing.into());
        }
        let warnings = serde_json::to_string(&intake.warnings).unwrap_or_default();
        let amended = Amended::of(engine, scene, draft, warnings)?;
        let step = Move::of(Act::Correct, ClaimState::InReview, EntryKind::Corrected);
        amended.write(scene, step, &by, |claim| claim.invoice_due = false)
    })
    .await
}

/// Takes the final invoice of a claim that was opened at the counter.
///
/// # Errors
/// [`ActError`]; [`ActError::Ineligible`] when the claim would be refused with this invoice.
pub async fn invoice(
    engine: &Engine,
    caller: &DealerCaller,
    id: ClaimId,
    expected: i64,
    invoice: Invoice,
    lang: Lang,
) -> Result<ClaimView, ActError> {
    let by = By::Dealer(caller.dealer);
    act(engine, by, id, expected, lang, move |engine, scene| {
        let state = scene.claim.state;
        if !allows(Act::Invoice, state) {
            return Err(ActError::WrongState(state).into());
        }
        if !scene.claim.invoice_due {
            return Err(Denial::InvoiceThere.into());
        }
        let mut draft = open(engine, &scene.claim)?;
        draft.invoice = Some(invoice.clone());
        let warnings = scene.claim.warnings_json.clone();
        let amended = Amended::of(engine, scene, &draft, warnings)?;
        let mut missing = papers::missing(scene.conn, &mut Packs::default(), &scene.claim)?;
        missing.retain(|p| p.paper != INVOICE);
        let complete = missing.is_empty();
        let to = match state {
            ClaimState::Reserved if complete => ClaimState::InReview,
            same => same,
        };
        let deadline = papers::deadline(&scene.claim, &missing);
        let at = scene.at();
        let step = Move::of(Act::Invoice, to, EntryKind::Invoiced).with_detail(to.as_str());
        amended.write(scene, step, &by, |claim| {
            claim.invoice_due = false;
            claim.progress.deadline = deadline;
            if to == ClaimState::InReview {
                claim.progress.review = Some(at);
            }
        })?;
        if to == ClaimState::Filed && complete {
            papers::place(scene, &by, |step| step)?;
        }
        Ok(())
    })
    .await
}

/// What a claim will say, checked and sealed.
struct Amended {
    again: Rechecked,
    content: SealedContent,
    warnings: String,
    amount: Fen,
}

impl Amended {
    fn of(
        engine: &Engine,
        scene: &mut Scene<'_>,
        draft: &ClaimDraft,
        warnings: String,
    ) -> Result<Self, Ended> {
        if scene.is_late() {
            return Err(Denial::DeadlinePassed.into());
        }
        let again = recheck(engine, scene, draft, None)?;
        let refused = again.standing(&scene.claim);
        if !refused.is_empty() {
            return Err(ActError::Ineligible(refused).into());
        }
        let amount = Fen::new(again.judged.amount).unwrap_or_default();
        if amount > scene.claim.amount {
            return Err(Denial::AmountAboveHold.into());
        }
        let content = seal(&engine.keys.vault, scene.claim.id, draft)
            .map_err(|e| StorageError::Corrupt(e.to_string()))?;
        Ok(Self {
            again,
            content,
            warnings,
            amount,
        })
    }

    fn write(
        self,
        scene: &mut Scene<'_>,
        step: Move,
        by: &By,
        change: impl FnOnce(&mut StoredClaim),
    ) -> Result<(), Ended> {
        let before = scene.claim.clone();
        let mut after = before.clone();
        after.amount = self.amount;
        after.sealed = self.content.sealed;
        after.content_mac = self.content.mac;
        after.person_hash = self.content.person;
        after.keys = self.again.packed;
        after.warnings_json = self.warnings;
        let given_back = before.amount.checked_sub(self.amount);
        let step = step
            .giving_back(given_back.ok_or(Denial::AmountAboveHold)?)
            .noting("after", amendment_record(&after));
        claim_keys::release_others(scene.conn, &before, &after.keys)?;
        claim_keys::take(scene.conn, &self.again.add)?;
        scene.go(step, by, |claim, _| change(claim))?;
        claim_changes::amend(scene.conn, &before, &after)?;
        let claim = &mut scene.claim;
        (claim.sealed, claim.content_mac) = (after.sealed, after.content_mac);
        (claim.person_hash, claim.keys) = (after.person_hash, after.keys);
        claim.warnings_json = after.warnings_json;
        Ok(())
    }
}
