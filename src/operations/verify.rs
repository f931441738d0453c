//! Recomputing every pool of a database from its journal and comparing.
//!
//! The fold over the entries is `journal::verify`; here the rows that claim to be its
//! result are held against it: the pool, the claims, the keys they hold, what dealers
//! hold, the kept answers, the sealed content, who prepared and approved, notes and papers,
//! payments and what is owed back, and the samples of bulk approvals.

mod attached;
mod desk;
mod payments;
mod receivables;
mod rows;
mod samples;
mod told;

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use self::told::ToldAct;
use crate::catalogue::NO_POOL;
use crate::domain::claim::{Bucket, ClaimState};
use crate::domain::ids::{ClaimId, DealerId};
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::journal::entry::{EntryKind, private_commitment};
use crate::journal::verify::{ClaimTrace, Fold, PoolProof};
use crate::keys::Keys;
use crate::storage::batch::PoolRow;
use crate::storage::journal::StoredEntry;
use crate::storage::{
    DatabaseError, Db, StorageError, claim_changes, claim_keys, claims, journal, pools,
};

/// Rows read at a time.
const PAGE: i64 = 2_000;

/// A pool whose rows and journal agree.
#[derive(Debug, Clone, Serialize)]
pub struct VerifiedPool {
    /// Its name.
    pub pool: String,
    /// Journal entries.
    pub entries: i64,
    /// Claims.
    pub claims: usize,
    /// All money ever put in.
    pub cap: Fen,
    /// Nobody's.
    pub free: Fen,
    /// Held.
    pub reserved: Fen,
    /// Owed.
    pub committed: Fen,
    /// Paid.
    pub paid: Fen,
    /// How many wait.
    pub waiting: i64,
}

/// The first thing that is wrong.
#[derive(Debug, Clone, Serialize, thiserror::Error)]
#[error("pool {pool}, entry {seq}: {message}")]
pub struct Broken {
    /// Stable code.
    pub code: &'static str,
    /// The pool.
    pub pool: String,
    /// The journal entry that it is about; 0 when it is about no single entry.
    pub seq: i64,
    /// What is wrong.
    pub message: String,
}

/// Why a database was not found sound.
#[derive(Debug, thiserror::Error)]
pub enum VerifyFailure {
    /// Something is wrong with what is stored.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// The database could not be read.
    #[error(transparent)]
    Storage(StorageError),
}

impl From<StorageError> for VerifyFailure {
    fn from(error: StorageError) -> Self {
        match error {
            // A value that this program never writes was written by somebody else.
            StorageError::Corrupt(message) => Broken {
                code: "impossible_value",
                pool: String::new(),
                seq: 0,
                message,
            }
            .into(),
            other => VerifyFailure::Storage(other),
        }
    }
}

impl From<DatabaseError> for VerifyFailure {
    fn from(error: DatabaseError) -> Self {
        StorageError::from(error).into()
    }
}

/// What the entries say of one claim.
struct Told {
    number_commitment: [u8; 32],
    submission: EntryKind,
    seq: i64,
    private: [u8; 32],
    submitted: Timestamp,
    held: Option<Timestamp>,
    changed: Timestamp,
    flags: i64,
    /// Later entries with their kept private records.
    acts: Vec<ToldAct>,
}

/// What all pools together must find in the tables that they share.
#[derive(Default)]
struct SharedTables {
    held_keys: HashSet<([u8; 16], i64, ClaimId)>,
    /// What claims took whose goods went back: of these a person's places may stay taken.
    used_places: HashSet<([u8; 16], i64, ClaimId)>,
    /// How many requests there are among the keys.
    requests: i64,
    flags: HashMap<ClaimId, i64>,
    claims: HashSet<ClaimId>,
    attached: attached::Counts,
    payments: payments::Told,
    samples: samples::Told,
}

/// Verifies a database on one snapshot of it; a service may be running.
///
/// # Errors
/// [`VerifyFailure`] with the first thing that is wrong.
pub fn verify(conn: &mut Db, keys: &Keys) -> Result<Vec<VerifiedPool>, VerifyFailure> {
    conn.snapshot(|conn| verify_within(conn, keys))
}

