//! What a dealer does to its claims, and the clock.

use tradein::domain::claim::ClaimState as State;
use tradein::domain::transition::Act;

use super::filing::is_award;
use super::{Done, HELD, Model, Seen, Stage, Term, problem, wrong_state};
use crate::model::command::Deed;
use crate::model::programmes::Claim;

impl Model {
    pub(super) fn dealer(&mut self, index: usize, deed: &Deed) -> Done {
        match deed {
            Deed::Withdraw => self.withdraw(index),
            Deed::Undo => self.undo(index),
            Deed::Paper(paper) => self.paper(index, paper),
            Deed::Invoice(number, yuan) => self.invoice(index, *number, *yuan),
            Deed::Correct(claim) => self.correct(index, claim),
            Deed::GoodsReturned => self.goods_returned(index),
            _ => self.appeal(index),
        }
    }

    fn withdraw(&mut self, index: usize) -> Done {
        let (state, amount) = (self.filed[index].state, self.filed[index].amount);
        if !is_undecided(state) {
            return Err(wrong_state());
        }
        let due = self.filed[index].deadline;
        self.go(index, Act::Withdraw, State::Withdrawn, "withdrawn", amount);
        self.filed[index].withdrawn = (self.now, state, due);
        Ok(())
    }

    fn undo(&mut self, index: usize) -> Done {
        let filed = &self.filed[index];
        if filed.state != State::Withdrawn {
            return Err(wrong_state());
        }
        let (programme, amount) = (filed.claim.programme, filed.amount);
        let (when, was, due) = filed.withdrawn;
        // Who recommended it, or wanted to reject it, looked at a claim that stood.
        let to = match was {
            State::Recommended | State::RejectionProposed => State::InReview,
            same => same,
        };
        if HELD.contains(&to) {
            let pool = self.pools[programme].as_ref().unwrap();
            let stopped = self.is_stopped(programme, Stage::Allocation);
            if stopped || amount > self.free(programme) || pool.promoted >= when {
                return Err(problem(409, "undo_too_late"));
            }
        }
        let reasons = self.standing_reasons(&filed.claim, index, Some(when));
        if reasons.iter().any(is_award) {
            return Err(ineligible(reasons));
        }
        if !reasons.is_empty() {
            return Err(problem(409, "claimed_elsewhere"));
        }
        self.go(index, Act::UndoWithdrawal, to, "withdrawal_undone", amount);
        self.filed[index].deadline = due;
        Ok(())
    }

    fn paper(&mut self, index: usize, paper: &'static str) -> Done {
        let state = self.filed[index].state;
        if !matches!(state, State::Filed | State::Reserved | State::Returned) {
            return Err(wrong_state());
        }
        if !self.terms(index).papers.contains(&paper) {
            return Err(problem(404, "paper_not_asked"));
        }
        let complete = self.missing(index).iter().all(|p| *p == paper);
        if state == State::Filed && complete {
            self.place(index)?;
        } else {
            let to = match state {
                State::Reserved if complete => State::InReview,
                same => same,
            };
            self.go(index, Act::Paper, to, "paper", 0);
            self.wait_or_review(index);
        }
        self.filed[index].papers.insert(paper);
        Ok(())
    }

    /// What is still due has its deadline; with the last paper it is a reviewer's turn.
    fn wait_or_review(&mut self, index: usize) {
        let filed = &mut self.filed[index];
        if filed.state == State::InReview {
            filed.review = Some(self.now);
        } else {
            filed.deadline = true;
        }
    }

