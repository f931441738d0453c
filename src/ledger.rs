//! The writer of a pool's journal and balances, while the pool's row is locked.
//!
//! Every change of money goes through [`Ledger::append`]: one entry, numbered and chained,
//! and the buckets it moves between. `journal::verify` checks the result and shares no
//! code with it.

use serde::Serialize;

use crate::domain::claim::Bucket;
use crate::domain::ids::ClaimId;
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::journal::entry::{Entry, EntryActor, EntryKind, claim_commitment, private_commitment};
use crate::storage::batch::{NewClaim, NewEntry, PoolRow};
use crate::storage::claims::StoredClaim;
use crate::storage::waiting_line::Line as WaitingLine;

/// A pool's row under its lock, and the entries written since.
#[derive(Debug)]
pub struct Ledger {
    /// The row as it will be saved.
    pub pool: PoolRow,
    /// When everything of this transaction happens.
    pub at: Timestamp,
    /// The entries of this transaction.
    pub entries: Vec<NewEntry>,
    /// What was free when the lock was taken, in fen.
    free_before: i64,
    /// Whether allocation was open then.
    open_before: bool,
    /// Who came to the line in this transaction, and who left it.
    pub line: WaitingLine,
    /// Whether the line has changed so that somebody else may be served.
    line_changed: bool,
}

/// A move that the balances do not allow. Callers look before they move, so this is a
/// fault in this program, and the transaction must not commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the pool's balances do not allow this move")]
pub struct LedgerError;

/// The claim that an entry is about.
#[derive(Debug, Clone, Copy)]
pub struct AboutClaim<'a> {
    /// The claim.
    pub id: ClaimId,
    /// Its number.
    pub number: &'a str,
    /// Its nonce.
    pub nonce: &'a [u8; 16],
    /// Its place in line.
    pub position: Option<i64>,
}

impl<'a> From<&'a NewClaim> for AboutClaim<'a> {
    fn from(claim: &'a NewClaim) -> Self {
        Self {
            id: claim.id,
            number: &claim.number,
            nonce: &claim.nonce,
            position: claim.position,
        }
    }
}

impl<'a> From<&'a StoredClaim> for AboutClaim<'a> {
    fn from(claim: &'a StoredClaim) -> Self {
        Self {
            id: claim.id,
            number: &claim.number,
            nonce: &claim.nonce,
            position: claim.position,
        }
    }
}

/// What is not public of an entry.
#[derive(Debug)]
pub enum Private {
    /// A submission: made again from the claim's row whenever it is checked.
    FromClaim(String),
    /// Anything else: kept beside the entry.
    Kept(String),
}

/// One entry to be appended.
#[derive(Debug)]
pub struct Line<'a> {
    /// What happened.
    pub kind: EntryKind,
    /// Who caused it.
    pub actor: EntryActor,
    /// The claim that it is about.
    pub about: Option<AboutClaim<'a>>,
    /// The amount moved or asked for.
    pub amount: Fen,
    /// From where to where.
    pub moved: Option<(Bucket, Bucket)>,
    /// A public word, where the kind has one.
    pub detail: Option<String>,
    /// What is not public of it.
    pub private: Private,
}

impl Ledger {
    /// Begins under the lock. Time never goes back in a journal, whatever the clock does.
    pub fn new(pool: PoolRow, now_us: i64) -> Self {
        let at = Timestamp(now_us.max(pool.head_us));
        Self {
            at,
            entries: Vec::new(),
            free_before: pool.free,
            open_before: pool.allocation == "open",
            line: WaitingLine::default(),
            line_changed: false,
            pool,
        }
    }

    /// A claim joined the line, asks for another amount, or left it (`waits` is false).
    pub fn line_changes(&mut self, waits: bool) {
        // In a fit pool nobody is served because somebody else went.
        self.line_changed |= waits || self.pool.remainder == "strict";
    }

    /// Whether somebody who waits may be served now. Every transaction ends with nobody waiting
    /// for money that he could have, so only what changed since the lock was taken can help
    /// somebody: more money, an allocation that goes on, or another line.
    pub fn may_serve(&self) -> bool {
        let pool = &self.pool;
        let more = pool.free > self.free_before || !self.open_before || self.line_changed;
        pool.allocation == "open" && pool.waiting > 0 && more
    }

