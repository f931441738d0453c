//! The account to which a dealer is paid. One person proposes it, another confirms it, and a
//! change is used only after a waiting time in which the dealer sees it: whoever wants to lead a
//! dealer's money elsewhere needs two persons and days of nobody looking.

pub mod waiting;

use serde::Serialize;

use crate::banking::AccountNumber;
use crate::clock;
use crate::domain::defect::{Defect, DefectCode};
use crate::domain::formats::Uscc;
use crate::domain::ids::{DealerId, StaffId};
use crate::domain::intake::{Fields, IntakeError, read_object, scalar};
use crate::domain::mask;
use crate::domain::time::Timestamp;
use crate::operations::dealers::note_because;
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::payout::PayeeAccount;
use crate::operations::scene::with_retries;
use crate::operations::{DealerCaller, Engine, StaffCaller};
use crate::storage::dealers::{AccountRow, Changer, StoredDealer};
use crate::storage::{Db, StorageError, dealer_accounts as rows, dealers, dialect};
use crate::vault::account_aad;

/// Characters of an account's holder: what fits into a name of ISO 20022 with room for its cut.
const HOLDER: usize = 70;
/// Characters of a bank with its branch.
const BANK: usize = 70;
const MICROS_A_DAY: i64 = 86_400_000_000;

/// An account that somebody proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    name: String,
    number: AccountNumber,
    bank: String,
}

impl NewAccount {
    /// Reads `name`, `number` and `bank`, all required.
    pub(crate) fn members(fields: &mut Fields<'_, '_>) -> Option<Self> {
        fields.only(&["name", "number", "bank"]);
        let name = fields.required("name", |json| scalar::text(json, HOLDER));
        let number = fields.required("number", |json| {
            let text = scalar::string(json)?;
            text.parse().map_err(|_| DefectCode::Format)
        });
        let bank = fields.required("bank", |json| scalar::text(json, BANK));
        Some(Self {
            name: name?,
            number: number?,
            bank: bank?,
        })
    }

    /// From words of the command line, by the same walk as from a body.
    ///
    /// # Errors
    /// Every defect.
    pub fn of(name: &str, number: &str, bank: &str) -> Result<Self, Vec<Defect>> {
        let body = serde_json::json!({ "name": name, "number": number, "bank": bank });
        read_object(body.to_string().as_bytes(), Self::members).map_err(|error| match error {
            IntakeError::Malformed(defects) => defects,
            IntakeError::Unreadable(_) => vec![Defect::new("", DefectCode::WrongType)],
        })
    }

    fn is(&self, other: &PayeeAccount) -> bool {
        (&*self.name, self.number.as_str(), &*self.bank)
            == (&*other.name, &*other.number, &*other.bank)
    }
}

/// An account as the dealer and the bureau see it.
#[derive(Debug, Clone, Serialize)]
pub struct AccountView {
    /// The id.
    pub id: uuid::Uuid,
    /// The holder.
    pub name: String,
    /// Whether the holder's name is that of the dealer.
    pub is_dealers_name: bool,
    /// The number, masked.
    pub number: String,
    /// The bank.
    pub bank: String,
    /// `proposed` or `confirmed`.
    pub state: String,
    /// `dealer` or `bureau`.
    pub proposed_by: &'static str,
    /// When.
    pub proposed_at: Timestamp,
    /// From when money goes there, once it is confirmed.
    pub used_from: Option<Timestamp>,
}

/// Where a dealer is paid now, and where it may be paid soon.
#[derive(Debug, Clone, Serialize)]
pub struct AccountsView {
    /// The account that is used now.
    pub in_force: Option<AccountView>,
    /// Changes that are not used yet, the oldest first: waiting for a second person, or for the
    /// end of the waiting time.
    pub pending: Vec<AccountView>,
}

/// Who does something about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Dealer,
    Staff(StaffId),
}

