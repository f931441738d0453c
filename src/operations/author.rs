//! Who does something to a pool as a whole, and on what warrant.

use crate::domain::ids::{ProposalId, StaffId};
use crate::journal::entry::EntryActor;

/// Who acts on a pool or publishes a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// Whoever runs the service, at its command line.
    CommandLine,
    /// A user of the bureau.
    Staff(StaffId),
}

impl Author {
    /// The user of the bureau, if it is one.
    pub const fn staff(self) -> Option<StaffId> {
        match self {
            Author::CommandLine => None,
            Author::Staff(staff) => Some(staff),
        }
    }

    /// As the journal says it in public.
    pub const fn actor(self) -> EntryActor {
        match self {
            Author::CommandLine => EntryActor::Operator,
            Author::Staff(_) => EntryActor::Staff,
        }
    }

    /// As the private record says it.
    pub fn named(self) -> String {
        match self {
            Author::CommandLine => "command line".to_owned(),
            Author::Staff(staff) => staff.to_string(),
        }
    }
}

impl From<Option<StaffId>> for Author {
    fn from(staff: Option<StaffId>) -> Self {
        staff.map_or(Author::CommandLine, Author::Staff)
    }
}

/// Who does it, and what it rests on.
#[derive(Debug, Clone, Copy)]
pub struct Warrant {
    /// Who does it, or approved it.
    pub by: Author,
    /// The proposal that is carried out, and who made it.
    pub proposal: Option<(ProposalId, Author)>,
}

impl Warrant {
    /// For what one person may do.
    pub const fn alone(by: Author) -> Self {
        Self { by, proposal: None }
    }

    /// What the private record of an entry says of it.
    pub fn record(&self) -> Vec<(&'static str, String)> {
        let mut record = vec![("by", self.by.named())];
        if let Some((id, proposer)) = self.proposal {
            record.push(("proposal", id.to_string()));
            record.push(("proposed_by", proposer.named()));
        }
        record
    }
}
