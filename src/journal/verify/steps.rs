//! How the verifier lets a claim move from entry to entry. Its own table: it shares nothing
//! with the one that the engine acts by, and a test holds the two against each other.

use crate::domain::claim::Bucket::{self, Committed, Free, Reserved as Held};
use crate::domain::claim::ClaimState::{
    self, Appealed, Approved, ClawbackDue, Filed, GoodsReturned, InReview, Lapsed, Paid, Paying,
    Recommended, Refused, Rejected, RejectionProposed, Reserved, Returned, Voided, Waiting,
    Withdrawn,
};
use crate::journal::entry::EntryKind as Kind;

/// What the amount of an entry must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    /// Nothing.
    Zero,
    /// The claim's whole amount.
    Whole,
    /// What is given back; the claim keeps the rest.
    GivenBack,
    /// What was paid back, up to the whole.
    PaidBack,
    /// Another amount: the claim's from now on.
    New,
    /// Nothing, and from now on the claim asks for nothing.
    Gone,
}

/// What stands in `detail`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// Nothing.
    None,
    /// The state that the claim is in now.
    State,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// One allowed step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub kind: Kind,
    pub from: &'static [ClaimState],
    pub to: ClaimState,
    pub moved: Option<(Bucket, Bucket)>,
    pub amount: Amount,
    pub detail: Detail,
}

/// Where a claim's money is held and nothing is decided.
const OPEN: &[ClaimState] = &[Reserved, InReview, Returned, Recommended, RejectionProposed];
const PLACES: Detail = Detail::OneOf(&["place_restored", "place_used"]);
const CLAWBACKS: Detail = Detail::OneOf(&[
    "place_restored",
    "place_used",
    "register",
    "invoice_voided",
    "invoice_voided_place_used",
]);

const fn step(
    kind: Kind,
    from: &'static [ClaimState],
    to: ClaimState,
    moved: Option<(Bucket, Bucket)>,
    amount: Amount,
    detail: Detail,
) -> Step {
    Step {
        kind,
        from,
        to,
        moved,
        amount,
        detail,
    }
}

