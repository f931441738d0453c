//! Two finance users at one pool.

use std::collections::HashSet;

use tradein::banking::{Fate, Outcome};
use tradein::domain::claim::ClaimState;
use tradein::domain::ids::BatchId;
use tradein::domain::money::Fen;
use tradein::operations::denial::{ActError, Denial};
use tradein::operations::outcomes::import;
use tradein::operations::payout::{self, BatchView, NewBatch};
use tradein::storage::payout_lines;

use super::duel::{duel, tally, winner};
use crate::bureau::{Bureau, Lane, POOL, kinds, look};
use crate::support::Backend;
use crate::support::effort::seed;

const CLAIMS: u64 = 1_000;
const BATCHES: usize = 100;
const PLENTY: Fen = Fen::from_yuan(100_000_000);

#[test]
fn two_persons_seal_and_release_at_once_and_each_claim_is_paid_once() {
    let seed = seed("two finance users");
    let bureau = Bureau::new(Backend::Postgres, seed, PLENTY);
    let lane = bureau.lane();
    let claims = bureau.approved(&lane, 0..CLAIMS);
    let [first, second] = bureau.people.finance;

    // Each could seal all of them by himself.
    let rounds = vec![(); BATCHES];
    let limit = CLAIMS as i64 / BATCHES as i64;
    let seal = |who| {
        move |lane: &Lane, _: &()| {
            let wanted = NewBatch::of(POOL, limit);
            let sealed = lane.run(payout::seal(&lane.engine, &who, wanted))?;
            lane.run(payout::get(&lane.engine, sealed.id))
        }
    };
    let done = duel(&bureau, &rounds, &seal(first), &seal(second));
    let sides = done.iter().map(|(left, _)| (first, left));
    let sides = sides.chain(done.iter().map(|(_, right)| (second, right)));
    let mut batches = Vec::new();
    for (who, sealed) in sides {
        match sealed {
            Ok(batch) => batches.push((who, batch.clone())),
            Err(ActError::Denied(Denial::NothingToPay)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    check_batches(
        &lane,
        &batches.iter().map(|(_, b)| b.clone()).collect::<Vec<_>>(),
    );

    // A batch is released once, and never by the one who sealed it.
    let release =
        |who| move |lane: &Lane, id: &BatchId| lane.run(payout::release(&lane.engine, &who, *id));
    let ids = |sealer| {
        let own = batches.iter().filter(move |(who, _)| *who == sealer);
        own.map(|(_, b)| b.id).collect::<Vec<BatchId>>()
    };
    for (sealer, other) in [(first, second), (second, first)] {
        let ids = ids(sealer);
        let nil = tradein::domain::ids::ClaimId(uuid::Uuid::nil());
        let done = duel(&bureau, &ids, &release(other), &release(other));
        tally(done.iter().map(|(left, right)| winner(nil, left, right))).unwrap();
        let alone = lane.run(payout::release(&lane.engine, &sealer, ids[0]));
        let denied = ActError::Denied(Denial::SecondPersonRequired);
        assert_eq!(alone.err(), Some(denied));
    }

    // Two persons import the same file at once: each payment counts once.
    let names = lane.with(|conn| {
        let of = |batch: &BatchView| payout_lines::payments_of(conn, batch.id).unwrap();
        batches
            .iter()
            .map(|(_, b)| b)
            .flat_map(of)
            .collect::<Vec<_>>()
    });
    let files: Vec<Vec<Outcome>> = names
        .chunks(100)
        .map(|names| names.iter().map(|name| paid(name)).collect())
        .collect();
    let take = |who| {
        move |lane: &Lane, file: &Vec<Outcome>| {
            lane.run(import(&lane.engine, &who, file.clone())).unwrap()
        }
    };
    let done = duel(&bureau, &files, &take(first), &take(second));
    let counted = |f: fn(&tradein::operations::outcomes::Imported) -> u64| -> u64 {
        done.iter().map(|(a, b)| f(a) + f(b)).sum()
    };
    assert_eq!(
        (counted(|i| i.paid), counted(|i| i.repeated)),
        (CLAIMS, CLAIMS)
    );
    let entries = kinds(&bureau.entries(&lane));
    for claim in claims {
        assert_eq!(look(&lane, claim.id).state, ClaimState::Paid);
        for kind in ["paying", "paid"] {
            assert_eq!(entries.get(&(claim.id, kind)), Some(&1));
        }
    }
    bureau.check_books(&lane);
}

fn paid(name: &str) -> Outcome {
    Outcome {
        id: name.to_owned(),
        fate: Fate::Paid,
        line: 0,
    }
}

/// Numbers without gaps, no claim in two batches, all claims in one, control sums to the fen.
fn check_batches(lane: &Lane, batches: &[BatchView]) {
    let mut numbers: Vec<i64> = batches.iter().map(|b| b.number).collect();
    numbers.sort_unstable();
    assert!(
        (1..).zip(&numbers).all(|(n, number)| n == *number),
        "{numbers:?}"
    );
    let (mut claims, mut names) = (HashSet::new(), HashSet::new());
    for batch in batches {
        let lines = lane.with(|conn| payout_lines::lines_of(conn, batch.id).unwrap());
        let net: i64 = lines.iter().map(|line| line.net).sum();
        assert_eq!((net, lines.len() as i64), (batch.total.fen(), batch.lines));
        for line in lines {
            assert!(claims.insert(line.claim), "a claim stands in two batches");
            assert!(names.insert(line.end_to_end_id), "a name is used twice");
        }
    }
    println!("{} batches", batches.len());
    assert_eq!(claims.len() as u64, CLAIMS);
}
