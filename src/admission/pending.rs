//! The answers of a batch that is decided: written out beside the database's work, since only
//! their rows need them.

use super::Submission;
use super::answer::{self, Answer};
use super::fold::{answer_mac, papers_from};
use crate::domain::claim::ClaimState;
use crate::domain::money::Fen;
use crate::domain::reason::Reason;
use crate::domain::time::Timestamp;
use crate::journal::receipt::{self, ReceiptPayload};
use crate::keys::Keys;
use crate::storage::batch::NewAnswer;

/// A verdict before its answer is written out.
#[derive(Debug)]
pub(super) struct Pending<'a> {
    pub submission: &'a Submission,
    pub number: String,
    pub amount: Fen,
    pub position: Option<i64>,
    pub state: ClaimState,
    pub reasons: Vec<Reason>,
    pub seq: i64,
    pub journal_hash: [u8; 32],
}

/// The answers of a batch, in the order of its verdicts.
#[derive(Debug)]
pub struct PendingAnswers<'a> {
    pub(super) all: Vec<Pending<'a>>,
    pub(super) pool: String,
    pub(super) at: Timestamp,
    pub(super) keys: &'a Keys,
    pub(super) issuer: &'a str,
}

impl PendingAnswers<'_> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none: replays alone.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Writes them out.
    pub fn write(&self) -> Vec<NewAnswer> {
        self.all.iter().map(|one| self.row(one)).collect()
    }

    fn row(&self, one: &Pending<'_>) -> NewAnswer {
        let submission = one.submission;
        let (key, fingerprint) = (submission.answer_key, submission.content.fingerprint);
        let body = self.body(one);
        NewAnswer {
            key,
            fingerprint,
            claim: submission.claim,
            mac: answer_mac(self.keys, &key, &fingerprint, submission.claim, &body),
            body,
        }
    }

    fn body(&self, one: &Pending<'_>) -> String {
        let judged = &one.submission.judged;
        let programme = &one.submission.intake.draft.programme.0;
        let payload = ReceiptPayload {
            iss: self.issuer.to_owned(),
            number: one.number.clone(),
            outcome: one.state,
            amount: one.amount,
            pool: self.pool.clone(),
            position: one.position,
            at: self.at,
            programme: programme.clone(),
            version: judged.published.digest.clone(),
            seq: one.seq,
            journal_hash: one.journal_hash,
            opening: one.submission.content.nonce,
        };
        let receipt = receipt::signing_input(&payload, self.keys.receipt.kid());
        answer::store(&Answer {
            id: one.submission.claim,
            number: &one.number,
            state: one.state,
            programme,
            programme_version: &judged.published.digest,
            amount: one.amount,
            position: one.position,
            reasons: answer::reasons(&judged.published, &one.reasons, one.submission.lang),
            due: answer::due(&judged.papers, papers_from(one.state, self.at)),
            explanation: &judged.explanation,
            receipt: &receipt,
        })
    }
}
