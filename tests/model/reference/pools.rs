//! Stages and money of pools, the register of awards, and what is seen of everything.

use tradein::domain::claim::ClaimState as State;

use super::filing::is_live;
use super::payout::Fate;
use super::{Batch, Figures, Line, Model, Move, Owed, Pool, Seen, Standing, exit, problem};
use crate::model::command::{Award, Money, PEOPLE, Stage};
use crate::model::programmes::{Claim, PROGRAMMES};

impl Model {
    pub(super) fn stage(&mut self, programme: usize, stage: Stage, stop: bool) -> Seen {
        let Some(pool) = &mut self.pools[programme] else {
            return problem(404, "pool_not_found");
        };
        let changed = if stop {
            pool.stopped.insert(stage)
        } else {
            pool.stopped.remove(&stage)
        };
        if !changed {
            return problem(409, "stage_unchanged");
        }
        self.tell(programme, if stop { "frozen" } else { "resumed" }, 0);
        exit(200)
    }

    /// Money at the command line.
    pub(super) fn top_up(&mut self, programme: usize, fen: i64) -> Seen {
        let done = self.money(programme, Money::TopUp, fen);
        exit(u16::from(done.status != 200))
    }

    pub(super) fn money(&mut self, programme: usize, money: Money, fen: i64) -> Seen {
        let free = self.free(programme);
        let other = match money {
            Money::TransferTo(other) => Some(other),
            _ => None,
        };
        let there = |n: usize| self.pools[n].is_some();
        if !there(programme) || other.is_some_and(|other| !there(other)) {
            return problem(404, "pool_not_found");
        }
        let pool = self.pools[programme].as_mut().unwrap();
        match money {
            Money::TransferTo(other) if other == programme => return problem(422, "same_pool"),
            Money::TransferTo(_) | Money::SetAside if fen > free => {
                return problem(422, "amount_above_free");
            }
            Money::ReleaseAside if fen > pool.aside => return problem(409, "aside_exhausted"),
            Money::TopUp => pool.cap += fen,
            Money::SetAside => pool.aside += fen,
            Money::ReleaseAside => pool.aside -= fen,
            Money::TransferTo(_) => pool.cap -= fen,
        }
        let kind = match money {
            Money::TopUp => "topped_up",
            Money::SetAside => "set_aside",
            Money::ReleaseAside => "aside_released",
            Money::TransferTo(_) => "transferred_out",
        };
        self.tell(programme, kind, fen);
        if let Some(other) = other {
            self.pools[other].as_mut().unwrap().cap += fen;
            self.tell(other, "transferred_in", fen);
        }
        exit(200)
    }

    /// A national award is found: claims for the car wait apart, and what is paid must come back.
    pub(super) fn import(&mut self, award: Award, serial: u64) -> Seen {
        let mut flagged = 0;
        let known = self.now;
        if self.awards.insert((award, serial), known).is_none() {
            for index in 0..self.filed.len() {
                let filed = &self.filed[index];
                let hit = filed.claim.terms().kind == "vehicle" && filed.claim.serial == serial;
                if !hit || !is_live(filed.state) {
                    continue;
                }
                flagged += 1;
                self.raise_flag(index, award.reason());
                if self.filed[index].state == State::Paid {
                    self.claw_back(index);
                }
            }
        }
        Seen {
            numbers: vec![flagged],
            ..exit(0)
        }
    }

    /// The public figures of the pools that are open.
    pub fn figures(&self) -> Vec<Figures> {
        let of = |programme: usize| {
            let pool = self.pools[programme].as_ref()?;
            let [free, reserved, committed, paid] = self.money_of(programme);
            Some(Figures {
                pool: PROGRAMMES[programme].pool.to_owned(),
                money: [pool.cap, free, reserved, committed, paid, pool.aside],
                waiting: self.waiting(programme),
                entries: pool.told.len(),
            })
        };
        (0..PROGRAMMES.len()).filter_map(of).collect()
    }

    /// Every claim as it stands.
    pub fn claims(&self) -> Vec<Standing> {
        (0..self.filed.len()).map(|n| self.standing(n)).collect()
    }

    fn standing(&self, index: usize) -> Standing {
        let filed = &self.filed[index];
        // What was never sent is no attempt.
        let sent = |l: &&Line| l.claim == index && l.fate != Fate::Discarded;
        let last = self.lines.iter().rfind(sent);
        let payment = last.map(|line| {
            let (net, off) = line.told();
            let word = match line.fate {
                Fate::Pending => "pending",
                Fate::Paid => "paid",
                Fate::Returned => "returned",
                Fate::Discarded => "discarded",
            };
            (line.attempt, net, off, word.to_owned())
        });
        Standing {
            claim: (
                filed.state.as_str().to_owned(),
                filed.amount,
                filed.position,
            ),
            revision: filed.revision,
            deadline: filed.deadline,
            flags: filed.flags.iter().map(|code| (*code).to_owned()).collect(),
            payment,
        }
    }

    /// Kind and amount of each entry of a pool's journal.
    pub fn journal(&self, programme: usize) -> &[(String, i64)] {
        let pool = self.pools[programme].as_ref();
        pool.map_or(&[], |pool| pool.told.as_slice())
    }

    /// What is owed back, in the order in which it was raised.
    pub fn owed(&self) -> &[Owed] {
        &self.owed
    }

    /// The rows of the table of moves that were taken, in their order.
    pub fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// Every state that a claim was in, also on its way to another.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// How many claims got a verdict.
    pub fn filed(&self) -> usize {
        self.filed.len()
    }

    /// What a claim says.
    pub fn claim(&self, index: usize) -> &Claim {
        &self.filed[index].claim
    }

    /// Where it stands.
    pub fn state(&self, index: usize) -> State {
        self.filed[index].state
    }

    /// Whether something keeps it apart.
    pub fn is_flagged(&self, index: usize) -> bool {
        !self.filed[index].flags.is_empty()
    }

    /// Every batch, in the order of sealing.
    pub fn batches(&self) -> &[Batch] {
        &self.batches
    }

    /// Every attempt to pay a claim.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The stages that are stopped.
    pub fn stopped(&self) -> Vec<(usize, Stage)> {
        let of = |(n, pool): (usize, &Option<Pool>)| {
            let stopped = pool.iter().flat_map(|pool| pool.stopped.iter());
            stopped.map(|stage| (n, *stage)).collect::<Vec<_>>()
        };
        self.pools.iter().enumerate().flat_map(of).collect()
    }

    /// What is set aside in a pool, in fen.
    pub fn aside(&self, programme: usize) -> i64 {
        self.pools[programme].as_ref().map_or(0, |pool| pool.aside)
    }

    /// Somebody who may end the claim.
    pub fn may_void(&self, index: usize) -> usize {
        let filed = &self.filed[index];
        let mut people = 0..PEOPLE;
        people.find(|p| filed.approved_by != Some(*p)).unwrap()
    }

    /// Somebody who may decide its appeal.
    pub fn may_decide(&self, index: usize) -> usize {
        let filed = &self.filed[index];
        let took_part = |p: usize| filed.prepared_by == Some(p) || filed.ended_by.contains(&p);
        let mut people = 0..PEOPLE;
        people.find(|p| !took_part(*p)).unwrap()
    }
}