/// A dealer's own accounts.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn own(engine: &Engine, caller: &DealerCaller) -> Result<AccountsView, ActError> {
    let (worker, dealer) = (engine.clone(), caller.dealer);
    let done = engine.with_db(move |conn| -> Result<AccountsView, Ended> {
        let found = dealers::by_id(conn, dealer)?.ok_or(ActError::NotFound)?;
        shown(&worker, conn, &found)
    });
    done.await.map_err(Ended::into_act)
}

/// A dealer says where it wants to be paid.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn propose_own(
    engine: &Engine,
    caller: &DealerCaller,
    new: NewAccount,
) -> Result<AccountsView, ActError> {
    let dealer = caller.dealer;
    let find = move |conn: &mut Db| dealers::by_id(conn, dealer);
    changing(engine, find, move |engine, conn, dealer| {
        propose(engine, conn, dealer, Who::Dealer, &new)
    })
    .await
}

/// A dealer objects to a change that is not used yet.
///
/// # Errors
/// [`ActError::NotFound`] also for an account of another dealer; [`Denial::AccountNotPending`].
pub async fn refuse_own(
    engine: &Engine,
    caller: &DealerCaller,
    account: uuid::Uuid,
) -> Result<AccountsView, ActError> {
    let dealer = caller.dealer;
    let find = move |conn: &mut Db| dealers::by_id(conn, dealer);
    changing(engine, find, move |_, conn, dealer| {
        refuse(conn, dealer, account, None)
    })
    .await
}

/// Somebody of the bureau says where a dealer is to be paid.
///
/// # Errors
/// [`ActError::NotFound`] when there is no such dealer.
pub async fn propose_for(
    engine: &Engine,
    caller: &StaffCaller,
    uscc: Uscc,
    new: NewAccount,
) -> Result<AccountsView, ActError> {
    let who = Who::Staff(caller.staff);
    let find = move |conn: &mut Db| dealers::by_uscc(conn, uscc.as_str());
    changing(engine, find, move |engine, conn, dealer| {
        propose(engine, conn, dealer, who, &new)
    })
    .await
}

/// Another person than whoever proposed an account confirms it.
///
/// # Errors
/// [`ActError::NotFound`]; [`Denial::AccountNotPending`]; [`Denial::SecondPersonRequired`] also
/// for a person who admitted the dealer or offered a login of it: he has seen with what it signs
/// in to propose.
pub async fn confirm(
    engine: &Engine,
    caller: &StaffCaller,
    uscc: Uscc,
    account: uuid::Uuid,
) -> Result<AccountsView, ActError> {
    let staff = caller.staff;
    let find = move |conn: &mut Db| dealers::by_uscc(conn, uscc.as_str());
    changing(engine, find, move |engine, conn, dealer| {
        confirm_within(engine, conn, dealer, account, staff)
    })
    .await
}

/// Somebody of the bureau refuses an account that is not used yet, or takes his proposal back.
///
/// # Errors
/// [`ActError::NotFound`]; [`Denial::AccountNotPending`].
pub async fn refuse_for(
    engine: &Engine,
    caller: &StaffCaller,
    uscc: Uscc,
    account: uuid::Uuid,
    why: String,
) -> Result<AccountsView, ActError> {
    let staff = caller.staff;
    let find = move |conn: &mut Db| dealers::by_uscc(conn, uscc.as_str());
    changing(engine, find, move |engine, conn, dealer| {
        refuse(conn, dealer, account, Some((engine, staff, &why)))
    })
    .await
}

/// Changes the accounts of one dealer in one transaction that no other change of them overlaps,
/// and shows them as they stand then.
async fn changing(
    engine: &Engine,
    find: impl Fn(&mut Db) -> Result<Option<StoredDealer>, StorageError> + Send + 'static,
    work: impl Fn(&Engine, &mut Db, DealerId) -> Result<(), Ended> + Send + 'static,
) -> Result<AccountsView, ActError> {
    let worker = engine.clone();
    let done = engine.write_db(move |conn| -> Result<AccountsView, Ended> {
        with_retries(conn, |conn| {
            let dealer = find(conn)?.ok_or(ActError::NotFound)?;
            dealers::hold(conn, dealer.id)?;
            work(&worker, conn, dealer.id)?;
            shown(&worker, conn, &dealer)
        })
    });
    done.await.map_err(Ended::into_act)
}

