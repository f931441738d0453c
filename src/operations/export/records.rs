//! What an export says, whatever its form, in the order in which it says it.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::ExportError;
use super::payouts::{BatchRecord, LineRecord, payouts_of};
use crate::domain::ids::{ClaimId, DealerId, ReceivableId, StaffId};
use crate::domain::mask;
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::journal::canonical::hex;
use crate::journal::entry::{Entry, claim_commitment};
use crate::operations::Engine;
use crate::operations::claims::{open, versions_and_dealer};
use crate::operations::notes::{self, NoteView};
use crate::storage::batch::PoolRow;
use crate::storage::claims::{self, StoredClaim};
use crate::storage::journal::{self, StoredEntry};
use crate::storage::receivables::{self, ReceivableRow};
use crate::storage::{Db, StorageError, access, claim_flags, papers};

/// Rows read at a time.
const PAGE: i64 = 1_000;

/// One record of an export.
#[derive(Debug, Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// A claim.
    Claim(Box<ClaimRecord>),
    /// A journal entry.
    Entry(EntryRecord),
    /// A payout batch.
    PayoutBatch(BatchRecord),
    /// A line of the batch before it.
    PayoutLine(LineRecord),
    /// Something that is owed back.
    Receivable(ReceivableRecord),
}

/// A claim.
#[derive(Debug, Serialize)]
pub struct ClaimRecord {
    /// The id.
    pub id: ClaimId,
    /// The number people know.
    pub number: String,
    /// What stands for it in the public journal, in hexadecimal.
    pub commitment: String,
    /// The state.
    pub state: &'static str,
    /// The programme.
    pub programme: String,
    /// The pack version that judged it.
    pub programme_version: String,
    /// The dealer that filed.
    pub dealer: DealerId,
    /// Its credit code.
    pub dealer_uscc: String,
    /// Its name.
    pub dealer_name: String,
    /// Held or asked.
    pub amount: Fen,
    /// Place among the accepted claims of the pool.
    pub position: Option<i64>,
    /// Grows with every change.
    pub revision: i64,
    /// When it was admitted.
    pub submitted_at: Timestamp,
    /// When money was first held.
    pub held_at: Option<Timestamp>,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// When it lapses unless its dealer does what is due.
    pub deadline: Option<Timestamp>,
    /// How often it was given back for correction.
    pub rounds: i64,
    /// Who recommended it, or proposed its rejection.
    pub prepared_by: Option<StaffId>,
    /// Who approved it.
    pub approved_by: Option<StaffId>,
    /// When.
    pub approved_at: Option<Timestamp>,
    /// The entry that approved it.
    pub approval_seq: Option<i64>,
    /// When it must be paid.
    pub pay_by: Option<Timestamp>,
    /// Open flags.
    pub flags: Vec<String>,
    /// Why it is refused, as stored.
    pub reasons: Value,
    /// What was odd about it when it came in, as stored.
    pub warnings: Value,
    /// Papers that came.
    pub papers: Vec<PaperRecord>,
    /// The applicant; masked unless the export is unsealed.
    pub consumer: Value,
    /// What was given up, likewise.
    pub old_item: Value,
    /// What was bought.
    pub new_item: Value,
    /// The invoice, likewise.
    pub invoice: Value,
    /// What people wrote about it; only in an unsealed export.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<NoteView>,
}

/// A paper that came.
#[derive(Debug, Serialize)]
pub struct PaperRecord {
    /// The paper's word.
    pub paper: String,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
    /// How large it is, in bytes.
    pub bytes: i64,
    /// The journal entry that took it.
    pub seq: i64,
    /// When it came.
    pub received_at: Timestamp,
}

/// A journal entry.
#[derive(Debug, Serialize)]
pub struct EntryRecord {
    /// The line of the public journal, byte for byte.
    pub public: Box<RawValue>,
    /// The claim that it is about.
    pub claim_id: Option<ClaimId>,
    /// The private record as it was committed to; none of a submission, whose record is made
    /// again from the claim.
    pub private: Option<String>,
    /// The entry, for forms that take it apart.
    #[serde(skip)]
    pub entry: Entry,
    /// Its hash.
    #[serde(skip)]
    pub hash: [u8; 32],
}

/// Something that is owed back.
#[derive(Debug, Serialize)]
pub struct ReceivableRecord {
    /// The id.
    pub id: ReceivableId,
    /// The claim that was paid.
    pub claim: ClaimId,
    /// Its number.
    pub claim_number: String,
    /// `dealer` or `consumer`: who was paid, and owes.
    pub payee: String,
    /// Why.
    pub reason: String,
    /// All of it.
    pub amount: Fen,
    /// What came back.
    pub settled: Fen,
    /// What is set off in payments that are on their way.
    pub pending: Fen,
    /// Since when.
    pub raised_at: Timestamp,
}

/// How much an export says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Claims.
    pub claims: i64,
    /// Journal entries.
    pub entries: i64,
    /// Payout batches.
    pub payout_batches: i64,
    /// Their lines.
    pub payout_lines: i64,
    /// What is owed back.
    pub receivables: i64,
}

/// Takes the records of an export, one after the other.
pub trait Sink {
    /// Takes the next one.
    ///
    /// # Errors
    /// [`ExportError`] when it cannot be written.
    fn take(&mut self, record: Record) -> Result<(), ExportError>;
}

