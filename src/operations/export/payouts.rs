//! What an export says of batches and their lines.

use serde::Serialize;

use super::ExportError;
use super::records::{Record, Sink, Totals, fen, number_of};
use crate::domain::ids::{BatchId, ClaimId, StaffId};
use crate::domain::mask;
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::journal::canonical::hex;
use crate::operations::payout::{PayeeAccount, file_salt};
use crate::operations::{Engine, payment_reason};
use crate::storage::batch::PoolRow;
use crate::storage::payout_lines::{self, LineRow};
use crate::storage::payouts::{self, BatchRow};
use crate::storage::{Db, StorageError};

/// Rows read at a time.
const PAGE: i64 = 1_000;

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
    /// What stands for the file for the bank in public, in hexadecimal.
    pub hash: String,
    /// The salt in it; only in an unsealed export, which has the accounts too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
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

/// The batches of a pool, each with its lines.
///
/// # Errors
/// The database's, and the sink's.
pub(super) fn payouts_of(
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
            sink.take(Record::PayoutBatch(batch(engine, &row, unsealed)?))?;
            for row in payout_lines::lines_of(conn, row.id)? {
                totals.payout_lines += 1;
                let number = number_of(conn, row.claim)?;
                sink.take(Record::PayoutLine(line(engine, row, number, unsealed)?))?;
            }
        }
    }
}

fn batch(engine: &Engine, row: &BatchRow, unsealed: bool) -> Result<BatchRecord, StorageError> {
    let salt = unsealed.then(|| file_salt(engine, row)).transpose()?;
    Ok(BatchRecord {
        salt,
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
    let (vault, id) = (&engine.keys.vault, &row.end_to_end_id);
    let payee = PayeeAccount::open(vault, id, &row.sealed)?;
    let reason = payment_reason::open(vault, id, row.reason.as_deref())?;
    let (name, account, reason) = if unsealed {
        (payee.name, payee.number, reason)
    } else {
        let name = mask::middle(&payee.name, 1, 0);
        let reason = reason.map(|reason| payment_reason::masked(&reason, &payee));
        (name, mask::middle(&payee.number, 4, 4), reason)
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
        reason,
        outcome_at: row.outcome,
        end_to_end_id: row.end_to_end_id,
    })
}