    /// Appends one entry and moves its money. Returns its number and hash.
    ///
    /// # Errors
    /// [`LedgerError`] when a bucket would become negative.
    pub fn append(&mut self, line: Line<'_>) -> Result<(i64, [u8; 32]), LedgerError> {
        if let Some((from, to)) = line.moved {
            self.move_money(line.amount.fen(), from, to)?;
        }
        self.set_aside(line.kind, line.amount.fen())?;
        let nonce = line.about.map_or([0; 16], |a| *a.nonce);
        let (record, kept) = match line.private {
            Private::FromClaim(record) => (record, None),
            Private::Kept(record) => (record.clone(), Some(record)),
        };
        let entry = Entry {
            pool: self.pool.name.clone(),
            seq: self.pool.head_seq + 1,
            at: self.at,
            kind: line.kind,
            actor: line.actor,
            detail: line.detail,
            claim: line.about.map(|a| claim_commitment(a.nonce, a.number)),
            position: line.about.and_then(|a| a.position),
            amount: line.amount,
            moved: line.moved,
            private: private_commitment(&nonce, &record),
            prev: self.pool.head_hash,
        };
        let hash = entry.hash();
        self.entries.push(NewEntry {
            seq: entry.seq,
            at_us: entry.at.0,
            kind: entry.kind.as_str(),
            actor: entry.actor.as_str(),
            claim: line.about.map(|a| a.id),
            commitment: entry.claim,
            position: entry.position,
            amount: entry.amount.fen(),
            detail: entry.detail,
            from: line.moved.map(|(from, _)| from.as_str()),
            to: line.moved.map(|(_, to)| to.as_str()),
            private: kept,
            private_hash: entry.private,
            prev: entry.prev,
            hash,
        });
        self.pool.head_seq = entry.seq;
        self.pool.head_us = entry.at.0;
        self.pool.head_hash = hash;
        Ok((entry.seq, hash))
    }

    /// What the pool has set aside for won appeals is a part of what is reserved.
    fn set_aside(&mut self, kind: EntryKind, amount: i64) -> Result<(), LedgerError> {
        let pool = &mut self.pool;
        match kind {
            EntryKind::SetAside => pool.disputes += amount,
            EntryKind::AsideReleased | EntryKind::AppealWon => pool.disputes -= amount,
            _ => {}
        }
        if (0..=pool.reserved).contains(&pool.disputes) {
            Ok(())
        } else {
            Err(LedgerError)
        }
    }

    fn move_money(&mut self, amount: i64, from: Bucket, to: Bucket) -> Result<(), LedgerError> {
        let pool = &mut self.pool;
        match from {
            Bucket::Funding => pool.cap += amount,
            Bucket::Free => pool.free -= amount,
            Bucket::Reserved => pool.reserved -= amount,
            Bucket::Committed => pool.committed -= amount,
            Bucket::Paid => pool.paid -= amount,
        }
        match to {
            Bucket::Funding => pool.cap -= amount,
            Bucket::Free => pool.free += amount,
            Bucket::Reserved => pool.reserved += amount,
            Bucket::Committed => pool.committed += amount,
            Bucket::Paid => pool.paid += amount,
        }
        let all = [pool.free, pool.reserved, pool.committed, pool.paid];
        let sound = all.iter().all(|bucket| *bucket >= 0)
            && all.iter().sum::<i64>() == pool.cap
            && pool.cap <= Fen::MAX.fen();
        if sound { Ok(()) } else { Err(LedgerError) }
    }
}

/// The private record of a submission: what the entry commits to beyond its public part.
#[derive(Serialize)]
struct SubmissionRecord<'a> {
    amount: i64,
    claim: String,
    content: String,
    dealer: String,
    keys: String,
    number: &'a str,
    person: String,
    position: Option<i64>,
    programme: &'a str,
    reasons: &'a str,
    state: &'a str,
    submitted_us: i64,
    version_id: i64,
    warnings: &'a str,
}

/// The canonical private record of a submission (RFC 8785: the fields stand in order).
pub fn submission_record(claim: &NewClaim, at: Timestamp) -> String {
    use crate::journal::canonical::hex;
    let record = SubmissionRecord {
        amount: claim.amount,
        claim: claim.id.to_string(),
        content: hex(&claim.content_mac),
        dealer: claim.dealer.to_string(),
        keys: hex(&claim.keys),
        number: &claim.number,
        person: hex(&claim.person_hash),
        position: claim.position,
        programme: &claim.programme,
        reasons: &claim.reasons,
        state: claim.state,
        submitted_us: at.0,
        version_id: claim.version_id,
        warnings: &claim.warnings,
    };
    // A struct of numbers and strings always serialises.
    serde_json::to_string(&record).unwrap_or_default()
}

/// What an amended claim says from now on, as the entry that amends it commits to it.
#[derive(Serialize)]
struct AmendmentRecord {
    amount: i64,
    content: String,
    keys: String,
    person: String,
    warnings: String,
}

/// The canonical record of what an amended claim says (RFC 8785: the fields stand in order).
pub fn amendment_record(after: &StoredClaim) -> String {
    use crate::journal::canonical::hex;
    let record = AmendmentRecord {
        amount: after.amount.fen(),
        content: hex(&after.content_mac),
        keys: hex(&after.keys),
        person: hex(&after.person_hash),
        warnings: after.warnings_json.clone(),
    };
    // A struct of numbers and strings always serialises.
    serde_json::to_string(&record).unwrap_or_default()
}

/// The private record of anything but a submission.
pub fn act_record(fields: &[(&str, &str)]) -> String {
    let sorted: std::collections::BTreeMap<_, _> = fields.iter().copied().collect();
    serde_json::to_string(&sorted).unwrap_or_default()
}
