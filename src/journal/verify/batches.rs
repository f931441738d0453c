//! Payout batches as the entries tell them: each is released or discarded once at most, by the
//! hash under which it was sealed, and for the amount.

use std::collections::BTreeMap;

use super::Fault;
use crate::domain::money::Fen;
use crate::journal::entry::{Entry, EntryKind};

/// Batches that are sealed, and neither released nor discarded: what each is to pay, by its hash.
#[derive(Debug, Default)]
pub(super) struct Batches {
    sealed: BTreeMap<String, Fen>,
}

impl Batches {
    /// Follows one entry.
    pub(super) fn take(&mut self, entry: &Entry) -> Result<(), Fault> {
        let hash = entry.detail.as_deref().unwrap_or_default();
        let fits = match entry.kind {
            // Every batch has a salt of its own, so no two have one hash.
            EntryKind::BatchSealed => {
                let before = self.sealed.insert(hash.to_owned(), entry.amount);
                before.is_none()
            }
            EntryKind::BatchReleased | EntryKind::BatchDiscarded => {
                self.sealed.remove(hash) == Some(entry.amount)
            }
            _ => true,
        };
        if fits { Ok(()) } else { Err(Fault::WrongBatch) }
    }
}
