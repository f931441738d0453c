//! What the bank says became of payments. The same file twice has no effect; what contradicts
//! what is known is left to people, because nothing is re-issued while a fate is unknown.

use std::collections::HashSet;
use std::sync::Arc;

use serde::Serialize;

use crate::banking::pain002::StatusReport;
use crate::banking::{Fate, Outcome};
use crate::domain::claim::ClaimState;
use crate::domain::ids::{BatchId, ClaimId, PoolId, StaffId};
use crate::domain::transition::Act;
use crate::journal::entry::EntryKind;
use crate::ledger::Ledger;
use crate::operations::denial::{ActError, Ended};
use crate::operations::goods::{self, RETURNED_WHILE_PAYING};
use crate::operations::payment_reason::{self, Kept, REASON};
use crate::operations::scene::{By, Move, Scene, settle, with_retries};
use crate::operations::{Engine, StaffCaller, clawback, flags, pools, register};
use crate::storage::claims::StoredClaim;
use crate::storage::payout_lines::{LineRow, LineState};
use crate::storage::{Db, StorageError, claim_flags, claims, journal, payout_lines, receivables};
use crate::vault::Vault;

/// The flag of a claim of whose payment the bank says two things.
pub const DISPUTED: &str = "payment_disputed";
/// Outcomes of one pool that are taken in one transaction.
const AT_ONCE: usize = 200;

/// What came of a file of outcomes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Payments that were made.
    pub paid: u64,
    /// Payments that came back.
    pub returned: u64,
    /// Names that no payment has, or one of a batch that is sealed still.
    pub unknown: u64,
    /// Outcomes that were known.
    pub repeated: u64,
    /// Outcomes that contradict what is known and changed nothing.
    pub conflicting: u64,
    /// Payments whose fate the bank does not know yet.
    pub pending: u64,
    /// The lines of the file with such names.
    pub unknown_lines: Vec<u64>,
    /// The names of payments with contradicting outcomes.
    pub conflicts: Vec<String>,
}

impl Imported {
    /// What came of another part of the same file.
    fn add(&mut self, part: Imported) {
        self.paid += part.paid;
        self.returned += part.returned;
        self.unknown += part.unknown;
        self.repeated += part.repeated;
        self.conflicting += part.conflicting;
        self.pending += part.pending;
        self.unknown_lines.extend(part.unknown_lines);
        self.conflicts.extend(part.conflicts);
    }
}

/// What a bank's report says of each payment. Where it refuses a message as a whole, that goes
/// for every payment of the batch that it does not name by itself.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn of_report(engine: &Engine, report: StatusReport) -> Result<Vec<Outcome>, ActError> {
    let mut outcomes = report.outcomes;
    // A message that is no batch of ours names nothing of ours.
    let refused = report.rejected_message;
    let Some((refused, batch)) =
        refused.and_then(|r| BatchId::parse(&r.message_id).map(|id| (r, id)))
    else {
        return Ok(outcomes);
    };
    let names = engine
        .with_db(move |conn| -> Result<_, Ended> { Ok(payout_lines::payments_of(conn, batch)?) })
        .await
        .map_err(Ended::into_act)?;
    let named: HashSet<String> = outcomes.iter().map(|o| o.id.clone()).collect();
    let others = names.into_iter().filter(|name| !named.contains(name));
    outcomes.extend(others.map(|id| Outcome {
        id,
        fate: Fate::Returned {
            reason: refused.reason.clone(),
        },
        line: 0,
    }));
    Ok(outcomes)
}

/// Imports outcomes, some two hundred of a pool in one transaction: a large file leaves room for
/// others at the pool. A file that fails half-way may be sent again: what was taken before is
/// then told as repeated.
///
/// # Errors
/// [`ActError::Unavailable`]: a part of the file may have been taken.
pub async fn import(
    engine: &Engine,
    caller: &StaffCaller,
    outcomes: Vec<Outcome>,
) -> Result<Imported, ActError> {
    let staff = caller.staff;
    let keys = Arc::clone(&engine.keys);
    let done = engine.write_db(move |conn| -> Result<Imported, Ended> {
        import_in_parts(&keys.vault, conn, staff, &outcomes, AT_ONCE)
    });
    done.await.map_err(Ended::into_act)
}

