//! Review by two persons: taking the next claim, preparing a decision, deciding.

use serde::{Deserialize, Serialize};

use crate::domain::claim::ClaimState;
use crate::domain::ids::{BulkId, ClaimId, StaffId};
use crate::domain::promise;
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::domain::transition::{Act, allows};
use crate::journal::entry::EntryKind;
use crate::operations::claims::{ClaimView, view};
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::notes::{self, noted};
use crate::operations::scene::{By, Move, Packs, Scene, act, on_claim, with_retries};
use crate::operations::{Engine, ReadError, StaffCaller, Viewer};
use crate::storage::claim_changes;
use crate::storage::claims::StoredClaim;
use crate::storage::{Db, StorageError, claim_queues, dealers, dialect};

/// For how long a reviewer has a claim on his desk, in seconds.
pub const LEASE_SECONDS: i64 = 15 * 60;
/// Corrections where a pack does not say how many, and for how many days each.
pub const ROUNDS: u32 = 2;
/// See [`ROUNDS`].
pub const CORRECTION_DAYS: u32 = 7;

/// How often the next claim is looked for while others are faster.
const TAKES: usize = 50;

/// What is wrong with a claim, at one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// A word that programs decide by.
    pub code: String,
    /// JSON pointer into the claim.
    pub field: String,
    /// For people.
    pub message: String,
}

/// The oldest claim that waits for a reviewer, put on the caller's desk; whoever has one there
/// already gets it again. `None` when none waits. A claim that cannot be opened is passed over
/// and logged: it is somebody else's work to find out why, and the others do not wait for it.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn next(
    engine: &Engine,
    caller: &StaffCaller,
    lang: Lang,
) -> Result<Option<ClaimView>, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.write_db(move |conn| -> Result<Option<ClaimView>, Ended> {
        let mut passed = Vec::new();
        for _ in 0..TAKES {
            match with_retries(conn, |conn| take_next(&worker, conn, staff, &passed))? {
                Taken::Nothing => return Ok(None),
                Taken::Faster => {}
                Taken::Unreadable(id) => {
                    tracing::error!(claim = %id, "a claim that waits for review cannot be opened");
                    passed.push(id);
                }
                Taken::Claim(id) => return Ok(view(&worker, conn, Viewer::Bureau, id, lang)?),
            }
        }
        Err(ActError::Unavailable.into())
    });
    done.await.map_err(Ended::into_act)
}

enum Taken {
    Nothing,
    Faster,
    Unreadable(ClaimId),
    Claim(ClaimId),
}

fn take_next(
    engine: &Engine,
    conn: &mut Db,
    staff: StaffId,
    passed: &[ClaimId],
) -> Result<Taken, Ended> {
    let now = dialect::now(conn)?;
    let mine = claim_queues::leased_to(conn, staff, now, passed)?;
    let found = match mine {
        Some(claim) => Some(claim),
        None => {
            let papers = claim_queues::oldest(conn, ClaimState::InReview, now, passed)?;
            let ready = claim_queues::oldest(conn, ClaimState::Reserved, now, passed)?;
            let age = |claim: &StoredClaim| (claim.progress.review, claim.id);
            [papers, ready].into_iter().flatten().min_by_key(age)
        }
    };
    let Some(claim) = found else {
        return Ok(Taken::Nothing);
    };
    let id = claim.id;
    // Before anything is done with it: what nobody can read is on nobody's desk.
    match view(engine, conn, Viewer::Bureau, id, Lang::default()) {
        Ok(_) => {}
        Err(StorageError::Corrupt(_)) => return Ok(Taken::Unreadable(id)),
        Err(other) => return Err(other.into()),
    }
    let claim = if claim.state == ClaimState::Reserved {
        // No paper is due, so the review begins when somebody takes it up.
        let begun = on_claim(conn, By::Staff(staff), id, Some(claim.revision), |scene| {
            let step = Move::of(
                Act::BeginReview,
                ClaimState::InReview,
                EntryKind::ReviewBegun,
            );
            scene.go(step, &By::Staff(staff), |_, _| {})?;
            Ok(scene.claim.clone())
        });
        match begun {
            Ok(claim) => claim,
            Err(Ended::Act(_)) => return Ok(Taken::Faster),
            Err(other) => return Err(other),
        }
    } else {
        claim
    };
    let until = Timestamp(now.0 + LEASE_SECONDS * 1_000_000);
    if claim_queues::lease(conn, &claim, staff, now, until)? {
        Ok(Taken::Claim(id))
    } else {
        Ok(Taken::Faster)
    }
}

