//! A way out of everything: from wherever the claims stand, the next command that brings one of
//! them nearer to its end.

use tradein::domain::claim::ClaimState as State;

use super::command::{Command, Deed, Money, Office, Role, Stage, Who};
use super::programmes::PROGRAMMES;
use super::reference::Model;

/// The next command on the way out; none when every claim has ended and all money is free.
pub fn way_out(model: &Model) -> Option<Command> {
    let stopped = model.stopped().into_iter();
    if let Some((programme, _)) = stopped.into_iter().find(|(_, s)| *s == Stage::Payout) {
        let go_on = Office::Stage(programme, Stage::Payout, false);
        return Some(Command::Run(Who::Staff(0, Role::Operator), go_on));
    }
    let all = 0..model.filed();
    let in_state = |state: State| all.clone().find(|n| model.state(*n) == state);
    // What is set off in a payment is not known before the payment is.
    if let Some(claim) = in_state(State::Paying) {
        return Some(unpaid(model, claim));
    }
    let next = all.clone().find_map(|claim| end(model, claim));
    next.or_else(|| (0..PROGRAMMES.len()).find_map(|n| give_back_aside(model, n)))
}

/// The bank sends the payment back, after its batch was released.
fn unpaid(model: &Model, claim: usize) -> Command {
    let line = model.lines().iter().rfind(|l| l.claim == claim).unwrap();
    let batch = &model.batches()[line.batch];
    let office = if batch.released {
        Office::Outcomes(vec![(claim, line.attempt, false)])
    } else if model.is_kept(line.batch) {
        Office::Discard(line.batch)
    } else {
        Office::Release(line.batch)
    };
    let another = (batch.sealed_by + 1) % 3;
    Command::Run(Who::Staff(another, Role::Finance), office)
}

fn end(model: &Model, claim: usize) -> Option<Command> {
    let by = |person| Who::Staff(person, Role::Approver);
    let act = |who, deed| Some(Command::Act(who, claim, 0, deed));
    match model.state(claim) {
        State::Filed
        | State::Waiting
        | State::Reserved
        | State::InReview
        | State::Returned
        | State::Recommended
        | State::RejectionProposed
        | State::Approved => act(by(model.may_void(claim)), Deed::Void),
        State::Appealed => act(by(model.may_decide(claim)), Deed::Decide(false)),
        State::Paid => act(Who::Dealer, Deed::GoodsReturned),
        State::ClawbackDue => {
            let owed = model.owed();
            let index = owed.iter().position(|o| o.claim == claim && o.rest() > 0)?;
            let office = Office::PayIn(index, owed[index].rest(), 1_000 + index as u64);
            Some(Command::Run(Who::Staff(0, Role::Finance), office))
        }
        _ => None,
    }
}

fn give_back_aside(model: &Model, programme: usize) -> Option<Command> {
    let aside = model.aside(programme);
    let office = Office::Money(programme, Money::ReleaseAside, aside);
    (aside > 0).then_some(Command::Run(Who::Staff(0, Role::Operator), office))
}
