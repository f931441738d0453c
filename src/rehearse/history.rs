//! What happened to every claim of a rehearsal.

use std::fmt;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

macro_rules! outcomes {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// What came of a claim.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Outcome {
            $($(#[$doc])* #[serde(rename = $word)] $name,)*
        }

        impl Outcome {
            /// Every outcome, in the order of a report.
            pub const ALL: &'static [Outcome] = &[$(Outcome::$name),*];

            /// The word in reports and histories.
            pub const fn as_str(self) -> &'static str {
                match self { $(Outcome::$name => $word),* }
            }
        }
    };
}

outcomes! {
    /// 201: money is held.
    Reserved = "reserved";
    /// 201: a place in line.
    Waiting = "waiting";
    /// 201: not eligible.
    Refused = "refused";
    /// 400 or 422: the claim is not well-formed.
    Malformed = "malformed";
    /// 503: the service asks to come again.
    Overloaded = "overloaded";
    /// 429: too many calls.
    RateLimited = "rate_limited";
    /// No answer, or one that the contract does not know: nobody can tell what became of it.
    Failed = "failed";
}

impl Outcome {
    /// Whether the service gave a verdict.
    pub const fn is_verdict(self) -> bool {
        matches!(self, Self::Reserved | Self::Waiting | Self::Refused)
    }

    /// Whether the service asked to come again.
    pub const fn is_turned_away(self) -> bool {
        matches!(self, Self::Overloaded | Self::RateLimited)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One claim of a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When it was sent first, in nanoseconds of the client's monotonic clock.
    pub sent_ns: u64,
    /// When its last answer was complete, or was given up.
    pub answered_ns: u64,
    /// The idempotency key.
    pub key: String,
    /// The HTTP status; none when no answer came.
    pub status: Option<u16>,
    /// What came of it.
    pub outcome: Outcome,
    /// Its place among the accepted claims of the pool.
    pub position: Option<i64>,
    /// The amount in yuan, as the service wrote it.
    pub amount: Option<String>,
    /// The number of the claim.
    pub number: Option<String>,
}

/// Writes a history as JSON lines.
///
/// # Errors
/// Whatever `out` says.
pub fn write_history(records: &[Record], out: &mut impl Write) -> io::Result<()> {
    for record in records {
        serde_json::to_writer(&mut *out, record)?;
        out.write_all(b"\n")?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_comes_back_line_by_line() {
        let record = Record {
            sent_ns: 1,
            answered_ns: 2,
            key: "k".to_owned(),
            status: Some(201),
            outcome: Outcome::Reserved,
            position: Some(1),
            amount: Some("14000.00".to_owned()),
            number: Some("JY25-0000001-1".to_owned()),
        };
        let lost = Record {
            status: None,
            outcome: Outcome::Failed,
            position: None,
            amount: None,
            number: None,
            ..record.clone()
        };
        let mut bytes = Vec::new();
        write_history(&[record.clone(), lost.clone()], &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let back: Vec<Record> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(back, [record, lost]);
        assert!(
            text.contains(r#""outcome":"reserved","position":1"#),
            "{text}"
        );
    }
}
