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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Fen;
    use crate::domain::time::Timestamp;
    use crate::journal::canonical::hex;
    use crate::journal::entry::{EntryActor, GENESIS};

    const SEED: [u8; 32] = [7; 32];
    const OTHER: [u8; 32] = [8; 32];

    fn entry(kind: EntryKind, detail: &[u8]) -> Entry {
        Entry {
            pool: "cars".to_owned(),
            seq: 1,
            at: Timestamp(0),
            kind,
            actor: EntryActor::Staff,
            detail: Some(hex(detail)),
            claim: None,
            position: None,
            amount: Fen::ZERO,
            moved: None,
            private: [0; 32],
            prev: GENESIS,
        }
    }

    fn committed(seed: &[u8; 32]) -> Entry {
        entry(EntryKind::SampleCommitted, &seed_commitment(seed))
    }

    fn drawn() -> Entry {
        entry(EntryKind::SampleDrawn, &[1; 32])
    }

    fn revealed(seed: &[u8; 32]) -> Entry {
        entry(EntryKind::SampleRevealed, seed)
    }

    fn follow(entries: &[Entry]) -> Result<(), Fault> {
        let mut samples = Samples::default();
        entries.iter().try_for_each(|entry| samples.take(entry))
    }

    #[test]
    fn samples_may_be_finished_in_any_order() {
        let entries = [
            committed(&SEED),
            committed(&OTHER),
            drawn(),
            revealed(&OTHER),
            entry(EntryKind::Frozen, b"payout"),
            drawn(),
            revealed(&SEED),
        ];
        assert_eq!(follow(&entries), Ok(()));
    }

    #[test]
    fn another_seed_and_another_turn_are_found() {
        let between = entry(EntryKind::Frozen, b"payout");
        for entries in [
            vec![committed(&SEED), drawn(), revealed(&OTHER)],
            vec![committed(&SEED), committed(&SEED)],
            vec![drawn(), revealed(&SEED)],
            vec![committed(&SEED), revealed(&SEED)],
            vec![committed(&SEED), drawn(), between, revealed(&SEED)],
            vec![committed(&SEED), drawn(), committed(&OTHER)],
            vec![committed(&SEED), drawn(), drawn()],
            vec![committed(&SEED), drawn(), revealed(&SEED), drawn()],
            vec![
                committed(&SEED),
                committed(&OTHER),
                drawn(),
                revealed(&SEED),
                drawn(),
                revealed(&SEED),
            ],
            vec![entry(EntryKind::SampleCommitted, b"short")],
        ] {
            assert_eq!(follow(&entries), Err(Fault::WrongSample), "{entries:?}");
        }
    }
}
