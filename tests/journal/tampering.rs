//! No change of an export goes unseen.

use tradein::domain::money::Fen;
use tradein::domain::time::Timestamp;
use tradein::journal::checkpoint::Checkpoint;
use tradein::journal::entry::{Entry, EntryActor};
use tradein::journal::export::{checkpoint_line, verify_export};
use tradein::journal::verify::Fault;
use tradein::keys::{Jwks, Signer};

use crate::history::{Dice, History, join, keys, seed, signer};

const WAYS: usize = 15;

/// Changes one field of an entry to something else of the same form.
fn edit(entry: &mut Entry, dice: &mut Dice) {
    match dice.below(8) {
        0 => entry.amount = Fen::new(entry.amount.fen() + 1).unwrap(),
        1 => entry.at = Timestamp(entry.at.0 + 1),
        2 => entry.position = Some(entry.position.map_or(1, |position| position + 1)),
        3 => entry.private[dice.below(32)] ^= 1 << dice.below(8),
        4 => entry.claim = Some([dice.below(256) as u8; 32]),
        5 => entry.pool.push('x'),
        6 => entry.seq += 1,
        _ if entry.actor == EntryActor::Dealer => entry.actor = EntryActor::Staff,
        _ => entry.actor = EntryActor::Dealer,
    }
}

fn edit_byte(text: &str, dice: &mut Dice) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let at = dice.below(bytes.len());
    bytes[at] ^= 1 + dice.below(255) as u8;
    bytes
}

/// The export of `history`, changed in one of the [`WAYS`].
fn tampered(way: usize, history: &History, dice: &mut Dice) -> Vec<u8> {
    let mut lines = history.lines();
    lines.push(history.checkpoint(&signer()));
    let entries = lines.len() - 1;
    let (any, line) = (dice.below(lines.len()), dice.below(entries));
    match way {
        0 => return edit_byte(&join(&lines), dice),
        1 => {
            let mut entry = history.entries[line].clone();
            edit(&mut entry, dice);
            lines[line] = entry.line(&entry.hash());
        }
        2 => drop(lines.remove(any)),
        3 => {
            let mut entry = history.entries[line].clone();
            entry.claim = entry.claim.map(|_| [77; 32]);
            entry.seq = any as i64 + 1;
            entry.prev = match any {
                0 => entry.prev,
                _ => history.entries[any - 1].hash(),
            };
            lines.insert(any, entry.line(&entry.hash()));
        }
        4 => lines.swap(line, line + 1),
        5 => {
            let other = (line + 1 + dice.below(entries)) % lines.len();
            lines.swap(line, other);
        }
        6 => lines.insert(dice.below(lines.len() + 1), lines[any].clone()),
        7 => lines.truncate(any),
        8 => {
            let text = join(&lines);
            return text.as_bytes()[..dice.below(text.len())].to_vec();
        }
        9 => drop(lines.pop()),
        10 => {
            let mut older = history.clone();
            older.entries.truncate(line.max(1));
            lines[entries] = older.checkpoint(&signer());
        }
        11 | 12 => {
            let mut forged = history.clone();
            edit(&mut forged.entries[line], dice);
            forged.rechain(line);
            let mut forged = forged.lines();
            // Who cannot sign keeps the old checkpoint, whole or with a byte changed.
            let checkpoint = match way {
                11 => lines.swap_remove(entries),
                _ => String::from_utf8_lossy(&edit_byte(&lines[entries], dice)).into_owned(),
            };
            forged.push(checkpoint);
            return join(&forged).into_bytes();
        }
        13 => drop(lines.drain(..line + 1)),
        _ => lines[any].insert(0, ' '),
    }
    join(&lines).into_bytes()
}

#[test]
fn every_tampering_is_found() {
    let seed = seed();
    println!("TRADEIN_TEST_SEED={seed}");
    let mut dice = Dice(seed);
    let keys = keys();
    for round in 0..1_500 {
        let steps = 3 + dice.below(40);
        let history = History::random(&mut dice, steps);
        let clean = history.export(&signer());
        assert!(verify_export(clean.as_bytes(), Some(&keys)).is_ok());
        let way = round % WAYS;
        let text = tampered(way, &history, &mut dice);
        assert_ne!(text, clean.as_bytes(), "way {way} changed nothing");
        // Without the keys too: none of these could sign anew.
        for keys in [Some(&keys), None] {
            let found = verify_export(text.as_slice(), keys);
            assert!(found.is_err(), "round {round}, way {way} was not found");
        }
    }
}

