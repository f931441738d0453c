//! A bank's answer as ISO 20022 customer payment status report, `pain.002.001.03` to `.11`.
//!
//! What is read here stands in the same places in all of these versions; the namespace prefix is
//! the sender's choice. The file comes from outside, so its size, depth and number of
//! transactions are bounded, and there are no entities beyond the five of XML itself: a document
//! type is refused before anything is made of it.

mod document;

use std::collections::HashMap;

use self::document::{Document, Statement};
use super::outcomes::{Fate, Outcome};

/// Bytes of a report.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Transactions of a report.
pub const MAX_TRANSACTIONS: u64 = 200_000;
/// Elements within elements; the schema's deepest path has under twenty.
pub const MAX_DEPTH: usize = 64;

/// What a report says.
///
/// A whole message that is reported as settled without its transactions is no outcome: money is
/// counted as paid by the line only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// The transactions that are settled or rejected, in the report's order, each once.
    pub outcomes: Vec<Outcome>,
    /// How many transactions are under way and have no outcome yet.
    pub pending: u64,
    /// The message as a whole is rejected: also every payment that is not among the outcomes.
    pub rejected_message: Option<RejectedMessage>,
}

/// A message that a bank rejected as a whole.
#[derive(Clone, PartialEq, Eq)]
pub struct RejectedMessage {
    /// The id of the message, which is that of the batch.
    pub message_id: String,
    /// The bank's reason: at most 140 characters of one line, or nothing.
    pub reason: String,
}

impl std::fmt::Debug for RejectedMessage {
    /// A reason is a stranger's free text that may name a person, so it stays unsaid.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RejectedMessage")
            .field("message_id", &self.message_id)
            .finish_non_exhaustive()
    }
}

/// Why a file is no status report, or none to act on. Lines are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// More than [`MAX_BYTES`].
    #[error("the report is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// Other bytes than UTF-8, or another encoding is declared.
    #[error("the report is not UTF-8")]
    NotUtf8,
    /// Not well-formed, or cut short.
    #[error("line {line}: the report is not well-formed XML, or is cut short")]
    Malformed {
        /// Where reading ended.
        line: u64,
    },
    /// A document type; nobody needs one here, and it is a way to attack a reader.
    #[error("line {line}: a document type is not accepted")]
    DocumentType {
        /// Where it stands.
        line: u64,
    },
    /// An entity beyond the five of XML.
    #[error("line {line}: an unknown entity")]
    Entity {
        /// Where it stands.
        line: u64,
    },
    /// More elements within elements than [`MAX_DEPTH`].
    #[error("line {line}: more than {MAX_DEPTH} elements within elements")]
    TooDeep {
        /// Where it gets too deep.
        line: u64,
    },
    /// More than [`MAX_TRANSACTIONS`].
    #[error("the report has more than {MAX_TRANSACTIONS} transactions")]
    TooMany,
    /// XML of another kind.
    #[error("the document is not a report of pain.002.001.03 to .11")]
    OtherDocument,
    /// The report does not say which message it answers.
    #[error("the report has no original message id")]
    NoMessageId,
    /// A settled or rejected transaction that is not named.
    #[error("line {line}: the transaction has no original end-to-end id")]
    NoId {
        /// Where the transaction begins.
        line: u64,
    },
    /// A transaction without a status.
    #[error("line {line}: the transaction has no status")]
    NoStatus {
        /// Where the transaction begins.
        line: u64,
    },
    /// A status that is not known here.
    #[error("line {line}: an unknown status")]
    UnknownStatus {
        /// Where the statement begins.
        line: u64,
    },
    /// An element that may stand there once stands there again.
    #[error("line {line}: an element is repeated")]
    Repeated {
        /// Where it is repeated.
        line: u64,
    },
    /// The report contradicts itself: one transaction ended in two ways, or lives on in a message
    /// that is rejected.
    #[error("line {line}: the report contradicts itself")]
    Contradiction {
        /// Where the later statement begins.
        line: u64,
    },
}

impl ReadError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            ReadError::TooLarge => "report_too_large",
            ReadError::NotUtf8 => "report_not_utf8",
            ReadError::Malformed { .. } => "report_malformed",
            ReadError::DocumentType { .. } => "report_document_type",
            ReadError::Entity { .. } => "report_entity",
            ReadError::TooDeep { .. } => "report_too_deep",
            ReadError::TooMany => "report_too_many",
            ReadError::OtherDocument => "report_other_document",
            ReadError::NoMessageId => "report_no_message_id",
            ReadError::NoId { .. } => "report_no_id",
            ReadError::NoStatus { .. } => "report_no_status",
            ReadError::UnknownStatus { .. } => "report_unknown_status",
            ReadError::Repeated { .. } => "report_repeated",
            ReadError::Contradiction { .. } => "report_contradiction",
        }
    }
}

