//! One entry with its private record, as the checks of rows read it.

use std::collections::HashMap;

use crate::domain::ids::StaffId;
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::journal::entry::{Entry, EntryKind};

/// An entry that is no submission.
pub(super) struct ToldAct {
    pub seq: i64,
    pub kind: EntryKind,
    pub at: Timestamp,
    pub amount: Fen,
    pub detail: Option<String>,
    pub private: [u8; 32],
    pub record: String,
}

impl ToldAct {
    pub(super) fn of(entry: &Entry, record: String) -> Self {
        Self {
            seq: entry.seq,
            kind: entry.kind,
            at: entry.at,
            amount: entry.amount,
            detail: entry.detail.clone(),
            private: entry.private,
            record,
        }
    }

    /// The members of the private record; none of a record that is no object of texts.
    pub(super) fn members(&self) -> Members {
        Members(serde_json::from_str(&self.record).unwrap_or_default())
    }
}

/// The members of a private record.
pub(super) struct Members(HashMap<String, String>);

impl Members {
    /// A member, where it is there.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The user of the bureau who did it.
    pub(super) fn staff(&self) -> Option<StaffId> {
        StaffId::parse(self.get("staff")?)
    }
}
