//! Screening accepted claims behind admission: what is odd is flagged or noted, nothing is refused.
//!
//! Every instance follows the journals. A step is one transaction: it takes the turn, so that each
//! claim is compared with all before it whoever screens; it reads what the claims say, raises flags
//! under the locks of their pools, and moves the cursor. What dies before COMMIT is done anew.

mod facts;
pub mod voided;

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, PoolId};
use crate::domain::screening::{Finding, Weight, screen};
use crate::journal::entry::EntryKind;
use crate::operations::denial::Ended;
use crate::operations::scene::{By, Scene, settle, with_retries};
use crate::operations::{Engine, flags, pools};
use crate::storage::batch::KeyHash;
use crate::storage::screening::{self as rows, Found};
use crate::storage::{Db, StorageError, claim_flags, claims};

/// Claims that a step screens. On SQLite nobody else writes meanwhile, so it must be over before a
/// claim that comes in notices.
const STEP: i64 = 20;
/// Steps before a batch is sealed; what is left after them is not paid with it.
const STEPS: usize = 1_000;
/// Where a flag comes from.
const SOURCE: &str = "screening";

/// Screens a step of whichever journal is behind: how many claims it held, `None` where there is
/// nothing to do.
///
/// # Errors
/// The database's.
pub fn follow(engine: &Engine, conn: &mut Db) -> Result<Option<u64>, Ended> {
    step(engine, conn, None)
}

/// Screens the claims of a pool before money leaves it.
///
/// # Errors
/// The database's.
pub fn catch_up(engine: &Engine, conn: &mut Db, pool: PoolId) -> Result<(), Ended> {
    for _ in 0..STEPS {
        if step(engine, conn, Some(pool))?.is_none() {
            break;
        }
    }
    Ok(())
}

/// What was found of a claim, for the bureau.
///
/// # Errors
/// The database's.
pub fn of(conn: &mut Db, claim: ClaimId) -> Result<Vec<Found>, StorageError> {
    rows::found(conn, claim)
}

fn step(engine: &Engine, conn: &mut Db, only: Option<PoolId>) -> Result<Option<u64>, Ended> {
    // A look without a lock: nearly always there is nothing to do.
    if rows::behind(conn, only, STEP)?.is_none() {
        return Ok(None);
    }
    with_retries(conn, |conn| {
        rows::take_turn(conn)?;
        let Some(stretch) = rows::behind(conn, only, STEP)? else {
            return Ok(None);
        };
        let mut habits = facts::Habits::default();
        let mut found: BTreeMap<PoolId, Vec<Raised>> = BTreeMap::new();
        for claim in rows::claims_of(conn, &stretch)? {
            if !claim.state.is_live() {
                continue;
            }
            let facts = facts::of(engine, conn, &claim, &mut habits)?;
            for finding in screen(&facts, &engine.thresholds) {
                let basis = basis_of(engine, &finding);
                let open = rows::not_yet(conn, &finding, &basis)?;
                let mut named = claims::live_among(conn, &open)?;
                named.retain(|other| other.id != claim.id);
                let finding = Rc::new(finding);
                let named = named.iter().map(|other| (other.pool, other.id));
                for (pool, claim) in named.chain([(claim.pool, claim.id)]) {
                    let finding = Rc::clone(&finding);
                    found.entry(pool).or_default().push(Raised {
                        claim,
                        finding,
                        basis,
                    });
                }
            }
        }
        let held = raise_all(conn, found)?;
        rows::done(conn, &stretch)?;
        Ok(Some(held))
    })
}

/// What the same finding has in common with another, and nobody can read.
fn basis_of(engine: &Engine, finding: &Finding) -> KeyHash {
    let vault = &engine.keys.vault;
    vault.keyed_hash("screening_basis", &[finding.rule.code(), &finding.basis])
}

/// A finding that a claim is to have.
struct Raised {
    claim: ClaimId,
    finding: Rc<Finding>,
    basis: KeyHash,
}

/// Keeps findings and raises the flags of those that hold, pool by pool in the order of their ids.
fn raise_all(conn: &mut Db, found: BTreeMap<PoolId, Vec<Raised>>) -> Result<u64, Ended> {
    let mut held = 0;
    for (pool, findings) in found {
        let mut ledger = pools::lock(conn, pool)?;
        for raised in findings {
            let gone = || StorageError::Corrupt("a screened claim is gone".into());
            let claim = claims::by_id(conn, raised.claim)?.ok_or_else(gone)?;
            let mut scene = Scene::on(conn, &mut ledger, claim);
            held += u64::from(raise(&mut scene, &raised.finding, &raised.basis)?);
        }
        settle(conn, ledger)?;
    }
    Ok(held)
}

/// Keeps a finding of a claim that still lives, under its pool's lock, and raises its flag where it
/// holds; `false` where it does not, or was known.
fn raise(scene: &mut Scene<'_>, finding: &Finding, basis: &KeyHash) -> Result<bool, Ended> {
    let (id, at) = (scene.claim.id, scene.at());
    let state = scene.claim.state;
    if !state.is_live() || state == ClaimState::ClawbackDue {
        return Ok(false);
    }
    let code = finding.rule.code();
    let new = rows::keep(scene.conn, id, finding, basis, at)?;
    if !new || finding.weight == Weight::Note {
        return Ok(false);
    }
    if !claim_flags::raise(scene.conn, id, code, SOURCE, at)? {
        return Ok(false);
    }
    flags::entry(
        scene,
        EntryKind::Flagged,
        &By::System,
        code,
        &finding.reason.en,
    )?;
    Ok(true)
}
