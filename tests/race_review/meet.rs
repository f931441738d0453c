//! Acts of two persons on one claim, and what is wrong afterwards, if anything is.

use tradein::domain::claim::ClaimState;
use tradein::operations::claims::ClaimView;
use tradein::operations::denial::{ActError, Denial};
use tradein::operations::review::Decision;
use tradein::operations::withdraw::withdraw;

use super::duel::{duel, tally, winner};
use crate::bureau::{Acted, Bureau, LANG, Lane, decide, look};

/// What is wrong after `rounds` claims were approved by one person while something else was
/// done to them by another.
pub fn approve_against(
    bureau: &Bureau,
    rounds: u64,
    other: &(dyn Fn(&Lane, &ClaimView) -> Acted + Sync),
    ends_as: ClaimState,
) -> Result<(usize, usize), String> {
    let lane = bureau.lane();
    let claims = bureau.recommended(&lane, 0..rounds);
    let approver = bureau.people.approvers[0];
    let approve = |lane: &Lane, claim: &ClaimView| decide(lane, approver, claim, Decision::Approve);
    let done = duel(bureau, &claims, &approve, other);
    let rounds = claims.iter().zip(&done).map(|(claim, (left, right))| {
        let won = winner(claim.id, left, right)?;
        let expected = match left {
            Ok(_) => ClaimState::Approved,
            Err(_) => ends_as,
        };
        let state = look(&lane, claim.id).state;
        if state == expected {
            Ok(won)
        } else {
            Err(format!("{}: {state} and not {expected}", claim.id))
        }
    });
    let won = tally(rounds)?;
    match bureau.wrong_books(&lane) {
        Some(wrong) => Err(wrong),
        None => Ok(won),
    }
}

/// Withdraws as the dealer.
pub fn withdraw_it(bureau: &Bureau) -> impl Fn(&Lane, &ClaimView) -> Acted + Sync {
    let dealer = bureau.people.dealer;
    move |lane, claim| {
        let act = withdraw(&lane.engine, &dealer, claim.id, claim.revision, LANG);
        lane.run(act)
    }
}

/// What is wrong after `rounds` claims were withdrawn by two requests at once.
pub fn withdrawn_twice(bureau: &Bureau, rounds: u64) -> Result<(usize, usize), String> {
    let lane = bureau.lane();
    let claims = bureau.file(&lane, 0..rounds);
    let (left, right) = (withdraw_it(bureau), withdraw_it(bureau));
    let done = duel(bureau, &claims, &left, &right);
    let rounds = claims.iter().zip(&done);
    let won = tally(rounds.map(|(claim, (left, right))| winner(claim.id, left, right)))?;
    match bureau.wrong_books(&lane) {
        Some(wrong) => Err(wrong),
        None => Ok(won),
    }
}

/// What is wrong after a claim's own reviewer tried to approve and to reject it.
pub fn alone(bureau: &Bureau, rounds: u64) -> Result<(), String> {
    let lane = bureau.lane();
    let mut same = bureau.people.reviewers[0];
    same.role = bureau.people.approvers[0].role;
    for claim in bureau.recommended(&lane, 0..rounds) {
        for decision in [Decision::Approve, Decision::Reopen] {
            let done = decide(&lane, same, &claim, decision);
            let denied = ActError::Denied(Denial::SecondPersonRequired);
            if done.as_ref().err() != Some(&denied) {
                return Err(format!("one person decided: {:?}", done.map(|c| c.state)));
            }
        }
    }
    Ok(())
}
