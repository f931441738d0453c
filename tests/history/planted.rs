//! Faults in a history that was lawful: each has to be found.

use super::check::{Law, check};
use super::journal::Journal;
use super::notes::{Note, Stand, What};

/// Plants each fault by itself in a copy of what clients noted and of the journal.
pub fn each_is_found(notes: &[Note], journal: &Journal) {
    let plant =
        |name: &str, law: Law, alone: bool, change: &dyn Fn(&mut Vec<Note>, &mut Journal)| {
            let (mut notes, mut journal) = (notes.to_vec(), journal.clone());
            change(&mut notes, &mut journal);
            let found = check(&notes, &journal);
            let seen = found.of(law);
            println!(
                "planted: {name}: {seen} findings of {law:?} among {}",
                found.count()
            );
            assert!(seen > 0, "{name}: {law:?} saw nothing");
            assert!(!alone || seen == found.count(), "{name}: {found:#?}");
        };
    plant(
        "two places swapped in what clients saw",
        Law::Order,
        false,
        &|notes, _| {
            swap_places(notes);
        },
    );
    plant(
        "an answered claim that is another's",
        Law::Differs,
        false,
        &|notes, _| {
            swap_places(notes);
        },
    );
    plant(
        "an answer that nobody had",
        Law::Unasked,
        true,
        &|notes, _| {
            let filed = place_of_filed(notes, |_| true);
            notes.remove(filed);
        },
    );
    plant(
        "an acknowledged claim that is not there",
        Law::Differs,
        false,
        &|_, journal| {
            let last = journal.events.iter().rposition(|e| e.kind == "waiting");
            journal.events.truncate(last.unwrap());
        },
    );
    plant(
        "the second of the line promoted",
        Law::Overtaken,
        false,
        &|_, journal| {
            promote_the_second(journal);
        },
    );
    plant(
        "a place that nobody has",
        Law::Gap,
        true,
        &|notes, journal| {
            leave_a_gap(notes, journal);
        },
    );
    plant(
        "freed money that nobody is given",
        Law::Head,
        false,
        &|_, journal| {
            let last = journal
                .events
                .iter_mut()
                .rfind(|e| e.kind == "promoted")
                .unwrap();
            (last.kind, last.position, last.freed) = ("topped_up", None, 0);
        },
    );
    plant(
        "money for one who comes while others wait",
        Law::Overtaken,
        false,
        &|_, journal| {
            let waits = journal
                .events
                .iter_mut()
                .rfind(|e| e.kind == "waiting")
                .unwrap();
            (waits.kind, waits.freed) = ("reserved", -waits.amount);
        },
    );
    plant(
        "a look at what is long over",
        Law::Order,
        true,
        &|notes, journal| {
            look_at_the_past(notes, journal);
        },
    );
}

fn place_of_filed(notes: &[Note], which: impl Fn(Stand) -> bool) -> usize {
    let filed = |note: &Note| matches!(note.what, What::Filed { stand, .. } if which(stand));
    notes.iter().position(filed).unwrap()
}

/// The first of a client and the last over another amount: the one was answered before the other
/// was sent.
fn swap_places(notes: &mut [Note]) {
    let first = place_of_filed(notes, |_| true);
    let amount = notes[first].amount;
    let is_other = |note: &Note| matches!(note.what, What::Filed { .. }) && note.amount != amount;
    let last = notes.iter().rposition(is_other).unwrap();
    assert!(notes[first].answered_ns < notes[last].sent_ns);
    let (one, other) = (notes[first], notes[last]);
    (notes[first].position, notes[first].what) = (other.position, other.what);
    (notes[last].position, notes[last].what) = (one.position, one.what);
}

/// Of two that were promoted one after the other, the later one goes first.
fn promote_the_second(journal: &mut Journal) {
    let promoted = |journal: &Journal| {
        let all = journal.events.iter().enumerate();
        let all = all.filter(|(_, event)| event.kind == "promoted");
        all.map(|(index, _)| index).take(2).collect::<Vec<_>>()
    };
    let [one, other] = promoted(journal)[..] else {
        panic!("fewer than two were promoted");
    };
    let position = journal.events[one].position;
    journal.events[one].position = journal.events[other].position;
    journal.events[other].position = position;
}

/// Everybody behind a place is one place further back, in all that was said.
fn leave_a_gap(notes: &mut [Note], journal: &mut Journal) {
    let middle = journal
        .events
        .iter()
        .filter_map(|e| e.position)
        .max()
        .unwrap()
        / 2;
    let back = |position: &mut u32| *position += u32::from(*position > middle);
    notes.iter_mut().for_each(|note| back(&mut note.position));
    let positions = journal
        .events
        .iter_mut()
        .filter_map(|e| e.position.as_mut());
    positions.for_each(back);
}

/// A client looks at a claim, after everything, and sees what it was before it ended.
fn look_at_the_past(notes: &mut Vec<Note>, journal: &Journal) {
    let over = journal
        .events
        .iter()
        .find(|e| e.kind == "withdrawn")
        .unwrap();
    let position = over.position.unwrap();
    let filed = |note: &&Note| note.position == position && matches!(note.what, What::Filed { .. });
    let claim = *notes.iter().find(filed).unwrap();
    let What::Filed { stand, .. } = claim.what else {
        return;
    };
    let last = notes.iter().map(|note| note.answered_ns).max().unwrap();
    notes.push(Note {
        sent_ns: last + 1,
        answered_ns: last + 2,
        what: What::Looked { stand },
        ..claim
    });
}