/// What a reviewer has on his desk.
#[derive(Debug, Clone)]
pub struct OnDesk {
    /// The claim.
    pub id: ClaimId,
    /// Its number.
    pub number: String,
    /// Until when he has it there.
    pub until: Timestamp,
}

/// The claim that the caller has on his desk.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn desk(engine: &Engine, caller: &StaffCaller) -> Result<Option<OnDesk>, ReadError> {
    let staff = caller.staff;
    let found = engine.with_db(move |conn| -> Result<Option<OnDesk>, StorageError> {
        let now = dialect::now(conn)?;
        let claim = claim_queues::leased_to(conn, staff, now, &[])?;
        Ok(claim.and_then(|claim| {
            let (_, until) = claim.progress.lease?;
            Some(OnDesk {
                id: claim.id,
                number: claim.number,
                until,
            })
        }))
    });
    Ok(found.await?)
}

/// Takes a claim off the caller's desk, so that whoever takes the next one gets it. Nothing of the
/// claim changes; told again, nothing happens.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn put_back(engine: &Engine, caller: &StaffCaller, id: ClaimId) -> Result<(), ActError> {
    let staff = caller.staff;
    let done = engine.write_db(move |conn| -> Result<(), Ended> {
        claim_queues::put_back(conn, id, staff)?;
        Ok(())
    });
    done.await.map_err(Ended::into_act)
}

/// What a member of staff does to a claim that he has seen.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Good: a second person's turn.
    Recommend,
    /// Back to the dealer for these many days, with what is wrong.
    Return(u32, Vec<Finding>),
    /// Bad: a second person's turn.
    ProposeRejection(Finding),
    /// The second person agrees, with the same ground.
    ConfirmRejection(Option<Finding>),
    /// The second person does not agree.
    Reopen,
    /// The second person agrees.
    Approve,
    /// The bureau ends the claim.
    Void(Finding),
}

/// Does it.
///
/// # Errors
/// [`ActError`].
pub async fn decide(
    engine: &Engine,
    caller: &StaffCaller,
    id: ClaimId,
    expected: i64,
    decision: Decision,
    lang: Lang,
) -> Result<ClaimView, ActError> {
    let staff = caller.staff;
    let by = By::Staff(staff);
    act(engine, by, id, expected, lang, move |engine, scene| {
        decide_in(engine, scene, staff, &decision)
    })
    .await
}

/// The same inside a transaction.
///
/// # Errors
/// [`ActError`], and the database's.
pub fn decide_in(
    engine: &Engine,
    scene: &mut Scene<'_>,
    staff: StaffId,
    decision: &Decision,
) -> Result<(), Ended> {
    match decision {
        Decision::Recommend => recommend(scene, staff),
        Decision::Return(days, findings) => give_back(engine, scene, staff, *days, findings),
        Decision::ProposeRejection(ground) => propose_rejection(engine, scene, staff, ground),
        Decision::ConfirmRejection(ground) => {
            confirm_rejection(engine, scene, staff, ground.as_ref())
        }
        Decision::Reopen => {
            if !allows(Act::Reopen, scene.claim.state) {
                return Err(ActError::WrongState(scene.claim.state).into());
            }
            second_person(scene, staff)?;
            let step = Move::of(Act::Reopen, ClaimState::InReview, EntryKind::Reopened);
            scene.go(step, &By::Staff(staff), |claim, _| {
                claim.progress.prepared_by = None;
            })?;
            Ok(())
        }
        Decision::Approve => approve(engine, scene, staff, None),
        Decision::Void(ground) => void(engine, scene, staff, ground),
    }
}

