//! The life of each claim as the entries tell it, and who is served before whom.

use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Fault;
use super::steps::{Amount, Detail, STEPS, Step};
use crate::domain::claim::ClaimState;
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::journal::entry::{Entry, EntryKind};

/// Who may be served from a rest of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remainder {
    /// Nobody passes the head of the line.
    Strict,
    /// The first in line whom the rest covers.
    Fit,
}

/// Where a claim stands after the last entry about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimTrace {
    /// Its state.
    pub state: ClaimState,
    /// What it holds, asked for, or held before it ended; 0.00 when refused.
    pub amount: Fen,
    /// Its position; none when refused.
    pub position: Option<i64>,
    /// What it was, while it is withdrawn or contested.
    pub before: Option<ClaimState>,
    /// How many entries set its state, the submission being the first.
    pub revisions: i64,
    /// How many flags are on it.
    pub flags: i64,
    /// How much of a clawback was paid back, in fen.
    pub settled: i64,
    /// The goods went back, and the person's place in the programme stays used.
    pub place_used: bool,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When the last entry about it was made.
    pub last_at: Timestamp,
}

impl ClaimTrace {
    /// Whether what it names is taken by it: while it may be paid or is, and once it is voided,
    /// also while that is contested.
    pub fn holds_keys(&self) -> bool {
        match (self.state, self.before) {
            (ClaimState::Appealed, Some(before)) => before.holds_keys(),
            (state, _) => state.holds_keys(),
        }
    }

    /// Whether `kind` may bring the claim back to `to`, of which the state alone does not tell
    /// what it was.
    fn comes_back(&self, kind: EntryKind, to: ClaimState) -> Result<(), Fault> {
        use ClaimState::{InReview, Recommended, Rejected, RejectionProposed, Voided};
        let Some(before) = self.before else {
            return Ok(());
        };
        let expected = match (kind, before) {
            (EntryKind::WithdrawalUndone, Recommended | RejectionProposed) => InReview,
            (EntryKind::WithdrawalUndone, before) => before,
            (EntryKind::AppealLost, Voided) => Voided,
            (EntryKind::AppealLost, _) => Rejected,
            _ => to,
        };
        if to == expected {
            Ok(())
        } else {
            Err(Fault::WrongReturn { before })
        }
    }
}

#[derive(Debug)]
pub(super) struct Claims {
    remainder: Remainder,
    positions: i64,
    traces: HashMap<[u8; 32], ClaimTrace>,
    line: Line,
}

impl Claims {
    pub(super) fn new(remainder: Remainder) -> Self {
        Self {
            remainder,
            positions: 0,
            traces: HashMap::new(),
            line: Line::default(),
        }
    }

    pub(super) fn waiting(&self) -> i64 {
        // A line is never longer than there are positions, which are i64.
        self.line.by_position.len() as i64
    }

    pub(super) fn positions(&self) -> i64 {
        self.positions
    }

    pub(super) fn into_traces(self) -> HashMap<[u8; 32], ClaimTrace> {
        self.traces
    }

    /// Follows one entry; `free` is the money, in fen, that was free before it.
    pub(super) fn take(&mut self, entry: &Entry, free: i64) -> Result<(), Fault> {
        let Some(claim) = entry.claim else {
            return Ok(());
        };
        match entry.kind {
            EntryKind::Reserved => {
                self.nobody_waits_before(None, free)?;
                self.submit(claim, entry, ClaimState::Reserved)
            }
            EntryKind::Waiting => self.submit(claim, entry, ClaimState::Waiting),
            EntryKind::Filed => self.submit(claim, entry, ClaimState::Filed),
            EntryKind::Refused => self.submit(claim, entry, ClaimState::Refused),
            EntryKind::Flagged | EntryKind::FlagCleared => {
                let trace = known_mut(&mut self.traces, &claim)?;
                same_position(trace, entry)?;
                trace.flags += if entry.kind == EntryKind::Flagged {
                    1
                } else {
                    -1
                };
                trace.last_at = entry.at;
                if trace.flags < 0 {
                    return Err(Fault::NoFlag);
                }
                Ok(())
            }
            _ => {
                let step = self.step(&claim, entry)?;
                if entry.kind == EntryKind::Promoted {
                    let position = known(&self.traces, &claim)?.position;
                    self.nobody_waits_before(position, free)?;
                }
                if entry.kind == EntryKind::Placed && step.to != ClaimState::Refused {
                    if step.to == ClaimState::InReview {
                        self.nobody_waits_before(None, free)?;
                    }
                    let position = self.next_position(entry.position)?;
                    known_mut(&mut self.traces, &claim)?.position = Some(position);
                }
                self.change(claim, entry, step)
            }
        }
    }

