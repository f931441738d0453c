//! What the bureau decides about claims.

use tradein::domain::claim::ClaimState as State;
use tradein::domain::transition::Act;

use super::dealer::{GOODS, ineligible, is_undecided};
use super::filing::{is_award, is_final, is_live, is_too_dear};
use super::{Done, Model, Rules, Seen, exit, problem, second_person, wrong_state};
use crate::model::command::{Deed, Role, Who};

/// The flag that people put on claims.
pub const LOOK: &str = "look";

impl Model {
    pub(super) fn decide(&mut self, index: usize, who: Who, deed: &Deed) -> Done {
        let person = who.person();
        match deed {
            Deed::Recommend => self.recommend(index, person),
            Deed::Return => self.give_back(index, person),
            Deed::Reject if who.role() == Some(Role::Reviewer) => self.propose(index, person),
            Deed::Reject => self.confirm_rejection(index, person),
            Deed::Reopen => self.reopen(index, person),
            Deed::Approve => self.approve(index, person),
            Deed::Void => self.void(index, person),
            Deed::Decide(won) => self.decide_appeal(index, person, *won),
            _ => Err(wrong_state()),
        }
    }

    /// The oldest claim that waits for a reviewer, or what he has on his desk already.
    pub(super) fn next(&mut self, person: usize) -> Seen {
        let apart = |n: &usize| !self.filed[*n].flags.is_empty();
        let by_age = |n: &usize| (self.filed[*n].review, *n);
        let all = || (0..self.filed.len()).filter(|n| !apart(n));
        let in_state = |n: usize, state: State| self.filed[n].state == state;
        let mine =
            all().filter(|n| in_state(*n, State::InReview) && self.filed[*n].desk == Some(person));
        let waits = all().filter(|n| {
            let turn = in_state(*n, State::InReview) || in_state(*n, State::Reserved);
            turn && self.filed[*n].review.is_some() && self.filed[*n].desk.is_none()
        });
        let Some(index) = mine.min_by_key(by_age).or(waits.min_by_key(by_age)) else {
            return exit(204);
        };
        if in_state(index, State::Reserved) {
            self.go(index, Act::BeginReview, State::InReview, "review_begun", 0);
        }
        self.filed[index].desk = Some(person);
        Seen {
            numbers: vec![index as i64],
            ..self.shown(index)
        }
    }

    /// A reviewer may act on a claim in review that no other has on his desk.
    fn on_desk(&self, index: usize, person: usize) -> Done {
        let filed = &self.filed[index];
        if filed.state != State::InReview {
            return Err(wrong_state());
        }
        match filed.desk {
            Some(holder) if holder != person => Err(problem(409, "leased_elsewhere")),
            _ => Ok(()),
        }
    }

    fn kept_apart(&self, index: usize) -> Done {
        if self.filed[index].flags.is_empty() {
            Ok(())
        } else {
            Err(problem(409, "kept_apart"))
        }
    }

    /// Nobody decides what he prepared.
    fn another_person(&self, index: usize, person: usize) -> Done {
        let prepared = self.filed[index].prepared_by == Some(person);
        if prepared && self.rules != Rules::OnePersonDecides {
            return Err(second_person());
        }
        Ok(())
    }

    fn recommend(&mut self, index: usize, person: usize) -> Done {
        self.on_desk(index, person)?;
        self.kept_apart(index)?;
        if self.filed[index].claim.opened {
            return Err(problem(409, "invoice_missing"));
        }
        self.go(index, Act::Recommend, State::Recommended, "recommended", 0);
        self.filed[index].prepared_by = Some(person);
        Ok(())
    }

    fn give_back(&mut self, index: usize, person: usize) -> Done {
        self.on_desk(index, person)?;
        if self.filed[index].rounds >= self.terms(index).rounds {
            return Err(problem(409, "rounds_exhausted"));
        }
        self.go(index, Act::Return, State::Returned, "returned", 0);
        let filed = &mut self.filed[index];
        filed.rounds += 1;
        filed.deadline = true;
        Ok(())
    }

