//! Money that was paid and must come back: a receivable on whoever was paid, set off against
//! later payouts of the pool or paid in, each time with its entry.

use serde::Serialize;

use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, ReceivableId, StaffId};
use crate::domain::money::Fen;
use crate::domain::screening::Rule;
use crate::domain::text::Lang;
use crate::domain::time::Timestamp;
use crate::domain::transition::{Act, allows};
use crate::journal::entry::EntryKind;
use crate::operations::claims::ClaimView;
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::goods::PLACE_USED;
use crate::operations::notes::{self, NOTE};
use crate::operations::scene::{By, Move, Scene, act, settle, with_retries};
use crate::operations::screening::voided::is_voided;
use crate::operations::{Engine, StaffCaller, Viewer, flags, goods, pools};
use crate::storage::batch::KeyHash;
use crate::storage::claim_keys::Release;
use crate::storage::receivables::ReceivableRow;
use crate::storage::{
    Db, StorageError, claim_changes, claim_flags, claims, payout_lines, receivables,
};

/// Why a paid claim must be paid back: an award in the register that came to be known later.
pub const REGISTER: &str = "register";

/// Because its invoice was voided: the person may claim again.
pub const INVOICE_VOIDED: &str = "invoice_voided";

/// Because its invoice was voided, and a pack keeps the person's place used when goods go back:
/// an invoice that is taken back instead must not give more.
pub const INVOICE_VOIDED_PLACE_USED: &str = "invoice_voided_place_used";

/// Somebody of the bureau demands a paid claim back whose invoice was voided. Whoever approved the
/// claim does not: as before payment, two persons have had their eyes on it. The flag that asked
/// for the decision is cleared with it.
///
/// # Errors
/// [`ActError`]; [`Denial::InvoiceNotVoided`].
pub async fn demand(
    engine: &Engine,
    caller: &StaffCaller,
    id: ClaimId,
    expected: i64,
    why: String,
    lang: Lang,
) -> Result<ClaimView, ActError> {
    let staff = caller.staff;
    let by = By::Staff(staff);
    act(engine, by, id, expected, lang, move |engine, scene| {
        demand_in(engine, scene, staff, &why)
    })
    .await
}

/// Why somebody demands it back.
#[derive(Serialize)]
struct Demanded<'a> {
    why: &'a str,
}

fn demand_in(
    engine: &Engine,
    scene: &mut Scene<'_>,
    staff: StaffId,
    why: &str,
) -> Result<(), Ended> {
    if !allows(Act::RaiseClawback, scene.claim.state) {
        return Err(ActError::WrongState(scene.claim.state).into());
    }
    if !is_voided(scene.conn, &scene.claim)? {
        return Err(Denial::InvoiceNotVoided.into());
    }
    if scene.claim.progress.approved_by == Some(staff) {
        return Err(Denial::SecondPersonRequired.into());
    }
    let reason = match goods::place(scene)? {
        (PLACE_USED, _) => INVOICE_VOIDED_PLACE_USED,
        _ => INVOICE_VOIDED,
    };
    let by = By::Staff(staff);
    let kind = EntryKind::ClawbackRaised;
    let (note, mac) = notes::sealed(engine, scene, kind, staff, &Demanded { why })?;
    raise_noting(scene, &by, reason, Some(mac))?;
    claim_changes::insert_note(scene.conn, scene.claim.id, &note)?;
    for rule in [Rule::VoidedPaid, Rule::Voided] {
        if claim_flags::clear(scene.conn, scene.claim.id, rule.code())? > 0 {
            let (kind, why) = (EntryKind::FlagCleared, "the money is demanded back");
            flags::entry(scene, kind, &by, rule.code(), why)?;
        }
    }
    Ok(())
}

/// A paid claim must be paid back.
///
/// # Errors
/// [`ActError::WrongState`], and the database's.
pub fn raise(scene: &mut Scene<'_>, by: &By, reason: &'static str) -> Result<(), Ended> {
    raise_noting(scene, by, reason, None)
}

fn raise_noting(
    scene: &mut Scene<'_>,
    by: &By,
    reason: &'static str,
    note: Option<String>,
) -> Result<(), Ended> {
    let claim = scene.claim.clone();
    let gone = || StorageError::Corrupt(format!("claim {}: its payment is gone", claim.number));
    let line = payout_lines::last_attempt(scene.conn, claim.id)?.ok_or_else(gone)?;
    let step = Move::of(
        Act::RaiseClawback,
        ClaimState::ClawbackDue,
        EntryKind::ClawbackRaised,
    );
    let id = ReceivableId(clock::new_uuid());
    let step = step
        .with_amount(claim.amount)
        .with_detail(reason)
        .noting("receivable", id.to_string());
    let step = match note {
        Some(mac) => step.noting(NOTE, mac),
        None => step,
    };
    scene.go(step, by, |_, _| {})?;
    let row = ReceivableRow {
        id,
        pool: claim.pool,
        claim: claim.id,
        payee: line.payee,
        dealer: claim.dealer,
        debtor: line.debtor,
        reason: reason.to_owned(),
        amount: claim.amount.fen(),
        settled: 0,
        pending: 0,
        raised: scene.at(),
    };
    receivables::insert(scene.conn, &row)?;
    Ok(())
}

