//! Samples of bulk approvals: a seed is committed to, then a list, then the seed is told. Which
//! claims a sample has follows from the seed and the list, which is not public.

use std::collections::HashSet;

use super::Fault;
use crate::domain::sample::seed_commitment;
use crate::journal::canonical::parse_hex32;
use crate::journal::entry::{Entry, EntryKind};

/// The samples that are not finished.
#[derive(Debug, Default)]
pub(super) struct Samples {
    committed: HashSet<[u8; 32]>,
    /// A list is frozen and the seed must be told next.
    drawn: bool,
}

impl Samples {
    /// Follows one entry: with nothing between the list and the seed, nobody can have known the
    /// seed when the list was made.
    pub(super) fn take(&mut self, entry: &Entry) -> Result<(), Fault> {
        let told = || {
            let detail = entry.detail.as_deref();
            detail.and_then(parse_hex32).ok_or(Fault::WrongSample)
        };
        let drawn = std::mem::take(&mut self.drawn);
        let fits = match entry.kind {
            EntryKind::SampleCommitted => !drawn && self.committed.insert(told()?),
            EntryKind::SampleDrawn => {
                told()?;
                self.drawn = true;
                !drawn && !self.committed.is_empty()
            }
            EntryKind::SampleRevealed => drawn && self.committed.remove(&seed_commitment(&told()?)),
            _ => !drawn,
        };
        if fits {
            Ok(())
        } else {
            Err(Fault::WrongSample)
        }
    }
}
