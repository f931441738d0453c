//! The bureau beside that bank: claims are approved, sealed, released and sent, goods go back,
//! awards come to be known, money is paid in, and now and then the power fails.

mod discards;

use std::collections::{BTreeMap, BTreeSet};

use tradein::banking::{Outcome, outcomes as csv_outcomes, pain002};
use tradein::domain::claim::ClaimState;
use tradein::domain::ids::{BatchId, ClaimId};
use tradein::domain::money::Fen;
use tradein::operations::claims::ClaimView;
use tradein::operations::denial::{ActError, Denial};
use tradein::operations::outcomes::{import, of_report};
use tradein::operations::payout::{self, BatchView, FileFormat, NewBatch};
use tradein::operations::review::{self, Decision};
use tradein::operations::{Viewer, clawback, flags, goods, register};
use tradein::rehearse::SplitMix64;
use tradein::storage::{claim_flags, payout_lines};

use super::bank::{Bank, Report};
use crate::bureau::{Bureau, LANG, Lane, POOL, by_person, decide, look};

/// So few persons that they owe and are owed at the same time.
const PERSONS: u64 = 25;
/// The largest batch before the end.
const MOST_LINES: u64 = 6;

/// A bureau, its bank, and what went wrong.
pub struct Office<'a> {
    bureau: &'a Bureau,
    lane: Lane,
    pub bank: Bank,
    random: SplitMix64,
    step: u64,
    filed: u64,
    claims: Vec<(ClaimId, u64)>,
    sealed: Vec<(BatchId, usize)>,
    released: Vec<BatchId>,
    batches: Vec<BatchView>,
    paid_in: i64,
    /// Claims of which the bank and the books tell different things, as the books say.
    disputed: BTreeSet<String>,
    /// How often each kind of thing happened.
    pub happened: BTreeMap<&'static str, u64>,
    /// What is wrong.
    pub wrong: Vec<String>,
}

impl<'a> Office<'a> {
    /// On its first day.
    pub fn new(bureau: &'a Bureau) -> Self {
        Self {
            lane: bureau.lane(),
            bank: Bank::new(bureau.seed),
            random: SplitMix64::new(bureau.seed ^ 1),
            step: 0,
            filed: 0,
            claims: Vec::new(),
            sealed: Vec::new(),
            released: Vec::new(),
            batches: Vec::new(),
            paid_in: 0,
            disputed: BTreeSet::new(),
            happened: BTreeMap::new(),
            wrong: Vec::new(),
            bureau,
        }
    }

    /// Works until so many batches were sealed, and on until everything is settled; gives up at
    /// the first things that are wrong.
    pub fn run(&mut self, batches: usize) {
        while self.batches.len() < batches && self.wrong.is_empty() {
            self.step += 1;
            self.approve_some();
            self.disturb();
            self.pay_out();
            self.hear();
        }
        self.bank.prompt = true;
        for _ in 0..20 {
            if !self.wrong.is_empty() {
                return;
            }
            self.step += 10;
            self.look_at_flags(100);
            self.pay_out();
            self.hear();
        }
        self.check_end();
    }

    fn note(&mut self, what: &'static str) {
        *self.happened.entry(what).or_default() += 1;
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.random.below(100) < percent
    }

    /// The power fails: another process goes on with what the database holds.
    fn crash(&mut self, percent: u64) {
        if !self.bank.prompt && self.chance(percent) {
            self.lane = self.bureau.lane();
            self.note("crashes");
        }
    }

    fn approve_some(&mut self) {
        let some = 1 + self.random.below(3);
        let bodies = (self.filed..self.filed + some).map(|index| {
            let person = self.bureau.body(self.random.below(PERSONS));
            let person = person["consumer"]["id_number"].as_str().unwrap().to_owned();
            by_person(self.bureau.body(index), &person)
        });
        let bodies: Vec<_> = bodies.collect();
        let filed = self.bureau.file_bodies(&self.lane, bodies.into_iter());
        self.claims
            .extend(filed.iter().map(|c| c.id).zip(self.filed..));
        self.filed += some;
        let reviewer = self.bureau.people.reviewers[0];
        let next = |lane: &Lane| {
            lane.run(review::next(&lane.engine, &reviewer, LANG))
                .unwrap()
        };
        while let Some(claim) = next(&self.lane) {
            let claim = decide(&self.lane, reviewer, &claim, Decision::Recommend).unwrap();
            let approver = self.bureau.people.approvers[0];
            decide(&self.lane, approver, &claim, Decision::Approve).unwrap();
        }
    }

