//! The states of a claim and the one table of how it may move.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// Where a claim stands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum ClaimState {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl ClaimState {
            /// Every state.
            pub const ALL: &'static [ClaimState] = &[$(ClaimState::$name),*];

            /// The word in answers and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(ClaimState::$name => $code),* }
            }

            /// The state that `text` names.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($code => Some(ClaimState::$name),)* _ => None }
            }
        }
    };
}

states! {
    /// Not eligible; holds nothing.
    Refused = "refused";
    /// Eligible; where the order goes by complete papers it has no place before they are there.
    Filed = "filed";
    /// Eligible, the pool was empty; the place in line is kept.
    Waiting = "waiting";
    /// Money is held; papers are due, or nobody has looked yet.
    Reserved = "reserved";
    /// A reviewer's turn.
    InReview = "in_review";
    /// Given back to the dealer for correction; place and money are kept.
    Returned = "returned";
    /// A reviewer found it good; a second person's turn.
    Recommended = "recommended";
    /// A reviewer wants to reject it; a second person's turn.
    RejectionProposed = "rejection_proposed";
    /// Owed.
    Approved = "approved";
    /// In a payment file; its fate is not known.
    Paying = "paying";
    /// The bank paid.
    Paid = "paid";
    /// Paid, and to be paid back.
    ClawbackDue = "clawback_due";
    /// Paid back.
    ClawedBack = "clawed_back";
    /// Turned down after review; holds nothing.
    Rejected = "rejected";
    /// A deadline passed; holds nothing.
    Lapsed = "lapsed";
    /// Taken back by the dealer before approval; holds nothing.
    Withdrawn = "withdrawn";
    /// Ended by the bureau before payment; what it named stays taken.
    Voided = "voided";
    /// The goods went back before payment; holds no money.
    GoodsReturned = "goods_returned";
    /// A refusal is contested.
    Appealed = "appealed";
}

impl ClaimState {
    /// Whether the claim stands: it may be paid, is paid, or is to be paid back. It counts for
    /// the dealer's share of the pool.
    pub const fn is_live(self) -> bool {
        matches!(self, ClaimState::Filed | ClaimState::Waiting) || self.bucket().is_some()
    }

    /// Whether everything that the claim names (vehicles, articles, invoice, the person's place)
    /// is taken by it. What a return of goods leaves of it is told by the journal, and a claim that
    /// is appealed holds what it held before.
    pub const fn holds_keys(self) -> bool {
        self.is_live() || matches!(self, ClaimState::Voided)
    }

    /// Where the claim's money lies.
    pub const fn bucket(self) -> Option<Bucket> {
        match self {
            ClaimState::Reserved
            | ClaimState::InReview
            | ClaimState::Returned
            | ClaimState::Recommended
            | ClaimState::RejectionProposed => Some(Bucket::Reserved),
            ClaimState::Approved | ClaimState::Paying => Some(Bucket::Committed),
            ClaimState::Paid | ClaimState::ClawbackDue => Some(Bucket::Paid),
            _ => None,
        }
    }
}

impl fmt::Display for ClaimState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where the money of a pool lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// Outside: where the money of a pool comes from.
    Funding,
    /// Nobody's yet.
    Free,
    /// Held for claims that are not approved.
    Reserved,
    /// Owed: approved and not paid.
    Committed,
    /// Paid out.
    Paid,
}

impl Bucket {
    /// The word in the journal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Bucket::Funding => "funding",
            Bucket::Free => "free",
            Bucket::Reserved => "reserved",
            Bucket::Committed => "committed",
            Bucket::Paid => "paid",
        }
    }

    /// The bucket that `text` names.
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Funding,
            Self::Free,
            Self::Reserved,
            Self::Committed,
            Self::Paid,
        ]
        .into_iter()
        .find(|bucket| bucket.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        for state in ClaimState::ALL {
            assert_eq!(ClaimState::parse(state.as_str()), Some(*state));
        }
    }
}
