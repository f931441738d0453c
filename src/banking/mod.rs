//! What goes to a bank and what comes back: payment files and the outcomes of payments.
//!
//! Knows the domain only: no database, no HTTP, no clock. A file is a function of what it is made
//! from, byte for byte, so a batch that was sealed can be written again at any time.

mod account;
mod commitment;
pub mod csv_file;
pub mod end_to_end;
mod label;
pub mod outcomes;
pub mod pain001;
pub mod pain002;
pub mod statement;

use std::collections::HashSet;
use std::fmt;

use chrono::NaiveDate;

pub use self::account::{AccountNumber, AccountNumberError, Bank, BankForm};
pub use self::commitment::file_commitment;
pub use self::end_to_end::EndToEndId;
pub use self::outcomes::{Fate, Outcome};
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;

/// ISO 20022 `Max35Text`.
const LONGEST_BATCH_ID: usize = 35;

/// Whose account is debited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debtor {
    /// The account's holder, as the bank knows it.
    pub name: String,
    /// The account.
    pub account: AccountNumber,
    /// The bank that keeps it, where it has to be named.
    pub bank: Option<Bank>,
}

/// One payment for one claim.
#[derive(Clone, PartialEq, Eq)]
pub struct Payment {
    /// The name of the payment; it holds the claim's number.
    pub end_to_end_id: EndToEndId,
    /// The account's holder.
    pub payee_name: String,
    /// The account that is credited.
    pub account: AccountNumber,
    /// The bank that keeps it, where it is known.
    pub bank: Option<Bank>,
    /// The amount, in fen.
    pub amount: Fen,
}

impl Payment {
    /// The number of the claim that is paid.
    pub fn claim_number(&self) -> &str {
        self.end_to_end_id.claim_number()
    }
}

impl fmt::Debug for Payment {
    /// Whose payment it is stays unsaid.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payment")
            .field("end_to_end_id", &self.end_to_end_id.as_str())
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}

/// A sealed batch, as it is kept.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Its id: at most 35 letters, digits and hyphens. A bank knows the message by it and takes
    /// no two with the same.
    pub id: &'a str,
    /// The name of the pool that pays.
    pub pool: &'a str,
    /// When it was sealed.
    pub created: Timestamp,
    /// The day in Beijing on which the bank shall pay.
    pub execution_day: NaiveDate,
    /// Who pays.
    pub debtor: &'a Debtor,
    /// The payments, in the order in which they are written.
    pub payments: &'a [Payment],
}

/// A batch that can be written as a file for a bank, with its control totals.
#[derive(Debug, Clone, Copy)]
pub struct PaymentFile<'a> {
    batch: Batch<'a>,
    total: Fen,
}

/// Whether a file for a bank can name a payee so.
pub fn names_a_payee(name: &str) -> bool {
    !label::clean(name).is_empty()
}

/// Why a batch is no file for a bank.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaymentFileError {
    /// The batch's id.
    #[error("the batch id is not 1 to 35 letters, digits and hyphens")]
    BatchId,
    /// The debtor's name is empty.
    #[error("the debtor has no name")]
    DebtorName,
    /// Nothing to pay.
    #[error("the batch has no payments")]
    Empty,
    /// A payee's name is empty.
    #[error("payment {0} names no payee")]
    PayeeName(EndToEndId),
    /// A payment of nothing.
    #[error("payment {0} is of no money")]
    Zero(EndToEndId),
    /// A payment stands there twice.
    #[error("payment {0} is repeated")]
    Repeated(EndToEndId),
    /// The sum is above [`Fen::MAX`].
    #[error("the sum of the payments is out of range")]
    Total,
}

impl PaymentFileError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            PaymentFileError::BatchId => "batch_id_malformed",
            PaymentFileError::DebtorName => "batch_debtor_unnamed",
            PaymentFileError::Empty => "batch_empty",
            PaymentFileError::PayeeName(_) => "batch_payee_unnamed",
            PaymentFileError::Zero(_) => "batch_payment_zero",
            PaymentFileError::Repeated(_) => "batch_payment_repeated",
            PaymentFileError::Total => "batch_total_out_of_range",
        }
    }
}

impl<'a> PaymentFile<'a> {
    /// Checks what a bank would refuse or, worse, would not, and sums up.
    ///
    /// # Errors
    /// [`PaymentFileError`] with the first thing that is wrong.
    pub fn new(batch: Batch<'a>) -> Result<Self, PaymentFileError> {
        if batch.id.len() > LONGEST_BATCH_ID || !is_reference(batch.id) {
            return Err(PaymentFileError::BatchId);
        }
        if label::clean(&batch.debtor.name).is_empty() {
            return Err(PaymentFileError::DebtorName);
        }
        if batch.payments.is_empty() {
            return Err(PaymentFileError::Empty);
        }
        let mut known = HashSet::with_capacity(batch.payments.len());
        let mut total = Fen::ZERO;
        for payment in batch.payments {
            let id = &payment.end_to_end_id;
            if !known.insert(id) {
                return Err(PaymentFileError::Repeated(id.clone()));
            }
            if payment.amount == Fen::ZERO {
                return Err(PaymentFileError::Zero(id.clone()));
            }
            if !names_a_payee(&payment.payee_name) {
                return Err(PaymentFileError::PayeeName(id.clone()));
            }
            total = total
                .checked_add(payment.amount)
                .ok_or(PaymentFileError::Total)?;
        }
        Ok(Self { batch, total })
    }

    /// The batch.
    pub fn batch(&self) -> &Batch<'a> {
        &self.batch
    }

    /// The number of payments.
    pub fn count(&self) -> usize {
        self.batch.payments.len()
    }

    /// The sum of the payments, in fen.
    pub fn total(&self) -> Fen {
        self.total
    }

    /// A name for the file with this extension: the pool, the batch.
    pub fn file_name(&self, extension: &str) -> String {
        format!("{}_{}.{extension}", self.batch.pool, self.batch.id)
    }
}

/// Whether `text` has letters, digits and hyphens only, and a letter or digit at each end: what
/// no bank, spreadsheet or file system takes for anything else.
fn is_reference(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    text.bytes().all(inner)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
}