/// The same with at most so many outcomes of a pool in one transaction.
///
/// # Errors
/// The database's: what earlier transactions took stays taken.
pub fn import_in_parts(
    vault: &Vault,
    conn: &mut Db,
    staff: StaffId,
    outcomes: &[Outcome],
    at_once: usize,
) -> Result<Imported, Ended> {
    let mut done = Imported::default();
    let mut known: Vec<(PoolId, &Outcome)> = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        match payout_lines::ended_line(conn, &outcome.id)? {
            Some((pool, _)) => known.push((pool, outcome)),
            None => {
                done.unknown += 1;
                done.unknown_lines.push(outcome.line);
            }
        }
    }
    known.sort_by_key(|(pool, _)| *pool);
    for in_pool in known.chunk_by(|a, b| a.0 == b.0) {
        for part in in_pool.chunks(at_once) {
            let taken = with_retries(conn, |conn| import_part(vault, conn, staff, part))?;
            done.add(taken);
        }
    }
    Ok(done)
}

/// Outcomes of one pool in one transaction.
fn import_part(
    vault: &Vault,
    conn: &mut Db,
    staff: StaffId,
    part: &[(PoolId, &Outcome)],
) -> Result<Imported, Ended> {
    let mut done = Imported::default();
    let Some((pool, _)) = part.first() else {
        return Ok(done);
    };
    let mut ledger = pools::lock(conn, *pool)?;
    for (_, outcome) in part {
        // Read again under the lock.
        let gone = || StorageError::Corrupt("a payout line is gone".into());
        let (_, line) = payout_lines::ended_line(conn, &outcome.id)?.ok_or_else(gone)?;
        one(vault, conn, &mut ledger, (&line, outcome), staff, &mut done)?;
    }
    #[cfg(feature = "planted-faults")]
    if crate::planted::is(crate::planted::Fault::SilenceIsReturn) {
        for (_, outcome) in part {
            give_up(vault, conn, &mut ledger, &outcome.id, staff)?;
        }
    }
    settle(conn, ledger)?;
    Ok(done)
}

/// Takes the payments beside one for returned, if nothing was said of them.
#[cfg(feature = "planted-faults")]
fn give_up(
    vault: &Vault,
    conn: &mut Db,
    ledger: &mut Ledger,
    id: &str,
    staff: StaffId,
) -> Result<(), Ended> {
    let batch = payout_lines::ended_line(conn, id)?.map(|(_, line)| line.batch);
    for line in batch.map_or(Ok(Vec::new()), |batch| payout_lines::lines_of(conn, batch))? {
        if line.state == LineState::Pending {
            let reason = payment_reason::keep(vault, &line.end_to_end_id, "silence");
            returned(conn, ledger, &line, &By::Staff(staff), &reason)?;
        }
    }
    Ok(())
}

fn one(
    vault: &Vault,
    conn: &mut Db,
    ledger: &mut Ledger,
    (line, outcome): (&LineRow, &Outcome),
    staff: StaffId,
    done: &mut Imported,
) -> Result<(), Ended> {
    let by = By::Staff(staff);
    let kept = |reason: &str| payment_reason::keep(vault, &line.end_to_end_id, reason);
    let taken = match (line.state, &outcome.fate) {
        (LineState::Pending, Fate::Paid) => {
            paid(conn, ledger, line, &by)?;
            done.paid += 1;
            true
        }
        (LineState::Pending, Fate::Returned { reason }) => {
            returned(conn, ledger, line, &by, &kept(reason))?;
            done.returned += 1;
            true
        }
        (LineState::Paid, Fate::Paid) | (LineState::Returned, Fate::Returned { .. }) => {
            done.repeated += 1;
            true
        }
        (LineState::Paid, Fate::Returned { reason }) => {
            let late = returned_late(conn, ledger, line, &by, &kept(reason))?;
            done.returned += u64::from(late);
            late
        }
        (LineState::Returned, Fate::Paid) => {
            let late = paid_late(conn, ledger, line, &by)?;
            done.paid += u64::from(late);
            late
        }
        // Nothing of it was sent: whatever the bank means, it is not this.
        (LineState::Discarded, _) => false,
    };
    if !taken {
        keep_apart(conn, ledger, line, &by)?;
        done.conflicting += 1;
        done.conflicts.push(line.end_to_end_id.clone());
    }
    Ok(())
}

/// A claim that is still to be paid, and of which the bank says two things, waits apart: it is
/// paid again only after somebody has looked.
fn keep_apart(conn: &mut Db, ledger: &mut Ledger, line: &LineRow, by: &By) -> Result<(), Ended> {
    let claim = claim_of(conn, line)?;
    let unpaid = matches!(claim.state, ClaimState::Approved | ClaimState::Paying);
    if unpaid && claim_flags::raise(conn, claim.id, DISPUTED, "", ledger.at)? {
        let why = format!("contradicting outcomes: {}", line.end_to_end_id);
        let mut scene = Scene::on(conn, ledger, claim);
        flags::entry(&mut scene, EntryKind::Flagged, by, DISPUTED, &why)?;
    }
    Ok(())
}

