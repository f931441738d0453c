//! Flags: what keeps a claim apart until somebody has looked. Raising and clearing one has its
//! entry, and changes no version of the claim.

use serde::Serialize;

use crate::domain::claim::ClaimState;
use crate::domain::defect::{Defect, DefectCode};
use crate::domain::ids::{ClaimId, StaffId};
use crate::domain::money::Fen;
use crate::domain::screening::PREFIX;
use crate::domain::text::Lang;
use crate::journal::entry::EntryKind;
use crate::ledger::{Line, Private, act_record};
use crate::operations::claims::{ClaimView, view};
use crate::operations::denial::{ActError, Ended};
use crate::operations::goods::RETURNED_WHILE_PAYING;
use crate::operations::notes::{self, NOTE};
use crate::operations::outcomes::DISPUTED;
use crate::operations::scene::{By, Scene, on_claim, with_retries};
use crate::operations::{Engine, StaffCaller, Viewer, register};
use crate::storage::{StorageError, claim_changes, claim_flags};

/// Puts a flag on a claim: something must be asked elsewhere first, such as a register that does
/// not answer. The claim waits apart and keeps its money.
///
/// # Errors
/// [`ActError::WrongState`] for a claim that holds nothing any more.
pub async fn raise(
    engine: &Engine,
    caller: &StaffCaller,
    id: ClaimId,
    code: String,
    why: String,
    lang: Lang,
) -> Result<ClaimView, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.write_db(move |conn| -> Result<_, Ended> {
        with_retries(conn, |conn| {
            on_claim(conn, By::Staff(staff), id, None, |scene| {
                // What the engine raises has consequences of its own.
                let of_engine = [RETURNED_WHILE_PAYING, DISPUTED].contains(&code.as_str());
                if of_engine || register::is_award(&code) || code.starts_with(PREFIX) {
                    let defect = Defect::new("/code", DefectCode::NotInList);
                    return Err(ActError::Malformed(vec![defect]).into());
                }
                if !scene.claim.state.is_live() {
                    return Err(ActError::WrongState(scene.claim.state).into());
                }
                let at = scene.at();
                if claim_flags::raise(scene.conn, id, &code, "", at)? {
                    written(&worker, scene, EntryKind::Flagged, staff, (&code, &why))?;
                }
                Ok(())
            })
        })?;
        let seen = view(&worker, conn, Viewer::Bureau, id, lang)?;
        seen.ok_or(Ended::Act(ActError::NotFound))
    });
    done.await.map_err(Ended::into_act)
}

/// Takes a flag off a claim after somebody looked. What was noted of a payment on its way is
/// cleared by its fate alone, or a refund after payment would be forgotten.
///
/// # Errors
/// [`ActError::NotFound`] also when the claim has no such flag.
pub async fn clear(
    engine: &Engine,
    caller: &StaffCaller,
    id: ClaimId,
    code: String,
    why: String,
    lang: Lang,
) -> Result<ClaimView, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.write_db(move |conn| -> Result<_, Ended> {
        with_retries(conn, |conn| {
            on_claim(conn, By::Staff(staff), id, None, |scene| {
                if code == RETURNED_WHILE_PAYING && scene.claim.state == ClaimState::Paying {
                    return Err(ActError::WrongState(scene.claim.state).into());
                }
                let cleared = claim_flags::clear(scene.conn, id, &code)?;
                if cleared == 0 {
                    return Err(ActError::NotFound.into());
                }
                for _ in 0..cleared {
                    written(&worker, scene, EntryKind::FlagCleared, staff, (&code, &why))?;
                }
                Ok(())
            })
        })?;
        let seen = view(&worker, conn, Viewer::Bureau, id, lang)?;
        seen.ok_or(Ended::Act(ActError::NotFound))
    });
    done.await.map_err(Ended::into_act)
}

/// Writes the entry of a flag that the engine raised or cleared, with a reason in words of its
/// own; the claim's revision stays.
///
/// # Errors
/// The database's.
pub fn entry(
    scene: &mut Scene<'_>,
    kind: EntryKind,
    by: &By,
    code: &str,
    why: &str,
) -> Result<(), Ended> {
    append(scene, kind, by, code, ("why", why))
}

/// The same of a flag that a person raised or cleared: what he wrote may name somebody, so it is
/// sealed, and the entry commits to it.
fn written(
    engine: &Engine,
    scene: &mut Scene<'_>,
    kind: EntryKind,
    staff: StaffId,
    (code, why): (&str, &str),
) -> Result<(), Ended> {
    let (note, mac) = notes::sealed(engine, scene, kind, staff, &Written { why })?;
    append(scene, kind, &By::Staff(staff), code, (NOTE, &mac))?;
    claim_changes::insert_note(scene.conn, scene.claim.id, &note)?;
    Ok(())
}

/// Why somebody raised or cleared a flag.
#[derive(Serialize)]
struct Written<'a> {
    why: &'a str,
}

fn append(
    scene: &mut Scene<'_>,
    kind: EntryKind,
    by: &By,
    code: &str,
    reason: (&str, &str),
) -> Result<(), Ended> {
    let (who, name) = by.named();
    let record = act_record(&[
        ("act", kind.as_str()),
        ("claim", &scene.claim.id.to_string()),
        ("code", code),
        (who, &name),
        reason,
    ]);
    let line = Line {
        kind,
        actor: by.actor(),
        about: Some((&scene.claim).into()),
        amount: Fen::ZERO,
        moved: None,
        detail: None,
        private: Private::Kept(record),
    };
    let appended = scene.ledger.append(line);
    appended.map_err(|e| StorageError::Corrupt(e.to_string()))?;
    Ok(())
}