    /// A claim that may have been approved.
    fn any_claim(&mut self) -> (ClaimView, u64) {
        let recent = self.claims.len().saturating_sub(40);
        let (id, index) = *self.random.pick(&self.claims[recent..]).unwrap();
        (look(&self.lane, id), index)
    }

    fn disturb(&mut self) {
        if self.chance(30) {
            let (claim, _) = self.any_claim();
            let dealer = self.bureau.people.dealer;
            let engine = &self.lane.engine;
            let act = goods::returned(engine, &dealer, claim.id, claim.revision, LANG);
            match self.lane.run(act) {
                Ok(_) => self.note("goods that went back"),
                Err(ActError::WrongState(_)) => {}
                Err(error) => self.wrong.push(format!("goods: {error}")),
            }
        }
        if self.chance(12) {
            self.import_award();
        }
        if self.chance(20) {
            self.pay_something_in();
        }
        self.look_at_flags(30);
    }

    fn import_award(&mut self) {
        let (_, index) = self.any_claim();
        let vin = self.bureau.body(index)["new_item"]["vin"]
            .as_str()
            .unwrap()
            .to_owned();
        let file = format!(
            "kind,id_number,vin,awarded_on\nreplacement,419099199001010014,{vin},2025-03-0{}\n",
            1 + self.random.below(9)
        );
        let engine = &self.lane.engine;
        let done = self.lane.with(|conn| {
            register::import(engine, conn, file.as_bytes(), &mut |_| {}).map(|done| done.flagged)
        });
        match done {
            Ok(0) => {}
            Ok(_) => self.note("late awards"),
            Err(error) => self.wrong.push(format!("register: {error}")),
        }
    }

    fn pay_something_in(&mut self) {
        let all = clawback::list(&self.lane.engine, Viewer::Bureau, None, 10_000);
        let mut owed = self.lane.run(all).unwrap();
        owed.retain(|o| o.settled.fen() + o.pending.fen() < o.amount.fen());
        let Some(owed) = self.random.pick(&owed) else {
            return;
        };
        let open = owed.amount.fen() - owed.settled.fen() - owed.pending.fen();
        let all = self.random.below(2) == 0;
        let part = if all {
            open
        } else {
            1 + self.random.below(open as u64) as i64
        };
        let finance = self.bureau.people.finance[0];
        let (engine, amount) = (&self.lane.engine, Fen::new(part).unwrap());
        let reference = format!("HD-{}", self.happened.get("payments in").unwrap_or(&0));
        let act = clawback::pay_in(engine, &finance, owed.id, amount, reference);
        match self.lane.run(act) {
            Ok(_) => {
                self.paid_in += part;
                self.note("payments in");
            }
            Err(error) => self.wrong.push(format!("paid in: {error}")),
        }
    }

    /// Somebody looks at claims that wait apart, and asks the bank where it contradicted itself.
    fn look_at_flags(&mut self, percent: u64) {
        let flagged = self.lane.with(|conn| claim_flags::counts(conn).unwrap());
        let mut ids: Vec<ClaimId> = flagged.into_iter().map(|(id, _)| id).collect();
        // In an order that the seed repeats.
        ids.sort_unstable();
        for id in ids {
            if !self.chance(percent) {
                continue;
            }
            let claim = look(&self.lane, id);
            for flag in claim.flags.clone().unwrap_or_default() {
                let known = self.bank.outside(&claim.number) == Fen::ZERO;
                if claim.state != ClaimState::Approved || !known {
                    continue;
                }
                let approver = self.bureau.people.approvers[0];
                let engine = &self.lane.engine;
                let act = flags::clear(engine, &approver, id, flag, "looked".into(), LANG);
                match self.lane.run(act) {
                    Ok(_) => self.note("flags cleared"),
                    Err(error) => self.wrong.push(format!("clear: {error}")),
                }
            }
        }
    }

