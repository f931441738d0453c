//! The answer to a claim: built under the lock, signed after COMMIT.
//!
//! What is stored is the whole body up to the receipt's signature. Ed25519 signs the
//! same bytes with the same key to the same signature, so a replay gives the same body,
//! byte for byte, and no signature is computed while the pool is locked.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::catalogue::Published;
use crate::domain::claim::ClaimState;
use crate::domain::ids::ClaimId;
use crate::domain::money::Fen;
use crate::domain::policy::verdict::{ExplanationLine, PaperDue};
use crate::domain::reason::Reason;
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::journal::receipt;
use crate::keys::Keys;

/// A reason as people read it.
#[derive(Debug, Clone, Serialize)]
pub struct ReasonView {
    /// Stable code.
    pub code: &'static str,
    /// JSON pointer; empty for the whole claim.
    pub field: String,
    /// The sentence.
    pub message: String,
    /// Document and clause.
    pub basis: String,
}

/// A paper that is due.
#[derive(Debug, Clone, Serialize)]
pub struct DueView {
    /// The paper's word.
    pub paper: String,
    /// The instant before which it must have come.
    pub by: Timestamp,
}

#[derive(Serialize)]
struct ExplanationView<'a> {
    rule: &'a str,
    text: &'a str,
    basis: &'a str,
}

/// The body of an answer.
#[derive(Debug, Serialize)]
pub struct Answer<'a> {
    /// The claim.
    pub id: ClaimId,
    /// Its number.
    pub number: &'a str,
    /// Its state.
    pub state: ClaimState,
    /// The programme.
    pub programme: &'a str,
    /// The pack version that judged it.
    pub programme_version: &'a str,
    /// Held or asked; zero when refused.
    pub amount: Fen,
    /// Place among accepted claims of the pool.
    pub position: Option<i64>,
    /// Why it is refused.
    pub reasons: Vec<ReasonView>,
    /// What must come, and by when.
    pub due: Vec<DueView>,
    /// How the amount was reckoned.
    pub explanation: &'a RawValue,
    /// Last, so that the stored body can end before the signature.
    pub receipt: &'a str,
}

/// The explanation as JSON.
pub fn explanation(lines: &[ExplanationLine], lang: Lang) -> Box<RawValue> {
    let views: Vec<_> = lines
        .iter()
        .map(|l| ExplanationView {
            rule: l.rule,
            text: l.text.get(lang),
            basis: &l.basis,
        })
        .collect();
    to_raw_value(&views).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// Reasons in words, in the order of the closed list.
pub fn reasons(published: &Published, reasons: &[Reason], lang: Lang) -> Vec<ReasonView> {
    let mut reasons: Vec<&Reason> = reasons.iter().collect();
    reasons.sort_by_key(|r| r.code);
    reasons
        .into_iter()
        .map(|r| {
            let (text, basis) = published.pack.reason_text(r.code);
            ReasonView {
                code: r.code.as_str(),
                field: r.field.clone(),
                message: text.get(lang).to_owned(),
                basis,
            }
        })
        .collect()
}

/// Papers with their deadlines, counted from the day on which money was held.
pub fn due(papers: &[PaperDue], held: Option<Timestamp>) -> Vec<DueView> {
    held.map_or_else(Vec::new, |at| {
        papers
            .iter()
            .map(|p| DueView {
                paper: p.paper.clone(),
                by: p.deadline(at),
            })
            .collect()
    })
}

const RECEIPT_KEY: &str = "\"receipt\":\"";

/// The stored form: everything before the signature.
pub fn store(answer: &Answer<'_>) -> String {
    let mut body = serde_json::to_string(answer).unwrap_or_default();
    // The body ends with the receipt's signing input, a quote and a brace.
    body.truncate(body.len().saturating_sub(2));
    body
}

/// Completes a stored body with the receipt's signature; `None` when its key is not among
/// the keys any more or the stored text was never an answer.
pub fn complete(stored: &str, keys: &Keys) -> Option<Vec<u8>> {
    let at = stored.rfind(RECEIPT_KEY)? + RECEIPT_KEY.len();
    let input = &stored[at..];
    let signer = keys.signer(&receipt::kid(input)?)?;
    let receipt = receipt::complete(input, signer);
    let mut body = Vec::with_capacity(at + receipt.len() + 2);
    body.extend_from_slice(&stored.as_bytes()[..at]);
    body.extend_from_slice(receipt.as_bytes());
    body.extend_from_slice(b"\"}");
    Some(body)
}
