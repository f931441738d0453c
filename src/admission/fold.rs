//! The decision: claims in the order of their arrival against the money and the keys that
//! the locked pool has. Pure: what the database said goes in, what it shall write comes out.

use std::collections::HashMap;

use super::Submission;
use super::judge::{Judged, KeyAsk, KeyRefusal};
use super::number;
use super::pending::{Pending, PendingAnswers};
use crate::catalogue::Catalogue;
use crate::domain::claim::{Bucket, ClaimState};
use crate::domain::ids::{ClaimId, DealerId, ProgrammeId};
use crate::domain::money::Fen;
use crate::domain::policy::rules::dealers::Level;
use crate::domain::policy::verdict::AwardKind;
use crate::domain::reason::{Reason, ReasonCode};
use crate::domain::time::Timestamp;
use crate::journal::entry::{EntryActor, EntryKind};
use crate::keys::Keys;
use crate::ledger::{Ledger, LedgerError, Line, Private, submission_record};
use crate::storage::batch::{
    HeldKey, KeyHash, NewClaim, NewKey, PoolRow, Probed, StoredAward, Writes,
};
use crate::storage::claim_keys::REQUEST;

/// What becomes of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A verdict: which of the batch's [`PendingAnswers`].
    Verdict(usize),
    /// The same request again in one batch: the answer of which verdict.
    Again(usize),
    /// The answer that was given before to the same request.
    Replay(String),
    /// The idempotency key belongs to another request.
    KeyReused,
}

/// A batch while it is folded.
pub struct Fold<'a> {
    ledger: Ledger,
    probed: Probed,
    writes: Writes,
    usage: HashMap<DealerId, i64>,
    answers: Vec<Pending<'a>>,
    /// Requests of this batch, each with its fingerprint and the place of its answer.
    answered: HashMap<KeyHash, (KeyHash, usize)>,
    catalogue: &'a Catalogue,
    keys: &'a Keys,
    issuer: &'a str,
}

impl<'a> Fold<'a> {
    /// Begins with a locked pool and what the database said about the batch.
    pub fn new(
        pool: PoolRow,
        probed: Probed,
        catalogue: &'a Catalogue,
        keys: &'a Keys,
        issuer: &'a str,
    ) -> Self {
        Self {
            ledger: Ledger::new(pool, probed.now_us),
            probed,
            writes: Writes::default(),
            usage: HashMap::new(),
            answers: Vec::new(),
            answered: HashMap::new(),
            catalogue,
            keys,
            issuer,
        }
    }

    /// Decides the next claim.
    ///
    /// # Errors
    /// [`LedgerError`]: a fault in this program; the batch must not commit.
    pub fn decide(&mut self, submission: &'a Submission) -> Result<Decision, LedgerError> {
        if let Some(answer) = self.probed.answers.get(&submission.answer_key) {
            return Ok(if answer.fingerprint == submission.content.fingerprint {
                Decision::Replay(answer.body.clone())
            } else {
                Decision::KeyReused
            });
        }
        if let Some((fingerprint, index)) = self.answered.get(&submission.answer_key) {
            return Ok(if *fingerprint == submission.content.fingerprint {
                Decision::Again(*index)
            } else {
                Decision::KeyReused
            });
        }
        let programme = &submission.intake.draft.programme;
        let (state, reasons) = self.preview(submission.dealer, programme, &submission.judged);
        let verdict = self.record(submission, state, reasons)?;
        Ok(Decision::Verdict(self.remember(verdict)))
    }

    /// The verdict that the next claim would get, without effect.
    pub fn preview(
        &self,
        dealer: DealerId,
        programme: &ProgrammeId,
        judged: &Judged,
    ) -> (ClaimState, Vec<Reason>) {
        let mut reasons = judged.reasons.clone();
        self.refusals(dealer, programme, judged, &mut reasons);
        let state = self.state(judged, &mut reasons);
        (state, reasons)
    }

    /// The instant at which everything of this batch happens.
    pub fn at(&self) -> Timestamp {
        self.ledger.at
    }

    /// What the batch writes: the pool's row, the instant, the rows, and the answers.
    pub fn finish(mut self) -> (PoolRow, Timestamp, Writes, PendingAnswers<'a>) {
        self.writes.entries = self.ledger.entries;
        self.writes.line = self.ledger.line;
        self.writes.keys.sort_by_key(|k| k.hash);
        self.writes.usage = self.usage.into_iter().collect();
        self.writes.usage.sort_by_key(|(dealer, _)| *dealer);
        let answers = PendingAnswers {
            all: self.answers,
            pool: self.ledger.pool.name.clone(),
            at: self.ledger.at,
            keys: self.keys,
            issuer: self.issuer,
        };
        (self.ledger.pool, self.ledger.at, self.writes, answers)
    }

