//! Two persons at one claim.

use std::collections::HashSet;
use std::sync::Mutex;

use tradein::domain::claim::ClaimState;
use tradein::domain::money::Fen;
use tradein::operations::claims::ClaimView;
use tradein::operations::denial::{ActError, Denial};
use tradein::operations::review::{self, Decision};
use tradein::operations::withdraw::withdraw;

use super::duel::{duel, tally, winner};
use crate::bureau::{Acted, Bureau, LANG, Lane, decide, finding, look, seed};
use crate::support::Backend;

const ROUNDS: u64 = 1_000;
/// Enough for every claim.
const PLENTY: Fen = Fen::from_yuan(100_000_000);

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

#[test]
fn a_claim_is_approved_or_withdrawn() {
    let seed = seed("approve against withdraw");
    let bureau = Bureau::new(Backend::Postgres, seed, PLENTY);
    let other = withdraw_it(&bureau);
    let won = approve_against(&bureau, ROUNDS, &other, ClaimState::Withdrawn).unwrap();
    println!("{ROUNDS} rounds: approved and withdrawn {won:?}");
    assert!(won.0 > 0 && won.1 > 0, "they never met: {won:?}");
}

#[test]
fn a_claim_is_approved_or_voided() {
    let seed = seed("approve against void");
    let bureau = Bureau::new(Backend::Postgres, seed, PLENTY);
    let second = bureau.people.approvers[1];
    let other =
        |lane: &Lane, claim: &ClaimView| decide(lane, second, claim, Decision::Void(finding()));
    let won = approve_against(&bureau, ROUNDS, &other, ClaimState::Voided).unwrap();
    println!("{ROUNDS} rounds: approved and voided {won:?}");
    assert!(won.0 > 0 && won.1 > 0, "they never met: {won:?}");
}

#[test]
fn of_two_approvers_one_approves() {
    let seed = seed("two approvers");
    let bureau = Bureau::new(Backend::Postgres, seed, PLENTY);
    let second = bureau.people.approvers[1];
    let other = |lane: &Lane, claim: &ClaimView| decide(lane, second, claim, Decision::Approve);
    let won = approve_against(&bureau, ROUNDS, &other, ClaimState::Approved).unwrap();
    println!("{ROUNDS} rounds: the first and the second {won:?}");
    assert!(won.0 > 0 && won.1 > 0, "they never met: {won:?}");
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

#[test]
fn money_is_freed_once() {
    let seed = seed("withdrawn twice");
    let bureau = Bureau::new(Backend::Postgres, seed, PLENTY);
    let won = withdrawn_twice(&bureau, ROUNDS).unwrap();
    println!("{ROUNDS} rounds: the first and the second {won:?}");
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

#[test]
fn nobody_approves_what_he_recommended() {
    for backend in Backend::ALL {
        let bureau = Bureau::new(backend, seed("alone"), PLENTY);
        alone(&bureau, 20).unwrap();
    }
}

#[test]
fn a_claim_goes_to_one_reviewer() {
    let seed = seed("two reviewers");
    let bureau = Bureau::new(Backend::Postgres, seed, PLENTY);
    let lane = bureau.lane();
    bureau.file(&lane, 0..ROUNDS);
    let taken = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for reviewer in bureau.people.reviewers {
            let (bureau, taken) = (&bureau, &taken);
            scope.spawn(move || {
                let lane = bureau.lane();
                while let Some(claim) = lane
                    .run(review::next(&lane.engine, &reviewer, LANG))
                    .unwrap()
                {
                    taken.lock().unwrap().push((claim.id, reviewer.staff));
                    // Off the desk, or it would be given again.
                    decide(&lane, reviewer, &claim, Decision::Recommend).unwrap();
                }
            });
        }
    });
    let taken = taken.into_inner().unwrap();
    let claims: HashSet<_> = taken.iter().map(|(claim, _)| *claim).collect();
    assert_eq!((taken.len() as u64, claims.len() as u64), (ROUNDS, ROUNDS));
    let first = bureau.people.reviewers[0].staff;
    let by_first = taken.iter().filter(|(_, staff)| *staff == first).count();
    println!("{ROUNDS} claims: {by_first} to the first of two reviewers");
    bureau.check_books(&lane);
}
