//! The law of a history: who is answered first stands first, and nobody gets what is not there.

use std::collections::HashMap;

use super::history::{Outcome, Record};
use super::violation::Violation;
use crate::domain::money::Fen;

/// What held while a history was made; each point left out checks less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WhatHeld {
    /// The money of the pool.
    pub cap: Option<Fen>,
    /// The position of the first claim: 1 on a pool that had none before.
    pub first_position: i64,
    /// The pool is `strict`, and no money was added or released meanwhile.
    pub strict: bool,
}

impl WhatHeld {
    /// A fresh strict pool with `cap` in it.
    pub const fn fresh(cap: Fen) -> Self {
        Self {
            cap: Some(cap),
            first_position: 1,
            strict: true,
        }
    }
}

/// What a clean history adds up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Claims that hold money.
    pub reserved: u64,
    /// What they hold.
    pub held: Fen,
    /// Claims in line.
    pub waiting: u64,
    /// Claims of which nobody knows what became.
    pub unknown: u64,
}

/// Holds a history against the law, in O(n log n).
///
/// Claims without an answer count as unknown: each may have taken one position.
///
/// # Errors
/// Every violation that was found, at most one a claim and kind.
pub fn check_history(records: &[Record], held: &WhatHeld) -> Result<Summary, Vec<Violation>> {
    let mut found = Vec::new();
    check_records(records, &mut found);
    check_uniqueness(records, &mut found);
    check_order(records, &mut found);
    let unknown = records
        .iter()
        .filter(|r| r.outcome == Outcome::Failed)
        .count();
    check_positions(records, held, unknown, &mut found);
    let summary = check_money(records, held, unknown, &mut found);
    if found.is_empty() {
        Ok(summary)
    } else {
        Err(found)
    }
}

fn accepted(record: &Record) -> bool {
    matches!(record.outcome, Outcome::Reserved | Outcome::Waiting)
}

fn fen(record: &Record) -> Option<Fen> {
    let amount = Fen::parse_yuan(record.amount.as_deref()?).ok()?;
    (amount > Fen::ZERO).then_some(amount)
}

/// Each record by itself.
fn check_records(records: &[Record], found: &mut Vec<Violation>) {
    for record in records {
        let key = || record.key.clone();
        if record.answered_ns < record.sent_ns {
            found.push(Violation::Clock { key: key() });
        }
        if accepted(record) != record.position.is_some() {
            found.push(Violation::Position { key: key() });
        }
        if accepted(record) && fen(record).is_none() {
            found.push(Violation::Amount { key: key() });
        }
    }
}

fn check_uniqueness(records: &[Record], found: &mut Vec<Violation>) {
    let mut seen = HashMap::with_capacity(records.len() * 2);
    for record in records {
        let names = [
            Some(("key", &record.key)),
            record.number.as_ref().map(|n| ("number", n)),
        ];
        for (kind, name) in names.into_iter().flatten() {
            if seen.insert((kind, name), ()).is_some() {
                let what = format!("{kind} {name}");
                found.push(Violation::NotUnique { what });
            }
        }
    }
}

/// Sweeps through time: at each sending, the highest position that was answered by then.
fn check_order(records: &[Record], found: &mut Vec<Violation>) {
    let placed: Vec<(&Record, i64)> = records
        .iter()
        .filter_map(|r| r.position.map(|position| (r, position)))
        .collect();
    let mut by_answer = placed.clone();
    by_answer.sort_unstable_by_key(|(r, _)| r.answered_ns);
    let mut by_sending = placed;
    by_sending.sort_unstable_by_key(|(r, _)| r.sent_ns);

    let mut answered = by_answer.into_iter().peekable();
    let mut highest: Option<(&Record, i64)> = None;
    for (later, position) in by_sending {
        while let Some(next) = answered.next_if(|(r, _)| r.answered_ns < later.sent_ns) {
            if highest.is_none_or(|(_, top)| next.1 > top) {
                highest = Some(next);
            }
        }
        // An equal position is found as a position that came twice.
        if let Some((earlier, top)) = highest
            && top > position
        {
            found.push(Violation::Order {
                earlier: earlier.key.clone(),
                later: later.key.clone(),
            });
        }
    }
}

