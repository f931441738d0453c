//! What happened to a claim, put together from what lies beside it: its own instants, papers,
//! notes and payments. The journal of a grown pool has no index by claim, and is not read.

use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;
use crate::operations::claims::ClaimView;
use crate::storage::claim_changes::Note;
use crate::storage::claims::StoredClaim;
use crate::storage::payout_lines::{LineRow, LineState};

/// A step of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It was filed.
    Filed,
    /// Money was held for it.
    Held,
    /// This paper came.
    Paper(String),
    /// It came to review.
    Review,
    /// Somebody wrote a note: the kind of the journal entry that it belongs to.
    Noted(String),
    /// It was approved.
    Approved,
    /// Its payment was made, came back, or was discarded: the name of the payment.
    Payment(LineState, String),
    /// It changed last, to what it is now.
    Changed,
}

/// A step with its instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What.
    pub step: Step,
    /// The login of who of the bureau did it, where one is known.
    pub by: Option<String>,
}

pub(super) fn of(
    row: &StoredClaim,
    claim: &ClaimView,
    notes: &[Note],
    attempts: &[LineRow],
    login: impl Fn(StaffId) -> String,
) -> Vec<Happened> {
    let step = |at, step| Happened { at, step, by: None };
    let mut all = vec![step(row.submitted, Step::Filed)];
    all.extend(row.held.map(|at| step(at, Step::Held)));
    let papers = claim.papers.iter();
    all.extend(papers.map(|paper| step(paper.received_at, Step::Paper(paper.paper.clone()))));
    all.extend(row.progress.review.map(|at| step(at, Step::Review)));
    all.extend(notes.iter().map(|note| Happened {
        at: note.at,
        step: Step::Noted(note.kind.clone()),
        by: note.staff.map(&login),
    }));
    all.extend(row.progress.approved.map(|at| Happened {
        at,
        step: Step::Approved,
        by: row.progress.approved_by.map(&login),
    }));
    for line in attempts {
        let known = |at| step(at, Step::Payment(line.state, line.end_to_end_id.clone()));
        all.extend(line.outcome.map(known));
    }
    // Ties stay in the order of the kinds above.
    all.sort_by_key(|happened| happened.at);
    if all.last().is_some_and(|last| last.at < row.changed) {
        all.push(step(row.changed, Step::Changed));
    }
    all
}
