//! Who waits is served by the act that helps him, and no other act looks at the line.

use tradein::domain::claim::ClaimState;
use tradein::domain::ids::ClaimId;
use tradein::domain::money::Fen;
use tradein::domain::time::Timestamp;
use tradein::journal::entry::EntryKind;
use tradein::operations::author::{Author, Warrant};
use tradein::operations::denial::{ActError, Ended};
use tradein::operations::pool_money::{self, MoneyAct, MoneyKind, MoneyTerms};
use tradein::operations::pool_stages::{self, Brake, Stage};
use tradein::operations::review::{self, Decision};
use tradein::operations::scene::Packs;
use tradein::operations::withdraw::undo;
use tradein::operations::{OperationError, pools};
use tradein::rehearse::SplitMix64;
use tradein::storage::journal;

use super::meet::withdraw_it;
use crate::bureau::{Acted, Bureau, LANG, Lane, PACK, POOL, decide, finding, look};
use crate::support::Backend;
use crate::support::effort::seed;

const CAP: Fen = Fen::from_yuan(30_000);
const ACTS: usize = 120;

fn bureau(backend: Backend, remainder: &str, seed: u64) -> Bureau {
    let pack = PACK.replace(
        "remainder = \"strict\"",
        &format!("remainder = \"{remainder}\""),
    );
    Bureau::under(&pack, backend, seed, CAP)
}

/// How many are served where the whole line is looked at, whatever happened; only a look.
fn left_waiting(bureau: &Bureau, lane: &Lane) -> u64 {
    let mut served = 0;
    let looked: Result<(), OperationError> = lane.with(|conn| {
        conn.write(|conn| {
            let mut ledger = pools::lock(conn, bureau.pool)?;
            served = pools::promote(conn, &mut ledger, &mut Packs::default())?;
            Err(OperationError::Refused("only a look".into()))
        })
    });
    assert!(
        matches!(looked, Err(OperationError::Refused(_))),
        "{looked:?}"
    );
    served
}

fn money(lane: &Lane, kind: MoneyKind, yuan: u32) -> Result<(), Ended> {
    let terms = MoneyTerms {
        amount: Fen::from_yuan(yuan),
        pool: POOL.into(),
        reference: "test".into(),
        to: None,
    };
    let warrant = Warrant::alone(Author::CommandLine);
    let act = MoneyAct { kind, terms };
    lane.with(|conn| pool_money::act(conn, &act, &warrant).map(drop))
}

fn take_back(bureau: &Bureau, lane: &Lane, id: ClaimId) -> Acted {
    let claim = look(lane, id);
    let dealer = &bureau.people.dealer;
    lane.run(undo(&lane.engine, dealer, id, claim.revision, LANG))
}

/// Does something at random; says what.
fn one_act(
    bureau: &Bureau,
    lane: &Lane,
    random: &mut SplitMix64,
    ids: &mut Vec<ClaimId>,
) -> String {
    let any =
        |random: &mut SplitMix64, ids: &[ClaimId]| ids[random.below(ids.len() as u64) as usize];
    match random.below(20) {
        0..7 => {
            let first = ids.len() as u64;
            let filed = bureau.file(lane, first..first + 1 + random.below(3));
            ids.extend(filed.iter().map(|claim| claim.id));
            "file".into()
        }
        7..11 => {
            let id = any(random, ids);
            let done = withdraw_it(bureau)(lane, &look(lane, id));
            format!("withdraw {id}: {:?}", done.err())
        }
        11..14 => {
            let id = any(random, ids);
            format!("undo {id}: {:?}", take_back(bureau, lane, id).err())
        }
        14 => {
            let claim = look(lane, any(random, ids));
            let done = decide(
                lane,
                bureau.people.approvers[0],
                &claim,
                Decision::Void(finding()),
            );
            format!("void {}: {:?}", claim.id, done.err())
        }
        15 => {
            let claim = look(lane, any(random, ids));
            let done = decide(
                lane,
                bureau.people.reviewers[0],
                &claim,
                Decision::Recommend,
            );
            format!("recommend {}: {:?}", claim.id, done.err())
        }
        16..18 => {
            let brake = [Brake::Freeze, Brake::Resume, Brake::Resume][random.below(3) as usize];
            let by = Author::CommandLine;
            let set =
                |conn: &mut _| pool_stages::set(conn, POOL, Stage::Allocation, brake, "test", by);
            format!("{brake:?}: {:?}", lane.with(set).err())
        }
        _ => {
            let kinds = [
                MoneyKind::TopUp,
                MoneyKind::SetAside,
                MoneyKind::ReleaseAside,
            ];
            let kind = kinds[random.below(3) as usize];
            let yuan = 1 + random.below(4_000) as u32;
            format!("{kind:?} {yuan}: {:?}", money(lane, kind, yuan).err())
        }
    }
}

