//! What a client notes: when it asked, when it had the answer, and what it was told.

/// The states of a claim that a client of this test may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stand {
    /// Money is held.
    Reserved,
    /// In line.
    Waiting,
    /// Taken back by its dealer.
    Withdrawn,
    /// Its deadline came.
    Lapsed,
}

impl Stand {
    /// The state that the service names so.
    ///
    /// # Panics
    /// At a state that no claim of this test comes to.
    pub fn named(word: &str) -> Self {
        match word {
            "reserved" => Self::Reserved,
            "waiting" => Self::Waiting,
            "withdrawn" => Self::Withdrawn,
            "lapsed" => Self::Lapsed,
            other => panic!("a claim is {other}"),
        }
    }
}

/// What was asked, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A claim, and its receipt: the entry's number, and the first bytes of its hash and of what it
    /// says of the claim's number.
    Filed {
        /// Reserved or waiting.
        stand: Stand,
        /// The number of the entry.
        seq: u32,
        /// Of the entry's hash.
        hash: u64,
        /// Of the commitment to the claim.
        claim: u64,
    },
    /// A claim was taken back.
    TookBack,
    /// A claim was looked at.
    Looked {
        /// What it was.
        stand: Stand,
    },
    /// The operator put money in.
    PutIn,
}

/// One question and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// Before it was sent first, in nanoseconds of one monotonic clock.
    pub sent_ns: u64,
    /// When the answer was there.
    pub answered_ns: u64,
    /// The place of the claim that it was about; none of money.
    pub position: u32,
    /// The amount of the claim, or the money, in fen.
    pub amount: i64,
    /// The rest.
    pub what: What,
}

/// The first eight bytes of a hash.
pub fn head(hash: &[u8; 32]) -> u64 {
    u64::from_be_bytes(hash[..8].try_into().unwrap())
}