/// The same inside a transaction that the caller has begun.
///
/// # Errors
/// [`VerifyFailure`] with the first thing that is wrong.
pub fn verify_within(conn: &mut Db, keys: &Keys) -> Result<Vec<VerifiedPool>, VerifyFailure> {
    let mut shared = SharedTables::default();
    let mut verified = Vec::new();
    for row in pools::all(conn)? {
        verified.push(verify_pool(conn, keys, &row, &mut shared)?);
    }
    let entries = verified.iter().map(|p: &VerifiedPool| p.entries).sum();
    rows::check_counts(conn, entries, shared.claims.len())?;
    rows::check_flags(conn, &mut shared)?;
    rows::check_keys(conn, &mut shared)?;
    shared.attached.check(conn)?;
    let paid = payments::check(conn, keys, std::mem::take(&mut shared.payments))?;
    receivables::check(conn, paid)?;
    samples::check(conn, keys, std::mem::take(&mut shared.samples))?;
    rows::check_answers(conn, keys, shared)?;
    // The pool for refusals that no pool stands behind is of interest once it has one.
    verified.retain(|p| p.pool != NO_POOL || p.claims > 0);
    Ok(verified)
}

fn verify_pool(
    conn: &mut Db,
    keys: &Keys,
    row: &PoolRow,
    shared: &mut SharedTables,
) -> Result<VerifiedPool, VerifyFailure> {
    let (proof, mut told) = fold(conn, row, shared)?;
    rows::check_pool(row, &proof, told.len())?;
    let mut dealers: HashMap<DealerId, i64> = HashMap::new();
    let mut after = None;
    loop {
        let page = claims::of_pool(conn, row.id, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for claim in &page {
            let Some(told) = told.remove(&claim.id) else {
                return Err(broken(
                    row,
                    0,
                    "claim_unknown",
                    format!("claim {} has no entry", claim.number),
                ));
            };
            let past = if claim.revision > 1 {
                claim_changes::past(conn, claim.id)?
            } else {
                Vec::new()
            };
            let trace = proof.claims.get(&told.number_commitment);
            rows::check_claim(keys, row, claim, &past, &told, &proof)?;
            desk::check(row, claim, &told)?;
            attached::check(conn, keys, row, claim, &told, &mut shared.attached)?;
            attached::check_before(conn, row, claim, trace, &told, &mut shared.attached)?;
            payments::collect(conn, keys, row, claim, &past, &told, &mut shared.payments)?;
            samples::collect(claim, &told, &mut shared.samples);
            shared.claims.insert(claim.id);
            if told.flags > 0 {
                shared.flags.insert(claim.id, told.flags);
            }
            if claim.state.is_live() {
                *dealers.entry(claim.dealer).or_default() += claim.amount.fen();
            }
            for (hash, ordinal) in claim_keys::unpack(&claim.keys) {
                if trace.is_some_and(ClaimTrace::holds_keys) {
                    shared.held_keys.insert((hash, ordinal, claim.id));
                } else if trace.is_some_and(|trace| trace.place_used) {
                    shared.used_places.insert((hash, ordinal, claim.id));
                }
            }
        }
    }
    if let Some(missing) = told.values().min_by_key(|t| t.seq) {
        return Err(broken(
            row,
            missing.seq,
            "claim_missing",
            "the claim of this entry is gone",
        ));
    }
    rows::check_shares(conn, row, dealers)?;
    rows::check_line(conn, row, &proof)?;
    Ok(VerifiedPool::from(proof))
}

impl From<PoolProof> for VerifiedPool {
    fn from(proof: PoolProof) -> Self {
        Self {
            entries: proof.entries,
            claims: proof.claims.len(),
            cap: proof.cap,
            free: proof.free,
            reserved: proof.reserved,
            committed: proof.committed,
            paid: proof.paid,
            waiting: proof.waiting,
            pool: proof.pool,
        }
    }
}

fn fold(
    conn: &mut Db,
    row: &PoolRow,
    shared: &mut SharedTables,
) -> Result<(PoolProof, HashMap<ClaimId, Told>), VerifyFailure> {
    let mut fold: Option<Fold> = None;
    let mut told = HashMap::new();
    let mut after = 0;
    loop {
        let page = journal::after(conn, row.id, &row.name, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.entry.seq;
        for stored in page {
            let rule = stored.entry.detail.as_ref();
            if stored.entry.seq == 1 && rule.is_some_and(|rule| *rule != row.remainder) {
                let message = "the pool's row has another remainder rule than its first entry";
                return Err(broken(row, 1, "remainder_differs", message));
            }
            let fed = match &mut fold {
                Some(fold) => fold.feed(&stored.entry, &stored.hash),
                None => Fold::begin(&stored.entry, &stored.hash).map(|begun| {
                    fold = Some(begun);
                }),
            };
            fed.map_err(|e| {
                let code = e.code();
                broken(row, e.seq, code, e.fault.to_string())
            })?;
            tell(row, &mut told, shared, stored)?;
        }
    }
    let Some(fold) = fold else {
        return Err(broken(row, 1, "journal_missing", "the pool has no journal"));
    };
    let proof = fold.finish().map_err(|e| {
        let code = e.code();
        broken(row, e.seq, code, e.fault.to_string())
    })?;
    Ok((proof, told))
}

/// Follows one entry to the claim it is about; the public commitment and the private id
/// must belong together throughout.
fn tell(
    row: &PoolRow,
    told: &mut HashMap<ClaimId, Told>,
    shared: &mut SharedTables,
    stored: StoredEntry,
) -> Result<(), VerifyFailure> {
    let entry = &stored.entry;
    let wrong = |message: &str| broken(row, entry.seq, "private_part", message);
    let submission = entry.kind.is_submission();
    match (stored.claim, entry.claim, stored.private) {
        (None, None, Some(record)) => {
            if private_commitment(&[0; 16], &record) != entry.private {
                return Err(wrong("the private record is not the one committed to"));
            }
            let act = ToldAct::of(entry, record);
            shared.payments.tell(row, &act);
            shared.samples.tell(row, act);
        }
        (Some(id), Some(commitment), None) if submission => {
            let new = Told {
                number_commitment: commitment,
                submission: entry.kind,
                seq: entry.seq,
                private: entry.private,
                submitted: entry.at,
                held: (entry.kind == EntryKind::Reserved).then_some(entry.at),
                changed: entry.at,
                flags: 0,
                acts: Vec::new(),
            };
            if told.insert(id, new).is_some() {
                return Err(wrong("the claim was submitted before"));
            }
        }
        (Some(id), Some(commitment), Some(record)) if !submission => {
            let Some(claim) = told
                .get_mut(&id)
                .filter(|t| t.number_commitment == commitment)
            else {
                return Err(wrong("the entry names another claim than it commits to"));
            };
            match entry.kind {
                EntryKind::Flagged => claim.flags += 1,
                EntryKind::FlagCleared => claim.flags -= 1,
                _ => claim.changed = entry.at,
            }
            let given = entry.moved == Some((Bucket::Free, Bucket::Reserved));
            let again = entry.kind == EntryKind::WithdrawalUndone;
            if given && !again || entry.kind == EntryKind::AppealWon {
                claim.held = Some(entry.at);
            }
            claim.acts.push(ToldAct::of(entry, record));
        }
        _ => return Err(wrong("the entry's private part does not fit its kind")),
    }
    Ok(())
}

fn broken(
    row: &PoolRow,
    seq: i64,
    code: &'static str,
    message: impl Into<String>,
) -> VerifyFailure {
    Broken {
        code,
        pool: row.name.clone(),
        seq,
        message: message.into(),
    }
    .into()
}

impl Told {
    /// The state that the submission left the claim in.
    fn first_state(&self) -> ClaimState {
        match self.submission {
            EntryKind::Reserved => ClaimState::Reserved,
            EntryKind::Waiting => ClaimState::Waiting,
            EntryKind::Filed => ClaimState::Filed,
            _ => ClaimState::Refused,
        }
    }
}
