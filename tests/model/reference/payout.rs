//! Batches, what the bank says, and what is owed back.

use tradein::domain::claim::ClaimState as State;
use tradein::domain::transition::Act;

use super::dealer::GOODS;
use super::{Model, Rules, Seen, Stage, Term, problem, second_person};
use crate::model::command::Award;

/// A sealed batch.
#[derive(Debug, Clone)]
pub struct Batch {
    programme: usize,
    /// Who.
    pub sealed_by: usize,
    /// Whether a second person released it.
    pub released: bool,
    /// Whether it was discarded.
    pub discarded: bool,
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The bank has not said.
    Pending,
    /// It was made.
    Paid,
    /// It came back.
    Returned,
    /// It was never sent.
    Discarded,
}

/// One attempt to pay a claim.
#[derive(Debug, Clone)]
pub struct Line {
    /// In which batch.
    pub batch: usize,
    /// The claim.
    pub claim: usize,
    /// 1, 2, 3 … of the claim.
    pub attempt: usize,
    debtor: Debtor,
    gross: i64,
    /// Receivables with how much of each is set off.
    set_off: Vec<(usize, i64)>,
    /// What became of it.
    pub fate: Fate,
    /// It was known to be paid before it came back.
    was_paid: bool,
}

impl Line {
    fn off(&self) -> i64 {
        self.set_off.iter().map(|(_, fen)| fen).sum()
    }

    fn net(&self) -> i64 {
        self.gross - self.off()
    }

    /// What the bank pays, and what is set off, in fen.
    pub fn told(&self) -> (i64, i64) {
        (self.net(), self.off())
    }
}

/// Who was paid: the shop, or a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Debtor {
    Dealer,
    Person(u64),
}

/// Something that is owed back.
#[derive(Debug, Clone)]
pub struct Owed {
    /// By the payee of this claim.
    pub claim: usize,
    debtor: Debtor,
    amount: i64,
    settled: i64,
    pending: i64,
}

impl Owed {
    /// What can still be paid in or set off.
    pub fn rest(&self) -> i64 {
        self.amount - self.settled - self.pending
    }

    /// All of it, what came back, and what is on its way, in fen.
    pub fn told(&self) -> [i64; 3] {
        [self.amount, self.settled, self.pending]
    }
}

impl Model {
    pub(super) fn seal(&mut self, person: usize, programme: usize, limit: usize) -> Seen {
        if self.pools[programme].is_none() {
            return problem(404, "pool_not_found");
        }
        if self.is_stopped(programme, Stage::Payout) {
            return problem(409, "stage_stopped");
        }
        let fit = |n: &usize| {
            let filed = &self.filed[*n];
            filed.claim.programme == programme
                && filed.state == State::Approved
                && filed.flags.is_empty()
        };
        let mut claims: Vec<usize> = (0..self.filed.len()).filter(fit).collect();
        claims.sort_by_key(|n| self.filed[*n].approved);
        claims.truncate(limit);
        if claims.is_empty() {
            return problem(409, "nothing_to_pay");
        }
        let batch = self.batches.len();
        let first = self.lines.len();
        for claim in claims {
            self.add_line(batch, claim);
        }
        self.batches.push(Batch {
            programme,
            sealed_by: person,
            released: false,
            discarded: false,
        });
        let mut lines = &self.lines[first..];
        if self.rules == Rules::TotalWithoutLast {
            lines = &lines[..lines.len() - 1];
        }
        let sum = |of: fn(&Line) -> i64| lines.iter().map(of).sum::<i64>();
        let (gross, off, net) = (sum(|l| l.gross), sum(Line::off), sum(Line::net));
        let numbers = vec![lines.len() as i64, gross, off, net];
        self.tell(programme, "batch_sealed", net);
        Seen {
            status: 201,
            state: "sealed".to_owned(),
            numbers,
            ..Seen::default()
        }
    }

    fn add_line(&mut self, batch: usize, index: usize) {
        let claim = &self.filed[index].claim;
        let (programme, gross) = (claim.programme, self.filed[index].amount);
        let debtor = if claim.terms().has(Term::Till) {
            Debtor::Dealer
        } else {
            Debtor::Person(claim.person)
        };
        let mut set_off = Vec::new();
        let mut rest = gross;
        for (n, owed) in self.owed.iter_mut().enumerate() {
            let here = self.filed[owed.claim].claim.programme == programme;
            let part = owed.rest().min(rest);
            if here && owed.debtor == debtor && part > 0 {
                owed.pending += part;
                rest -= part;
                set_off.push((n, part));
            }
        }
        let attempt = 1 + self.lines.iter().filter(|l| l.claim == index).count();
        self.lines.push(Line {
            batch,
            claim: index,
            attempt,
            debtor,
            gross,
            set_off,
            fate: Fate::Pending,
            was_paid: false,
        });
        self.go(index, Act::Seal, State::Paying, "paying", gross);
    }