    fn pay_out(&mut self) {
        if self.bank.prompt || self.chance(85) {
            self.seal();
        }
        self.crash(10);
        for (id, sealer) in std::mem::take(&mut self.sealed) {
            if !self.bank.prompt && self.chance(25) {
                self.sealed.push((id, sealer));
                continue;
            }
            if self.changes_its_mind() {
                self.discard(id);
            } else {
                self.release(id, sealer);
            }
        }
        self.crash(10);
        for id in std::mem::take(&mut self.released) {
            if !self.bank.prompt && self.chance(25) {
                self.released.push(id);
                continue;
            }
            self.send(id);
        }
    }

    fn seal(&mut self) {
        let limit = if self.bank.prompt {
            1_000
        } else {
            1 + self.random.below(MOST_LINES)
        };
        let sealer = self.random.below(2) as usize;
        let finance = self.bureau.people.finance[sealer];
        let act = payout::seal(
            &self.lane.engine,
            &finance,
            NewBatch::of(POOL, limit as i64),
        );
        match self.lane.run(act) {
            Ok(sealed) => {
                let seen = self.lane.run(payout::get(&self.lane.engine, sealed.id));
                let batch = seen.unwrap();
                self.check_sums(&batch);
                self.sealed.push((batch.id, sealer));
                self.batches.push(batch);
            }
            Err(ActError::Denied(Denial::NothingToPay)) => {}
            Err(error) => self.wrong.push(format!("seal: {error}")),
        }
    }

    /// The batch's control sums are those of its lines, to the fen.
    fn check_sums(&mut self, batch: &BatchView) {
        let lines = self
            .lane
            .with(|conn| payout_lines::lines_of(conn, batch.id).unwrap());
        let sum = |of: fn(&payout_lines::LineRow) -> i64| lines.iter().map(of).sum::<i64>();
        let reckoned = (
            lines.len() as i64,
            sum(|l| l.gross),
            sum(|l| l.set_off),
            sum(|l| l.net),
        );
        let told = (
            batch.lines,
            batch.gross.fen(),
            batch.set_off.fen(),
            batch.total.fen(),
        );
        if reckoned != told {
            self.wrong
                .push(format!("control sums: {told:?} and not {reckoned:?}"));
        }
        if batch.set_off != Fen::ZERO {
            self.note("batches with a set-off");
        }
    }

    fn release(&mut self, id: BatchId, sealer: usize) {
        let act = |who: usize| {
            let finance = self.bureau.people.finance[who];
            self.lane
                .run(payout::release(&self.lane.engine, &finance, id))
        };
        let alone = act(sealer);
        let (done, again) = (act(1 - sealer), act(1 - sealer));
        let denied = |denial| Some(ActError::Denied(denial));
        if alone.err() != denied(Denial::SecondPersonRequired) {
            self.wrong.push("one person released a batch".to_owned());
        }
        match done {
            Ok(_) => self.released.push(id),
            Err(ActError::KeptApart(_)) => {
                self.note("batches kept from release");
                return self.discard(id);
            }
            Err(error) => self.wrong.push(format!("release: {error}")),
        }
        if again.err() != denied(Denial::AlreadyReleased) {
            self.wrong.push("a batch was released twice".to_owned());
        }
    }

    fn send(&mut self, id: BatchId) {
        let finance = self.bureau.people.finance[0];
        let file = |format| {
            let act = payout::file(&self.lane.engine, &finance, id, format);
            self.lane.run(act)
        };
        let (first, second) = (file(FileFormat::Csv), file(FileFormat::Csv));
        let iso = file(FileFormat::Pain001);
        let (Ok(first), Ok(second)) = (first, second) else {
            self.wrong.push(format!("file: batch {id} cannot be read"));
            return;
        };
        if first != second {
            self.wrong
                .push(format!("file: batch {id} is written in two ways"));
        }
        let csv = String::from_utf8(first).unwrap();
        let amounts = csv
            .lines()
            .skip(1)
            .map(|line| line.rsplit(',').next().unwrap());
        let total: i64 = amounts
            .map(|yuan| Fen::parse_yuan(yuan).unwrap().fen())
            .sum();
        let told = self.batches.iter().find(|batch| batch.id == id).unwrap();
        if told.total.fen() != total {
            self.wrong.push(format!(
                "control sums: {} and a file of {total}",
                told.total
            ));
        }
        if total > 0 {
            let (told, iso) = (
                told.total.to_string(),
                String::from_utf8(iso.unwrap()).unwrap(),
            );
            let sums = iso.matches(&format!("<CtrlSum>{told}</CtrlSum>")).count();
            if sums != 2 {
                self.wrong
                    .push(format!("control sums: {told} stands {sums} times in {id}"));
            }
        }
        let message = id.0.simple().to_string();
        self.bank.take(self.step, &message, &csv);
        if self.chance(30) {
            // There was no answer, so it is sent again.
            self.note("files sent twice");
            self.bank.take(self.step, &message, &csv);
        }
    }

