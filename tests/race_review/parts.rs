//! A file of outcomes is taken in parts.

use tradein::banking::{Fate, Outcome};
use tradein::domain::claim::ClaimState;
use tradein::domain::money::Fen;
use tradein::operations::outcomes::import_in_parts;
use tradein::operations::payout::{self, NewBatch};
use tradein::storage::payout_lines;

use crate::bureau::{Bureau, POOL, look};
use crate::support::Backend;

#[test]
fn a_file_that_fails_half_way_is_sent_again() {
    for backend in Backend::ALL {
        let bureau = Bureau::new(backend, 3, Fen::from_yuan(10_000_000));
        let lane = bureau.lane();
        let approved = bureau.approved(&lane, 0..5);
        let [one, other] = bureau.people.finance;
        let sealed = lane.run(payout::seal(&lane.engine, &one, NewBatch::of(POOL, 9)));
        let batch = sealed.unwrap().id;
        lane.run(payout::release(&lane.engine, &other, batch))
            .unwrap();
        let names = lane.with(|conn| payout_lines::payments_of(conn, batch).unwrap());
        let mut file: Vec<Outcome> = names
            .into_iter()
            .map(|id| Outcome {
                id,
                fate: Fate::Paid,
                line: 0,
            })
            .collect();
        file.sort_by(|a, b| a.id.cmp(&b.id));
        file.push(Outcome {
            id: "NOBODY".into(),
            fate: Fate::Paid,
            line: 7,
        });
        let of = |id: &str| approved.iter().find(|c| id.starts_with(&c.number)).unwrap();
        let reasons = |words: &str| {
            let number = &of(&file[3].id).number;
            let set = format!("UPDATE claims SET reasons = '{words}' WHERE number = '{number}'");
            bureau.database.execute(&set);
        };
        let paid = || -> Vec<bool> {
            let state = |outcome: &Outcome| look(&lane, of(&outcome.id).id).state;
            let seen = |(n, outcome)| n != 3 && state(outcome) == ClaimState::Paid;
            file[..5].iter().enumerate().map(seen).collect()
        };
        let vault = &lane.engine.keys.vault;
        let import =
            |at_once| lane.with(|conn| import_in_parts(vault, conn, one.staff, &file, at_once));
        reasons("spoiled");
        assert!(import(10).is_err());
        assert_eq!(paid(), [false; 5], "{backend:?}");
        assert!(import(2).is_err());
        assert_eq!(paid(), [true, true, false, false, false], "{backend:?}");
        reasons("[]");
        let done = import(2).unwrap();
        assert_eq!((done.paid, done.repeated, done.unknown), (3, 2, 1));
        assert_eq!(done.unknown_lines, [7]);
        bureau.check_books(&lane);
    }
}
