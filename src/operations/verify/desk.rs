//! Who prepared a claim, who approved it, and how often it was given back: what the entries say
//! against what its row says, and that no two of them are one person who must be two.
//!
//! Leases, deadlines and due dates are not in the journal, so nothing here speaks of them.

use super::told::ToldAct;
use super::{Told, VerifyFailure, broken};
use crate::domain::ids::StaffId;
use crate::journal::entry::EntryKind;
use crate::storage::batch::PoolRow;
use crate::storage::claims::{Progress, StoredClaim};

pub(super) fn check(row: &PoolRow, claim: &StoredClaim, told: &Told) -> Result<(), VerifyFailure> {
    let wrong = |seq: i64, what: &str| {
        let message = format!("claim {}: {what}", claim.number);
        broken(row, seq, "desk_differs", message)
    };
    let (mut desk, mut ended) = (Progress::default(), None);
    for act in &told.acts {
        follow(&mut desk, &mut ended, act).map_err(|what| wrong(act.seq, what))?;
    }
    let row = &claim.progress;
    let last = told.acts.last().map_or(told.seq, |act| act.seq);
    for (agrees, what) in [
        (
            row.prepared_by == desk.prepared_by,
            "another person prepared it",
        ),
        (
            row.approved_by == desk.approved_by,
            "another person approved it",
        ),
        (
            (row.approval_seq, row.approved) == (desk.approval_seq, desk.approved),
            "another entry approved it",
        ),
        (
            row.rounds == desk.rounds,
            "it was given back more or less often",
        ),
        (
            row.apart == told.flags,
            "it is kept apart by more or fewer flags",
        ),
    ] {
        if !agrees {
            return Err(wrong(last, what));
        }
    }
    Ok(())
}

/// What one entry changes, and who `ended` the claim; the sentence where one person decides what
/// he did himself.
fn follow(
    desk: &mut Progress,
    ended: &mut Option<StaffId>,
    act: &ToldAct,
) -> Result<(), &'static str> {
    let staff = || -> Result<StaffId, &'static str> {
        let members = act.members();
        members.staff().ok_or("the entry names nobody")
    };
    match act.kind {
        EntryKind::Recommended | EntryKind::RejectionProposed => {
            desk.prepared_by = Some(staff()?);
        }
        EntryKind::Reopened => {
            second(desk, staff()?)?;
            desk.prepared_by = None;
        }
        EntryKind::Rejected => {
            second(desk, staff()?)?;
            *ended = Some(staff()?);
        }
        EntryKind::Voided => *ended = Some(staff()?),
        EntryKind::AppealWon | EntryKind::AppealLost => {
            second(desk, staff()?)?;
            if *ended == Some(staff()?) {
                return Err("one person ended it and decided the appeal");
            }
            if act.kind == EntryKind::AppealWon {
                desk.prepared_by = None;
            }
        }
        EntryKind::Approved => {
            let staff = staff()?;
            second(desk, staff)?;
            desk.approved_by = Some(staff);
            desk.approval_seq = Some(act.seq);
            desk.approved = Some(act.at);
        }
        EntryKind::Returned => desk.rounds += 1,
        // Where it is no person's act it names none.
        EntryKind::ClawbackRaised => {
            let demanded = act.members().staff();
            if demanded.is_some() && demanded == desk.approved_by {
                return Err("one person approved it and demanded it back");
            }
        }
        _ => {}
    }
    Ok(())
}

fn second(desk: &Progress, staff: StaffId) -> Result<(), &'static str> {
    if desk.prepared_by == Some(staff) {
        Err("one person prepared and decided it")
    } else {
        Ok(())
    }
}