/// Every step of a claim after its submission.
pub(super) const STEPS: &[Step] = &[
    step(
        Kind::Promoted,
        &[Waiting],
        Reserved,
        Some((Free, Held)),
        Amount::Whole,
        Detail::None,
    ),
    step(
        Kind::Placed,
        &[Filed],
        InReview,
        Some((Free, Held)),
        Amount::Whole,
        Detail::State,
    ),
    step(
        Kind::Placed,
        &[Filed],
        Waiting,
        None,
        Amount::Whole,
        Detail::State,
    ),
    step(
        Kind::Placed,
        &[Filed],
        Refused,
        None,
        Amount::Gone,
        Detail::State,
    ),
    step(
        Kind::Paper,
        &[Filed],
        Filed,
        None,
        Amount::Zero,
        Detail::State,
    ),
    step(
        Kind::Paper,
        &[Reserved],
        Reserved,
        None,
        Amount::Zero,
        Detail::State,
    ),
    step(
        Kind::Paper,
        &[Reserved],
        InReview,
        None,
        Amount::Zero,
        Detail::State,
    ),
    step(
        Kind::Paper,
        &[Returned],
        Returned,
        None,
        Amount::Zero,
        Detail::State,
    ),
    step(
        Kind::Invoiced,
        &[Filed],
        Filed,
        None,
        Amount::GivenBack,
        Detail::State,
    ),
    step(
        Kind::Invoiced,
        &[Reserved],
        Reserved,
        None,
        Amount::Zero,
        Detail::State,
    ),
    step(
        Kind::Invoiced,
        &[Reserved],
        Reserved,
        Some((Held, Free)),
        Amount::GivenBack,
        Detail::State,
    ),
    step(
        Kind::Invoiced,
        &[Reserved],
        InReview,
        None,
        Amount::Zero,
        Detail::State,
    ),
    step(
        Kind::Invoiced,
        &[Reserved],
        InReview,
        Some((Held, Free)),
        Amount::GivenBack,
        Detail::State,
    ),
    step(
        Kind::ReviewBegun,
        &[Reserved],
        InReview,
        None,
        Amount::Zero,
        Detail::None,
    ),
    step(
        Kind::Recommended,
        &[InReview],
        Recommended,
        None,
        Amount::Zero,
        Detail::None,
    ),
    step(
        Kind::Returned,
        &[InReview],
        Returned,
        None,
        Amount::Zero,
        Detail::None,
    ),
    step(
        Kind::Corrected,
        &[Returned],
        InReview,
        None,
        Amount::Zero,
        Detail::None,
    ),
    step(
        Kind::Corrected,
        &[Returned],
        InReview,
        Some((Held, Free)),
        Amount::GivenBack,
        Detail::None,
    ),
    step(
        Kind::RejectionProposed,
        &[InReview],
        RejectionProposed,
        None,
        Amount::Zero,
        Detail::None,
    ),
    step(
        Kind::Rejected,
        &[RejectionProposed],
        Rejected,
        Some((Held, Free)),
        Amount::Whole,
        Detail::None,
    ),
    step(
        Kind::Reopened,
        &[Recommended, RejectionProposed],
        InReview,
        None,
        Amount::Zero,
        Detail::None,
    ),
    step(
        Kind::Approved,
        &[Recommended],
        Approved,
        Some((Held, Committed)),
        Amount::Whole,
        Detail::None,
    ),
    step(
        Kind::Lapsed,
        &[Filed],
        Lapsed,
        None,
        Amount::Whole,
        Detail::None,
    ),
    step(
        Kind::Lapsed,
        &[Reserved, Returned],
        Lapsed,
        Some((Held, Free)),
        Amount::Whole,
        Detail::None,
    ),
    step(
        Kind::Withdrawn,
        &[Filed, Waiting],
        Withdrawn,
        None,
        Amount::Whole,
        Detail::None,
    ),
    step(
        Kind::Withdrawn,
        OPEN,
        Withdrawn,
        Some((Held, Free)),
        Amount::Whole,
        Detail::None,
    ),
    step(
        Kind::WithdrawalUndone,
        &[Withdrawn],
        Filed,
        None,
        Amount::Whole,
        Detail::State,
    ),
    step(
        Kind::WithdrawalUndone,
        &[Withdrawn],
        Waiting,
        None,
        Amount::Whole,
        Detail::State,
    ),
    step(
        Kind::WithdrawalUndone,
        &[Withdrawn],
        Reserved,
        Some((Free, Held)),
        Amount::Whole,
        Detail::State,
    ),
    step(
        Kind::WithdrawalUndone,
        &[Withdrawn],
        InReview,
        Some((Free, Held)),
        Amount::Whole,
        Detail::State,
    ),
    step(
        Kind::WithdrawalUndone,
        &[Withdrawn],
        Returned,
        Some((Free, Held)),
        Amount::Whole,
        Detail::State,
    ),
    step(
        Kind::Voided,
        &[Filed, Waiting],
        Voided,
        None,
        Amount::Whole,
        Detail::None,
    ),
    step(
        Kind::Voided,
        OPEN,
        Voided,
        Some((Held, Free)),
        Amount::Whole,
        Detail::None,
    ),
    step(
        Kind::Voided,
        &[Approved],
        Voided,
        Some((Committed, Free)),
        Amount::Whole,
        Detail::None,
    ),
    step(
        Kind::GoodsReturned,
        &[Filed, Waiting],
        GoodsReturned,
        None,
        Amount::Whole,
        PLACES,
    ),
    step(
        Kind::GoodsReturned,
        OPEN,
        GoodsReturned,
        Some((Held, Free)),
        Amount::Whole,
        PLACES,
    ),
    step(
        Kind::GoodsReturned,
        &[Approved],
        GoodsReturned,
        Some((Committed, Free)),
        Amount::Whole,
        PLACES,
    ),
    step(
        Kind::Paying,
        &[Approved],
        Paying,
        None,
        Amount::Whole,
        Detail::None,
    ),
    step(
        Kind::Paid,
        &[Paying],
        Paid,
        Some((Committed, Bucket::Paid)),
        Amount::Whole,
        Detail::None,
    ),
    step(
        Kind::PaymentDiscarded,
        &[Paying],
        Approved,
        None,
        Amount::Whole,
        Detail::None,
    ),
    step(
        Kind::PaymentReturned,
        &[Paying],
        Approved,
        None,
        Amount::Whole,
        Detail::None,
    ),
    step(
        Kind::PaymentReturned,
        &[Paid],
        Approved,
        Some((Bucket::Paid, Committed)),
        Amount::Whole,
        Detail::None,
    ),
    step(
        Kind::ClawbackRaised,
        &[Paid],
        ClawbackDue,
        None,
        Amount::Whole,
        CLAWBACKS,
    ),
    step(
        Kind::ClawbackSettled,
        &[ClawbackDue],
        ClawbackDue,
        Some((Bucket::Paid, Free)),
        Amount::PaidBack,
        Detail::None,
    ),
    step(
        Kind::Appealed,
        &[Refused, Rejected, Voided],
        Appealed,
        None,
        Amount::Zero,
        Detail::None,
    ),
    step(
        Kind::AppealWon,
        &[Appealed],
        InReview,
        None,
        Amount::New,
        Detail::None,
    ),
    step(
        Kind::AppealLost,
        &[Appealed],
        Rejected,
        None,
        Amount::Zero,
        Detail::State,
    ),
    step(
        Kind::AppealLost,
        &[Appealed],
        Voided,
        None,
        Amount::Zero,
        Detail::State,
    ),
];

#[cfg(test)]
mod tests;