    /// Every reason that only the database knows.
    fn refusals(
        &self,
        dealer: DealerId,
        programme: &ProgrammeId,
        judged: &Judged,
        reasons: &mut Vec<Reason>,
    ) {
        let pool = &self.ledger.pool;
        let at = self.ledger.at.0;
        // Where no pool serves the programme, the row that is locked says nothing of it.
        if self.catalogue.is_served(programme) {
            if pool.opens_us.is_some_and(|opens| at < opens) {
                push(reasons, ReasonCode::ProgrammeNotOpen, "/programme");
            }
            if pool.intake != "open" || pool.closes_us.is_some_and(|closes| at >= closes) {
                push(reasons, ReasonCode::PoolClosed, "/programme");
            }
        }
        for ask in &judged.keys {
            if let Some(code) = self.key_refusal(programme, judged, ask) {
                push(reasons, code, &ask.field);
            }
        }
        refuse_by_registers(&self.probed, judged, reasons);
        let level = Level {
            free: pool.free,
            cap: pool.cap,
        };
        if let Some(share) = judged.dealer_caps.share_bp(level) {
            let held = self.probed.dealers.get(&dealer).copied().unwrap_or(0);
            let most = i128::from(pool.cap) * i128::from(share) / 10_000;
            if i128::from(held) + i128::from(judged.amount) > most {
                push(reasons, ReasonCode::DealerShareExhausted, "");
            }
        }
    }

    fn key_refusal(
        &self,
        programme: &ProgrammeId,
        judged: &Judged,
        ask: &KeyAsk,
    ) -> Option<ReasonCode> {
        let held = self.probed.keys.get(&ask.hash)?;
        key_refusal(self.catalogue, self.ledger.at, programme, judged, ask, held)
    }

    /// Reserved, waiting or refused.
    fn state(&self, judged: &Judged, reasons: &mut Vec<Reason>) -> ClaimState {
        let pool = &self.ledger.pool;
        if !reasons.is_empty() {
            return ClaimState::Refused;
        }
        if judged.place_by_papers() {
            return ClaimState::Filed;
        }
        if has_room(pool, judged.amount) {
            ClaimState::Reserved
        } else if judged.waitlist {
            ClaimState::Waiting
        } else {
            push(reasons, ReasonCode::PoolClosed, "/programme");
            ClaimState::Refused
        }
    }

    /// Writes the verdict down, all but its answer.
    fn record(
        &mut self,
        submission: &'a Submission,
        state: ClaimState,
        reasons: Vec<Reason>,
    ) -> Result<Pending<'a>, LedgerError> {
        let judged = &submission.judged;
        let accepted = state != ClaimState::Refused;
        let amount = if accepted { judged.amount } else { 0 };
        let at = self.ledger.at;
        let ordinal = self.ledger.pool.next_ordinal;
        self.ledger.pool.next_ordinal += 1;
        let placed = accepted && state != ClaimState::Filed;
        let position = placed.then(|| {
            let position = self.ledger.pool.next_position;
            self.ledger.pool.next_position += 1;
            position
        });
        let keys = if accepted {
            self.take_keys(submission)
        } else {
            Vec::new()
        };
        let claim = NewClaim {
            id: submission.claim,
            number: number::format(&self.ledger.pool.series, ordinal),
            position,
            programme: submission.intake.draft.programme.0.clone(),
            version_id: judged.published.version_id,
            dealer: submission.dealer,
            state: state.as_str(),
            amount,
            sealed: submission.content.sealed.clone(),
            content_mac: submission.content.mac,
            nonce: submission.content.nonce,
            person_hash: submission.content.person,
            keys,
            reasons: serde_json::to_string(&reasons).unwrap_or_default(),
            warnings: submission.warnings.clone(),
            held_us: (state == ClaimState::Reserved).then_some(at.0),
            invoice_due: submission.intake.draft.invoice.is_none(),
            deadline_us: judged.deadline(state, at).map(|t| t.0),
            // Where no paper is due it is a reviewer's turn at once.
            review_us: (state == ClaimState::Reserved && judged.papers.is_empty()).then_some(at.0),
        };
        let (seq, journal_hash) = self.append(&claim, state)?;
        let verdict = Pending {
            submission,
            number: claim.number.clone(),
            amount: Fen::new(amount).unwrap_or_default(),
            position,
            state,
            reasons,
            seq,
            journal_hash,
        };
        self.writes.claims.push(claim);
        Ok(verdict)
    }

    /// The journal's entry and the counters beside it.
    fn append(
        &mut self,
        claim: &NewClaim,
        state: ClaimState,
    ) -> Result<(i64, [u8; 32]), LedgerError> {
        let (kind, moved) = match state {
            ClaimState::Reserved => (EntryKind::Reserved, Some((Bucket::Free, Bucket::Reserved))),
            ClaimState::Waiting => (EntryKind::Waiting, None),
            ClaimState::Filed => (EntryKind::Filed, None),
            _ => (EntryKind::Refused, None),
        };
        if state == ClaimState::Waiting {
            self.ledger.pool.waiting += 1;
            let position = claim.position.ok_or(LedgerError)?;
            self.ledger.line.comes(position, claim.amount);
        }
        if state.is_live() {
            self.use_share(claim.dealer, claim.amount);
        }
        let record = submission_record(claim, self.ledger.at);
        self.ledger.append(Line {
            kind,
            actor: EntryActor::Dealer,
            about: Some(claim.into()),
            amount: Fen::new(claim.amount).ok_or(LedgerError)?,
            moved,
            detail: None,
            private: Private::FromClaim(record),
        })
    }

    fn use_share(&mut self, dealer: DealerId, amount: i64) {
        *self.usage.entry(dealer).or_default() += amount;
        *self.probed.dealers.entry(dealer).or_default() += amount;
    }

    /// Takes the lowest free ordinal of each key, and lets the next claim of this batch see it.
    fn take_keys(&mut self, submission: &Submission) -> Vec<u8> {
        let programme = &submission.intake.draft.programme.0;
        let mut packed = Vec::with_capacity(submission.judged.keys.len() * 17);
        for ask in &submission.judged.keys {
            let held = self.probed.keys.entry(ask.hash).or_default();
            let ordinal = (1..=ask.limit)
                .find(|n| held.iter().all(|h| h.ordinal != *n))
                .unwrap_or(ask.limit);
            held.push(HeldKey {
                ordinal,
                programme: programme.clone(),
            });
            packed.extend_from_slice(&ask.hash);
            packed.push(u8::try_from(ordinal).unwrap_or(u8::MAX));
            self.writes.keys.push(NewKey {
                hash: ask.hash,
                ordinal,
                claim: submission.claim,
                kind: ask.kind,
            });
        }
        packed
    }

    /// Keeps the request for later ones of this batch, and the verdict for its answer.
    fn remember(&mut self, verdict: Pending<'a>) -> usize {
        let submission = verdict.submission;
        let index = self.answers.len();
        let fingerprint = submission.content.fingerprint;
        self.answered
            .insert(submission.answer_key, (fingerprint, index));
        self.writes.keys.push(NewKey {
            hash: submission.answer_key,
            ordinal: 1,
            claim: submission.claim,
            kind: REQUEST,
        });
        self.answers.push(verdict);
        index
    }
}

