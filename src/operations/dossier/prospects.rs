//! What a person may do with a claim, told before he tries. The acts themselves ask again, under
//! the lock: what stands here may be old by then.

use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;
use crate::domain::transition::{Act, allows};
use crate::journal::entry::EntryKind;
use crate::operations::denial::Denial;
use crate::operations::screening::voided::is_voided;
use crate::storage::claim_changes::Note;
use crate::storage::claims::StoredClaim;
use crate::storage::{Db, StorageError, dealers};

/// The acts of reviewers and approvers.
const ACTS: [Act; 9] = [
    Act::Recommend,
    Act::Return,
    Act::ProposeRejection,
    Act::ConfirmRejection,
    Act::Reopen,
    Act::Approve,
    Act::Void,
    Act::WinAppeal,
    Act::RaiseClawback,
];

/// An act that the state of a claim allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prospect {
    /// The act; an appeal that is decided is [`Act::WinAppeal`], whichever way.
    pub act: Act,
    /// What hinders this person.
    pub denial: Option<Denial>,
}

pub(super) fn of(
    conn: &mut Db,
    claim: &StoredClaim,
    notes: &[Note],
    staff: StaffId,
    now: Timestamp,
    rounds: u32,
) -> Result<Vec<Prospect>, StorageError> {
    let allowed = ACTS.into_iter().filter(|act| allows(*act, claim.state));
    let mut acts: Vec<Act> = allowed.collect();
    if acts.contains(&Act::RaiseClawback) && !is_voided(conn, claim)? {
        acts.retain(|act| *act != Act::RaiseClawback);
    }
    let conflict =
        acts.contains(&Act::Approve) && dealers::was_changed_by(conn, claim.dealer, staff)?;
    let prospect = |act| Prospect {
        act,
        denial: denial(act, claim, notes, staff, now, rounds, conflict),
    };
    Ok(acts.into_iter().map(prospect).collect())
}

fn denial(
    act: Act,
    claim: &StoredClaim,
    notes: &[Note],
    staff: StaffId,
    now: Timestamp,
    rounds: u32,
    conflict: bool,
) -> Option<Denial> {
    let progress = &claim.progress;
    let prepared = progress.prepared_by == Some(staff);
    let elsewhere = progress
        .lease
        .is_some_and(|(holder, until)| holder != staff && until > now);
    let ended = |note: &Note| {
        [EntryKind::Rejected, EntryKind::Voided]
            .map(EntryKind::as_str)
            .contains(&&*note.kind)
            && note.staff == Some(staff)
    };
    let hindrances: &[(bool, Denial)] = match act {
        Act::Recommend => &[
            (elsewhere, Denial::LeasedElsewhere),
            (progress.apart > 0, Denial::KeptApart),
            (claim.invoice_due, Denial::InvoiceMissing),
        ],
        Act::Return => &[
            (elsewhere, Denial::LeasedElsewhere),
            (
                progress.rounds >= i64::from(rounds),
                Denial::RoundsExhausted,
            ),
        ],
        Act::ProposeRejection => &[(elsewhere, Denial::LeasedElsewhere)],
        Act::ConfirmRejection | Act::Reopen => &[(prepared, Denial::SecondPersonRequired)],
        Act::Approve => &[
            (prepared, Denial::SecondPersonRequired),
            (conflict, Denial::ConflictOfInterest),
            (progress.apart > 0, Denial::KeptApart),
        ],
        Act::Void | Act::RaiseClawback => &[(
            progress.approved_by == Some(staff),
            Denial::SecondPersonRequired,
        )],
        Act::WinAppeal => &[(
            prepared || notes.iter().any(ended),
            Denial::SecondPersonRequired,
        )],
        _ => &[],
    };
    let first = hindrances.iter().find(|(hinders, _)| *hinders);
    first.map(|(_, denial)| *denial)
}