/// Walks through everything about a pool.
///
/// # Errors
/// [`ExportError`].
pub fn walk(
    engine: &Engine,
    conn: &mut Db,
    pool: &PoolRow,
    unsealed: bool,
    sink: &mut dyn Sink,
) -> Result<Totals, ExportError> {
    let mut totals = Totals::default();
    let mut after = None;
    loop {
        let page = claims::of_pool(conn, pool.id, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for row in page {
            totals.claims += 1;
            let record = claim(engine, conn, row, unsealed)?;
            sink.take(Record::Claim(Box::new(record)))?;
        }
    }
    let mut after = 0;
    loop {
        let page = journal::after(conn, pool.id, &pool.name, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.entry.seq;
        for stored in page {
            totals.entries += 1;
            sink.take(Record::Entry(entry(stored)?))?;
        }
    }
    payouts_of(engine, conn, pool, unsealed, sink, &mut totals)?;
    let mut after = None;
    loop {
        let page = receivables::list(conn, None, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for row in page.into_iter().filter(|row| row.pool == pool.id) {
            totals.receivables += 1;
            let number = number_of(conn, row.claim)?;
            sink.take(Record::Receivable(receivable(row, number)?))?;
        }
    }
    Ok(totals)
}

pub(super) fn fen(amount: i64) -> Result<Fen, StorageError> {
    Fen::new(amount).ok_or_else(|| StorageError::Corrupt("an amount below nothing".into()))
}

pub(super) fn number_of(conn: &mut Db, id: ClaimId) -> Result<String, StorageError> {
    let found = access::numbers(conn, &[id])?.pop();
    let gone = || StorageError::Corrupt(format!("claim {id} is gone"));
    Ok(found.ok_or_else(gone)?.1)
}

fn claim(
    engine: &Engine,
    conn: &mut Db,
    row: StoredClaim,
    unsealed: bool,
) -> Result<ClaimRecord, StorageError> {
    let (published, dealer) = versions_and_dealer(engine, conn, &row)?;
    let draft = open(engine, &row)?;
    let corrupt = |_| StorageError::Corrupt(format!("claim {}", row.number));
    let parts = if unsealed {
        mask::MaskedClaim {
            consumer: serde_json::to_value(&draft.consumer).map_err(corrupt)?,
            old_item: serde_json::to_value(&draft.old_item).map_err(corrupt)?,
            new_item: serde_json::to_value(&draft.new_item).map_err(corrupt)?,
            invoice: serde_json::to_value(&draft.invoice).map_err(corrupt)?,
        }
    } else {
        mask::claim(&draft)
    };
    let flags = match row.progress.apart {
        0 => Vec::new(),
        _ => claim_flags::of(conn, row.id)?,
    };
    // A claim without a second revision has had no papers.
    let came = match row.revision {
        1 => Vec::new(),
        _ => papers::of(conn, row.id)?,
    };
    let notes = notes_of(engine, conn, row.id, unsealed)?;
    let papers = came.into_iter().map(|paper| PaperRecord {
        sha256: hex(&paper.sha256),
        bytes: paper.bytes,
        seq: paper.seq,
        received_at: paper.at,
        paper: paper.paper,
    });
    Ok(ClaimRecord {
        id: row.id,
        commitment: hex(&claim_commitment(&row.nonce, &row.number)),
        state: row.state.as_str(),
        programme_version: published.digest.clone(),
        dealer: row.dealer,
        dealer_uscc: dealer.uscc.as_str().to_owned(),
        dealer_name: dealer.name.clone(),
        amount: row.amount,
        position: row.position,
        revision: row.revision,
        submitted_at: row.submitted,
        held_at: row.held,
        changed_at: row.changed,
        deadline: row.progress.deadline,
        rounds: row.progress.rounds,
        prepared_by: row.progress.prepared_by,
        approved_by: row.progress.approved_by,
        approved_at: row.progress.approved,
        approval_seq: row.progress.approval_seq,
        pay_by: row.progress.pay_by,
        flags,
        reasons: serde_json::from_str(&row.reasons_json).map_err(corrupt)?,
        warnings: serde_json::from_str(&row.warnings_json).map_err(corrupt)?,
        papers: papers.collect(),
        consumer: parts.consumer,
        old_item: parts.old_item,
        new_item: parts.new_item,
        invoice: parts.invoice,
        notes,
        programme: row.programme,
        number: row.number,
    })
}

/// What was written about a claim. A flag has a note and makes no revision, so every claim may
/// have some.
fn notes_of(
    engine: &Engine,
    conn: &mut Db,
    id: ClaimId,
    unsealed: bool,
) -> Result<Vec<NoteView>, StorageError> {
    if unsealed {
        notes::all(engine, conn, id)
    } else {
        Ok(Vec::new())
    }
}

fn entry(stored: StoredEntry) -> Result<EntryRecord, StorageError> {
    let line = stored.entry.line(&stored.hash);
    let corrupt = |_| StorageError::Corrupt(format!("entry {}", stored.entry.seq));
    Ok(EntryRecord {
        public: RawValue::from_string(line).map_err(corrupt)?,
        claim_id: stored.claim,
        private: stored.private,
        entry: stored.entry,
        hash: stored.hash,
    })
}

fn receivable(row: ReceivableRow, claim_number: String) -> Result<ReceivableRecord, StorageError> {
    Ok(ReceivableRecord {
        id: row.id,
        claim: row.claim,
        claim_number,
        payee: row.payee,
        reason: row.reason,
        amount: fen(row.amount)?,
        settled: fen(row.settled)?,
        pending: fen(row.pending)?,
        raised_at: row.raised,
    })
}
