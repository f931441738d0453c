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
    /// Eligible, the pool was empty; the place in line is kept.
    Waiting = "waiting";
    /// Money is held.
    Reserved = "reserved";
    /// Taken back by the dealer before approval; holds nothing.
    Withdrawn = "withdrawn";
}

impl ClaimState {
    /// Whether the claim holds its keys and its share of the pool.
    pub const fn is_live(self) -> bool {
        matches!(self, ClaimState::Waiting | ClaimState::Reserved)
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

/// What happens to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// Free money came to the head of the line.
    Promote,
    /// The dealer takes the claim back.
    Withdraw,
}

/// Who may do an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The engine itself, when money comes free.
    System,
    /// The dealer that filed the claim.
    OwningDealer,
}

/// One allowed move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// The act.
    pub act: Act,
    /// Who may.
    pub actor: Actor,
    /// The state it starts from.
    pub from: ClaimState,
    /// The state it ends in.
    pub to: ClaimState,
    /// Where the claim's amount moves, if it moves.
    pub money: Option<(Bucket, Bucket)>,
}

/// Every move there is; whatever is not listed is refused.
pub const TRANSITIONS: &[Transition] = &[
    Transition {
        act: Act::Promote,
        actor: Actor::System,
        from: ClaimState::Waiting,
        to: ClaimState::Reserved,
        money: Some((Bucket::Free, Bucket::Reserved)),
    },
    Transition {
        act: Act::Withdraw,
        actor: Actor::OwningDealer,
        from: ClaimState::Waiting,
        to: ClaimState::Withdrawn,
        money: None,
    },
    Transition {
        act: Act::Withdraw,
        actor: Actor::OwningDealer,
        from: ClaimState::Reserved,
        to: ClaimState::Withdrawn,
        money: Some((Bucket::Reserved, Bucket::Free)),
    },
];

/// The move that `act` makes from `from`; `None` when it may not be done there.
pub fn transition(act: Act, from: ClaimState) -> Option<Transition> {
    TRANSITIONS
        .iter()
        .copied()
        .find(|t| t.act == act && t.from == from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTS: [Act; 2] = [Act::Promote, Act::Withdraw];

    #[test]
    fn every_pair_of_act_and_state_is_decided_once() {
        for act in ACTS {
            for from in ClaimState::ALL {
                let rows = TRANSITIONS
                    .iter()
                    .filter(|t| t.act == act && t.from == *from)
                    .count();
                assert!(rows <= 1, "{act:?} from {from} is listed {rows} times");
            }
        }
    }

    #[test]
    fn states_that_hold_nothing_are_final() {
        for from in [ClaimState::Refused, ClaimState::Withdrawn] {
            assert!(
                ACTS.iter().all(|act| transition(*act, from).is_none()),
                "{from}"
            );
        }
    }

    #[test]
    fn money_moves_only_where_the_state_says_it_is_held() {
        for t in TRANSITIONS {
            let holds = |s| s == ClaimState::Reserved;
            match t.money {
                Some((Bucket::Free, Bucket::Reserved)) => assert!(!holds(t.from) && holds(t.to)),
                Some((Bucket::Reserved, Bucket::Free)) => assert!(holds(t.from) && !holds(t.to)),
                Some(other) => panic!("no such move yet: {other:?}"),
                None => assert_eq!(holds(t.from), holds(t.to)),
            }
        }
    }

    #[test]
    fn words_come_back() {
        for state in ClaimState::ALL {
            assert_eq!(ClaimState::parse(state.as_str()), Some(*state));
        }
    }
}
