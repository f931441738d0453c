//! What people write about a claim: sealed beside the entry that it belongs to, which commits to
//! it by a keyed MAC. Names and telephone numbers may stand in it.

use serde::Serialize;
use serde_json::Value;

use crate::domain::ids::{ClaimId, StaffId};
use crate::domain::time::Timestamp;
use crate::journal::canonical::hex;
use crate::journal::entry::EntryKind;
use crate::operations::Engine;
use crate::operations::denial::Ended;
use crate::operations::scene::{Move, Scene};
use crate::storage::claim_changes::{self, Note};
use crate::storage::{Db, StorageError};
use crate::vault::note_aad;

/// The member of a private record that commits to a note.
pub const NOTE: &str = "note";

/// What somebody wrote, as who may open it sees it.
#[derive(Debug, Clone, Serialize)]
pub struct NoteView {
    /// The number of the journal entry that it belongs to.
    pub seq: i64,
    /// What it is: the entry's kind.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// Who of the bureau wrote it; null when the dealer did.
    pub staff: Option<StaffId>,
    /// The words: findings one by one, or what else was written as one.
    pub words: Vec<Value>,
}

/// Seals words for the entry that is appended next, of this kind; the note, and what the entry
/// says of it under [`NOTE`].
///
/// # Errors
/// The database's.
pub fn sealed(
    engine: &Engine,
    scene: &Scene<'_>,
    kind: EntryKind,
    staff: impl Into<Option<StaffId>>,
    words: &impl Serialize,
) -> Result<(Note, String), Ended> {
    let vault = &engine.keys.vault;
    let seq = scene.ledger.pool.head_seq + 1;
    let plain = serde_json::to_vec(words)
        .map_err(|_| StorageError::Corrupt("a note cannot be written".into()))?;
    let note = Note {
        seq,
        kind: kind.as_str().to_owned(),
        staff: staff.into(),
        at: scene.at(),
        sealed: vault.seal(&note_aad(scene.claim.id, seq), &plain),
    };
    Ok((note, hex(&vault.mac("note", &plain))))
}

/// Seals words for the entry that the act will append, and binds the entry to them.
///
/// # Errors
/// The database's.
pub fn noted(
    engine: &Engine,
    scene: &Scene<'_>,
    step: Move,
    staff: impl Into<Option<StaffId>>,
    words: &impl Serialize,
) -> Result<(Move, Note), Ended> {
    let (note, mac) = sealed(engine, scene, step.kind(), staff, words)?;
    Ok((step.noting(NOTE, mac), note))
}

/// The words of a note.
///
/// # Errors
/// [`StorageError::Corrupt`] when it does not open.
pub fn open(engine: &Engine, claim: ClaimId, note: &Note) -> Result<Vec<u8>, StorageError> {
    let plain = engine
        .keys
        .vault
        .open(&note_aad(claim, note.seq), &note.sealed);
    plain.map_err(|_| StorageError::Corrupt(format!("claim {claim}: a note")))
}

/// Everything that was written about a claim, the oldest first. Whoever asks for it must have
/// written down that he does.
///
/// # Errors
/// The database's; [`StorageError::Corrupt`] when one does not open.
pub fn all(engine: &Engine, conn: &mut Db, claim: ClaimId) -> Result<Vec<NoteView>, StorageError> {
    let notes = claim_changes::notes(conn, claim)?;
    let view = |note: Note| {
        let corrupt = |_| StorageError::Corrupt(format!("claim {claim}: a note"));
        let words = match serde_json::from_slice(&open(engine, claim, &note)?).map_err(corrupt)? {
            Value::Array(several) => several,
            one => vec![one],
        };
        Ok(NoteView {
            seq: note.seq,
            kind: note.kind,
            at: note.at,
            staff: note.staff,
            words,
        })
    };
    notes.into_iter().map(view).collect()
}