#[test]
fn whatever_is_done_nobody_is_left_waiting_who_could_be_served() {
    let (mut promoted, mut returned) = (0, 0);
    for (backend, remainder) in [
        (Backend::Sqlite, "strict"),
        (Backend::Sqlite, "fit"),
        (Backend::Postgres, "strict"),
        (Backend::Postgres, "fit"),
    ] {
        let seed = seed(&format!("serving, {backend:?} {remainder}"));
        let bureau = bureau(backend, remainder, seed);
        let lane = bureau.lane();
        let mut random = SplitMix64::new(seed);
        let first = bureau.file(&lane, 0..8);
        let mut ids: Vec<ClaimId> = first.iter().map(|claim| claim.id).collect();
        let mut log = Vec::new();
        for _ in 0..ACTS {
            log.push(one_act(&bureau, &lane, &mut random, &mut ids));
            assert_eq!(left_waiting(&bureau, &lane), 0, "{remainder}: {log:#?}");
        }
        let entries = bureau.entries(&lane);
        let count = |kind| entries.iter().filter(|(_, e)| e.kind == kind).count();
        let back = entries.iter().filter(|(_, e)| {
            e.kind == EntryKind::WithdrawalUndone && e.detail.as_deref() == Some("waiting")
        });
        promoted += count(EntryKind::Promoted);
        returned += back.count();
        bureau.check_books(&lane);
        // Planted: somebody waits who could be served.
        let _ = lane.with(|conn| {
            let by = Author::CommandLine;
            pool_stages::set(conn, POOL, Stage::Allocation, Brake::Resume, "test", by)
        });
        money(&lane, MoneyKind::TopUp, 1).unwrap();
        bureau.file(&lane, 5_000..5_040);
        bureau
            .database
            .execute("UPDATE claims SET amount = 1 WHERE state = 'waiting'");
        bureau
            .database
            .execute("UPDATE pools SET free = free + 100, cap = cap + 100");
        assert!(left_waiting(&bureau, &lane) > 0, "nobody noticed");
    }
    println!("{promoted} promoted, {returned} back in line");
    assert!(promoted > 8 && returned > 0, "{promoted}, {returned}");
}

/// Claims of a pool whose money is given out: one that holds some, and how many wait.
fn given_out(bureau: &Bureau, lane: &Lane) -> (ClaimId, usize) {
    let filed = bureau.file(lane, 0..30);
    let holds = filed.iter().find(|c| c.state == ClaimState::Reserved);
    let waiting = filed.iter().filter(|c| c.state == ClaimState::Waiting);
    (holds.unwrap().id, waiting.count())
}

#[test]
fn acts_that_help_nobody_do_not_read_the_line() {
    for backend in Backend::ALL {
        for remainder in ["strict", "fit"] {
            let bureau = bureau(backend, remainder, 7);
            let lane = bureau.lane();
            let (_, waiting) = given_out(&bureau, &lane);
            assert!(waiting > 0);
            // Whoever reads one of those who wait fails.
            let spoil = "UPDATE claims SET reasons = 'spoiled' WHERE state = 'waiting'";
            bureau.database.execute(spoil);
            let reviewer = bureau.people.reviewers[0];
            let claim = lane.run(review::next(&lane.engine, &reviewer, LANG));
            let claim = claim.unwrap().unwrap();
            let id = claim.id;
            let done = decide(&lane, reviewer, &claim, Decision::Recommend);
            assert_eq!(
                done.map(|c| c.state),
                Ok(ClaimState::Recommended),
                "{remainder}"
            );
            // Who reads the line when money comes free is told so: the rows are spoiled indeed.
            let freed = withdraw_it(&bureau)(&lane, &look(&lane, id));
            assert_eq!(freed.err(), Some(ActError::Broken), "{remainder}");
        }
    }
}

#[test]
fn in_a_fit_pool_who_waits_for_more_than_is_free_is_passed_over_unread() {
    for backend in Backend::ALL {
        let bureau = bureau(backend, "fit", 7);
        let lane = bureau.lane();
        let (id, waiting) = given_out(&bureau, &lane);
        assert!(waiting > 0);
        let spoil = "UPDATE claims SET reasons = 'spoiled', amount = amount + 10000000
            WHERE state = 'waiting'";
        bureau.database.execute(spoil);
        let freed = withdraw_it(&bureau)(&lane, &look(&lane, id));
        assert_eq!(freed.map(|c| c.state), Ok(ClaimState::Withdrawn));
    }
}

#[test]
fn the_journal_is_read_back_to_an_instant_and_no_further() {
    for backend in Backend::ALL {
        let bureau = bureau(backend, "strict", 7);
        let lane = bureau.lane();
        let (id, _) = given_out(&bureau, &lane);
        withdraw_it(&bureau)(&lane, &look(&lane, id)).unwrap();
        let promoted = bureau.entries(&lane);
        let promoted = promoted.iter().find(|(_, e)| e.kind == EntryKind::Promoted);
        let (seq, at) = promoted.map(|(_, e)| (e.seq, e.at)).unwrap();
        // More than is read at a time.
        bureau.file(&lane, 100..350);
        let since = |at| lane.with(|conn| journal::promoted_since(conn, bureau.pool, at).unwrap());
        let after = Timestamp(at.0 + 1);
        assert!(since(at) && since(Timestamp(0)));
        assert!(!since(after));
        // Beyond an older entry it does not look, so what stands there is all the same.
        let late = format!("UPDATE journal SET at_us = at_us + 1 WHERE seq = {seq}");
        let older = format!(
            "UPDATE journal SET at_us = {} WHERE seq = {}",
            at.0,
            seq + 1
        );
        bureau.database.execute(&older);
        bureau.database.execute(&late);
        assert!(!since(after), "the whole journal was read");
    }
}