/// Some of it came back, under the pool's lock: the money is free, and with the last of it the
/// claim ends. `pending` is what of it was on its way; `told` says in the private record how it
/// came.
///
/// # Errors
/// The database's.
pub fn settled(
    scene: &mut Scene<'_>,
    by: &By,
    owed: &ReceivableRow,
    (amount, pending): (i64, i64),
    told: &[(&'static str, &str)],
) -> Result<(), Ended> {
    receivables::change(scene.conn, owed.id, amount, -pending)?;
    let last = owed.settled + amount == owed.amount;
    let to = if last {
        ClaimState::ClawedBack
    } else {
        ClaimState::ClawbackDue
    };
    let release = if [PLACE_USED, INVOICE_VOIDED_PLACE_USED].contains(&&*owed.reason) {
        Release::Things
    } else {
        Release::All
    };
    let amount = Fen::new(amount).unwrap_or_default();
    let step = Move::of(Act::SettleClawback, to, EntryKind::ClawbackSettled)
        .with_amount(amount)
        .releasing(release);
    let step = told
        .iter()
        .fold(step, |step, (name, value)| step.noting(name, *value));
    scene.go(step, by, |_, _| {})?;
    Ok(())
}

/// A receivable as finance, auditors and the dealer of its claim see it.
#[derive(Debug, Clone, Serialize)]
pub struct ReceivableView {
    /// The id.
    pub id: ReceivableId,
    /// The number of the claim that was paid.
    pub claim_number: String,
    /// `dealer` or `consumer`: who was paid, and owes.
    pub payee: String,
    /// Why: `register`; or goods that went back, or an invoice that was voided, with what becomes
    /// of the person's place.
    pub reason: String,
    /// All of it.
    pub amount: Fen,
    /// What came back.
    pub settled: Fen,
    /// What is set off in payments that are on their way.
    pub pending: Fen,
    /// Since when.
    pub raised_at: Timestamp,
}

fn shown(conn: &mut Db, row: &ReceivableRow) -> Result<ReceivableView, StorageError> {
    let gone = || StorageError::Corrupt("the claim of a receivable is gone".into());
    let fen = |amount: i64| Fen::new(amount).unwrap_or_default();
    Ok(ReceivableView {
        id: row.id,
        claim_number: claims::by_id(conn, row.claim)?.ok_or_else(gone)?.number,
        payee: row.payee.clone(),
        reason: row.reason.clone(),
        amount: fen(row.amount),
        settled: fen(row.settled),
        pending: fen(row.pending),
        raised_at: row.raised,
    })
}

/// What is owed back, in the order in which it was raised.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn list(
    engine: &Engine,
    viewer: Viewer,
    after: Option<ReceivableId>,
    limit: i64,
) -> Result<Vec<ReceivableView>, ActError> {
    let dealer = match viewer {
        Viewer::Dealer(dealer) => Some(dealer),
        Viewer::Bureau => None,
    };
    let done = engine.with_db(move |conn| -> Result<Vec<ReceivableView>, Ended> {
        let rows = receivables::list(conn, dealer, after, limit)?;
        Ok(rows
            .iter()
            .map(|row| shown(conn, row))
            .collect::<Result<_, _>>()?)
    });
    done.await.map_err(Ended::into_act)
}

/// Money was paid in. A reference counts once for each receivable: told again, the same amount
/// changes nothing.
///
/// # Errors
/// [`ActError::NotFound`]; [`Denial::AmountAboveHold`] for more than is open;
/// [`Denial::KeyReused`] for another amount under a known reference.
pub async fn pay_in(
    engine: &Engine,
    caller: &StaffCaller,
    id: ReceivableId,
    amount: Fen,
    reference: String,
) -> Result<ReceivableView, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let vault = &engine.keys.vault;
    let hash = vault.keyed_hash("paid_in", &[&id.to_string(), &reference]);
    let done = engine.write_db(move |conn| -> Result<ReceivableView, Ended> {
        with_retries(conn, |conn| {
            pay_in_within(&worker, conn, staff, (id, amount), (&hash, &reference))
        })?;
        let row = receivables::find(conn, id)?.ok_or(ActError::NotFound)?;
        Ok(shown(conn, &row)?)
    });
    done.await.map_err(Ended::into_act)
}

/// What finance said of money that was paid in. A slip's reference may name who paid.
#[derive(Serialize)]
struct PaidIn<'a> {
    reference: &'a str,
}

fn pay_in_within(
    engine: &Engine,
    conn: &mut Db,
    staff: StaffId,
    (id, amount): (ReceivableId, Fen),
    (hash, reference): (&KeyHash, &str),
) -> Result<(), Ended> {
    let found = receivables::find(conn, id)?.ok_or(ActError::NotFound)?;
    let mut ledger = pools::lock(conn, found.pool)?;
    let owed = receivables::find(conn, id)?.ok_or(ActError::NotFound)?;
    match receivables::paid_in(conn, id, hash)? {
        Some(known) if known == amount.fen() => return Ok(()),
        Some(_) => return Err(Denial::KeyReused.into()),
        None => {}
    }
    if amount.fen() > owed.open() {
        return Err(Denial::AmountAboveHold.into());
    }
    receivables::insert_paid_in(conn, id, hash, amount.fen())?;
    let gone = || StorageError::Corrupt("the claim of a receivable is gone".into());
    let claim = claims::by_id(conn, owed.claim)?.ok_or_else(gone)?;
    let mut scene = Scene::on(conn, &mut ledger, claim);
    let kind = EntryKind::ClawbackSettled;
    let (note, mac) = notes::sealed(engine, &scene, kind, staff, &PaidIn { reference })?;
    let told = [("how", "paid in"), (NOTE, mac.as_str())];
    settled(
        &mut scene,
        &By::Staff(staff),
        &owed,
        (amount.fen(), 0),
        &told,
    )?;
    claim_changes::insert_note(scene.conn, scene.claim.id, &note)?;
    settle(conn, ledger)
}