fn propose(
    engine: &Engine,
    conn: &mut Db,
    dealer: DealerId,
    who: Who,
    new: &NewAccount,
) -> Result<(), Ended> {
    let now = dialect::now(conn)?;
    let pending = rows::pending_at(conn, dealer, now)?;
    for row in &pending {
        if new.is(&open(engine, row)?) {
            return Ok(());
        }
    }
    // Asked for again, what is used now ends every change of it.
    let unchanged = match rows::account_at(conn, dealer, now)? {
        Some(row) => new.is(&open(engine, &row)?),
        None => false,
    };
    for row in pending {
        if unchanged || row.state == "proposed" {
            rows::refuse(conn, row.id)?;
        }
    }
    if !unchanged {
        let staff = match who {
            Who::Dealer => None,
            Who::Staff(staff) => Some(staff),
        };
        let row = sealed(engine, dealer, staff, now, new)?;
        rows::insert_account(conn, &row)?;
    }
    if let Who::Staff(staff) = who {
        let id = clock::new_uuid();
        dealers::note_change(
            conn,
            id,
            dealer,
            Changer::Staff(staff),
            "account_proposed",
            now,
        )?;
    }
    Ok(())
}

fn confirm_within(
    engine: &Engine,
    conn: &mut Db,
    dealer: DealerId,
    account: uuid::Uuid,
    staff: StaffId,
) -> Result<(), Ended> {
    let now = dialect::now(conn)?;
    let row = rows::find(conn, dealer, account)?.ok_or(ActError::NotFound)?;
    if row.state != "proposed" {
        return Err(Denial::AccountNotPending.into());
    }
    let prepared = match row.proposed_by {
        Some(proposer) => proposer == staff,
        None => dealers::may_pass_for(conn, dealer, staff)?,
    };
    if prepared {
        return Err(Denial::SecondPersonRequired.into());
    }
    let from = used_from(engine, conn, dealer, now)?;
    end_pending(conn, dealer, now, Some(row.id))?;
    if !rows::confirm(conn, row.id, staff, from)? {
        return Err(Denial::AccountNotPending.into());
    }
    let id = clock::new_uuid();
    dealers::note_change(
        conn,
        id,
        dealer,
        Changer::Staff(staff),
        "account_confirmed",
        now,
    )?;
    Ok(())
}

fn refuse(
    conn: &mut Db,
    dealer: DealerId,
    account: uuid::Uuid,
    by: Option<(&Engine, StaffId, &str)>,
) -> Result<(), Ended> {
    let now = dialect::now(conn)?;
    rows::find(conn, dealer, account)?.ok_or(ActError::NotFound)?;
    // What is used already stays: else a refusal would make the next account the first one, for
    // which nobody waits.
    let pending = rows::pending_at(conn, dealer, now)?;
    if pending.iter().all(|row| row.id != account) {
        return Err(Denial::AccountNotPending.into());
    }
    rows::refuse(conn, account)?;
    if let Some((engine, staff, why)) = by {
        let (by, what) = (Changer::Staff(staff), ("account_refused", why));
        note_because(engine, conn, dealer, by, what, now)?;
    }
    Ok(())
}

/// The owner of this machine sets an account. The first one is used at once, a change after the
/// waiting time, like any other.
///
/// # Errors
/// [`ActError::NotFound`] when there is no such dealer; the database's.
pub fn set(
    engine: &Engine,
    conn: &mut Db,
    uscc: &Uscc,
    new: &NewAccount,
) -> Result<Timestamp, Ended> {
    with_retries(conn, |conn| {
        let dealer = dealers::by_uscc(conn, uscc.as_str())?.ok_or(ActError::NotFound)?;
        dealers::hold(conn, dealer.id)?;
        set_within(engine, conn, dealer.id, new)
    })
}

