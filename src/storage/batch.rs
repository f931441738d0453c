//! What one admission batch reads and writes, the same on both databases.

use std::collections::HashMap;

use super::waiting_line::Line;
use crate::domain::ids::{ClaimId, DealerId, PoolId};

/// A keyed hash of something personal or unique.
pub type KeyHash = [u8; 16];

/// A pool's row while its lock is held.
#[derive(Debug, Clone)]
pub struct PoolRow {
    /// The id.
    pub id: PoolId,
    /// The name people know.
    pub name: String,
    /// The series that its claim numbers begin with.
    pub series: String,
    /// `strict` or `fit`.
    pub remainder: String,
    /// `open`, `frozen` or `closed`.
    pub intake: String,
    /// `open`, or `frozen`: nobody is given money, who comes waits.
    pub allocation: String,
    /// `open`, or `frozen`: nothing goes to the bank.
    pub payout: String,
    /// First instant at which claims are taken, microseconds UTC.
    pub opens_us: Option<i64>,
    /// First instant at which claims are no longer taken, microseconds UTC.
    pub closes_us: Option<i64>,
    /// All money ever put in, fen.
    pub cap: i64,
    /// Nobody's yet, fen.
    pub free: i64,
    /// Held, fen.
    pub reserved: i64,
    /// Owed, fen.
    pub committed: i64,
    /// Paid, fen.
    pub paid: i64,
    /// What of the reserved money is set aside for won appeals, fen.
    pub disputes: i64,
    /// How many claims wait.
    pub waiting: i64,
    /// The next claim number of the series.
    pub next_ordinal: i64,
    /// The next place in line.
    pub next_position: i64,
    /// The number of journal entries.
    pub head_seq: i64,
    /// When the last entry was written, microseconds UTC.
    pub head_us: i64,
    /// The hash of the last entry.
    pub head_hash: [u8; 32],
}

/// What a batch asks of the database before it is folded.
#[derive(Debug, Default)]
pub struct Probe {
    /// Uniqueness and limit keys.
    pub keys: Vec<KeyHash>,
    /// Those of them that more than one claim may hold, as far as packs say.
    pub units: Vec<KeyHash>,
    /// Idempotency keys.
    pub answers: Vec<KeyHash>,
    /// Persons to look up among national awards.
    pub persons: Vec<KeyHash>,
    /// VINs to look up among national awards.
    pub vins: Vec<KeyHash>,
    /// Dealers whose share is asked.
    pub dealers: Vec<DealerId>,
    /// Which of the keys and idempotency keys may be hot; all of them, where that is not known.
    /// For the others the unique index answers when they are taken.
    pub hot: Option<Vec<KeyHash>>,
    /// Which of them may be cold; all of them, where that is not known.
    pub cold: Option<Vec<KeyHash>>,
}

impl Probe {
    /// What is asked of the hot table: the suspects, or, where none are known, all of `hashes`.
    pub fn hot<'a>(&'a self, hashes: &'a [KeyHash]) -> &'a [KeyHash] {
        self.hot.as_deref().unwrap_or(hashes)
    }

    /// What is asked of the cold table, likewise.
    pub fn cold<'a>(&'a self, hashes: &'a [KeyHash]) -> &'a [KeyHash] {
        self.cold.as_deref().unwrap_or(hashes)
    }
}

/// A key that a live claim holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldKey {
    /// Which of the allowed ones.
    pub ordinal: i64,
    /// Who holds it.
    pub programme: String,
}

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Of the request that it answered.
    pub fingerprint: KeyHash,
    /// The body without the receipt's signature.
    pub body: String,
}

/// A national award.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAward {
    /// `scrappage` or `replacement`.
    pub kind: String,
    /// `YYYY-MM-DD`.
    pub awarded_on: String,
}