    pub(super) fn release(&mut self, person: usize, batch: usize) -> Seen {
        let Batch {
            programme,
            sealed_by,
            released,
            discarded,
        } = self.batches[batch];
        if sealed_by == person && self.rules != Rules::OnePersonDecides {
            return second_person();
        }
        if self.is_stopped(programme, Stage::Payout) {
            return problem(409, "stage_stopped");
        }
        if released {
            return problem(409, "already_released");
        }
        if discarded {
            return problem(409, "already_discarded");
        }
        let lines = self.lines_of(batch);
        if self.is_kept(batch) {
            return problem(409, "kept_apart");
        }
        self.batches[batch].released = true;
        let net = lines.iter().map(|n| self.lines[*n].net()).sum();
        self.tell(programme, "batch_released", net);
        // What is set off whole needs no bank.
        for line in lines {
            if self.lines[line].net() == 0 {
                self.paid(line);
            }
        }
        Seen {
            status: 200,
            state: "released".to_owned(),
            numbers: vec![net],
            ..Seen::default()
        }
    }

    fn lines_of(&self, batch: usize) -> Vec<usize> {
        let own = |n: &usize| self.lines[*n].batch == batch;
        (0..self.lines.len()).filter(own).collect()
    }

    /// Whether a claim in it is kept apart.
    pub fn is_kept(&self, batch: usize) -> bool {
        let apart = |n: &usize| !self.filed[self.lines[*n].claim].flags.is_empty();
        self.lines_of(batch).iter().any(apart)
    }

    /// A batch that never goes to the bank: its claims are owed as before.
    pub(super) fn discard(&mut self, batch: usize) -> Seen {
        let Batch {
            programme,
            released,
            discarded,
            ..
        } = self.batches[batch];
        if released {
            return problem(409, "already_released");
        }
        if discarded {
            return problem(409, "already_discarded");
        }
        self.batches[batch].discarded = true;
        let lines = self.lines_of(batch);
        let net = lines.iter().map(|n| self.lines[*n].net()).sum();
        self.tell(programme, "batch_discarded", net);
        for line in lines {
            let Line { claim, gross, .. } = self.lines[line];
            let to = State::Approved;
            self.go(claim, Act::Discard, to, "payment_discarded", gross);
            self.lines[line].fate = Fate::Discarded;
            self.not_paid(line);
        }
        Seen {
            status: 200,
            state: "discarded".to_owned(),
            numbers: vec![net],
            ..Seen::default()
        }
    }

    /// Paid, returned, unknown, repeated, conflicting.
    pub(super) fn outcomes(&mut self, outcomes: &[(usize, usize, bool)]) -> Seen {
        let mut counts = vec![0; 5];
        for (claim, attempt, paid) in outcomes {
            let known = self.lines.iter().position(|line| {
                let batch = &self.batches[line.batch];
                let ended = batch.released || batch.discarded;
                ended && (line.claim, line.attempt) == (*claim, *attempt)
            });
            let counted = match known {
                Some(line) => self.outcome(line, *paid),
                None => 2,
            };
            counts[counted] += 1;
        }
        Seen {
            status: 200,
            numbers: counts,
            ..Seen::default()
        }
    }

    /// As what it counts.
    fn outcome(&mut self, line: usize, paid: bool) -> usize {
        let (repeated, conflicting) = (3, 4);
        match (self.lines[line].fate, paid) {
            (Fate::Pending, true) => self.paid(line),
            (Fate::Pending, false) => self.returned(line),
            (Fate::Paid, true) | (Fate::Returned, false) => return repeated,
            (Fate::Paid, false) if self.may_return_late(line) => {
                self.reopened(line);
            }
            (Fate::Returned, true) if self.may_pay_late(line) => {
                let (claim, gross) = (self.lines[line].claim, self.lines[line].gross);
                self.go(claim, Act::Seal, State::Paying, "paying", gross);
                self.paid(line);
            }
            _ => {
                let claim = self.lines[line].claim;
                if matches!(self.filed[claim].state, State::Approved | State::Paying) {
                    self.raise_flag(claim, "payment_disputed");
                }
                return conflicting;
            }
        }
        usize::from(!paid)
    }

