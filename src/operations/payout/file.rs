//! The file of a released batch for the bank.

use super::{PayeeAccount, file_salt};
use crate::banking::{Bank, Batch, Debtor, Payment, PaymentFile, file_commitment};
use crate::banking::{csv_file, pain001};
use crate::clock;
use crate::domain::ids::BatchId;
use crate::domain::money::Fen;
use crate::operations::access;
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::{Engine, StaffCaller};
use crate::storage::payouts::BatchRow;
use crate::storage::{Db, StorageError, payout_lines, payouts, pools as rows};

/// The file of a batch of which everything is set off.
pub const NO_PAYMENTS: &[u8] = b"end_to_end_id,claim_number,payee_name,account,amount\n";

/// A form of the file for the bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Comma-separated.
    Csv,
    /// ISO 20022.
    Pain001,
}

/// The file of a released batch, the same bytes each time; that it was read is logged, since it
/// names payees and their accounts.
///
/// # Errors
/// [`Denial::NotReleased`], [`Denial::AlreadyDiscarded`]; [`Denial::PayerUnknown`] where the ISO file has no payer.
pub async fn file(
    engine: &Engine,
    caller: &StaffCaller,
    id: BatchId,
    format: FileFormat,
) -> Result<Vec<u8>, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.write_db(move |conn| -> Result<Vec<u8>, Ended> {
        let row = payouts::find_batch(conn, id)?.ok_or(ActError::NotFound)?;
        if row.discarded.is_some() {
            return Err(Denial::AlreadyDiscarded.into());
        }
        if row.released.is_none() {
            return Err(Denial::NotReleased.into());
        }
        let gone = || StorageError::Corrupt("the pool of a batch is gone".into());
        let pool = rows::read(conn, row.pool)?.ok_or_else(gone)?.name;
        let payments = payments(&worker, conn, id)?;
        let what = format!("payout file {id}");
        access::note(&worker, conn, staff, None, (&what, "payout"), clock::now())?;
        let bytes = csv(&worker, &row, &pool, &payments)?;
        if file_commitment(&file_salt(&worker, &row)?, &bytes) != row.hash {
            let what = "a batch's lines are not those that were sealed".to_owned();
            return Err(StorageError::Corrupt(what).into());
        }
        match format {
            FileFormat::Csv => Ok(bytes),
            FileFormat::Pain001 => {
                if worker.settings.payer.is_none() {
                    return Err(Denial::PayerUnknown.into());
                }
                iso(&worker, &row, &pool, &payments)
            }
        }
    });
    done.await.map_err(Ended::into_act)
}

/// The payments of a batch that the bank makes, opened.
fn payments(engine: &Engine, conn: &mut Db, id: BatchId) -> Result<Vec<Payment>, Ended> {
    let mut payments = Vec::new();
    for line in payout_lines::lines_of(conn, id)?
        .into_iter()
        .filter(|l| l.net > 0)
    {
        let corrupt = || StorageError::Corrupt(format!("payout line {}", line.end_to_end_id));
        let vault = &engine.keys.vault;
        let account = PayeeAccount::open(vault, &line.end_to_end_id, &line.sealed)?;
        payments.push(Payment {
            end_to_end_id: line.end_to_end_id.parse().map_err(|_| corrupt())?,
            payee_name: account.name,
            account: account.number.parse().map_err(|_| corrupt())?,
            bank: Bank::read(&account.bank),
            amount: Fen::new(line.net).ok_or_else(corrupt)?,
        });
    }
    Ok(payments)
}

pub(super) fn csv(
    engine: &Engine,
    row: &BatchRow,
    pool: &str,
    payments: &[Payment],
) -> Result<Vec<u8>, Ended> {
    if payments.is_empty() {
        // Everything is set off: the bank has nothing to do.
        return Ok(NO_PAYMENTS.to_vec());
    }
    with_file(engine, row, pool, payments, csv_file::write)
}

fn iso(
    engine: &Engine,
    row: &BatchRow,
    pool: &str,
    payments: &[Payment],
) -> Result<Vec<u8>, Ended> {
    if payments.is_empty() {
        return Err(Denial::NothingToPay.into());
    }
    with_file(engine, row, pool, payments, pain001::write)
}

fn with_file(
    engine: &Engine,
    row: &BatchRow,
    pool: &str,
    payments: &[Payment],
    write: fn(&PaymentFile<'_>) -> Vec<u8>,
) -> Result<Vec<u8>, Ended> {
    let corrupt = |e: String| StorageError::Corrupt(format!("batch {}: {e}", row.id));
    let debtor = match &engine.settings.payer {
        Some(payer) => payer.clone(),
        // The CSV file does not name the payer.
        None => Debtor {
            name: engine.settings.issuer.clone(),
            account: "0".parse().map_err(|_| corrupt("payer".to_owned()))?,
            bank: None,
        },
    };
    let id = row.id.0.simple().to_string();
    let file = PaymentFile::new(Batch {
        id: &id,
        pool,
        created: row.sealed,
        // The bank is asked for the day on which the batch was released.
        execution_day: row.released.map_or(row.sealed, |(_, at)| at).beijing_day(),
        debtor: &debtor,
        payments,
    });
    Ok(write(&file.map_err(|e| corrupt(e.to_string()))?))
}