    fn propose(&mut self, index: usize, person: usize) -> Done {
        self.on_desk(index, person)?;
        let to = State::RejectionProposed;
        self.go(index, Act::ProposeRejection, to, "rejection_proposed", 0);
        self.filed[index].prepared_by = Some(person);
        Ok(())
    }

    fn confirm_rejection(&mut self, index: usize, person: usize) -> Done {
        if self.filed[index].state != State::RejectionProposed {
            return Err(wrong_state());
        }
        self.another_person(index, person)?;
        let amount = self.filed[index].amount;
        let to = State::Rejected;
        self.go(index, Act::ConfirmRejection, to, "rejected", amount);
        self.ended(index, person)
    }

    fn ended(&mut self, index: usize, person: usize) -> Done {
        let filed = &mut self.filed[index];
        filed.ended_by.insert(person);
        filed.ended = Some(self.now);
        Ok(())
    }

    fn reopen(&mut self, index: usize, person: usize) -> Done {
        let state = self.filed[index].state;
        if !matches!(state, State::Recommended | State::RejectionProposed) {
            return Err(wrong_state());
        }
        self.another_person(index, person)?;
        self.go(index, Act::Reopen, State::InReview, "reopened", 0);
        self.filed[index].prepared_by = None;
        Ok(())
    }

    fn approve(&mut self, index: usize, person: usize) -> Done {
        if self.filed[index].state != State::Recommended {
            return Err(wrong_state());
        }
        self.another_person(index, person)?;
        self.kept_apart(index)?;
        let amount = self.filed[index].amount;
        self.go(index, Act::Approve, State::Approved, "approved", amount);
        let filed = &mut self.filed[index];
        filed.approved_by = Some(person);
        filed.approved = self.now;
        Ok(())
    }

    fn void(&mut self, index: usize, person: usize) -> Done {
        let filed = &self.filed[index];
        if filed.state != State::Approved && !is_undecided(filed.state) {
            return Err(wrong_state());
        }
        if filed.approved_by == Some(person) && self.rules != Rules::OnePersonDecides {
            return Err(second_person());
        }
        let amount = filed.amount;
        self.go(index, Act::Void, State::Voided, "voided", amount);
        self.ended(index, person)
    }

    fn decide_appeal(&mut self, index: usize, person: usize, won: bool) -> Done {
        let filed = &self.filed[index];
        if filed.state != State::Appealed {
            return Err(wrong_state());
        }
        if filed.prepared_by == Some(person) || filed.ended_by.contains(&person) {
            return Err(second_person());
        }
        if !won {
            let to = match filed.contested {
                Some(State::Voided) => State::Voided,
                _ => State::Rejected,
            };
            self.go(index, Act::LoseAppeal, to, "appeal_lost", 0);
            return Ok(());
        }
        let (claim, programme) = (filed.claim.clone(), filed.claim.programme);
        let nothing = is_too_dear(&claim);
        // What people looked at while it stood, they need not look at again.
        let awarded = filed.flags.iter().any(|code| is_award(&(*code).to_owned()));
        let since = if awarded { None } else { filed.ended };
        let mut reasons = self.refusals(&claim, Some(index), since.or(Some(0)));
        reasons.retain(|code| nothing || is_final(code));
        if !reasons.is_empty() {
            return Err(ineligible(reasons));
        }
        let (amount, pool) = (claim.amount(), self.pools[programme].as_mut().unwrap());
        if amount > pool.aside {
            return Err(problem(409, "aside_exhausted"));
        }
        pool.aside -= amount;
        self.go(index, Act::WinAppeal, State::InReview, "appeal_won", amount);
        let filed = &mut self.filed[index];
        filed.amount = amount;
        filed.held = true;
        filed.review = Some(self.now);
        filed.prepared_by = None;
        Ok(())
    }

    pub(super) fn flag(&mut self, index: usize) -> Seen {
        if !is_live(self.filed[index].state) {
            return wrong_state();
        }
        self.raise_flag(index, LOOK);
        self.shown(index)
    }

    pub(super) fn clear(&mut self, index: usize, code: &str) -> Seen {
        if code == GOODS && self.filed[index].state == State::Paying {
            return wrong_state();
        }
        if self.take_flag(index, code) {
            self.shown(index)
        } else {
            problem(404, "no_such_object")
        }
    }
}
