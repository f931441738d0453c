//! A claim that cannot be opened, or cannot end, holds up nobody but itself.

use tradein::domain::claim::ClaimState;
use tradein::domain::money::Fen;
use tradein::operations::claims::ClaimView;
use tradein::operations::lapse;
use tradein::operations::payout::{NewBatch, get, seal};
use tradein::operations::review::{self, Decision};

use crate::bureau::{Bureau, LANG, Lane, PACK, POOL, decide, finding, look};
use crate::support::Backend;

const PLENTY: Fen = Fen::from_yuan(10_000_000);

fn next(bureau: &Bureau, lane: &Lane, reviewer: usize) -> Option<ClaimView> {
    let reviewer = bureau.people.reviewers[reviewer];
    lane.run(review::next(&lane.engine, &reviewer, LANG))
        .unwrap()
}

/// Nobody can open the content any more.
fn spoil(bureau: &Bureau, number: &str) {
    let nothing = match bureau.database.backend() {
        Backend::Sqlite => "X'00'",
        Backend::Postgres => "'\\x00'::bytea",
    };
    let statement = format!("UPDATE claims SET sealed = {nothing} WHERE number = '{number}'");
    bureau.database.execute(&statement);
}

#[test]
fn a_claim_that_does_not_open_is_on_nobodys_desk() {
    for backend in Backend::ALL {
        let bureau = Bureau::new(backend, 3, PLENTY);
        let lane = bureau.lane();
        let mut filed: Vec<ClaimView> = (0..5).flat_map(|n| bureau.file(&lane, n..n + 1)).collect();
        filed.sort_by_key(|claim| claim.position);
        spoil(&bureau, &filed[0].number);
        spoil(&bureau, &filed[1].number);
        let taken = next(&bureau, &lane, 0).map(|claim| claim.id);
        assert_eq!(taken, Some(filed[2].id), "{backend:?}");
        // One that he has on his desk, and that is spoiled there.
        spoil(&bureau, &filed[2].number);
        let taken = next(&bureau, &lane, 0).map(|claim| claim.id);
        assert_eq!(taken, Some(filed[3].id), "{backend:?}");
        assert_eq!(next(&bureau, &lane, 1).map(|c| c.id), Some(filed[4].id));
        // The same claim again, and nothing began with those that nobody can read.
        assert_eq!(next(&bureau, &lane, 0).map(|c| c.id), Some(filed[3].id));
        let begun = bureau.entries(&lane);
        let begun = begun
            .iter()
            .filter(|(_, e)| e.kind.as_str() == "review_begun");
        assert_eq!(begun.count(), 3);
    }
}

#[test]
fn a_claim_that_cannot_lapse_keeps_nobody_else_from_it() {
    for backend in Backend::ALL {
        let bureau = Bureau::new(backend, 3, PLENTY);
        let lane = bureau.lane();
        bureau.file(&lane, 0..7);
        let mut returned = Vec::new();
        while let Some(claim) = next(&bureau, &lane, 0) {
            let back = Decision::Return(7, vec![finding()]);
            returned.push(decide(&lane, bureau.people.reviewers[0], &claim, back).unwrap());
        }
        assert_eq!(returned.len(), 7);
        let overdue = "UPDATE claims SET deadline_us = 1 WHERE state = 'returned'";
        bureau.database.execute(overdue);
        let reasons = |words: &str, number: &str| {
            let set = format!("UPDATE claims SET reasons = '{words}' WHERE number = '{number}'");
            bureau.database.execute(&set);
        };
        reasons("spoiled", &returned[3].number);
        let sweep = || lane.with(|conn| lapse::sweep(conn).ok());
        assert_eq!((sweep(), sweep()), (Some(6), Some(0)), "{backend:?}");
        reasons("[]", &returned[3].number);
        assert_eq!(sweep(), Some(1));
        for claim in returned {
            assert_eq!(look(&lane, claim.id).state, ClaimState::Lapsed);
        }
        bureau.check_books(&lane);
    }
}

#[test]
fn a_batch_names_a_hundred_that_it_leaves_out_and_counts_the_others() {
    let notice = "[public_notice]\ndays = 5\nbasis = { document = \"rules\", clause = \"13\" }\n";
    let pack = format!("{PACK}\n{notice}");
    for backend in Backend::ALL {
        let bureau = Bureau::under(&pack, backend, 3, PLENTY);
        let lane = bureau.lane();
        let approved = bureau.approved(&lane, 0..103);
        let last = &approved[102].number;
        let long_ago = format!("UPDATE claims SET approved_us = 1 WHERE number = '{last}'");
        bureau.database.execute(&long_ago);
        let finance = bureau.people.finance[0];
        let wanted = NewBatch::of(POOL, 1_000);
        let sealed = lane.run(seal(&lane.engine, &finance, wanted)).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&sealed.body).unwrap();
        let named = answer["left_out"].as_array().unwrap();
        assert_eq!(
            (named.len(), &answer["left_out_more"]),
            (100, &2.into()),
            "{backend:?}"
        );
        assert_eq!(lane.run(get(&lane.engine, sealed.id)).unwrap().lines, 1);
    }
}
