//! Deadlines and whoever is a moment too early or too late.

use std::collections::HashMap;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use tradein::domain::claim::ClaimState;
use tradein::domain::ids::ClaimId;
use tradein::domain::money::Fen;
use tradein::domain::time::Timestamp;
use tradein::operations::amend::correct;
use tradein::operations::claims::ClaimView;
use tradein::operations::denial::{ActError, Denial};
use tradein::operations::lapse;
use tradein::operations::review::{self, Decision};
use tradein::operations::withdraw::withdraw;

use super::duel::duel;
use super::meet::approve_against;
use crate::bureau::{Acted, Bureau, LANG, Lane, decide, finding, kinds, look};
use crate::support::Backend;
use crate::support::effort::seed;

const ROUNDS: u64 = 1_000;
const PLENTY: Fen = Fen::from_yuan(100_000_000);
/// From setting a deadline to its coming.
const AHEAD: Duration = Duration::from_millis(40);

/// Claims that were given back, with the number that each was made from.
fn returned(bureau: &Bureau, lane: &Lane, indexes: std::ops::Range<u64>) -> Vec<(u64, ClaimView)> {
    let filed = bureau.file(lane, indexes.clone());
    let numbers: HashMap<ClaimId, u64> = filed.iter().map(|c| c.id).zip(indexes).collect();
    let reviewer = bureau.people.reviewers[0];
    let mut returned = Vec::new();
    while let Some(claim) = lane
        .run(review::next(&lane.engine, &reviewer, LANG))
        .unwrap()
    {
        let back = Decision::Return(7, vec![finding()]);
        let claim = decide(lane, reviewer, &claim, back).unwrap();
        returned.push((numbers[&claim.id], claim));
    }
    returned
}

fn set_deadline(lane: &Lane, claim: &ClaimView, at: Timestamp) {
    let number = &claim.number;
    let statement = format!(
        "UPDATE claims SET deadline_us = {} WHERE number = '{number}'",
        at.0
    );
    lane.with(|conn| conn.batch_execute(&statement).unwrap());
}

/// Sweeps until the claim is settled one way or the other.
fn sweep_until_settled(lane: &Lane, id: ClaimId) -> u64 {
    let mut lapsed = 0;
    loop {
        lapsed += lane.with(|conn| lapse::sweep(conn).unwrap());
        if look(lane, id).state != ClaimState::Returned {
            return lapsed;
        }
        std::thread::sleep(Duration::from_micros(300));
    }
}

/// What a dealer does with a claim that was given back.
#[derive(Debug, Clone, Copy)]
enum Moved {
    Corrected,
    Withdrawn,
}

impl Moved {
    fn kind(self) -> &'static str {
        match self {
            Moved::Corrected => "corrected",
            Moved::Withdrawn => "withdrawn",
        }
    }

    fn state(self) -> ClaimState {
        match self {
            Moved::Corrected => ClaimState::InReview,
            Moved::Withdrawn => ClaimState::Withdrawn,
        }
    }
}

/// A dealer acts a millisecond before, at, and a millisecond after the deadline.
fn act_at_the_deadline(moved: Moved, backend: Backend, rounds: u64) {
    let seed = seed(&format!("{moved:?} at the deadline, {backend:?}"));
    let bureau = Bureau::new(backend, seed, PLENTY);
    let lanes = [bureau.lane(), bureau.lane()];
    let lane = &lanes[0];
    let (mut in_time, mut lapsed) = (0, 0);
    let mut deadlines = HashMap::new();
    let (ahead, mut lead) = (AHEAD.as_micros() as i64, 5_000);
    for (n, (number, claim)) in (0_i64..).zip(returned(&bureau, lane, 0..rounds)) {
        let deadline = Timestamp(lane.now().0 + ahead);
        set_deadline(lane, &claim, deadline);
        deadlines.insert(claim.id, deadline);
        // How long a transaction takes to get at its pool's lock depends on the machine, so who
        // aims at the deadline learns from the rounds before: half of them are in time.
        let aim = ahead - lead + 1_000 * (n % 3 - 1);
        let aim = Duration::from_micros(u64::try_from(aim).unwrap_or(0));
        let again = bureau.intake(number);
        let dealer = bureau.people.dealer;
        let act = |lane: &Lane, claim: &ClaimView| -> Acted {
            std::thread::sleep(aim);
            let (engine, intake) = (&lane.engine, again.clone());
            let (id, seen) = (claim.id, claim.revision);
            match moved {
                Moved::Corrected => lane.run(correct(engine, &dealer, id, seen, intake, LANG)),
                Moved::Withdrawn => lane.run(withdraw(engine, &dealer, id, seen, LANG)),
            }
        };
        let sweep = |lane: &Lane, claim: &ClaimView| sweep_until_settled(lane, claim.id);
        let done = duel_once(&lanes, &claim, act, sweep);
        let state = look(lane, claim.id).state;
        match done {
            (Ok(_), 0) => {
                assert_eq!(state, moved.state());
                in_time += 1;
                lead -= 700;
            }
            (Err(error), 1) => {
                let told = matches!(
                    error,
                    ActError::Stale
                        | ActError::WrongState(ClaimState::Lapsed)
                        | ActError::Denied(Denial::DeadlinePassed)
                );
                assert!(told, "{error}");
                assert_eq!(state, ClaimState::Lapsed);
                lapsed += 1;
                lead += 700;
            }
            (acted, swept) => panic!("{:?} and {swept} lapsed: {state}", acted.err()),
        }
    }
    println!(
        "{rounds} rounds: {in_time} {}, {lapsed} lapsed",
        moved.kind()
    );
    assert!(in_time > 0 && lapsed > 0, "they never met");
    // By the journal: whatever happened before the deadline is the dealer's, and from it on only
    // the engine acts.
    let entries = bureau.entries(lane);
    for (claim, entry) in &entries {
        let Some(deadline) = claim.and_then(|claim| deadlines.get(&claim)) else {
            continue;
        };
        match entry.kind.as_str() {
            kind if kind == moved.kind() => assert!(entry.at < *deadline, "{kind} at {}", entry.at),
            "lapsed" => assert!(entry.at >= *deadline, "lapsed at {}", entry.at),
            _ => {}
        }
    }
    let counted = kinds(&entries);
    for id in deadlines.keys() {
        let ends = [moved.kind(), "lapsed"].map(|kind| counted.get(&(*id, kind)).copied());
        assert!(
            matches!(ends, [Some(1), None] | [None, Some(1)]),
            "{id}: {ends:?}"
        );
    }
    bureau.check_books(lane);
}