fn claim_of(conn: &mut Db, line: &LineRow) -> Result<StoredClaim, StorageError> {
    let gone = || StorageError::Corrupt(format!("payout line {}: claim", line.end_to_end_id));
    claims::by_id(conn, line.claim)?.ok_or_else(gone)
}

/// The bank paid: the claim is paid, what was set off is settled, and goods that went back
/// meanwhile make a clawback.
///
/// # Errors
/// The database's.
pub fn paid(conn: &mut Db, ledger: &mut Ledger, line: &LineRow, by: &By) -> Result<(), Ended> {
    let claim = claim_of(conn, line)?;
    let amount = claim.amount;
    let step = Move::of(Act::Pay, ClaimState::Paid, EntryKind::Paid)
        .with_amount(amount)
        .noting("payment", line.end_to_end_id.clone());
    Scene::on(conn, ledger, claim).go(step, by, |_, _| {})?;
    record(conn, ledger, line, LineState::Paid, None)?;
    for (receivable, part) in receivables::set_offs_of(conn, &line.end_to_end_id)? {
        let gone = || StorageError::Corrupt("a receivable is gone".into());
        let owed = receivables::find(conn, receivable)?.ok_or_else(gone)?;
        let debtor = claims::by_id(conn, owed.claim)?.ok_or_else(gone)?;
        let mut scene = Scene::on(conn, ledger, debtor);
        let how = format!("set off: {}", line.end_to_end_id);
        clawback::settled(&mut scene, by, &owed, (part, part), &[("how", &how)])?;
    }
    claim_back(conn, ledger, line, by)
}

/// What was found while the payment was on its way makes a clawback now: goods that went back,
/// or an award in the register that nobody has cleared.
fn claim_back(conn: &mut Db, ledger: &mut Ledger, line: &LineRow, by: &By) -> Result<(), Ended> {
    let claim = claim_of(conn, line)?;
    if claim.progress.apart == 0 {
        return Ok(());
    }
    let went_back = unflag(conn, ledger, claim.id, by)?;
    let flags = claim_flags::of(conn, claim.id)?;
    let mut scene = Scene::on(conn, ledger, claim);
    if went_back {
        let (place, _) = goods::place(&mut scene)?;
        clawback::raise(&mut scene, by, place)
    } else if flags.iter().any(|code| register::is_award(code)) {
        clawback::raise(&mut scene, by, clawback::REGISTER)
    } else {
        Ok(())
    }
}

/// The bank sent it back: the claim is owed again, and what was to be set off is open again.
fn returned(
    conn: &mut Db,
    ledger: &mut Ledger,
    line: &LineRow,
    by: &By,
    reason: &Kept,
) -> Result<(), Ended> {
    let claim = claim_of(conn, line)?;
    let (id, flagged) = (claim.id, claim.progress.apart > 0);
    reopen(conn, ledger, claim, line, by, reason)?;
    not_paid(conn, ledger, line, by, flagged.then_some(id))
}

/// It was never sent, because its batch is discarded: the claim stands as before it was sealed.
///
/// # Errors
/// The database's.
pub fn discarded(conn: &mut Db, ledger: &mut Ledger, line: &LineRow, by: &By) -> Result<(), Ended> {
    let claim = claim_of(conn, line)?;
    let (id, flagged) = (claim.id, claim.progress.apart > 0);
    let amount = claim.amount;
    let step = Move::of(
        Act::Discard,
        ClaimState::Approved,
        EntryKind::PaymentDiscarded,
    );
    let step = step
        .with_amount(amount)
        .noting("payment", line.end_to_end_id.clone());
    // It keeps its place in the order of approval and its due date.
    Scene::on(conn, ledger, claim).go(step, by, |_, _| {})?;
    record(conn, ledger, line, LineState::Discarded, None)?;
    not_paid(conn, ledger, line, by, flagged.then_some(id))
}

/// What was to be set off is open again, and goods that went back meanwhile end the claim that
/// is `flagged`.
fn not_paid(
    conn: &mut Db,
    ledger: &mut Ledger,
    line: &LineRow,
    by: &By,
    flagged: Option<ClaimId>,
) -> Result<(), Ended> {
    for (receivable, part) in receivables::set_offs_of(conn, &line.end_to_end_id)? {
        receivables::change(conn, receivable, 0, -part)?;
    }
    let Some(id) = flagged else { return Ok(()) };
    if unflag(conn, ledger, id, by)? {
        let claim = claim_of(conn, line)?;
        goods::end(&mut Scene::on(conn, ledger, claim), by)?;
    }
    Ok(())
}

