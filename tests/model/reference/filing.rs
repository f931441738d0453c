//! Verdicts, the line, and what claims name.

use std::collections::BTreeSet;

use tradein::domain::claim::ClaimState as State;
use tradein::domain::transition::Act;

use super::{Done, Filed, Model, Pool, Rules, Seen, Stage, Term, exit, problem};
use crate::model::command::Award;
use crate::model::programmes::{Claim, PROGRAMMES};

impl Model {
    pub(super) fn open(&mut self, programme: usize) -> Seen {
        if self.pools[programme].is_some() {
            return exit(1);
        }
        let cap = PROGRAMMES[programme].cap_yuan * 100;
        self.pools[programme] = Some(Pool {
            cap,
            ..Pool::default()
        });
        self.tell(programme, "opened", cap);
        exit(0)
    }

    pub(super) fn replay(&self, index: usize) -> Seen {
        Seen {
            same_bytes: Some(true),
            ..self.filed[index].first.clone()
        }
    }

    pub(super) fn file(&mut self, claim: &Claim) -> Seen {
        let programme = claim.programme;
        let pooled = self.pools[programme].is_some();
        let mut codes = self.refusals(claim, None, Some(0));
        if !pooled {
            codes.push("programme_not_open".to_owned());
        }
        if self.is_stopped(programme, Stage::Intake) {
            codes.push("pool_closed".to_owned());
        }
        let state = if !codes.is_empty() {
            State::Refused
        } else if claim.terms().has(Term::ByPapers) {
            State::Filed
        } else if self.has_room(programme, claim.amount()) {
            State::Reserved
        } else if claim.terms().has(Term::Refuses) {
            codes.push("pool_closed".to_owned());
            State::Refused
        } else {
            State::Waiting
        };
        codes.sort();
        let accepted = state != State::Refused;
        let amount = if accepted { claim.amount() } else { 0 };
        let placed = matches!(state, State::Reserved | State::Waiting);
        let position = placed.then(|| self.next_position(programme));
        let first = Seen {
            status: 201,
            state: state.as_str().to_owned(),
            amount,
            position,
            codes: codes.clone(),
            ..Seen::default()
        };
        if pooled {
            self.tell(programme, state.as_str(), amount);
        }
        let due = claim.opened || !claim.terms().papers.is_empty();
        let turn = state == State::Reserved && !due;
        self.states.push(state);
        self.happens(format!("{state} in {programme}"), 4);
        let covered = self.is_covered(programme, claim.amount());
        if state == State::Waiting && covered {
            self.happens("behind who waits".to_owned(), 1);
        }
        self.filed.push(Filed {
            claim: claim.clone(),
            filed_as: claim.clone(),
            first: first.clone(),
            pooled,
            state,
            amount,
            position,
            revision: 1,
            reasons: codes,
            papers: BTreeSet::new(),
            held: state == State::Reserved,
            deadline: due && matches!(state, State::Reserved | State::Filed),
            review: turn.then_some(self.now),
            desk: None,
            rounds: 0,
            prepared_by: None,
            approved_by: None,
            approved: 0,
            ended_by: BTreeSet::new(),
            contested: None,
            ended: None,
            flags: BTreeSet::new(),
            withdrawn: (0, state, false),
            settled: 0,
            place_used: false,
        });
        first
    }

    fn next_position(&mut self, programme: usize) -> i64 {
        let pool = self.pools[programme].as_mut().unwrap();
        pool.positions += 1;
        pool.positions
    }

    /// Whether a newcomer of this amount is given money now.
    fn has_room(&self, programme: usize, fen: i64) -> bool {
        let strict =
            PROGRAMMES[programme].remainder == "strict" && self.rules != Rules::NewcomersPass;
        let passes = !strict || self.waiting(programme) == 0;
        passes && self.is_covered(programme, fen)
    }

    fn is_covered(&self, programme: usize, fen: i64) -> bool {
        !self.is_stopped(programme, Stage::Allocation) && fen <= self.free(programme)
    }

    /// The reasons that speak against what a claim says, or shall say: what an appeal overruled
    /// stays overruled, and what is in the register counts where a car is named anew, or since
    /// the claim does not stand.
    pub(super) fn standing_reasons(
        &self,
        claim: &Claim,
        index: usize,
        since: Option<u64>,
    ) -> Vec<String> {
        let filed = &self.filed[index];
        let anew = claim.programme != filed.claim.programme || claim.serial != filed.claim.serial;
        let mut reasons = self.refusals(claim, Some(index), if anew { Some(0) } else { since });
        reasons.retain(|code| is_final(code) || !filed.reasons.contains(code));
        reasons
    }