    fn invoice(&mut self, index: usize, number: u64, yuan: i64) -> Done {
        let filed = &self.filed[index];
        let state = filed.state;
        if !matches!(state, State::Filed | State::Reserved) {
            return Err(wrong_state());
        }
        if !filed.claim.opened {
            return Err(problem(409, "invoice_there"));
        }
        let claim = Claim {
            opened: false,
            invoice: number,
            yuan,
            ..filed.claim.clone()
        };
        let given = self.amended(index, &claim)?;
        let complete = self.missing(index) == ["invoice"];
        let place = complete && state == State::Filed;
        if place {
            self.place_for(claim.programme, claim.amount())?;
        }
        let to = match state {
            State::Reserved if complete => State::InReview,
            same => same,
        };
        self.go(index, Act::Invoice, to, "invoiced", given);
        self.wait_or_review(index);
        self.says(index, claim);
        if place { self.place(index) } else { Ok(()) }
    }

    fn correct(&mut self, index: usize, claim: &Claim) -> Done {
        let filed = &self.filed[index];
        if filed.state != State::Returned {
            return Err(wrong_state());
        }
        if claim.programme != filed.claim.programme {
            let mut malformed = problem(422, "claim_malformed");
            malformed.codes.push("not_in_list".to_owned());
            return Err(malformed);
        }
        if claim.opened {
            return Err(problem(409, "invoice_missing"));
        }
        let given = self.amended(index, claim)?;
        self.go(index, Act::Correct, State::InReview, "corrected", given);
        self.says(index, claim.clone());
        Ok(())
    }

    /// What a claim gives back when it says this from now on.
    fn amended(&self, index: usize, claim: &Claim) -> Result<i64, Seen> {
        let reasons = self.standing_reasons(claim, index, None);
        if !reasons.is_empty() {
            return Err(ineligible(reasons));
        }
        let given = self.filed[index].amount - claim.amount();
        if given < 0 {
            return Err(problem(422, "amount_above_hold"));
        }
        Ok(given)
    }

    fn says(&mut self, index: usize, claim: Claim) {
        let filed = &mut self.filed[index];
        filed.amount = claim.amount();
        filed.claim = claim;
    }

    fn goods_returned(&mut self, index: usize) -> Done {
        match self.filed[index].state {
            State::Paying => {
                self.raise_flag(index, GOODS);
                Ok(())
            }
            State::Paid => {
                self.filed[index].place_used = self.terms(index).has(Term::PlaceUsed);
                self.claw_back(index);
                Ok(())
            }
            state if state == State::Approved || is_undecided(state) => {
                self.end_by_goods(index);
                Ok(())
            }
            _ => Err(wrong_state()),
        }
    }

    /// The goods of a claim that is not paid went back.
    pub(super) fn end_by_goods(&mut self, index: usize) {
        let amount = self.filed[index].amount;
        let to = State::GoodsReturned;
        self.go(index, Act::ReturnGoods, to, "goods_returned", amount);
        self.filed[index].place_used = self.terms(index).has(Term::PlaceUsed);
    }

    fn appeal(&mut self, index: usize) -> Done {
        let filed = &self.filed[index];
        let state = filed.state;
        if !matches!(state, State::Refused | State::Rejected | State::Voided) {
            return Err(wrong_state());
        }
        if filed.contested.is_some() || !self.terms(index).has(Term::Appeals) {
            return Err(problem(409, "not_appealable"));
        }
        self.go(index, Act::Appeal, State::Appealed, "appealed", 0);
        self.filed[index].contested = Some(state);
        Ok(())
    }

    /// The deadline comes, if there is one.
    pub(super) fn overdue(&mut self, index: usize) -> Seen {
        let filed = &self.filed[index];
        if filed.deadline {
            let amount = filed.amount;
            self.go(index, Act::Lapse, State::Lapsed, "lapsed", amount);
        }
        self.shown(index)
    }
}

/// The flag of goods that went back while a payment was on its way.
pub(super) const GOODS: &str = "goods_returned";

/// Before an approval.
pub(super) fn is_undecided(state: State) -> bool {
    matches!(state, State::Filed | State::Waiting) || HELD.contains(&state)
}

/// A claim that would be refused now.
pub(super) fn ineligible(reasons: Vec<String>) -> Seen {
    let mut seen = problem(422, "claim_ineligible");
    seen.codes.extend(reasons);
    seen
}
