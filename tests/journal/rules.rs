//! The rules that the fold knows: clean histories pass, each broken rule is named.

use tradein::domain::claim::Bucket::{Committed, Free, Funding, Paid, Reserved};
use tradein::domain::claim::ClaimState;
use tradein::domain::money::Fen;
use tradein::domain::time::Timestamp;
use tradein::journal::entry::EntryKind::{self, Flagged, Promoted, Waiting, Withdrawn};
use tradein::journal::export::verify_export;

use crate::history::{Dice, Held, History, keys, seed, signer};

#[test]
fn clean_histories_pass_and_the_proof_is_the_model() {
    let seed = seed();
    println!("TRADEIN_TEST_SEED={seed}");
    let mut dice = Dice(seed);
    for round in 0..400 {
        let steps = 1 + dice.below(120);
        let history = History::random(&mut dice, steps);
        let export = history.export(&signer());
        let proofs = verify_export(export.as_bytes(), Some(&keys()))
            .unwrap_or_else(|error| panic!("round {round}: {error}"));
        let [proof] = proofs.try_into().unwrap();
        assert_eq!(proof.entries, history.entries.len() as i64);
        assert_eq!(proof.free.fen(), history.free);
        let held: i64 = history.held.iter().map(|held| held.amount).sum();
        assert_eq!(proof.reserved.fen(), held);
        assert_eq!(proof.cap.fen(), history.free + held);
        assert_eq!(proof.waiting, history.line.len() as i64);
        let lists = [
            (ClaimState::Reserved, &history.held),
            (ClaimState::Waiting, &history.line),
        ];
        for (state, list) in lists {
            let traced = proof.claims.values().filter(|trace| trace.state == state);
            assert_eq!(traced.count(), list.len());
            for held in list {
                let trace = &proof.claims[&held.claim];
                assert_eq!(trace.state, state);
                assert_eq!(trace.amount.fen(), held.amount);
                assert_eq!(trace.position, Some(held.position));
            }
        }
    }
}

/// 20.00 in the pool; 15.00 is held, 8.00 and 3.00 wait when strict; when not, only 8.00 waits.
fn pool(strict: bool) -> History {
    let mut history = History::open(strict, 2_000);
    history.submit(1_500);
    history.submit(800);
    history.submit(300);
    history
}

/// The code of the fault that `spoil` makes, which must be found at the last entry.
fn fault(strict: bool, spoil: impl Fn(&mut History)) -> &'static str {
    let mut history = pool(strict);
    history.proof().unwrap();
    spoil(&mut history);
    let error = history.proof().unwrap_err();
    assert_eq!(error.seq, history.entries.len() as i64, "{error}");
    error.code()
}

/// As [`fault`] for a next entry of `kind`, shaped by `shape`.
fn next(kind: EntryKind, shape: impl Fn(&mut tradein::journal::entry::Entry)) -> &'static str {
    fault(true, |history| {
        let mut entry = history.entry(kind, 0, None);
        shape(&mut entry);
        history.push(entry);
    })
}

fn newcomer(position: i64, amount: i64) -> Held {
    Held {
        claim: [9; 32],
        position,
        amount,
    }
}

#[test]
fn the_chain_and_the_pool_hold() {
    assert_eq!(next(EntryKind::Refused, |e| e.seq += 1), "seq_gap");
    assert_eq!(next(EntryKind::Refused, |e| e.seq -= 1), "seq_gap");
    assert_eq!(
        next(EntryKind::Refused, |e| e.prev = [1; 32]),
        "broken_chain"
    );
    assert_eq!(next(EntryKind::Refused, |e| e.pool.push('x')), "other_pool");
    assert_eq!(
        next(EntryKind::Refused, |e| e.at = Timestamp(0)),
        "time_backwards"
    );
    assert_eq!(next(EntryKind::Opened, |_| ()), "opened_twice");
    assert_eq!(next(EntryKind::Refused, |_| ()), "wrong_fields");
    assert_eq!(
        next(EntryKind::ToppedUp, |e| e.claim = Some([9; 32])),
        "wrong_fields"
    );
    assert_eq!(
        next(EntryKind::ToppedUp, |e| e.detail = Some("fit".into())),
        "wrong_fields"
    );
    assert_eq!(
        next(EntryKind::ToppedUp, |e| e.moved = Some((Free, Paid))),
        "wrong_move"
    );
    assert_eq!(next(EntryKind::ToppedUp, |_| ()), "wrong_move");

    let mut history = History::open(true, 100);
    history.entries[0].detail = Some("none".to_owned());
    assert_eq!(history.proof().unwrap_err().code(), "unknown_remainder");
    history.entries[0].kind = EntryKind::ToppedUp;
    assert_eq!(history.proof().unwrap_err().code(), "not_opened");
    let too_much = next(EntryKind::ToppedUp, |e| {
        e.amount = Fen::MAX;
        e.moved = Some((Funding, Free));
    });
    assert_eq!(too_much, "too_much");
}

#[test]
fn a_hash_that_is_not_of_the_content_is_found() {
    let history = pool(true);
    let text = history.export(&signer());
    let first = history.entries[0].hash();
    let hash = tradein::journal::canonical::hex(&first);
    let stated = format!("\"hash\":\"{hash}\"");
    let changed = text.replacen(&stated, &format!("\"hash\":\"{}\"", "0".repeat(64)), 1);
    let error = verify_export(changed.as_bytes(), None).unwrap_err();
    assert_eq!((error.code(), error.seq), ("wrong_hash", 1));
}