/// A history that somebody changed, chained anew and signed himself.
fn forged() -> String {
    let mut history = History::random(&mut Dice(7), 30);
    history.entries[4].private[0] ^= 1;
    history.rechain(4);
    history.export(&Signer::from_seed(&[12; 32]).unwrap())
}

#[test]
fn a_journal_written_anew_is_found_by_the_published_keys_only() {
    assert!(verify_export(forged().as_bytes(), None).is_ok());
    let error = verify_export(forged().as_bytes(), Some(&keys())).unwrap_err();
    assert_eq!(error.code(), "foreign_key");
    let none = Jwks::default();
    assert!(verify_export(forged().as_bytes(), Some(&none)).is_err());
}

fn two_pools() -> (History, History) {
    let first = History::random(&mut Dice(1), 20);
    let mut second = History::random(&mut Dice(2), 20);
    for entry in &mut second.entries {
        entry.pool = "zhengzhou-2025".to_owned();
    }
    second.rechain(0);
    (first, second)
}

#[test]
fn pools_follow_each_other_each_with_its_checkpoint() {
    let (first, second) = two_pools();
    let (one, two) = (first.export(&signer()), second.export(&signer()));
    let proofs = verify_export(format!("{one}{two}").as_bytes(), Some(&keys())).unwrap();
    let names: Vec<_> = proofs.iter().map(|proof| proof.pool.as_str()).collect();
    assert_eq!(names, ["jiyuan-2025", "zhengzhou-2025"]);

    let code = |text: String| {
        let error = verify_export(text.as_bytes(), Some(&keys())).unwrap_err();
        (error.code(), error.seq)
    };
    let end = first.entries.len() as i64;
    let end_of_second = second.entries.len() as i64;
    assert_eq!(code(format!("{one}{one}")), ("pool_repeated", 1));
    assert_eq!(
        code(format!("{}{two}", join(&first.lines()))),
        ("other_pool", end + 1)
    );
    let checkpoint = format!("{}\n", first.checkpoint(&signer()));
    assert_eq!(
        code(format!("{one}{checkpoint}")),
        ("after_checkpoint", end + 1)
    );
    assert_eq!(code(format!("{one}\n")), ("bad_line", end + 1));
    assert_eq!(
        code(format!("{one}{}", join(&second.lines()))),
        ("incomplete_export", end_of_second + 1)
    );
    let swapped = format!("{}{checkpoint}", join(&second.lines()));
    assert_eq!(code(swapped), ("checkpoint_disagrees", end_of_second + 1));
}

#[test]
fn an_export_must_begin_at_the_first_entry_and_end_with_its_checkpoint() {
    let history = History::random(&mut Dice(3), 20);
    let lines = history.lines();
    let export = history.export(&signer());
    let late = export.split_once('\n').unwrap().1;
    let error = verify_export(late.as_bytes(), None).unwrap_err();
    assert_eq!(error.fault, Fault::PartialExport { first: 2 });
    for text in [
        "",
        &join(&lines),
        export.trim_end(),
        &format!("{}\n", history.checkpoint(&signer())),
    ] {
        let error = verify_export(text.as_bytes(), None).unwrap_err();
        assert_eq!(error.code(), "incomplete_export", "{text}");
    }
    let long = "x".repeat(100_000);
    let error = verify_export(long.as_bytes(), None).unwrap_err();
    assert_eq!(error.code(), "bad_line");
}

#[test]
fn a_signed_checkpoint_must_state_what_the_entries_give() {
    let history = History::random(&mut Dice(5), 20);
    let totals = history.totals();
    let end = totals.seq;
    let changes: [fn(&mut Checkpoint); 9] = [
        |c| c.pool.push('x'),
        |c| c.seq += 1,
        |c| c.hash[0] ^= 1,
        |c| c.cap = Fen::MAX,
        |c| c.free = Fen::MAX,
        |c| c.reserved = Fen::MAX,
        |c| c.committed = Fen::MAX,
        |c| c.paid = Fen::MAX,
        |c| c.waiting += 1,
    ];
    for (field, change) in changes.iter().enumerate() {
        let mut wrong = totals.clone();
        change(&mut wrong);
        let line = checkpoint_line(&wrong, &signer());
        let text = format!("{}{line}\n", join(&history.lines()));
        let error = verify_export(text.as_bytes(), Some(&keys())).unwrap_err();
        assert_eq!(error.code(), "checkpoint_disagrees", "field {field}");
        assert_eq!(error.seq, end + 1);
    }
}