/// A reviewer may act unless another has the claim on his desk.
fn on_desk(scene: &Scene<'_>, act: Act, staff: StaffId) -> Result<(), Ended> {
    let claim = &scene.claim;
    if !allows(act, claim.state) {
        return Err(ActError::WrongState(claim.state).into());
    }
    match claim.progress.lease {
        Some((holder, until)) if holder != staff && until > scene.at() => {
            Err(Denial::LeasedElsewhere.into())
        }
        _ => Ok(()),
    }
}

fn recommend(scene: &mut Scene<'_>, staff: StaffId) -> Result<(), Ended> {
    on_desk(scene, Act::Recommend, staff)?;
    if scene.claim.progress.apart > 0 {
        return Err(Denial::KeptApart.into());
    }
    if scene.claim.invoice_due {
        return Err(Denial::InvoiceMissing.into());
    }
    let step = Move::of(
        Act::Recommend,
        ClaimState::Recommended,
        EntryKind::Recommended,
    );
    scene.go(step, &By::Staff(staff), |claim, _| {
        claim.progress.prepared_by = Some(staff);
    })?;
    Ok(())
}

fn give_back(
    engine: &Engine,
    scene: &mut Scene<'_>,
    staff: StaffId,
    days: u32,
    findings: &[Finding],
) -> Result<(), Ended> {
    on_desk(scene, Act::Return, staff)?;
    let (most_days, rounds) = {
        let mut packs = Packs::default();
        let rules = &packs.of(scene.conn, &scene.claim)?.rules;
        let terms = rules.corrections.as_ref().map(|c| &c.terms);
        terms.map_or((CORRECTION_DAYS, ROUNDS), |c| (c.days, c.rounds))
    };
    if scene.claim.progress.rounds >= i64::from(rounds) {
        return Err(Denial::RoundsExhausted.into());
    }
    // The pack's days are the most that a reviewer may give.
    let deadline = scene.at().end_of_day_after(days.min(most_days));
    let step = Move::of(Act::Return, ClaimState::Returned, EntryKind::Returned);
    let (step, note) = noted(engine, scene, step, staff, &findings)?;
    scene.go(step, &By::Staff(staff), |claim, _| {
        claim.progress.deadline = Some(deadline);
        claim.progress.rounds += 1;
    })?;
    claim_changes::insert_note(scene.conn, scene.claim.id, &note)?;
    Ok(())
}

fn propose_rejection(
    engine: &Engine,
    scene: &mut Scene<'_>,
    staff: StaffId,
    ground: &Finding,
) -> Result<(), Ended> {
    on_desk(scene, Act::ProposeRejection, staff)?;
    let step = Move::of(
        Act::ProposeRejection,
        ClaimState::RejectionProposed,
        EntryKind::RejectionProposed,
    );
    let (step, note) = noted(engine, scene, step, staff, &[ground])?;
    scene.go(step, &By::Staff(staff), |claim, _| {
        claim.progress.prepared_by = Some(staff);
    })?;
    claim_changes::insert_note(scene.conn, scene.claim.id, &note)?;
    Ok(())
}

fn confirm_rejection(
    engine: &Engine,
    scene: &mut Scene<'_>,
    staff: StaffId,
    ground: Option<&Finding>,
) -> Result<(), Ended> {
    if !allows(Act::ConfirmRejection, scene.claim.state) {
        return Err(ActError::WrongState(scene.claim.state).into());
    }
    second_person(scene, staff)?;
    let proposed = findings(
        engine,
        scene.conn,
        &scene.claim,
        EntryKind::RejectionProposed,
    )?;
    // Who confirms another ground than the one proposed has not read it.
    let same = |g: &Finding| {
        let alike = |p: &Finding| (&p.code, &p.field) == (&g.code, &g.field);
        proposed.iter().any(alike)
    };
    if ground.is_some_and(|g| !same(g)) {
        return Err(ActError::Stale.into());
    }
    let amount = scene.claim.amount;
    let step = Move::of(
        Act::ConfirmRejection,
        ClaimState::Rejected,
        EntryKind::Rejected,
    );
    // What he agreed with is noted under his name: an appeal is decided by somebody else.
    let (step, note) = noted(engine, scene, step.with_amount(amount), staff, &proposed)?;
    scene.go(step, &By::Staff(staff), |_, _| {})?;
    claim_changes::insert_note(scene.conn, scene.claim.id, &note)?;
    Ok(())
}

