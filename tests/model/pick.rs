//! How the next command is picked: mostly what somebody at work would do to a claim as it
//! stands, sometimes anything by anybody.

use tradein::domain::claim::ClaimState as State;
use tradein::rehearse::SplitMix64;

use super::command::{Award, Command, Deed, Money, Office, PEOPLE, Role, Stage, Who};
use super::programmes::{Claim, PROGRAMMES, Term};
use super::reference::{Fate, LOOK, Model};

/// The dice and what is known.
pub struct Picker<'a> {
    random: &'a mut SplitMix64,
    model: &'a Model,
}

/// So many are thought of before one is done.
const CANDIDATES: usize = 32;

/// Picks what is done next. Of some that come to mind it is mostly what has happened least so
/// far, so that a sequence goes where it has not been.
pub fn next_command(random: &mut SplitMix64, model: &Model) -> Command {
    let mut picker = Picker { random, model };
    if picker.chance(30) {
        return picker.any();
    }
    let candidates: Vec<Command> = (0..CANDIDATES).map(|_| picker.any()).collect();
    let often = |command: &Command| {
        let mut tried = model.clone();
        tried.apply(command);
        let before = model.happened();
        let news = tried
            .happened()
            .iter()
            .filter(|(what, n)| before.get(*what) != Some(*n));
        news.map(|(_, n)| *n).min().unwrap_or(usize::MAX)
    };
    candidates.into_iter().min_by_key(often).unwrap()
}

