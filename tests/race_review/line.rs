//! Money that comes free while claims arrive: all of it to the head of the line.

use std::collections::BTreeMap;

use tradein::domain::claim::Bucket;
use tradein::domain::ids::ClaimId;
use tradein::domain::money::Fen;
use tradein::journal::entry::{Entry, EntryKind};
use tradein::operations::denial::ActError;
use tradein::operations::goods;
use tradein::operations::review::Decision;

use super::meet::withdraw_it;
use crate::bureau::{Acted, Bureau, LANG, Lane, decide, finding, look};
use crate::support::Backend;
use crate::support::effort::seed;

/// Claims that hold money when the arrivals begin.
const HOLDERS: u64 = 120;
const ARRIVALS: u64 = 1_000;
/// Claims in one request's transaction, as far as the writer likes.
const AT_ONCE: u64 = 50;

/// Somebody passed another in a strict line, or waits although there is money for him.
fn unfair(entries: &[(Option<ClaimId>, Entry)]) -> Option<String> {
    // Who waits, by place; and what is free, in fen.
    let mut line: BTreeMap<i64, Fen> = BTreeMap::new();
    let mut free = 0;
    for (n, (_, entry)) in entries.iter().enumerate() {
        let head = line
            .first_key_value()
            .map(|(place, amount)| (*place, *amount));
        let place = entry.position.unwrap_or_default();
        match entry.kind {
            EntryKind::Reserved if head.is_some() => {
                return Some(format!("entry {}: a newcomer passed {head:?}", entry.seq));
            }
            EntryKind::Waiting => drop(line.insert(place, entry.amount)),
            EntryKind::Promoted => {
                if head.map(|(first, _)| first) != Some(place) {
                    return Some(format!("entry {}: {place} passed {head:?}", entry.seq));
                }
                line.remove(&place);
            }
            // Somebody who waits leaves the line.
            EntryKind::Withdrawn | EntryKind::Voided | EntryKind::GoodsReturned
                if entry.moved.is_none() =>
            {
                line.remove(&place);
            }
            _ => {}
        }
        match entry.moved {
            Some((_, Bucket::Free)) => free += entry.amount.fen(),
            Some((Bucket::Free, _)) => free -= entry.amount.fen(),
            _ => {}
        }
        // Between two transactions nobody waits for money that is there.
        let ends = entries
            .get(n + 1)
            .is_none_or(|(_, next)| next.at > entry.at);
        if let Some((place, amount)) = line.first_key_value()
            && ends
            && amount.fen() <= free
        {
            return Some(format!(
                "after entry {}: {place} waits for {amount} of {free} fen",
                entry.seq
            ));
        }
    }
    None
}

/// The acts that free money of a held claim, in turns.
fn free_money(bureau: &Bureau, lane: &Lane, n: usize, id: ClaimId) -> Acted {
    let people = &bureau.people;
    let claim = look(lane, id);
    match n % 3 {
        0 => withdraw_it(bureau)(lane, &claim),
        1 => decide(lane, people.approvers[0], &claim, Decision::Void(finding())),
        _ => {
            let act = goods::returned(&lane.engine, &people.dealer, id, claim.revision, LANG);
            lane.run(act)
        }
    }
}

#[test]
fn freed_money_goes_to_the_head_while_a_thousand_arrive() {
    for backend in Backend::ALL {
        let seed = seed(&format!("release against arrivals {backend:?}"));
        let bureau = Bureau::new(backend, seed, Fen::from_yuan(500_000));
        let lane = bureau.lane();
        let holders = bureau.file(&lane, 0..HOLDERS);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let lane = bureau.lane();
                for first in (HOLDERS..HOLDERS + ARRIVALS).step_by(AT_ONCE as usize) {
                    bureau.file(&lane, first..first + AT_ONCE);
                }
            });
            scope.spawn(|| {
                let lane = bureau.lane();
                for (n, claim) in holders.iter().enumerate() {
                    match free_money(&bureau, &lane, n, claim.id) {
                        // Promoted in between, or it waited and was seen before.
                        Ok(_) | Err(ActError::Stale) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        });
        let entries = bureau.entries(&lane);
        assert_eq!(unfair(&entries), None, "seed {seed}");
        let count = |kind| entries.iter().filter(|(_, e)| e.kind == kind).count();
        let promoted = count(EntryKind::Promoted);
        println!(
            "{backend:?}: {promoted} promoted of {} that waited",
            count(EntryKind::Waiting)
        );
        assert!(promoted > 30, "nobody was promoted");
        bureau.check_books(&lane);
    }
}

#[test]
fn the_check_of_the_line_finds_planted_unfairness() {
    let bureau = Bureau::new(Backend::Sqlite, 1, Fen::from_yuan(20_000));
    let lane = bureau.lane();
    let holders = bureau.file(&lane, 0..12);
    withdraw_it(&bureau)(&lane, &look(&lane, holders[0].id)).unwrap();
    let fair = bureau.entries(&lane);
    assert_eq!(unfair(&fair), None);
    let promoted = fair.iter().position(|(_, e)| e.kind == EntryKind::Promoted);
    let promoted = promoted.expect("somebody was promoted");
    // Nobody gets it, another gets it, a newcomer gets it.
    let mut kept = fair.clone();
    kept.remove(promoted);
    assert!(unfair(&kept).unwrap().contains("waits for"));
    let mut passed = fair.clone();
    passed[promoted].1.position = passed[promoted].1.position.map(|p| p + 1);
    assert!(unfair(&passed).unwrap().contains("passed"));
    let mut newcomer = fair;
    newcomer[promoted].1.kind = EntryKind::Reserved;
    assert!(unfair(&newcomer).unwrap().contains("newcomer"));
}