    /// Takes what the bank says.
    fn hear(&mut self) {
        for report in self.bank.reports(self.step) {
            self.crash(3);
            let outcomes = self.read(&report);
            let known = outcomes.len() as u64;
            let finance = self.bureau.people.finance[self.random.below(2) as usize];
            let done = self.lane.run(import(&self.lane.engine, &finance, outcomes));
            let done = match done {
                Ok(done) => done,
                Err(error) => {
                    self.wrong.push(format!("outcomes: {error}"));
                    return;
                }
            };
            let counted = done.paid + done.returned + done.repeated + done.conflicting;
            if counted != known || done.unknown > 0 {
                self.wrong
                    .push(format!("outcomes: {known} came to {done:?}"));
            }
            for id in &done.conflicts {
                self.note("contradictions");
                if report
                    .told
                    .iter()
                    .any(|told| told.id == *id && told.true_now)
                {
                    let claim = id.split('/').next().unwrap();
                    self.disputed.insert(claim.to_owned());
                }
            }
        }
    }

    fn read(&mut self, report: &Report) -> Vec<Outcome> {
        if report.csv {
            self.note("reports as tables");
            return csv_outcomes::read_csv(&report.bytes).unwrap();
        }
        self.note(if report.refuses.is_some() {
            "messages refused"
        } else {
            "reports as XML"
        });
        let read = pain002::read(&report.bytes).unwrap();
        self.lane.run(of_report(&self.lane.engine, read)).unwrap()
    }

    /// At the end everything is where it belongs.
    fn check_end(&mut self) {
        if !self.bank.is_silent() || !self.sealed.is_empty() || !self.released.is_empty() {
            self.wrong.push("it does not come to an end".to_owned());
        }
        self.wrong.append(&mut self.bank.wrong);
        let mut set_off = 0;
        for (id, _) in self.claims.clone() {
            let claim = look(&self.lane, id);
            let attempts = self
                .lane
                .with(|conn| payout_lines::attempts(conn, id).unwrap());
            let paid = attempts
                .iter()
                .filter(|l| l.state == payout_lines::LineState::Paid);
            let paid: Vec<_> = paid.collect();
            set_off += paid.iter().map(|line| line.set_off).sum::<i64>();
            if self.disputed.contains(&claim.number) {
                self.note("claims that people decide");
                continue;
            }
            let outside = self.bank.outside(&claim.number).fen();
            let net: i64 = paid.iter().map(|line| line.net).sum();
            let settled = match claim.state {
                ClaimState::Paid | ClaimState::ClawbackDue | ClaimState::ClawedBack => {
                    paid.len() == 1 && net == outside
                }
                ClaimState::GoodsReturned => paid.is_empty() && outside == 0,
                _ => false,
            };
            if !settled {
                let (number, state) = (&claim.number, claim.state);
                let seen = format!("{number} is {state}, {net} paid, {outside} with its payee");
                self.wrong.push(seen);
            }
        }
        self.check_receivables(set_off);
        self.wrong.extend(self.bureau.wrong_books(&self.lane));
    }

    /// What came back was set off or paid in, and nothing of it is on its way.
    fn check_receivables(&mut self, set_off: i64) {
        let all = clawback::list(&self.lane.engine, Viewer::Bureau, None, 100_000);
        let all = self.lane.run(all).unwrap();
        let settled: i64 = all.iter().map(|owed| owed.settled.fen()).sum();
        let pending: i64 = all.iter().map(|owed| owed.pending.fen()).sum();
        if (settled, pending) != (set_off + self.paid_in, 0) {
            self.wrong.push(format!(
                "{settled} settled and {pending} on its way; {set_off} set off, {} paid in",
                self.paid_in
            ));
        }
    }
}
