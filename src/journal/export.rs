//! Public exports: for each pool its lines from the first, then a signed checkpoint.
//!
//! An export proves what it states up to its checkpoint. One that was made earlier is still
//! true of its time, so who compares should ask the service for a new one.

use std::collections::HashSet;
use std::io::{BufRead, Read as _};

use super::checkpoint::{Checkpoint, is_checkpoint};
use super::entry::Entry;
use super::verify::{Fault, Fold, PoolProof, VerifyError};
use crate::keys::{Jwks, Signer};

/// No line that the service writes is nearly as long.
const LONGEST_LINE: u64 = 16 * 1024;

/// The last line of a pool's export, without a line end.
pub fn checkpoint_line(checkpoint: &Checkpoint, signer: &Signer) -> String {
    checkpoint.line(signer)
}

/// Verifies an export of one pool or of several, one after the other.
///
/// With `keys` (the service's published key set) the checkpoints must be the service's; without
/// them a journal that somebody wrote anew and signed himself passes.
///
/// # Errors
/// [`VerifyError`] with the first thing that is wrong.
pub fn verify_export(
    mut reader: impl BufRead,
    keys: Option<&Jwks>,
) -> Result<Vec<PoolProof>, VerifyError> {
    let mut done = Finished::default();
    let mut open: Option<Fold> = None;
    let mut line = Vec::new();
    loop {
        let fail = |fault| match &open {
            Some(fold) => fold.broken(fault),
            None => done.broken(fault),
        };
        if !read_line(&mut reader, &mut line).map_err(fail)? {
            break;
        }
        let text = std::str::from_utf8(&line).map_err(|_| fail(Fault::BadLine))?;
        if is_checkpoint(text) {
            let checkpoint = Checkpoint::parse_line(text, keys).map_err(fail)?;
            let Some(fold) = open.take() else {
                return Err(done.broken(done.unexpected_checkpoint()));
            };
            let disagrees = fold.broken(Fault::CheckpointDisagrees);
            let proof = fold.finish()?;
            if !checkpoint.agrees(&proof) {
                return Err(disagrees);
            }
            done.add(proof);
            continue;
        }
        let (entry, hash) = Entry::parse_line(text).map_err(|_| fail(Fault::BadLine))?;
        match &mut open {
            Some(fold) => fold.feed(&entry, &hash)?,
            None => open = Some(done.begin(&entry, &hash)?),
        }
    }
    match open {
        Some(fold) => Err(fold.broken(Fault::IncompleteExport)),
        None if done.proofs.is_empty() => Err(done.broken(Fault::IncompleteExport)),
        None => Ok(done.proofs),
    }
}

/// The pools whose checkpoints have been met.
#[derive(Default)]
struct Finished {
    proofs: Vec<PoolProof>,
    names: HashSet<String>,
}

impl Finished {
    fn add(&mut self, proof: PoolProof) {
        self.names.insert(proof.pool.clone());
        self.proofs.push(proof);
    }

    /// Begins the next pool of the export.
    fn begin(&self, entry: &Entry, hash: &[u8; 32]) -> Result<Fold, VerifyError> {
        let fail = |fault| {
            Err(VerifyError {
                pool: entry.pool.clone(),
                seq: entry.seq,
                fault,
            })
        };
        if self.names.contains(&entry.pool) {
            let next = self.proofs.last().is_some_and(|p| p.pool == entry.pool) && entry.seq > 1;
            return fail(if next {
                Fault::AfterCheckpoint
            } else {
                Fault::PoolRepeated
            });
        }
        if entry.seq > 1 {
            return fail(Fault::PartialExport { first: entry.seq });
        }
        Fold::begin(entry, hash)
    }

    fn unexpected_checkpoint(&self) -> Fault {
        if self.proofs.is_empty() {
            Fault::IncompleteExport
        } else {
            Fault::AfterCheckpoint
        }
    }

    /// An error outside any pool: before the first or after a checkpoint.
    fn broken(&self, fault: Fault) -> VerifyError {
        let last = self.proofs.last();
        VerifyError {
            pool: last.map_or_else(String::new, |proof| proof.pool.clone()),
            seq: last.map_or(0, |proof| proof.entries) + 1,
            fault,
        }
    }
}

/// Reads one line without its end into `line`; false when there is none.
fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool, Fault> {
    line.clear();
    let read = reader
        .by_ref()
        .take(LONGEST_LINE)
        .read_until(b'\n', line)
        .map_err(|error| Fault::Unreadable {
            reason: error.to_string(),
        })?;
    if read == 0 {
        return Ok(false);
    }
    if line.pop() == Some(b'\n') {
        return Ok(true);
    }
    Err(if read as u64 == LONGEST_LINE {
        Fault::BadLine
    } else {
        Fault::IncompleteExport
    })
}