impl Picker<'_> {
    fn any(&mut self) -> Command {
        match self.below(100) {
            _ if self.model.filed() == 0 => Command::File(self.any_claim()),
            0..1 => Command::Replay(self.earlier()),
            1..2 => {
                let claim = self.any_claim();
                Command::Reuse(self.earlier(), claim)
            }
            2..4 => Command::File(self.model.claim(self.earlier()).clone()),
            4..18 => Command::File(self.any_claim()),
            18..67 => self.sensible_deed(),
            67..71 => self.any_deed(),
            71..88 => self.payout(),
            88..91 => self.flag(),
            91..95 => self.pool(),
            95..96 => {
                let award = [Award::Scrappage, Award::Replacement][self.below(2)];
                Command::Import(award, self.below(12) as u64)
            }
            96..98 => Command::Overdue(self.one_with_deadline()),
            98..99 => Command::Open(self.below(PROGRAMMES.len())),
            _ => Command::Restart,
        }
    }

    fn below(&mut self, n: usize) -> usize {
        self.random.below(n.max(1) as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn earlier(&mut self) -> usize {
        self.below(self.model.filed())
    }

    fn of<T>(&mut self, all: &[T]) -> Option<T>
    where
        T: Clone,
    {
        let n = self.below(all.len());
        all.get(n).cloned()
    }

    fn programme(&mut self) -> usize {
        // Who comes behind somebody who waits is what the order of a pool is about.
        let waits = |n: &usize| self.model.state(*n) == State::Waiting;
        let line: Vec<usize> = (0..self.model.filed()).filter(waits).collect();
        if let (true, Some(index)) = (self.chance(30), self.of(&line)) {
            return self.model.claim(index).programme;
        }
        // Cars and counters have the longer lives.
        [0, 0, 1, 1, 2, 3, 3, 4, 4, 4, 5, 6, 6, 6][self.below(14)]
    }

    fn staff(&mut self, role: Role) -> Who {
        Who::Staff(self.below(PEOPLE), role)
    }

    /// Somebody who may, or now and then somebody else.
    fn sender(&mut self, may: impl Fn(Who) -> bool) -> Who {
        let who = |this: &mut Self| {
            let person = this.below(PEOPLE);
            match this.below(6) {
                0 => Who::Dealer,
                1 => Who::OtherDealer,
                n => Who::Staff(person, Role::ALL[n - 2]),
            }
        };
        if self.chance(6) {
            return who(self);
        }
        loop {
            let who = who(self);
            if may(who) && who != Who::OtherDealer {
                return who;
            }
        }
    }

    pub(super) fn any_claim(&mut self) -> Claim {
        let programme = self.programme();
        self.claim_of(programme)
    }

    fn claim_of(&mut self, programme: usize) -> Claim {
        let terms = &PROGRAMMES[programme];
        let cars = terms.kind == "vehicle";
        let (least, more) = terms.prices;
        // A small claim fits where a large one waits.
        let range = if self.chance(40) { more / 8 } else { more };
        Claim {
            programme,
            person: self.below(12) as u64,
            category: self.below(terms.categories.len()),
            level: 1 + self.below(terms.rates.len()),
            serial: self.below(if cars { 12 } else { 120 }) as u64,
            invoice: self.below(150) as u64,
            yuan: least + self.random.below(range) as i64,
            paid_wrong: terms.has(Term::Till) && self.chance(6),
            opened: terms.has(Term::Counter) && self.chance(75),
        }
    }

    /// What a claim may say instead: nearly the same, sometimes cheaper, sometimes anything.
    fn corrected(&mut self, index: usize) -> Claim {
        let mut claim = self.model.claim(index).clone();
        let (fresh, other) = (self.claim_of(claim.programme), self.any_claim());
        claim.opened = self.chance(4);
        claim.paid_wrong = false;
        match self.below(12) {
            0 => other,
            1 => fresh,
            2 | 3 => {
                claim.serial = fresh.serial;
                claim
            }
            4 => {
                claim.person = fresh.person;
                claim
            }
            5..8 => {
                claim.invoice = fresh.invoice;
                claim.yuan = (claim.yuan * 4 / 5).max(claim.terms().prices.0);
                claim
            }
            _ => claim,
        }
    }

    fn one_with_deadline(&mut self) -> usize {
        let waits = |n: &usize| {
            let state = self.model.state(*n);
            matches!(state, State::Filed | State::Reserved | State::Returned)
        };
        let all: Vec<usize> = (0..self.model.filed()).filter(waits).collect();
        let found = self.of(&all);
        found.unwrap_or_else(|| self.earlier())
    }

    fn act(&mut self, index: usize, deed: Deed) -> Command {
        let who = self.sender(|who| deed.allows(who));
        let off = i64::from(self.chance(4));
        Command::Act(who, index, off, deed)
    }

    fn any_deed(&mut self) -> Command {
        let index = self.earlier();
        let deed = match self.below(14) {
            0 => Deed::Withdraw,
            1 => Deed::Undo,
            2 => Deed::Paper(["invoice_copy", "delivery_receipt", "invoice"][self.below(3)]),
            3 => Deed::Invoice(self.below(150) as u64, 2_000 + self.below(8_000) as i64),
            4 => Deed::Correct(self.corrected(index)),
            5 => Deed::GoodsReturned,
            6 => Deed::Appeal,
            7 => Deed::Recommend,
            8 => Deed::Return,
            9 => Deed::Reject,
            10 => Deed::Reopen,
            11 => Deed::Approve,
            12 => Deed::Void,
            _ => Deed::Decide(self.chance(50)),
        };
        self.act(index, deed)
    }

    /// What somebody at work would do to a claim as it stands.
    fn sensible_deed(&mut self) -> Command {
        if self.chance(8) {
            let who = self.sender(|who| Office::Next.allows(who));
            return Command::Run(who, Office::Next);
        }
        let index = self.open_claim();
        let often = match self.model.state(index) {
            State::Filed | State::Reserved => self.next_paper(index),
            State::InReview => match self.below(10) {
                0..6 => Some(Deed::Recommend),
                6..8 => Some(Deed::Return),
                _ => return self.reject_as(index, Role::Reviewer),
            },
            State::Returned if self.chance(15) => Some(Deed::Paper("delivery_receipt")),
            State::Returned => Some(Deed::Correct(self.corrected(index))),
            State::Recommended if self.chance(85) => Some(Deed::Approve),
            State::RejectionProposed if self.chance(70) => {
                return self.reject_as(index, Role::Approver);
            }
            State::Recommended | State::RejectionProposed => Some(Deed::Reopen),
            State::Refused | State::Rejected | State::Voided => Some(Deed::Appeal),
            State::Appealed => return self.appeal(index),
            State::Withdrawn => Some(Deed::Undo),
            State::Paying | State::Paid => Some(Deed::GoodsReturned),
            _ => None,
        };
        let seldom = match self.below(5) {
            0 | 1 => Deed::Withdraw,
            2 | 3 => Deed::GoodsReturned,
            _ => Deed::Void,
        };
        let deed = match often {
            Some(deed) if self.chance(75) => deed,
            _ => seldom,
        };
        self.act(index, deed)
    }

    /// A claim with which something may be done: first in which state, so that those that few
    /// are in come as often as others.
    fn open_claim(&mut self) -> usize {
        let all: Vec<State> = (0..self.model.filed())
            .map(|n| self.model.state(n))
            .collect();
        for _ in 0..40 {
            let state = State::ALL[self.below(State::ALL.len())];
            let percent = match state {
                State::Filed | State::Reserved | State::InReview => 100,
                State::Returned | State::Recommended | State::RejectionProposed => 70,
                State::Appealed => 50,
                State::Waiting | State::Withdrawn | State::Paid => 15,
                State::Refused | State::Rejected | State::Voided => 15,
                State::Approved | State::Paying => 8,
                _ => 1,
            };
            let there: Vec<usize> = (0..all.len()).filter(|n| all[*n] == state).collect();
            if self.chance(percent)
                && let Some(index) = self.of(&there)
            {
                return index;
            }
        }
        self.earlier()
    }

    /// Decides an appeal; where it might be won and too little is set aside, mostly that first.
    fn appeal(&mut self, index: usize) -> Command {
        let claim = self.model.claim(index);
        let (programme, amount) = (claim.programme, claim.amount());
        if self.model.aside(programme) < amount && self.chance(70) {
            let money = if self.model.free(programme) < amount {
                Money::TopUp
            } else {
                Money::SetAside
            };
            let office = Office::Money(programme, money, amount);
            return Command::Run(self.staff(Role::Operator), office);
        }
        let won = self.chance(75);
        self.act(index, Deed::Decide(won))
    }

    fn reject_as(&mut self, index: usize, role: Role) -> Command {
        Command::Act(self.staff(role), index, 0, Deed::Reject)
    }

    fn next_paper(&mut self, index: usize) -> Option<Deed> {
        let missing = self.model.missing(index);
        let paper = self.of(&missing)?;
        if paper != "invoice" && self.chance(96) {
            return Some(Deed::Paper(paper));
        }
        let (least, more) = self.model.claim(index).terms().prices;
        let yuan = least + self.random.below(more) as i64;
        Some(Deed::Invoice(self.below(400) as u64, yuan))
    }

    /// Something on the way of the money.
    fn payout(&mut self) -> Command {
        let office = match self.below(10) {
            0..3 => Office::Seal(self.pool_that_owes(), 1 + self.below(3)),
            3..5 => self.end_of_a_batch(),
            5..8 => Office::Outcomes(self.bank()),
            _ => self.pay_in(),
        };
        let who = self.sender(|who| office.allows(who));
        Command::Run(who, office)
    }

    fn pool_that_owes(&mut self) -> usize {
        let owes = |n: &usize| self.model.state(*n) == State::Approved;
        let all: Vec<usize> = (0..self.model.filed()).filter(owes).collect();
        match self.of(&all) {
            Some(index) if self.chance(90) => self.model.claim(index).programme,
            _ => self.programme(),
        }
    }

    /// Mostly a release of one that waits, now and then its end in the bin, seldom anything.
    fn end_of_a_batch(&mut self) -> Office {
        let batches = self.model.batches();
        let waits = |n: &usize| !batches[*n].released && !batches[*n].discarded;
        let open: Vec<usize> = (0..batches.len()).filter(waits).collect();
        let end = match self.chance(18) {
            true => Office::Discard,
            false => Office::Release,
        };
        match self.of(&open) {
            Some(batch) if self.chance(90) => end(batch),
            _ if batches.is_empty() => Office::Seal(self.programme(), 2),
            _ => end(self.below(batches.len())),
        }
    }

    /// What the bank says of some payments: mostly of those that are on their way, now and then
    /// of others, and of one that nobody has heard of.
    fn bank(&mut self) -> Vec<(usize, usize, bool)> {
        let lines: Vec<_> = self.model.lines().to_vec();
        let mut told: Vec<(usize, usize, bool)> = Vec::new();
        for line in &lines {
            let (percent, paid) = match line.fate {
                Fate::Pending => (55, 78),
                Fate::Paid => (20, 40),
                Fate::Returned => (12, 78),
                Fate::Discarded => (10, 78),
            };
            if self.chance(percent) {
                told.push((line.claim, line.attempt, self.chance(paid)));
            }
        }
        if told.is_empty() || self.chance(5) {
            told.push((self.earlier(), 99, true));
        }
        told
    }

    fn pay_in(&mut self) -> Office {
        let owed = self.model.owed();
        let open: Vec<usize> = (0..owed.len()).filter(|n| owed[*n].rest() > 0).collect();
        let Some(index) = self.of(&open) else {
            return Office::Seal(self.pool_that_owes(), 1);
        };
        let rest = owed[index].rest();
        let fen = match self.below(6) {
            0 => rest + 1,
            1 | 2 => rest,
            _ => 1 + self.random.below(rest as u64) as i64,
        };
        Office::PayIn(index, fen, self.below(6) as u64)
    }

    fn flag(&mut self) -> Command {
        let index = self.open_claim();
        let codes = [LOOK, LOOK, "payment_disputed", "goods_returned"];
        let codes = [
            codes[self.below(4)],
            Award::Scrappage.reason(),
            Award::Replacement.reason(),
        ];
        let office = if self.chance(35) {
            Office::Flag(index)
        } else {
            Office::Clear(self.flagged(), codes[self.below(3)])
        };
        let who = self.sender(|who| office.allows(who));
        Command::Run(who, office)
    }

    fn flagged(&mut self) -> usize {
        let flagged = |n: &usize| self.model.is_flagged(*n);
        let all: Vec<usize> = (0..self.model.filed()).filter(flagged).collect();
        let found = self.of(&all);
        found.unwrap_or_else(|| self.earlier())
    }

    fn pool(&mut self) -> Command {
        let programme = self.programme();
        if self.chance(12) {
            return Command::TopUp(programme, 1 + self.below(400) as i64);
        }
        let office = if self.chance(35) {
            let stage = Stage::ALL[self.below(3)];
            // Mostly a stage goes on again soon.
            let stopped = self.model.stopped();
            match self.of(&stopped) {
                Some((programme, stage)) if self.chance(75) => {
                    Office::Stage(programme, stage, false)
                }
                _ => Office::Stage(programme, stage, self.chance(80)),
            }
        } else {
            let other = self.programme();
            let (money, most) = [
                (Money::TopUp, 60_000),
                (Money::SetAside, 150_000),
                (Money::SetAside, 150_000),
                (Money::ReleaseAside, 20_000),
                (Money::TransferTo(other), 40_000),
            ][self.below(5)];
            Office::Money(programme, money, 1 + self.below(most) as i64)
        };
        let who = self.sender(|who| office.allows(who));
        Command::Run(who, office)
    }
}