#[test]
fn money_does_not_come_from_nowhere() {
    let mut history = History::open(true, 1_000);
    history.about(
        EntryKind::Reserved,
        &newcomer(1, 1_001),
        Some((Free, Reserved)),
    );
    let error = history.proof().unwrap_err();
    assert_eq!((error.code(), error.seq), ("overdrawn", 2));

    let moves = [(Free, Committed), (Reserved, Free), (Reserved, Paid)];
    for moved in moves {
        let code = fault(true, |h| {
            h.about(EntryKind::Reserved, &newcomer(4, 1), Some(moved))
        });
        assert_eq!(code, "wrong_move");
    }
    let refused = next(EntryKind::Refused, |e| {
        e.claim = Some([9; 32]);
        e.amount = Fen::from_yuan(1);
    });
    assert_eq!(refused, "wrong_move");
}

#[test]
fn positions_have_no_gap_and_claims_come_once() {
    let waits = |position| fault(true, |h| h.about(Waiting, &newcomer(position, 900), None));
    for position in [1, 3, 5] {
        assert_eq!(waits(position), "position_gap");
    }
    let again = |h: &mut History| {
        let again = Held {
            position: 4,
            ..h.held[0].clone()
        };
        h.about(Waiting, &again, None);
    };
    assert_eq!(fault(true, again), "claim_repeated");
    let no_place = next(Waiting, |e| e.claim = Some([9; 32]));
    assert_eq!(no_place, "wrong_fields");
}

#[test]
fn a_claim_lives_as_the_table_says() {
    let release = Some((Reserved, Free));
    let hold = Some((Free, Reserved));
    let unknown = newcomer(1, 100);
    assert_eq!(
        fault(true, |h| h.about(Withdrawn, &unknown, release)),
        "claim_unknown"
    );
    assert_eq!(
        fault(true, |h| h.about(Promoted, &unknown, hold)),
        "claim_unknown"
    );
    assert_eq!(fault(true, |h| h.flag([9; 32])), "claim_unknown");

    let held = pool(true).held[0].clone();
    let waits = pool(true).line[0].clone();
    assert_eq!(
        fault(true, |h| h.about(Promoted, &held, hold)),
        "wrong_state"
    );
    assert_eq!(
        fault(true, |h| h.about(Withdrawn, &held, None)),
        "wrong_move"
    );
    assert_eq!(
        fault(true, |h| h.about(Withdrawn, &waits, release)),
        "wrong_move"
    );
    let twice = |h: &mut History| {
        h.withdraw_held(0);
        h.about(Withdrawn, &held, release);
    };
    assert_eq!(fault(true, twice), "wrong_state");

    let less = Held {
        amount: 1_499,
        ..held.clone()
    };
    assert_eq!(
        fault(true, |h| h.about(Withdrawn, &less, release)),
        "wrong_amount"
    );
    let elsewhere = Held {
        position: 2,
        ..held.clone()
    };
    assert_eq!(
        fault(true, |h| h.about(Withdrawn, &elsewhere, release)),
        "wrong_position"
    );
    let flagged = |h: &mut History| {
        let mut entry = h.entry(Flagged, 0, None);
        entry.claim = Some(held.claim);
        entry.position = Some(3);
        h.push(entry);
    };
    assert_eq!(fault(true, flagged), "wrong_position");
}

#[test]
fn strict_serves_nobody_before_the_head_of_the_line() {
    let hold = Some((Free, Reserved));
    let newcomer = newcomer(4, 100);
    let direct = fault(true, |h| h.about(EntryKind::Reserved, &newcomer, hold));
    assert_eq!(direct, "passed_the_line");
    let second = pool(true).line[1].clone();
    assert_eq!(second.amount, 300, "which the free 5.00 would cover");
    assert_eq!(
        fault(true, |h| h.about(Promoted, &second, hold)),
        "passed_the_line"
    );
}

#[test]
fn fit_passes_only_those_whom_the_rest_does_not_cover() {
    let hold = Some((Free, Reserved));
    let mut history = pool(false);
    assert_eq!(history.line.len(), 1, "3.00 was served, 8.00 waits");
    history.submit(100);
    history.submit(500);
    history.submit(400);
    history.proof().unwrap();
    // 1.00 is free. With 7.00 more, 5.00 is the first in line whom 8.00 does not need.
    let line = history.line.clone();
    assert_eq!(
        line.iter().map(|held| held.amount).collect::<Vec<_>>(),
        [800, 500, 400]
    );

    let more = |fen: i64, serve: &Held| {
        let mut history = history.clone();
        let top_up = history.entry(EntryKind::ToppedUp, fen, Some((Funding, Free)));
        history.push(top_up);
        history.about(Promoted, serve, hold);
        history.proof().map_err(|error| error.code())
    };
    assert!(more(400, &line[1]).is_ok(), "8.00 does not fit in 5.00");
    assert!(
        more(300, &line[2]).is_ok(),
        "neither 8.00 nor 5.00 fits in 4.00"
    );
    assert_eq!(more(400, &line[2]).unwrap_err(), "passed_the_line");
    assert_eq!(more(700, &line[1]).unwrap_err(), "passed_the_line");
    assert_eq!(more(300, &line[1]).unwrap_err(), "overdrawn");
}