/// It came back although it was paid: the claim is owed again. Where something was set off, or
/// the claim has gone on, people must decide: `false`.
fn returned_late(
    conn: &mut Db,
    ledger: &mut Ledger,
    line: &LineRow,
    by: &By,
    reason: &Kept,
) -> Result<bool, Ended> {
    let claim = claim_of(conn, line)?;
    if claim.state != ClaimState::Paid || line.set_off > 0 || !is_last(conn, line)? {
        return Ok(false);
    }
    reopen(conn, ledger, claim, line, by, reason)?;
    Ok(true)
}

/// It was paid although it was said to have come back. Before another attempt that can be put
/// right, unless payout is stopped: a stopped pool's claims rest. Afterwards somebody was paid
/// twice; and where it was known to be paid before it came back, an old file came again. There
/// people must decide: `false`.
fn paid_late(conn: &mut Db, ledger: &mut Ledger, line: &LineRow, by: &By) -> Result<bool, Ended> {
    let claim = claim_of(conn, line)?;
    let same = claim.amount.fen() == line.gross && line.set_off == 0;
    let stopped = ledger.pool.payout != "open";
    if claim.state != ClaimState::Approved || !same || stopped || !is_last(conn, line)? {
        return Ok(false);
    }
    if journal::was_paid(conn, claim.pool, claim.id, &line.end_to_end_id)? {
        return Ok(false);
    }
    let amount = claim.amount;
    let mut scene = Scene::on(conn, ledger, claim);
    for (act, to, kind) in [
        (Act::Seal, ClaimState::Paying, EntryKind::Paying),
        (Act::Pay, ClaimState::Paid, EntryKind::Paid),
    ] {
        let step = Move::of(act, to, kind).with_amount(amount);
        scene.go(
            step.noting("payment", line.end_to_end_id.clone()),
            by,
            |_, _| {},
        )?;
    }
    record(conn, ledger, line, LineState::Paid, None)?;
    claim_back(conn, ledger, line, by)?;
    Ok(true)
}

/// The payment came back, and the claim is owed again.
fn reopen(
    conn: &mut Db,
    ledger: &mut Ledger,
    claim: StoredClaim,
    line: &LineRow,
    by: &By,
    reason: &Kept,
) -> Result<(), Ended> {
    let amount = claim.amount;
    let step = Move::of(
        Act::ReturnPayment,
        ClaimState::Approved,
        EntryKind::PaymentReturned,
    );
    let step = step
        .with_amount(amount)
        .noting("payment", line.end_to_end_id.clone())
        .noting(REASON, reason.mac.clone());
    // It keeps its place in the order of approval and its due date.
    Scene::on(conn, ledger, claim).go(step, by, |_, _| {})?;
    let (state, sealed) = (LineState::Returned, Some(&reason.sealed[..]));
    record(conn, ledger, line, state, sealed)
}

fn is_last(conn: &mut Db, line: &LineRow) -> Result<bool, StorageError> {
    let last = payout_lines::last_attempt(conn, line.claim)?;
    Ok(last.is_some_and(|l| l.end_to_end_id == line.end_to_end_id))
}

fn record(
    conn: &mut Db,
    ledger: &Ledger,
    line: &LineRow,
    state: LineState,
    reason: Option<&[u8]>,
) -> Result<(), Ended> {
    if payout_lines::set_outcome(conn, line, state, reason, ledger.at)? {
        Ok(())
    } else {
        let what = format!("payout line {} moved unseen", line.end_to_end_id);
        Err(StorageError::Corrupt(what).into())
    }
}

/// Takes off the flag of goods that went back while the payment was on its way, if it is there.
fn unflag(conn: &mut Db, ledger: &mut Ledger, id: ClaimId, by: &By) -> Result<bool, Ended> {
    let cleared = claim_flags::clear(conn, id, RETURNED_WHILE_PAYING)?;
    if cleared == 0 {
        return Ok(false);
    }
    let gone = || StorageError::Corrupt("a flagged claim is gone".into());
    let claim = claims::by_id(conn, id)?.ok_or_else(gone)?;
    let mut scene = Scene::on(conn, ledger, claim);
    let why = "the fate of the payment is known";
    flags::entry(
        &mut scene,
        EntryKind::FlagCleared,
        by,
        RETURNED_WHILE_PAYING,
        why,
    )?;
    Ok(true)
}