/// What the database answered.
#[derive(Debug, Default)]
pub struct Probed {
    /// The database's clock, microseconds UTC.
    pub now_us: i64,
    /// The catalogue's version.
    pub catalogue_version: i64,
    /// How often keys were moved to where they are cold. Who knew suspects as of an earlier move
    /// has to ask for all keys.
    pub key_moves: i64,
    /// Held keys by hash.
    pub keys: HashMap<KeyHash, Vec<HeldKey>>,
    /// Answers by idempotency key.
    pub answers: HashMap<KeyHash, StoredAnswer>,
    /// Awards by person.
    pub persons: HashMap<KeyHash, Vec<StoredAward>>,
    /// Awards by VIN.
    pub vins: HashMap<KeyHash, Vec<StoredAward>>,
    /// Fen held by dealer in this pool.
    pub dealers: HashMap<DealerId, i64>,
}

/// A row of `claims`.
#[derive(Debug, Clone)]
pub struct NewClaim {
    /// The id.
    pub id: ClaimId,
    /// The number people know.
    pub number: String,
    /// Place in line; none when refused.
    pub position: Option<i64>,
    /// Programme.
    pub programme: String,
    /// Row of the pack version.
    pub version_id: i64,
    /// Who filed it.
    pub dealer: DealerId,
    /// State word.
    pub state: &'static str,
    /// Fen held or asked.
    pub amount: i64,
    /// Sealed content.
    pub sealed: Vec<u8>,
    /// Keyed MAC of the content.
    pub content_mac: [u8; 32],
    /// Opens the public commitment.
    pub nonce: [u8; 16],
    /// The applicant.
    pub person_hash: KeyHash,
    /// The keys it holds, each hash and ordinal byte.
    pub keys: Vec<u8>,
    /// JSON list of reasons.
    pub reasons: String,
    /// JSON list of warnings.
    pub warnings: String,
    /// When money was first held, microseconds UTC.
    pub held_us: Option<i64>,
    /// Whether it was opened at the counter, before the purchase.
    pub invoice_due: bool,
    /// When it lapses unless papers come, microseconds UTC.
    pub deadline_us: Option<i64>,
    /// Since when it waits for a reviewer, microseconds UTC.
    pub review_us: Option<i64>,
}

/// A row of `claim_keys`: something that only one claim may hold, or the request that a claim
/// answers.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The hash.
    pub hash: KeyHash,
    /// Which of the allowed ones.
    pub ordinal: i64,
    /// Who holds it.
    pub claim: ClaimId,
    /// The kind's word.
    pub kind: &'static str,
}

/// A row of `journal`.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// Number.
    pub seq: i64,
    /// Microseconds UTC.
    pub at_us: i64,
    /// Kind word.
    pub kind: &'static str,
    /// Actor word.
    pub actor: &'static str,
    /// The claim.
    pub claim: Option<ClaimId>,
    /// Its public commitment.
    pub commitment: Option<[u8; 32]>,
    /// Its place in line.
    pub position: Option<i64>,
    /// Fen.
    pub amount: i64,
    /// A public word.
    pub detail: Option<String>,
    /// Bucket word.
    pub from: Option<&'static str>,
    /// Bucket word.
    pub to: Option<&'static str>,
    /// The private record, where it cannot be made again from the claim.
    pub private: Option<String>,
    /// Its commitment.
    pub private_hash: [u8; 32],
    /// Hash of the entry before.
    pub prev: [u8; 32],
    /// Hash of this one.
    pub hash: [u8; 32],
}

/// A row of `answers`.
#[derive(Debug, Clone)]
pub struct NewAnswer {
    /// Keyed hash of caller and idempotency key.
    pub key: KeyHash,
    /// Of the request.
    pub fingerprint: KeyHash,
    /// The claim.
    pub claim: ClaimId,
    /// The body without the receipt's signature.
    pub body: String,
    /// Keyed MAC of this row.
    pub mac: [u8; 32],
}

/// Everything that one batch writes but its answers and the pool's row.
#[derive(Debug, Default)]
pub struct Writes {
    /// New claims.
    pub claims: Vec<NewClaim>,
    /// New keys, sorted by hash so that batches of different pools cannot deadlock.
    pub keys: Vec<NewKey>,
    /// New journal entries.
    pub entries: Vec<NewEntry>,
    /// Fen by which what a dealer holds changes.
    pub usage: Vec<(DealerId, i64)>,
    /// Who came to the line and who left it.
    pub line: Line,
}