/// One round of two instances at the same moment.
fn duel_once<A, B: Send>(
    [mine, theirs]: &[Lane; 2],
    claim: &ClaimView,
    left: impl FnOnce(&Lane, &ClaimView) -> A,
    right: impl FnOnce(&Lane, &ClaimView) -> B + Send,
) -> (A, B) {
    std::thread::scope(|scope| {
        let other = scope.spawn(|| right(theirs, claim));
        (left(mine, claim), other.join().unwrap())
    })
}

#[test]
fn at_the_deadline_a_claim_is_corrected_or_lapses() {
    for (backend, rounds) in [(Backend::Postgres, 300), (Backend::Sqlite, 200)] {
        act_at_the_deadline(Moved::Corrected, backend, rounds);
    }
}

#[test]
fn at_the_deadline_a_claim_is_withdrawn_or_lapses() {
    for (backend, rounds) in [(Backend::Postgres, ROUNDS), (Backend::Sqlite, 200)] {
        act_at_the_deadline(Moved::Withdrawn, backend, rounds);
    }
}

#[test]
fn what_waits_for_approval_does_not_lapse() {
    let seed = seed("approve against lapse");
    let bureau = Bureau::new(Backend::Postgres, seed, PLENTY);
    // Whatever stands in its deadline: a claim that is somebody else's turn has none.
    let sweep = |lane: &Lane, claim: &ClaimView| -> Acted {
        set_deadline(lane, claim, Timestamp(1));
        let lapsed = lane.with(|conn| lapse::sweep(conn).unwrap());
        assert_eq!(lapsed, 0, "a recommended claim lapsed");
        Err(ActError::Stale)
    };
    let won = approve_against(&bureau, 300, &sweep, ClaimState::Lapsed).unwrap();
    assert_eq!(won, (300, 0));
}

#[test]
fn sweeps_end_each_claim_once() {
    for backend in Backend::ALL {
        let seed = seed(&format!("sweeps {backend:?}"));
        let bureau = Bureau::new(backend, seed, PLENTY);
        let lane = bureau.lane();
        let ids: Vec<ClaimId> = returned(&bureau, &lane, 0..ROUNDS)
            .iter()
            .map(|(_, claim)| claim.id)
            .collect();
        assert_eq!(ids.len() as u64, ROUNDS);
        bureau
            .database
            .execute("UPDATE claims SET deadline_us = 1 WHERE state = 'returned'");
        let sweep = |lane: &Lane, _: &()| lane.with(|conn| lapse::sweep(conn).unwrap());
        let done = duel(&bureau, &[(), (), ()], &sweep, &sweep);
        println!("{backend:?}, {ROUNDS} claims: {done:?}");
        let total: u64 = done.iter().map(|(a, b)| a + b).sum();
        assert_eq!(total, ROUNDS);
        let counted = kinds(&bureau.entries(&lane));
        for id in ids {
            assert_eq!(counted.get(&(id, "lapsed")), Some(&1));
            assert_eq!(look(&lane, id).state, ClaimState::Lapsed);
        }
        bureau.check_books(&lane);
    }
}