/// Reads a report.
///
/// A transaction is named by its original end-to-end id, or without one by its original
/// instruction id, which payment files set alike.
///
/// # Errors
/// [`ReadError`] with the first thing that is wrong: all or nothing.
pub fn read(bytes: &[u8]) -> Result<StatusReport, ReadError> {
    if bytes.len() > MAX_BYTES {
        return Err(ReadError::TooLarge);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| ReadError::NotUtf8)?;
    let document = document::read(text)?;
    let rejected_message = rejection(&document)?;
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut pending = 0;
    let mut known: HashMap<String, bool> = HashMap::new();
    for transaction in document.transactions {
        let line = transaction.line;
        let status = match transaction.standing()? {
            Some(status) => status,
            // What is not said of a transaction is said of its message.
            None if rejected_message.is_some() => Standing::Rejected,
            None => return Err(ReadError::NoStatus { line }),
        };
        if rejected_message.is_some() && status != Standing::Rejected {
            return Err(ReadError::Contradiction { line });
        }
        let fate = match status {
            Standing::UnderWay => {
                pending += 1;
                continue;
            }
            Standing::Settled => Fate::Paid,
            Standing::Rejected => Fate::returned(&transaction.reason),
        };
        let id = transaction.id.ok_or(ReadError::NoId { line })?;
        // Banks report a transaction again as it goes on: settled here, then there.
        match known.insert(id.clone(), fate == Fate::Paid) {
            None => outcomes.push(Outcome { id, fate, line }),
            Some(paid) if paid == (fate == Fate::Paid) => {}
            Some(_) => return Err(ReadError::Contradiction { line }),
        }
    }
    Ok(StatusReport {
        outcomes,
        pending,
        rejected_message,
    })
}

/// Whether the message is rejected as a whole. A payment file has one payment information, so
/// the rejection of that is one of the message.
fn rejection(document: &Document) -> Result<Option<RejectedMessage>, ReadError> {
    let group = &document.group;
    let message_id = group.id.clone().ok_or(ReadError::NoMessageId)?;
    let mut rejecting = match group.standing()? {
        Some(Standing::Rejected) => Some(group),
        _ => None,
    };
    let mut others = false;
    for information in &document.payment_informations {
        let line = information.line;
        match information.standing()? {
            Some(Standing::Rejected) if others => return Err(ReadError::Contradiction { line }),
            // The nearer statement knows the reason better.
            Some(Standing::Rejected) => rejecting = Some(information),
            Some(_) if rejecting.is_some() => return Err(ReadError::Contradiction { line }),
            Some(_) => others = true,
            // Says of its transactions only, and those are looked at.
            None => {}
        }
    }
    Ok(rejecting.map(|statement| RejectedMessage {
        message_id,
        reason: match statement.reason.is_empty() {
            true => super::outcomes::reason(&group.reason),
            false => super::outcomes::reason(&statement.reason),
        },
    }))
}

/// How something stands, by the codes of ISO's external code sets of payment statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The money is gone for good.
    Settled,
    /// The money was not moved and will not be.
    Rejected,
    /// Neither yet.
    UnderWay,
}

impl Standing {
    fn of_code(code: &str) -> Option<Self> {
        match code {
            // Settlement completed: on the debtor's account, on the creditor's account.
            "ACSC" | "ACCC" => Some(Standing::Settled),
            // Cancelled is what is not paid because somebody asked the bank not to.
            "RJCT" | "CANC" => Some(Standing::Rejected),
            "RCVD" | "PATC" | "ACTC" | "ACFC" | "ACCP" | "ACSP" | "ACWC" | "ACWP" | "PDNG"
            | "PRES" | "PART" | "BLCK" => Some(Standing::UnderWay),
            _ => None,
        }
    }
}

impl Statement {
    /// How that stands of which this is said; `None` when nothing is said.
    fn standing(&self) -> Result<Option<Standing>, ReadError> {
        match &self.status {
            None => Ok(None),
            Some(code) => Standing::of_code(code)
                .map(Some)
                .ok_or(ReadError::UnknownStatus { line: self.line }),
        }
    }
}