fn check_positions(
    records: &[Record],
    held: &WhatHeld,
    unknown: usize,
    found: &mut Vec<Violation>,
) {
    let mut placed: Vec<(i64, &Record)> = records
        .iter()
        .filter_map(|r| r.position.map(|position| (position, r)))
        .collect();
    placed.sort_unstable_by_key(|(position, _)| *position);

    let mut expected = held.first_position;
    let mut previous: Option<(i64, &Record)> = None;
    let mut missing = Vec::new();
    // A wild position must not make a list of all that lie before it: one more than lost
    // answers can explain is enough to tell.
    let enough = unknown + 1;
    for (position, record) in placed {
        if let Some((_, twin)) = previous.filter(|(p, _)| *p == position) {
            found.push(Violation::PositionTwice {
                position,
                keys: (twin.key.clone(), record.key.clone()),
            });
        } else if position < expected {
            found.push(Violation::Position {
                key: record.key.clone(),
            });
        } else {
            missing.extend((expected..position).take(enough.saturating_sub(missing.len())));
            expected = position.saturating_add(1);
        }
        previous = Some((position, record));
    }
    if missing.len() > unknown {
        found.extend(missing.last().map(|&position| Violation::Gap { position }));
    }
}

fn check_money(
    records: &[Record],
    held: &WhatHeld,
    unknown: usize,
    found: &mut Vec<Violation>,
) -> Summary {
    let of = |outcome| records.iter().filter(move |r| r.outcome == outcome);
    let held_fen: i64 = of(Outcome::Reserved)
        .filter_map(fen)
        .map(Fen::fen)
        .fold(0, i64::saturating_add);
    if let Some(cap) = held.cap
        && held_fen > cap.fen()
    {
        found.push(Violation::OverCap { held_fen, cap });
    }
    if held.strict {
        let first_waiting = of(Outcome::Waiting).filter_map(|r| r.position).min();
        let last_served = of(Outcome::Reserved).filter_map(|r| r.position).max();
        if let (Some(waiting), Some(served)) = (first_waiting, last_served)
            && waiting < served
        {
            found.push(Violation::Overtaken { waiting, served });
        }
    }
    Summary {
        reserved: of(Outcome::Reserved).count() as u64,
        held: Fen::new(held_fen).unwrap_or(Fen::MAX),
        waiting: of(Outcome::Waiting).count() as u64,
        unknown: unknown as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::SplitMix64;

    const AMOUNT: u32 = 100;

    /// A claim with a key of its own; times in nanoseconds.
    fn record(sent_ns: u64, answered_ns: u64, position: i64) -> Record {
        Record {
            sent_ns,
            answered_ns,
            key: format!("k{position}"),
            status: Some(201),
            outcome: Outcome::Reserved,
            position: Some(position),
            amount: Some(Fen::from_yuan(AMOUNT).to_string()),
            number: Some(format!("n{position}")),
        }
    }

    /// Claims of a correct service: each takes its position between sending and answer. Those
    /// beyond the money wait.
    fn clean(count: u32, served: u32, seed: u64) -> Vec<Record> {
        let mut random = SplitMix64::new(seed);
        (1..=count)
            .map(|position| {
                let taken = u64::from(position) * 10;
                let sent = taken.saturating_sub(random.below(200));
                let mut record = record(sent, taken + random.below(200), position.into());
                if position > served {
                    record.outcome = Outcome::Waiting;
                }
                record
            })
            .collect()
    }

    fn fresh(served: u32) -> WhatHeld {
        WhatHeld::fresh(Fen::from_yuan(served * AMOUNT))
    }

    fn lost(sent_ns: u64) -> Record {
        Record {
            key: format!("lost{sent_ns}"),
            status: None,
            outcome: Outcome::Failed,
            position: None,
            amount: None,
            number: None,
            ..record(sent_ns, sent_ns, 0)
        }
    }

    #[test]
    fn a_clean_history_is_clean() {
        for seed in 0..50 {
            let summary = check_history(&clean(300, 100, seed), &fresh(100));
            let expected = Summary {
                reserved: 100,
                held: Fen::from_yuan(100 * AMOUNT),
                waiting: 200,
                unknown: 0,
            };
            assert_eq!(summary, Ok(expected), "seed {seed}");
        }
        assert_eq!(check_history(&[], &fresh(0)), Ok(Summary::default()));
    }

    /// Plants a fault in a clean history and names what must be found.
    fn finds(plant: impl Fn(&mut Vec<Record>), expected: impl Fn(&Violation) -> bool) {
        for seed in 0..20 {
            let mut history = clean(300, 100, seed);
            plant(&mut history);
            let found = check_history(&history, &fresh(100)).expect_err("a fault was planted");
            assert!(found.iter().any(&expected), "seed {seed}: {found:?}");
        }
    }

    #[test]
    fn finds_an_early_answer_that_stands_behind_a_later_claim() {
        finds(
            |h| (h[80].sent_ns, h[80].answered_ns) = (0, 1),
            |v| matches!(v, Violation::Order { earlier, .. } if earlier == "k81"),
        );
        finds(
            |h| h[80].answered_ns = h[80].sent_ns - 1,
            |v| {
                *v == Violation::Clock {
                    key: "k81".to_owned(),
                }
            },
        );
        finds(
            |h| {
                let (early, late) = (h[10].position, h[90].position);
                h[10].position = late;
                h[90].position = early;
            },
            |v| {
                *v == Violation::Order {
                    earlier: "k11".to_owned(),
                    later: "k91".to_owned(),
                }
            },
        );
    }

    #[test]
    fn answers_that_overlap_are_in_no_order() {
        let history = [record(5, 9, 2), record(0, 20, 1)];
        assert!(check_history(&history, &fresh(2)).is_ok());
        let same_instant = [record(0, 5, 2), record(5, 9, 1)];
        assert!(check_history(&same_instant, &fresh(2)).is_ok());
        let apart = [record(0, 4, 2), record(5, 9, 1)];
        assert!(check_history(&apart, &fresh(2)).is_err());
    }

    #[test]
    fn finds_a_position_that_came_twice_and_the_gap_it_leaves() {
        let plant = |h: &mut Vec<Record>| h[50].position = h[51].position;
        finds(plant, |v| {
            matches!(v, Violation::PositionTwice { position: 52, .. })
        });
        finds(plant, |v| *v == Violation::Gap { position: 51 });
    }

    #[test]
    fn finds_a_lost_claim_and_a_wild_position() {
        finds(
            |h| drop(h.remove(0)),
            |v| *v == Violation::Gap { position: 1 },
        );
        finds(
            |h| h[299].position = Some(i64::MAX),
            |v| matches!(v, Violation::Gap { position: 300 }),
        );
        finds(
            |h| h[0].position = Some(0),
            |v| {
                *v == Violation::Position {
                    key: "k1".to_owned(),
                }
            },
        );
    }

    #[test]
    fn a_lost_answer_explains_one_gap_and_no_more() {
        let mut history = clean(20, 20, 1);
        history[4] = lost(50);
        let summary = check_history(&history, &fresh(20)).unwrap();
        assert_eq!((summary.reserved, summary.unknown), (19, 1));
        history.remove(7);
        assert!(check_history(&history, &fresh(20)).is_err());
    }

    #[test]
    fn finds_money_that_is_not_there() {
        finds(
            |h| h[100].outcome = Outcome::Reserved,
            |v| {
                *v == Violation::OverCap {
                    held_fen: i64::from(101 * AMOUNT) * 100,
                    cap: Fen::from_yuan(100 * AMOUNT),
                }
            },
        );
        finds(
            |h| h[3].amount = None,
            |v| {
                *v == Violation::Amount {
                    key: "k4".to_owned(),
                }
            },
        );
    }

    #[test]
    fn finds_somebody_served_before_the_one_who_waits() {
        let swap = |h: &mut Vec<Record>| {
            h[40].outcome = Outcome::Waiting;
            h[200].outcome = Outcome::Reserved;
        };
        finds(swap, |v| {
            *v == Violation::Overtaken {
                waiting: 41,
                served: 201,
            }
        });
        let mut history = clean(300, 100, 9);
        swap(&mut history);
        let fit = WhatHeld {
            strict: false,
            ..fresh(100)
        };
        assert!(check_history(&history, &fit).is_ok());
    }

    #[test]
    fn finds_what_must_come_once() {
        finds(
            |h| h[5].number = h[6].number.clone(),
            |v| {
                *v == Violation::NotUnique {
                    what: "number n7".to_owned(),
                }
            },
        );
        finds(
            |h| h[5].key = h[6].key.clone(),
            |v| {
                *v == Violation::NotUnique {
                    what: "key k7".to_owned(),
                }
            },
        );
        finds(
            |h| h[150].position = None,
            |v| {
                *v == Violation::Position {
                    key: "k151".to_owned(),
                }
            },
        );
    }
}