    /// The step that the entry makes, of those that its claim's state allows.
    fn step(&self, claim: &[u8; 32], entry: &Entry) -> Result<&'static Step, Fault> {
        let state = known(&self.traces, claim)?.state;
        let kind = entry.kind;
        let mut allowed = STEPS
            .iter()
            .filter(|s| s.kind == kind && s.from.contains(&state))
            .peekable();
        if allowed.peek().is_none() {
            return Err(Fault::WrongState { state });
        }
        let mut told = allowed
            .filter(|s| match s.detail {
                Detail::None => entry.detail.is_none(),
                Detail::State => entry.detail.as_deref() == Some(s.to.as_str()),
                Detail::OneOf(words) => entry.detail.as_deref().is_some_and(|d| words.contains(&d)),
            })
            .peekable();
        if told.peek().is_none() {
            return Err(Fault::WrongFields { kind });
        }
        told.find(|s| s.moved == entry.moved)
            .ok_or(Fault::WrongMove { kind })
    }

    /// Whether the one at `position`, or a newcomer, may be served now.
    fn nobody_waits_before(&self, position: Option<i64>, free: i64) -> Result<(), Fault> {
        let first = match self.remainder {
            Remainder::Strict => self.line.head(),
            Remainder::Fit => self.line.first_covered_by(free),
        };
        match first {
            Some(first) if position.is_none_or(|mine| first < mine) => {
                Err(Fault::PassedTheLine { position: first })
            }
            _ => Ok(()),
        }
    }

    fn submit(&mut self, claim: [u8; 32], entry: &Entry, state: ClaimState) -> Result<(), Fault> {
        let Slot::Vacant(slot) = self.traces.entry(claim) else {
            return Err(Fault::ClaimRepeated);
        };
        let position = match entry.position {
            Some(position) if position != self.positions + 1 => {
                let expected = self.positions + 1;
                return Err(Fault::PositionGap { expected });
            }
            position => position,
        };
        if let Some(position) = position {
            self.positions = position;
            if state == ClaimState::Waiting {
                self.line.join(position, entry.amount);
            }
        }
        slot.insert(ClaimTrace {
            state,
            amount: entry.amount,
            position,
            before: None,
            revisions: 1,
            flags: 0,
            settled: 0,
            place_used: false,
            submitted_at: entry.at,
            last_at: entry.at,
        });
        Ok(())
    }

    /// The place that a claim takes now.
    fn next_position(&mut self, stated: Option<i64>) -> Result<i64, Fault> {
        let expected = self.positions + 1;
        if stated != Some(expected) {
            return Err(Fault::PositionGap { expected });
        }
        self.positions = expected;
        Ok(expected)
    }

    fn change(&mut self, claim: [u8; 32], entry: &Entry, step: &Step) -> Result<(), Fault> {
        let trace = known_mut(&mut self.traces, &claim)?;
        same_position(trace, entry)?;
        if let (ClaimState::Waiting, Some(position)) = (trace.state, trace.position) {
            self.line.leave(position, trace.amount);
        }
        trace.comes_back(entry.kind, step.to)?;
        let may_come_back = matches!(step.to, ClaimState::Withdrawn | ClaimState::Appealed);
        trace.before = may_come_back.then_some(trace.state);
        trace.state = step.to;
        let fen = entry.amount.fen();
        match step.amount {
            Amount::Zero if fen == 0 => {}
            Amount::Whole if entry.amount == trace.amount => {}
            Amount::GivenBack if fen < trace.amount.fen() => {
                let rest = Fen::new(trace.amount.fen() - fen);
                trace.amount = rest.ok_or(Fault::WrongAmount)?;
            }
            Amount::PaidBack if fen > 0 && trace.settled + fen <= trace.amount.fen() => {
                trace.settled += fen;
                if trace.settled == trace.amount.fen() {
                    trace.state = ClaimState::ClawedBack;
                }
            }
            Amount::Gone if fen == 0 => trace.amount = Fen::ZERO,
            Amount::New => trace.amount = entry.amount,
            _ => return Err(Fault::WrongAmount),
        }
        if matches!(
            entry.kind,
            EntryKind::GoodsReturned | EntryKind::ClawbackRaised
        ) {
            let used = ["place_used", "invoice_voided_place_used"];
            trace.place_used = entry.detail.as_deref().is_some_and(|d| used.contains(&d));
        }
        if let (ClaimState::Waiting, Some(position)) = (trace.state, trace.position) {
            self.line.join(position, trace.amount);
        }
        trace.revisions += 1;
        trace.last_at = entry.at;
        Ok(())
    }
}

type Traces = HashMap<[u8; 32], ClaimTrace>;

fn known<'a>(traces: &'a Traces, claim: &[u8; 32]) -> Result<&'a ClaimTrace, Fault> {
    traces.get(claim).ok_or(Fault::ClaimUnknown)
}

fn known_mut<'a>(traces: &'a mut Traces, claim: &[u8; 32]) -> Result<&'a mut ClaimTrace, Fault> {
    traces.get_mut(claim).ok_or(Fault::ClaimUnknown)
}

/// An entry about a claim may repeat its position; another one is wrong.
fn same_position(trace: &ClaimTrace, entry: &Entry) -> Result<(), Fault> {
    match entry.position {
        Some(_) if entry.position != trace.position => Err(Fault::WrongPosition),
        _ => Ok(()),
    }
}

/// Who waits, by place and by amount, so that both rules are answered without a walk.
#[derive(Debug, Default)]
struct Line {
    by_position: BTreeSet<i64>,
    by_amount: BTreeMap<Fen, BTreeSet<i64>>,
}

impl Line {
    fn join(&mut self, position: i64, amount: Fen) {
        self.by_position.insert(position);
        self.by_amount.entry(amount).or_default().insert(position);
    }

    fn leave(&mut self, position: i64, amount: Fen) {
        self.by_position.remove(&position);
        if let Some(places) = self.by_amount.get_mut(&amount) {
            places.remove(&position);
            if places.is_empty() {
                self.by_amount.remove(&amount);
            }
        }
    }

    fn head(&self) -> Option<i64> {
        self.by_position.first().copied()
    }

    /// The first in line whose amount is at most `free` fen.
    fn first_covered_by(&self, free: i64) -> Option<i64> {
        let covered = self
            .by_amount
            .iter()
            .take_while(|(amount, _)| amount.fen() <= free);
        covered
            .filter_map(|(_, places)| places.first())
            .min()
            .copied()
    }
}