    /// Every reason that refuses a claim, but for the pool's; `own` is the claim itself, where
    /// it is looked at again. Awards count that became known later than `since`.
    pub(super) fn refusals(
        &self,
        claim: &Claim,
        own: Option<usize>,
        since: Option<u64>,
    ) -> Vec<String> {
        let terms = claim.terms();
        let others = || {
            let others = self.filed.iter().enumerate();
            others.filter(move |(n, _)| Some(*n) != own).map(|(_, f)| f)
        };
        let holders = || others().filter(|f| self.holds_things(f)).map(|f| &f.claim);
        let year = |c: &Claim| &c.terms().date[..4];
        let cars = terms.kind == "vehicle";
        let same_thing = |other: &Claim| {
            (other.terms().kind == "vehicle") == cars && other.serial == claim.serial
        };
        let units = others().filter(|f| self.holds_things(f) || f.place_used);
        let units = units.filter(|f| {
            let other = &f.claim;
            (other.programme, other.person, other.category)
                == (claim.programme, claim.person, claim.category)
        });
        // A price that draws nothing leaves nothing to be taken off it.
        let too_dear = is_too_dear(claim);
        let taken = holders().any(same_thing);
        let all = [
            (claim.paid_wrong && !too_dear, "paid_mismatch"),
            (too_dear, "price_above_ceiling"),
            (units.count() >= claim.category().1, "unit_limit_reached"),
            (taken, "asset_already_claimed"),
            // The old car and the new one.
            (taken && cars, "asset_already_claimed"),
            (
                claim.has_imei() && holders().any(Claim::has_imei),
                "asset_already_claimed",
            ),
            (
                !claim.opened
                    && holders()
                        .any(|o| !o.opened && o.invoice == claim.invoice && year(o) == year(claim)),
                "invoice_already_claimed",
            ),
        ];
        let codes = all.iter().filter(|(applies, _)| *applies);
        let mut codes: Vec<String> = codes.map(|(_, code)| (*code).to_owned()).collect();
        if terms.has(Term::Awards) {
            let counts = |known: u64| since.is_some_and(|since| known > since);
            let hit = self.awards.iter();
            let hit = hit.filter(|((_, n), known)| *n == claim.serial && counts(**known));
            codes.extend(hit.map(|((award, _), _)| award.reason().to_owned()));
        }
        codes.sort();
        codes
    }

    /// Whether everything that it names is taken.
    fn holds_things(&self, filed: &Filed) -> bool {
        let kept = self.rules == Rules::KeysStayTaken && filed.state == State::Withdrawn;
        let contested = filed.state == State::Appealed && filed.contested == Some(State::Voided);
        is_live(filed.state) || filed.state == State::Voided || contested || kept
    }

    /// Gives free money to those who wait.
    pub(super) fn promote(&mut self, programme: usize) {
        let stopped = self.is_stopped(programme, Stage::Allocation);
        if self.rules == Rules::NobodyIsPromoted || stopped {
            return;
        }
        let waits = |n: &usize| {
            let filed = &self.filed[*n];
            filed.claim.programme == programme && filed.state == State::Waiting
        };
        let mut line: Vec<usize> = (0..self.filed.len()).filter(waits).collect();
        line.sort_by_key(|n| self.filed[*n].position);
        for index in line {
            let amount = self.filed[index].amount;
            if amount <= self.free(programme) {
                self.go(index, Act::Promote, State::Reserved, "promoted", amount);
                let due = !self.missing(index).is_empty();
                let filed = &mut self.filed[index];
                (filed.held, filed.deadline) = (true, due);
                if !due {
                    filed.review = Some(self.now);
                }
                if let Some(pool) = &mut self.pools[programme] {
                    pool.promoted = self.now;
                }
            } else if PROGRAMMES[programme].remainder == "strict" {
                return;
            }
        }
    }

    /// What its last paper makes of a claim of this amount.
    pub(super) fn place_for(&self, programme: usize, fen: i64) -> Result<State, Seen> {
        if self.has_room(programme, fen) {
            Ok(State::InReview)
        } else if !PROGRAMMES[programme].has(Term::Refuses) {
            Ok(State::Waiting)
        } else if self.is_stopped(programme, Stage::Allocation) {
            Err(problem(409, "stage_stopped"))
        } else {
            Ok(State::Refused)
        }
    }

    /// Its last paper came: the claim gets its place.
    pub(super) fn place(&mut self, index: usize) -> Done {
        let (programme, amount) = (self.filed[index].claim.programme, self.filed[index].amount);
        let to = self.place_for(programme, amount)?;
        let asked = if to == State::Refused { 0 } else { amount };
        self.go(index, Act::Place, to, "placed", asked);
        let position = (to != State::Refused).then(|| self.next_position(programme));
        let filed = &mut self.filed[index];
        filed.position = position;
        match to {
            State::Refused => {
                filed.reasons = vec!["pool_closed".to_owned()];
                if self.rules != Rules::RefusedAsks {
                    filed.amount = 0;
                }
            }
            State::InReview => {
                filed.held = true;
                filed.review = Some(self.now);
            }
            _ => {}
        }
        Ok(())
    }

    /// The papers that have not come, `invoice` among them where its figures are due.
    pub fn missing(&self, index: usize) -> Vec<&'static str> {
        let filed = &self.filed[index];
        let papers = self.terms(index).papers.iter();
        let mut missing: Vec<&str> = papers
            .copied()
            .filter(|paper| !filed.papers.contains(paper))
            .collect();
        if filed.claim.opened {
            missing.push("invoice");
        }
        missing
    }
}

/// Whether the programme pays nothing at this price.
pub(super) fn is_too_dear(claim: &Claim) -> bool {
    let ceiling = claim.terms().ceiling_yuan;
    ceiling.is_some_and(|most| claim.yuan > most)
}

/// What stays refused whoever decides: one claim for one thing.
#[expect(clippy::ptr_arg, reason = "it is called with what is in the list")]
pub(super) fn is_final(code: &String) -> bool {
    !matches!(code.as_str(), "paid_mismatch" | "price_above_ceiling")
}

/// Whether the register of awards says so.
pub(super) fn is_award(code: &String) -> bool {
    [Award::Scrappage, Award::Replacement]
        .iter()
        .any(|award| award.reason() == code)
}

/// Whether a claim may be paid, is paid, or is to be paid back.
pub(super) fn is_live(state: State) -> bool {
    use State::{
        Appealed, ClawedBack, GoodsReturned, Lapsed, Refused, Rejected, Voided, Withdrawn,
    };
    !matches!(
        state,
        Refused | Rejected | Lapsed | Withdrawn | Voided | GoodsReturned | ClawedBack | Appealed
    )
}