    fn is_last(&self, line: usize) -> bool {
        let claim = self.lines[line].claim;
        let sent = |l: &Line| l.claim == claim && l.fate != Fate::Discarded;
        self.lines.iter().rposition(sent) == Some(line)
    }

    fn may_return_late(&self, line: usize) -> bool {
        let Line { claim, .. } = self.lines[line];
        let paid = self.filed[claim].state == State::Paid;
        paid && self.lines[line].off() == 0 && self.is_last(line)
    }

    fn may_pay_late(&self, line: usize) -> bool {
        let Line { claim, gross, .. } = self.lines[line];
        let filed = &self.filed[claim];
        filed.state == State::Approved
            && filed.amount == gross
            && self.lines[line].off() == 0
            && !self.is_stopped(filed.claim.programme, Stage::Payout)
            && self.is_last(line)
            && !self.lines[line].was_paid
    }

    fn paid(&mut self, line: usize) {
        let Line {
            claim,
            gross,
            ref set_off,
            ..
        } = self.lines[line];
        let set_off = set_off.clone();
        self.go(claim, Act::Pay, State::Paid, "paid", gross);
        self.lines[line].fate = Fate::Paid;
        self.lines[line].was_paid = true;
        for (owed, part) in set_off {
            self.owed[owed].pending -= part;
            self.settle(owed, part);
        }
        // What was found while the payment was on its way.
        let awarded = [Award::Scrappage, Award::Replacement]
            .iter()
            .any(|award| self.filed[claim].flags.contains(award.reason()));
        if self.take_flag(claim, GOODS) {
            self.filed[claim].place_used = self.terms(claim).has(Term::PlaceUsed);
            self.claw_back(claim);
        } else if awarded {
            self.claw_back(claim);
        }
    }

    fn reopened(&mut self, line: usize) {
        let Line { claim, gross, .. } = self.lines[line];
        let (act, to) = (Act::ReturnPayment, State::Approved);
        self.go(claim, act, to, "payment_returned", gross);
        self.lines[line].fate = Fate::Returned;
    }

    fn returned(&mut self, line: usize) {
        self.reopened(line);
        self.not_paid(line);
    }

    /// What was to be set off is open again, and goods that went back meanwhile end the claim.
    fn not_paid(&mut self, line: usize) {
        for (owed, part) in self.lines[line].set_off.clone() {
            self.owed[owed].pending -= part;
        }
        let claim = self.lines[line].claim;
        if self.take_flag(claim, GOODS) {
            self.end_by_goods(claim);
        }
    }

    /// A paid claim must be paid back.
    pub(super) fn claw_back(&mut self, index: usize) {
        let amount = self.filed[index].amount;
        let (act, to) = (Act::RaiseClawback, State::ClawbackDue);
        self.go(index, act, to, "clawback_raised", amount);
        let sent = |l: &&Line| l.claim == index && l.fate != Fate::Discarded;
        let line = self.lines.iter().rfind(sent).unwrap();
        self.owed.push(Owed {
            claim: index,
            debtor: line.debtor,
            amount,
            settled: 0,
            pending: 0,
        });
    }

    /// Some of it came back.
    fn settle(&mut self, owed: usize, fen: i64) {
        self.owed[owed].settled += fen;
        let Owed {
            claim,
            amount,
            settled,
            ..
        } = self.owed[owed];
        let to = if settled == amount {
            State::ClawedBack
        } else {
            State::ClawbackDue
        };
        self.go(claim, Act::SettleClawback, to, "clawback_settled", fen);
        self.filed[claim].settled += fen;
    }

    pub(super) fn pay_in(&mut self, owed: usize, fen: i64, reference: u64) -> Seen {
        match self.paid_in.get(&(owed, reference)) {
            Some(known) if *known != fen => return problem(422, "idempotency_key_reused"),
            Some(_) => {}
            None if fen > self.owed[owed].rest() => return problem(422, "amount_above_hold"),
            None => {
                self.paid_in.insert((owed, reference), fen);
                self.settle(owed, fen);
            }
        }
        Seen {
            status: 200,
            numbers: self.owed[owed].told().to_vec(),
            ..Seen::default()
        }
    }
}
