//! A journal in which one person decided alone what needs two: `verify` says so, although every
//! hash and every row agree.

use tradein::banking::{Fate, Outcome};
use tradein::catalogue::Role;
use tradein::domain::claim::ClaimState;
use tradein::domain::ids::StaffId;
use tradein::operations::denial::{ActError, Ended};
use tradein::operations::scene::{By, Scene, settle};
use tradein::operations::verify::{VerifyFailure, verify_within};
use tradein::operations::{clawback, outcomes, pools};
use tradein::storage::claims::{StoredClaim, by_id};
use tradein::storage::{payout_lines, payouts};

use crate::support::{Backend, TestDatabase};
use crate::world::World;

const CARS: &str = "henan-car-replacement-2025";

/// The bank pays a claim that a released batch has sent.
fn pay_one(world: &World) {
    let mut conn = world.engine.database.get().unwrap();
    let paying = world.claims(CARS, ClaimState::Paying, 10);
    let sent = paying.iter().find_map(|claim| {
        let line = payout_lines::last_attempt(&mut conn, claim.id).unwrap()?;
        let batch = payouts::find_batch(&mut conn, line.batch).unwrap()?;
        batch.released.map(|_| line.end_to_end_id)
    });
    drop(conn);
    let paid = Outcome {
        id: sent.unwrap(),
        fate: Fate::Paid,
        line: 0,
    };
    let finance = world.staff("finance-9", Role::Finance);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let done = runtime.block_on(outcomes::import(&world.engine, &finance, vec![paid]));
    assert_eq!(done.unwrap().paid, 1);
}

/// Demands a claim back past the rules of the act, and takes that back again; what `verify` said
/// in between.
fn demanded(world: &World, claim: &StoredClaim, who: StaffId) -> Result<(), VerifyFailure> {
    let mut conn = world.engine.database.get().unwrap();
    let mut said = None;
    let done = conn.write(|conn| -> Result<(), Ended> {
        let mut ledger = pools::lock(conn, claim.pool)?;
        let claim = by_id(conn, claim.id)?.unwrap();
        let mut scene = Scene::on(conn, &mut ledger, claim);
        clawback::raise(&mut scene, &By::Staff(who), clawback::INVOICE_VOIDED)?;
        settle(conn, ledger)?;
        said = Some(verify_within(conn, &world.keys).map(drop));
        Err(ActError::Stale.into())
    });
    assert!(matches!(done, Err(Ended::Act(ActError::Stale))), "{done:?}");
    said.unwrap()
}

#[test]
fn one_person_who_approved_and_demanded_back_is_found() {
    for backend in Backend::ALL {
        let world = World::new(TestDatabase::new(backend));
        world.live();
        world.pay();
        pay_one(&world);
        let other = world.staff("approver-9", Role::Approver).staff;
        let paid = world.claims(CARS, ClaimState::Paid, 1).remove(0);
        demanded(&world, &paid, other).unwrap();
        match demanded(&world, &paid, paid.progress.approved_by.unwrap()) {
            Err(VerifyFailure::Broken(broken)) => assert_eq!(broken.code, "desk_differs"),
            other => panic!("{backend:?}: {other:?}"),
        }
    }
}