/// The same inside the caller's transaction; says from when the account is used.
///
/// # Errors
/// The database's.
pub fn set_within(
    engine: &Engine,
    conn: &mut Db,
    dealer: DealerId,
    new: &NewAccount,
) -> Result<Timestamp, Ended> {
    let now = dialect::now(conn)?;
    let from = used_from(engine, conn, dealer, now)?;
    end_pending(conn, dealer, now, None)?;
    let mut row = sealed(engine, dealer, None, now, new)?;
    "confirmed".clone_into(&mut row.state);
    row.from = Some(from);
    rows::insert_account(conn, &row)?;
    Ok(from)
}

/// Whatever else would have come into force does not, once another account is decided on.
fn end_pending(
    conn: &mut Db,
    dealer: DealerId,
    now: Timestamp,
    but: Option<uuid::Uuid>,
) -> Result<(), Ended> {
    for row in rows::pending_at(conn, dealer, now)? {
        if Some(row.id) != but {
            rows::refuse(conn, row.id)?;
        }
    }
    Ok(())
}

/// From when an account that is confirmed now is used.
fn used_from(
    engine: &Engine,
    conn: &mut Db,
    dealer: DealerId,
    now: Timestamp,
) -> Result<Timestamp, Ended> {
    // Before the first account no money goes anywhere, so there is nothing to lead astray.
    if rows::account_at(conn, dealer, now)?.is_none() {
        return Ok(now);
    }
    let wait = i64::from(engine.settings.account_wait_days).saturating_mul(MICROS_A_DAY);
    Ok(Timestamp(now.0.saturating_add(wait)))
}

fn sealed(
    engine: &Engine,
    dealer: DealerId,
    staff: Option<StaffId>,
    at: Timestamp,
    new: &NewAccount,
) -> Result<AccountRow, Ended> {
    let id = clock::new_uuid();
    let account = PayeeAccount {
        name: new.name.clone(),
        number: new.number.as_str().to_owned(),
        bank: new.bank.clone(),
    };
    let plain = serde_json::to_vec(&account)
        .map_err(|_| StorageError::Corrupt("an account cannot be written".into()))?;
    Ok(AccountRow {
        id,
        dealer,
        sealed: engine.keys.vault.seal(&account_aad(id), &plain),
        state: "proposed".to_owned(),
        proposed_by: staff,
        proposed: at,
        from: None,
    })
}

fn open(engine: &Engine, row: &AccountRow) -> Result<PayeeAccount, StorageError> {
    let corrupt = || StorageError::Corrupt("a dealer's account does not open".into());
    let plain = engine.keys.vault.open(&account_aad(row.id), &row.sealed);
    // Without the parser's message, which could quote the account.
    serde_json::from_slice(&plain.map_err(|_| corrupt())?).map_err(|_| corrupt())
}

/// The accounts of a dealer, for whoever may see them.
///
/// # Errors
/// The database's.
pub fn shown(engine: &Engine, conn: &mut Db, dealer: &StoredDealer) -> Result<AccountsView, Ended> {
    let now = dialect::now(conn)?;
    let in_force = rows::account_at(conn, dealer.id, now)?;
    let pending = rows::pending_at(conn, dealer.id, now)?;
    let view = |row: AccountRow| view(engine, row, &dealer.name);
    Ok(AccountsView {
        in_force: in_force.map(view).transpose()?,
        pending: pending.into_iter().map(view).collect::<Result<_, _>>()?,
    })
}

/// An account of the dealer of this name, with its number masked.
fn view(engine: &Engine, row: AccountRow, dealers_name: &str) -> Result<AccountView, StorageError> {
    let account = open(engine, &row)?;
    Ok(AccountView {
        id: row.id,
        is_dealers_name: account.name == dealers_name,
        name: account.name,
        number: mask::middle(&account.number, 4, 4),
        bank: account.bank,
        state: row.state,
        proposed_by: if row.proposed_by.is_some() {
            "bureau"
        } else {
            "dealer"
        },
        proposed_at: row.proposed,
        used_from: row.from,
    })
}
