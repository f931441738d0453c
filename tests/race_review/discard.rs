//! One person releases a batch while another discards it.

use tradein::domain::claim::ClaimState;
use tradein::domain::ids::{BatchId, ClaimId};
use tradein::domain::money::Fen;
use tradein::operations::payout::{self, NewBatch};
use tradein::storage::payout_lines::{self, LineState};

use super::duel::{Won, duel, tally, winner};
use crate::bureau::{Bureau, Lane, POOL, kinds, look};
use crate::support::Backend;
use crate::support::effort::seed;

const BATCHES: usize = 60;
const LINES: u64 = 2;
const PLENTY: Fen = Fen::from_yuan(100_000_000);

#[test]
fn a_batch_is_released_or_discarded() {
    for backend in Backend::ALL {
        let seed = seed(&format!("release and discard, {backend:?}"));
        let bureau = Bureau::new(backend, seed, PLENTY);
        let lane = bureau.lane();
        bureau.approved(&lane, 0..BATCHES as u64 * LINES);
        let [sealer, second] = bureau.people.finance;
        let batches: Vec<BatchId> = (0..BATCHES)
            .map(|_| {
                let wanted = NewBatch::of(POOL, LINES as i64);
                let sealed = lane.run(payout::seal(&lane.engine, &sealer, wanted));
                sealed.unwrap().id
            })
            .collect();
        let release =
            |lane: &Lane, id: &BatchId| lane.run(payout::release(&lane.engine, &second, *id));
        let discard =
            |lane: &Lane, id: &BatchId| lane.run(payout::discard(&lane.engine, &sealer, *id));
        let done = duel(&bureau, &batches, &release, &discard);
        let nil = ClaimId(uuid::Uuid::nil());
        let won = tally(done.iter().map(|(left, right)| winner(nil, left, right)));
        println!("{backend:?}: released and discarded {:?}", won.unwrap());
        let entries = kinds(&bureau.entries(&lane));
        for (batch, (left, right)) in batches.iter().zip(&done) {
            let (state, line, claim, gone) = match winner(nil, left, right).unwrap() {
                Won::Left => ("released", LineState::Pending, ClaimState::Paying, None),
                Won::Right => (
                    "discarded",
                    LineState::Discarded,
                    ClaimState::Approved,
                    Some(&1),
                ),
            };
            let seen = lane.run(payout::get(&lane.engine, *batch)).unwrap();
            assert_eq!(seen.state, state);
            for row in lane.with(|conn| payout_lines::lines_of(conn, *batch).unwrap()) {
                assert_eq!((row.state, look(&lane, row.claim).state), (line, claim));
                assert_eq!(entries.get(&(row.claim, "payment_discarded")), gone);
            }
        }
        bureau.check_books(&lane);
    }
}