/// Whether a claim of this amount is given money now: in a strict pool nobody passes those
/// who wait, and nobody is given any while allocation is stopped.
pub fn has_room(pool: &PoolRow, amount: i64) -> bool {
    let passes = pool.remainder == "fit" || pool.waiting == 0;
    passes && pool.allocation == "open" && amount <= pool.free
}

/// From when the days of the papers are counted, where any are due.
pub fn papers_from(state: ClaimState, at: Timestamp) -> Option<Timestamp> {
    matches!(state, ClaimState::Reserved | ClaimState::Filed).then_some(at)
}

/// Why a key that others hold refuses a claim, if it does.
pub fn key_refusal(
    catalogue: &Catalogue,
    at: Timestamp,
    programme: &ProgrammeId,
    judged: &Judged,
    ask: &KeyAsk,
    held: &[HeldKey],
) -> Option<ReasonCode> {
    match ask.refusal {
        KeyRefusal::Reason(code) => (held.len() as i64 >= ask.limit).then_some(code),
        KeyRefusal::HolderAward => {
            let holder = &held.first()?.programme;
            // The programme's own limit of units says it already.
            if *holder == programme.0 && judged.keys.iter().any(|k| k.kind == "unit") {
                return None;
            }
            let award = catalogue
                .published(holder, at)
                .and_then(|p| p.pack.award_kind);
            Some(award.map_or(ReasonCode::UnitLimitReached, AwardKind::reason))
        }
    }
}

/// The reasons that the register of national awards gives.
pub fn refuse_by_registers(probed: &Probed, judged: &Judged, reasons: &mut Vec<Reason>) {
    for ask in &judged.registers {
        let side = if ask.person {
            &probed.persons
        } else {
            &probed.vins
        };
        let counts = |a: &StoredAward| ask.is_met_by(&a.kind, &a.awarded_on);
        if side
            .get(&ask.hash)
            .is_some_and(|awards| awards.iter().any(counts))
        {
            push(reasons, ask.reason, ask.field);
        }
    }
}

/// The MAC that lets a check find an edited answer.
pub fn answer_mac(
    keys: &Keys,
    key: &KeyHash,
    fingerprint: &KeyHash,
    claim: ClaimId,
    body: &str,
) -> [u8; 32] {
    let row = [
        &key[..],
        &fingerprint[..],
        claim.0.as_bytes(),
        body.as_bytes(),
    ]
    .concat();
    keys.vault.mac("answer", &row)
}

fn push(reasons: &mut Vec<Reason>, code: ReasonCode, field: &str) {
    if reasons.iter().all(|r| r.code != code || r.field != field) {
        reasons.push(Reason::new(code, field));
    }
}