/// The second person agrees: by an act of its own, or with others in a bulk approval.
///
/// # Errors
/// [`ActError`], before anything is written; and the database's.
pub fn approve(
    engine: &Engine,
    scene: &mut Scene<'_>,
    staff: StaffId,
    bulk: Option<BulkId>,
) -> Result<(), Ended> {
    if !allows(Act::Approve, scene.claim.state) {
        return Err(ActError::WrongState(scene.claim.state).into());
    }
    second_person(scene, staff)?;
    if dealers::was_changed_by(scene.conn, scene.claim.dealer, staff)? {
        return Err(Denial::ConflictOfInterest.into());
    }
    if scene.claim.progress.apart > 0 {
        return Err(Denial::KeptApart.into());
    }
    let pay_by = {
        let mut packs = Packs::default();
        let rules = &packs.of(scene.conn, &scene.claim)?.rules;
        let clocks = rules.clocks.as_ref().map(|c| &c.terms);
        promise::pay_by(&engine.calendar, clocks, scene.at())
    };
    let amount = scene.claim.amount;
    // The entry that this act appends.
    let seq = scene.ledger.pool.head_seq + 1;
    let mut step = Move::of(Act::Approve, ClaimState::Approved, EntryKind::Approved);
    if let Some(bulk) = bulk {
        step = step.noting("bulk", bulk.to_string());
    }
    scene.go(step.with_amount(amount), &By::Staff(staff), |claim, at| {
        claim.progress.approved_by = Some(staff);
        claim.progress.approved = Some(at);
        claim.progress.approval_seq = Some(seq);
        claim.progress.pay_by = Some(pay_by);
    })?;
    Ok(())
}

fn void(
    engine: &Engine,
    scene: &mut Scene<'_>,
    staff: StaffId,
    ground: &Finding,
) -> Result<(), Ended> {
    if !allows(Act::Void, scene.claim.state) {
        return Err(ActError::WrongState(scene.claim.state).into());
    }
    // Who approved a claim does not undo it alone.
    if scene.claim.progress.approved_by == Some(staff) {
        return Err(Denial::SecondPersonRequired.into());
    }
    let amount = scene.claim.amount;
    let step = Move::of(Act::Void, ClaimState::Voided, EntryKind::Voided).with_amount(amount);
    let (step, note) = noted(engine, scene, step, staff, &[ground])?;
    scene.go(step, &By::Staff(staff), |_, _| {})?;
    claim_changes::insert_note(scene.conn, scene.claim.id, &note)?;
    Ok(())
}

/// Nobody decides what he prepared himself.
fn second_person(scene: &Scene<'_>, staff: StaffId) -> Result<(), Ended> {
    #[cfg(feature = "planted-faults")]
    if crate::planted::is(crate::planted::Fault::OnePersonApproves) {
        return Ok(());
    }
    match scene.claim.progress.prepared_by {
        Some(prepared) if prepared == staff => Err(Denial::SecondPersonRequired.into()),
        _ => Ok(()),
    }
}

/// What the last note of a kind says.
///
/// # Errors
/// The database's; [`StorageError::Corrupt`] when it does not open.
pub fn findings(
    engine: &Engine,
    conn: &mut Db,
    claim: &StoredClaim,
    kind: EntryKind,
) -> Result<Vec<Finding>, StorageError> {
    let written = claim_changes::notes(conn, claim.id)?;
    let Some(note) = written.into_iter().rfind(|n| n.kind == kind.as_str()) else {
        return Ok(Vec::new());
    };
    let corrupt = || StorageError::Corrupt(format!("claim {}: a note", claim.number));
    serde_json::from_slice(&notes::open(engine, claim.id, &note)?).map_err(|_| corrupt())
}
