//! What a history can break.

use std::fmt;

use crate::domain::money::Fen;

/// A breach of the law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Violation {
    /// `earlier` was answered before `later` was sent, and yet stands behind it.
    Order {
        /// Key of the claim that was answered first.
        earlier: String,
        /// Key of the claim that was sent afterwards.
        later: String,
    },
    /// Two claims have one position.
    PositionTwice {
        /// The position.
        position: i64,
        /// The keys.
        keys: (String, String),
    },
    /// A position that no claim of the history has, more than lost answers explain.
    Gap {
        /// The position.
        position: i64,
    },
    /// An accepted claim without a position, or another claim with one.
    Position {
        /// The key.
        key: String,
    },
    /// Two claims have one number, or one key two claims.
    NotUnique {
        /// The number or the key.
        what: String,
    },
    /// An accepted claim whose amount is no money above zero.
    Amount {
        /// The key.
        key: String,
    },
    /// The claims hold more than the pool has.
    OverCap {
        /// What they hold, in fen.
        held_fen: i64,
        /// What the pool has.
        cap: Fen,
    },
    /// Somebody was served while an earlier one waits.
    Overtaken {
        /// The position that waits.
        waiting: i64,
        /// The later position that was served.
        served: i64,
    },
    /// An answer from before its question.
    Clock {
        /// The key.
        key: String,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order { earlier, later } => write!(
                f,
                "{earlier} was answered before {later} was sent, but stands behind it"
            ),
            Self::PositionTwice { position, keys } => {
                write!(
                    f,
                    "position {position} went to {} and to {}",
                    keys.0, keys.1
                )
            }
            Self::Gap { position } => write!(f, "nobody has position {position}"),
            Self::Position { key } => {
                write!(f, "{key} has a position that does not go with its outcome")
            }
            Self::NotUnique { what } => write!(f, "{what} came twice"),
            Self::Amount { key } => write!(f, "{key} was accepted without an amount"),
            Self::OverCap { held_fen, cap } => {
                write!(f, "claims hold {held_fen} fen of a pool of {cap} yuan")
            }
            Self::Overtaken { waiting, served } => {
                write!(f, "position {served} was served while {waiting} waits")
            }
            Self::Clock { key } => write!(f, "{key} was answered before it was sent"),
        }
    }
}
