//! Two persons at one claim.

use std::collections::HashSet;
use std::sync::Mutex;

use tradein::domain::claim::ClaimState;
use tradein::domain::money::Fen;
use tradein::operations::claims::ClaimView;
use tradein::operations::review::{self, Decision};

use super::meet::{alone, approve_against, withdraw_it, withdrawn_twice};
use crate::bureau::{Bureau, LANG, Lane, decide, finding};
use crate::support::Backend;
use crate::support::effort::seed;

const ROUNDS: u64 = 1_000;
/// Enough for every claim.
const PLENTY: Fen = Fen::from_yuan(100_000_000);

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

#[test]
fn money_is_freed_once() {
    let seed = seed("withdrawn twice");
    let bureau = Bureau::new(Backend::Postgres, seed, PLENTY);
    let won = withdrawn_twice(&bureau, ROUNDS).unwrap();
    println!("{ROUNDS} rounds: the first and the second {won:?}");
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
