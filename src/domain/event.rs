//! What a dealer is told about its claims: the closed list of event types.
//!
//! A type says what happened, and the state beside it where the claim stands since. Which entry
//! of the journal is which event is said in `src/journal/event.rs`.

use std::fmt;

use super::claim::ClaimState;

macro_rules! types {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// What happened to a claim. The words are a contract and never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventType {
            $($(#[$doc])* $name,)*
        }

        impl EventType {
            /// Every one.
            pub const ALL: &'static [EventType] = &[$(EventType::$name),*];

            /// The word in answers and in webhooks.
            pub const fn as_str(self) -> &'static str {
                match self { $(EventType::$name => $word),* }
            }

            /// The type that `text` names.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($word => Some(EventType::$name),)* _ => None }
            }
        }
    };
}

types! {
    /// It is accepted, and its place is given when its papers are complete.
    Filed = "claim.filed";
    /// Money is held for it.
    Reserved = "claim.reserved";
    /// It is accepted into the line.
    Waiting = "claim.waiting";
    /// It is refused.
    Refused = "claim.refused";
    /// Money came to it while it waited.
    Promoted = "claim.promoted";
    /// A paper came, and more is due.
    PaperReceived = "claim.paper_received";
    /// The final invoice came, and more is due.
    InvoiceReceived = "claim.invoice_received";
    /// It is complete, or a reviewer took it up: a reviewer's turn.
    InReview = "claim.in_review";
    /// It is given back for correction.
    Returned = "claim.returned";
    /// It was corrected.
    Corrected = "claim.corrected";
    /// A reviewer found it good.
    Recommended = "claim.recommended";
    /// A reviewer wants to reject it.
    RejectionProposed = "claim.rejection_proposed";
    /// A second person sent it back to review.
    Reopened = "claim.reopened";
    /// It is rejected.
    Rejected = "claim.rejected";
    /// It is approved: owed.
    Approved = "claim.approved";
    /// A deadline passed.
    Lapsed = "claim.lapsed";
    /// It was taken back.
    Withdrawn = "claim.withdrawn";
    /// The withdrawal was taken back.
    WithdrawalUndone = "claim.withdrawal_undone";
    /// The bureau ended it.
    Voided = "claim.voided";
    /// The goods went back before payment.
    GoodsReturned = "claim.goods_returned";
    /// It goes into a payout batch.
    Paying = "claim.paying";
    /// The bank paid.
    Paid = "claim.paid";
    /// Its payment was not sent, because its batch was discarded; it is still owed.
    PaymentDiscarded = "claim.payment_discarded";
    /// The bank sent the payment back; it is owed again.
    PaymentReturned = "claim.payment_returned";
    /// It must be paid back.
    ClawbackRaised = "claim.clawback_raised";
    /// Some of it was paid back.
    ClawbackSettled = "claim.clawback_settled";
    /// Its refusal is contested.
    Appealed = "claim.appealed";
    /// The appeal was right.
    AppealWon = "claim.appeal_won";
    /// The appeal was wrong.
    AppealLost = "claim.appeal_lost";
}

impl EventType {
    /// The state of the claim since, where the type alone tells it.
    pub const fn state(self) -> Option<ClaimState> {
        Some(match self {
            EventType::Filed => ClaimState::Filed,
            EventType::Reserved | EventType::Promoted => ClaimState::Reserved,
            EventType::Waiting => ClaimState::Waiting,
            EventType::Refused => ClaimState::Refused,
            EventType::InReview
            | EventType::Corrected
            | EventType::Reopened
            | EventType::AppealWon => ClaimState::InReview,
            EventType::Returned => ClaimState::Returned,
            EventType::Recommended => ClaimState::Recommended,
            EventType::RejectionProposed => ClaimState::RejectionProposed,
            EventType::Rejected => ClaimState::Rejected,
            EventType::Approved | EventType::PaymentDiscarded | EventType::PaymentReturned => {
                ClaimState::Approved
            }
            EventType::Lapsed => ClaimState::Lapsed,
            EventType::Withdrawn => ClaimState::Withdrawn,
            EventType::Voided => ClaimState::Voided,
            EventType::GoodsReturned => ClaimState::GoodsReturned,
            EventType::Paying => ClaimState::Paying,
            EventType::Paid => ClaimState::Paid,
            EventType::ClawbackRaised => ClaimState::ClawbackDue,
            EventType::Appealed => ClaimState::Appealed,
            // Another state each time, or, for a part that was paid back, one that only the
            // claim itself tells.
            EventType::PaperReceived
            | EventType::InvoiceReceived
            | EventType::WithdrawalUndone
            | EventType::AppealLost
            | EventType::ClawbackSettled => return None,
        })
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fixed for ever: receivers decide by these words.
    const WORDS: &str = "claim.filed claim.reserved claim.waiting claim.refused claim.promoted \
        claim.paper_received claim.invoice_received claim.in_review claim.returned \
        claim.corrected claim.recommended claim.rejection_proposed claim.reopened \
        claim.rejected claim.approved claim.lapsed claim.withdrawn claim.withdrawal_undone \
        claim.voided claim.goods_returned claim.paying claim.paid claim.payment_discarded \
        claim.payment_returned claim.clawback_raised claim.clawback_settled claim.appealed claim.appeal_won \
        claim.appeal_lost";

    #[test]
    fn the_words_are_these_and_come_back() {
        let words: Vec<&str> = EventType::ALL.iter().map(|t| t.as_str()).collect();
        assert_eq!(words, WORDS.split_whitespace().collect::<Vec<_>>());
        for kind in EventType::ALL {
            assert_eq!(EventType::parse(kind.as_str()), Some(*kind));
        }
        assert_eq!(EventType::parse("claim.flagged"), None);
    }
}
