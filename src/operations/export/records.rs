//! What an export says, whatever its form, in the order in which it says it.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::ExportError;
use crate::domain::ids::{BatchId, ClaimId, DealerId, ReceivableId, StaffId};
use crate::domain::mask;
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::journal::canonical::hex;
use crate::journal::entry::{Entry, claim_commitment};
use crate::operations::Engine;
use crate::operations::claims::{open, versions_and_dealer};
use crate::operations::payout::PayeeAccount;
use crate::storage::batch::PoolRow;
use crate::storage::claims::{self, StoredClaim};
use crate::storage::journal::{self, StoredEntry};
use crate::storage::payout_lines::{self, LineRow};
use crate::storage::payouts::{self, BatchRow};
use crate::storage::receivables::{self, ReceivableRow};
use crate::storage::{Db, StorageError, access, claim_flags, papers};
use crate::vault::line_aad;

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

/// A payout batch.
#[derive(Debug, Serialize)]
pub struct BatchRecord {
    /// The id.
    pub id: BatchId,
    /// 1, 2, 3 … in the pool.
    pub number: i64,
    /// How many lines.
    pub lines: i64,
    /// What the claims are owed.
    pub gross: Fen,
    /// What of it is set off.
    pub set_off: Fen,
    /// What the bank pays.
    pub net: Fen,
    /// SHA-256 of the file for the bank, in hexadecimal.
    pub hash: String,
    /// Who sealed it.
    pub sealed_by: StaffId,
    /// When.
    pub sealed_at: Timestamp,
    /// Who released it.
    pub released_by: Option<StaffId>,
    /// When.
    pub released_at: Option<Timestamp>,
    /// Who discarded it instead.
    pub discarded_by: Option<StaffId>,
    /// When.
    pub discarded_at: Option<Timestamp>,
}

/// A line of a batch.
#[derive(Debug, Serialize)]
pub struct LineRecord {
    /// The name that the bank knows it by.
    pub end_to_end_id: String,
    /// The batch.
    pub batch: BatchId,
    /// 1, 2, 3 … in the batch.
    pub line: i64,
    /// The claim.
    pub claim: ClaimId,
    /// Its number.
    pub claim_number: String,
    /// Which attempt to pay it.
    pub attempt: i64,
    /// `dealer` or `consumer`.
    pub payee: String,
    /// The account's holder; masked unless the export is unsealed.
    pub payee_name: String,
    /// The account, likewise.
    pub payee_account: String,
    /// The bank.
    pub payee_bank: String,
    /// What the claim is owed.
    pub gross: Fen,
    /// What of it is set off.
    pub set_off: Fen,
    /// What the bank pays.
    pub net: Fen,
    /// The centre's part of it.
    pub centre: Fen,
    /// The province's.
    pub province: Fen,
    /// The zone's.
    pub zone: Fen,
    /// The locality's.
    pub local: Fen,
    /// `pending`, `paid`, `returned` or `discarded`.
    pub state: &'static str,
    /// Why it was sent back.
    pub reason: Option<String>,
    /// When that was known.
    pub outcome_at: Option<Timestamp>,
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

fn payouts_of(
    engine: &Engine,
    conn: &mut Db,
    pool: &PoolRow,
    unsealed: bool,
    sink: &mut dyn Sink,
    totals: &mut Totals,
) -> Result<(), ExportError> {
    let mut after = None;
    loop {
        let page = payouts::batches(conn, after, PAGE)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.id);
        for row in page.into_iter().filter(|row| row.pool == pool.id) {
            totals.payout_batches += 1;
            sink.take(Record::PayoutBatch(batch(&row)?))?;
            for row in payout_lines::lines_of(conn, row.id)? {
                totals.payout_lines += 1;
                let number = number_of(conn, row.claim)?;
                sink.take(Record::PayoutLine(line(engine, row, number, unsealed)?))?;
            }
        }
    }
}

fn fen(amount: i64) -> Result<Fen, StorageError> {
    Fen::new(amount).ok_or_else(|| StorageError::Corrupt("an amount below nothing".into()))
}

fn number_of(conn: &mut Db, id: ClaimId) -> Result<String, StorageError> {
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
        programme: row.programme,
        number: row.number,
    })
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

fn batch(row: &BatchRow) -> Result<BatchRecord, StorageError> {
    Ok(BatchRecord {
        id: row.id,
        number: row.number,
        lines: row.lines,
        gross: fen(row.gross)?,
        set_off: fen(row.set_off)?,
        net: fen(row.net)?,
        hash: hex(&row.hash),
        sealed_by: row.sealed_by,
        sealed_at: row.sealed,
        released_by: row.released.map(|(by, _)| by),
        released_at: row.released.map(|(_, at)| at),
        discarded_by: row.discarded.map(|(by, _)| by),
        discarded_at: row.discarded.map(|(_, at)| at),
    })
}

fn line(
    engine: &Engine,
    row: LineRow,
    claim_number: String,
    unsealed: bool,
) -> Result<LineRecord, StorageError> {
    let corrupt = || StorageError::Corrupt(format!("payout line {}", row.end_to_end_id));
    let aad = line_aad(&row.end_to_end_id);
    let plain = engine.keys.vault.open(&aad, &row.sealed);
    let payee: PayeeAccount =
        serde_json::from_slice(&plain.map_err(|_| corrupt())?).map_err(|_| corrupt())?;
    let (name, account) = if unsealed {
        (payee.name, payee.number)
    } else {
        let name = mask::middle(&payee.name, 1, 0);
        (name, mask::middle(&payee.number, 4, 4))
    };
    let [centre, province, zone, local] = row.sources;
    Ok(LineRecord {
        batch: row.batch,
        line: row.line,
        claim: row.claim,
        claim_number,
        attempt: row.attempt,
        payee: row.payee,
        payee_name: name,
        payee_account: account,
        payee_bank: payee.bank,
        gross: fen(row.gross)?,
        set_off: fen(row.set_off)?,
        net: fen(row.net)?,
        centre: fen(centre)?,
        province: fen(province)?,
        zone: fen(zone)?,
        local: fen(local)?,
        state: row.state.as_str(),
        reason: row.reason,
        outcome_at: row.outcome,
        end_to_end_id: row.end_to_end_id,
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
