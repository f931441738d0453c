//! The answer to a claim that something else than the fold has decided: the same words, sums
//! and receipt as the service's.

use tradein::admission::answer::{self, Answer};
use tradein::admission::fold::papers_from;
use tradein::admission::{Reply, Submission, number};
use tradein::domain::claim::ClaimState;
use tradein::domain::money::Fen;
use tradein::domain::reason::{Reason, ReasonCode};
use tradein::domain::time::Timestamp;
use tradein::journal::receipt::{self, ReceiptPayload};
use tradein::operations::Engine;

/// What was decided.
#[derive(Debug, Clone, Copy)]
pub struct Decided {
    pub state: ClaimState,
    pub ordinal: i64,
    pub position: Option<i64>,
    pub seq: i64,
    pub at: Timestamp,
    pub hash: [u8; 32],
}

/// The answer up to the receipt's signature.
pub fn answered(
    engine: &Engine,
    pool: (&str, &str),
    submission: &Submission,
    decided: Decided,
) -> Reply {
    let judged = &submission.judged;
    let refused = decided.state == ClaimState::Refused;
    let amount = Fen::new(if refused { 0 } else { judged.amount }).unwrap_or_default();
    let mut reasons = judged.reasons.clone();
    if refused && reasons.is_empty() {
        reasons.push(Reason::new(ReasonCode::AssetAlreadyClaimed, ""));
    }
    let (name, series) = pool;
    let number = number::format(series, decided.ordinal);
    let payload = ReceiptPayload {
        iss: engine.settings.issuer.to_string(),
        number: number.clone(),
        outcome: decided.state,
        amount,
        pool: name.to_owned(),
        position: decided.position,
        at: decided.at,
        programme: submission.intake.draft.programme.0.clone(),
        version: judged.published.digest.clone(),
        seq: decided.seq,
        journal_hash: decided.hash,
        opening: submission.content.nonce,
    };
    let receipt = receipt::signing_input(&payload, engine.keys.receipt.kid());
    Reply::Answered(answer::store(&Answer {
        id: submission.claim,
        number: &number,
        state: decided.state,
        programme: &submission.intake.draft.programme.0,
        programme_version: &judged.published.digest,
        amount,
        position: decided.position,
        reasons: answer::reasons(&judged.published, &reasons, submission.lang),
        due: answer::due(&judged.papers, papers_from(decided.state, decided.at)),
        explanation: &judged.explanation,
        receipt: &receipt,
    }))
}
