//! Admitting dealers, suspending and removing them.

use serde::Serialize;

use crate::clock;
use crate::domain::defect::{Defect, DefectCode};
use crate::domain::formats::Uscc;
use crate::domain::ids::{DealerId, StaffId};
use crate::domain::time::Timestamp;
use crate::operations::credentials::{Issued, issue};
use crate::operations::dealer_accounts::{self, AccountsView, NewAccount};
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::scene::with_retries;
use crate::operations::{Engine, OperationError, StaffCaller, sign_in};
use crate::storage::admin::{self, Owner};
use crate::storage::dealers::Changer;
use crate::storage::logins::{self, Person};
use crate::storage::{Db, StorageError, catalogue, dealers};
use crate::vault::change_aad;

/// Characters of a dealer's name.
pub const NAME: usize = 200;
/// Changes that are shown of a dealer.
const CHANGES: i64 = 100;

/// The name of another dealer, too: one of them may be a fraud, or the other's branch.
pub const NAME_TAKEN: &str = "name_taken";

/// A dealer to be admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDealer {
    /// Unified social credit code.
    pub uscc: Uscc,
    /// Name as on the licence: 1 to [`NAME`] characters.
    pub name: String,
    /// The programmes that it takes part in.
    pub programmes: Vec<String>,
}

impl NewDealer {
    /// From words of the command line.
    ///
    /// # Errors
    /// [`OperationError::Refused`] for a malformed credit code and an empty or too long name.
    pub fn read(uscc: &str, name: &str, programmes: &[String]) -> Result<Self, OperationError> {
        let refuse = |sentence: String| Err(OperationError::Refused(sentence));
        let Ok(uscc) = Uscc::parse(uscc) else {
            return refuse(format!(
                "{uscc} is no unified social credit code (GB 32100)"
            ));
        };
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
            return refuse("a dealer's name has 1 to 200 characters".into());
        }
        Ok(Self {
            uscc,
            name: name.to_owned(),
            programmes: programmes.to_vec(),
        })
    }
}

/// A dealer that was admitted, at the only moment when its secret is known.
#[derive(Debug, Clone, Serialize)]
pub struct Admitted {
    /// Its id.
    pub dealer_id: DealerId,
    /// Its name: the one that it has had since it was first admitted.
    pub name: String,
    /// Its credentials.
    #[serde(flatten)]
    pub credentials: Issued,
    /// What somebody should look at: [`NAME_TAKEN`].
    pub warnings: Vec<&'static str>,
}

/// Admits a dealer to programmes and makes credentials for it, for the owner of this machine. A
/// dealer that is known by its credit code keeps its name and claims and gets further programmes
/// and credentials.
///
/// # Errors
/// [`OperationError::Refused`] for a malformed credit code, an empty name, a programme that is
/// not published, or a dealer that was removed.
pub fn add(
    conn: &mut Db,
    uscc: &str,
    name: &str,
    programmes: &[String],
) -> Result<(DealerId, Issued), OperationError> {
    let new = NewDealer::read(uscc, name, programmes)?;
    let admitted = conn
        .write(|conn| admit_within(conn, &new, None))
        .map_err(|ended| explained(ended, &new))?;
    Ok((admitted.dealer_id, admitted.credentials))
}

/// The same with the account to which the dealer is paid, which the owner of this machine
/// confirms; says from when it is used.
///
/// # Errors
/// As [`add`].
pub fn add_with_account(
    engine: &Engine,
    conn: &mut Db,
    new: &NewDealer,
    account: &NewAccount,
) -> Result<(Admitted, Timestamp), OperationError> {
    let done = conn.write(|conn| -> Result<_, Ended> {
        let admitted = admit_within(conn, new, None)?;
        let from = dealer_accounts::set_within(engine, conn, admitted.dealer_id, account)?;
        Ok((admitted, from))
    });
    done.map_err(|ended| explained(ended, new))
}

/// A code with which somebody of a dealer enrols for its pages, under a login that is new or the
/// dealer's already.
///
/// # Errors
/// [`OperationError::Refused`] for a dealer that is not there or was removed, a malformed login,
/// and one that another person has.
pub fn offer_login(conn: &mut Db, uscc: &Uscc, login: &str) -> Result<String, OperationError> {
    conn.write(|conn| {
        let refuse = || OperationError::Refused(format!("there is no dealer {}", uscc.as_str()));
        let id = admin::find_dealer(conn, uscc.as_str())?.ok_or_else(refuse)?;
        logins::dealer_name(conn, id)?.ok_or_else(refuse)?;
        sign_in::offer(conn, login, Person::Dealer(id))
    })
}

/// Admits a dealer as [`add`] does, and tells what should be looked at.
///
/// # Errors
/// As [`add`].
pub fn admit(conn: &mut Db, new: &NewDealer) -> Result<Admitted, OperationError> {
    let done = conn.write(|conn| admit_within(conn, new, None));
    done.map_err(|ended| explained(ended, new))
}

/// Why a dealer is not admitted, in a sentence for the owner of this machine.
fn explained(ended: Ended, new: &NewDealer) -> OperationError {
    match ended {
        Ended::Act(ActError::Malformed(defects)) => {
            let index = defects.first().and_then(|d| d.field.rsplit('/').next());
            let programme = index
                .and_then(|i| i.parse::<usize>().ok())
                .and_then(|i| new.programmes.get(i));
            OperationError::Refused(format!(
                "programme {} is not published: tradein programme load FILE",
                programme.map_or("", String::as_str)
            ))
        }
        other => refused(other, new.uscc.as_str()),
    }
}

/// Why something is not done to a dealer, in a sentence for the owner of this machine.
pub fn refused(ended: Ended, uscc: &str) -> OperationError {
    match ended {
        Ended::Act(ActError::NotFound) => {
            OperationError::Refused(format!("there is no dealer {uscc}"))
        }
        Ended::Act(error) => OperationError::Refused(format!("{uscc}: {error}")),
        Ended::Failed(error) => error,
    }
}

/// Admits a dealer on behalf of somebody of the bureau.
///
/// # Errors
/// [`ActError::Malformed`] names programmes that are not published; [`Denial::DealerRemoved`].
pub async fn admit_by(
    engine: &Engine,
    caller: &StaffCaller,
    new: NewDealer,
) -> Result<Admitted, ActError> {
    let staff = caller.staff;
    let done = engine.write_db(move |conn| -> Result<Admitted, Ended> {
        with_retries(conn, |conn| admit_within(conn, &new, Some(staff)))
    });
    done.await.map_err(Ended::into_act)
}

fn admit_within(conn: &mut Db, new: &NewDealer, by: Option<StaffId>) -> Result<Admitted, Ended> {
    let rows = catalogue::load(conn)?;
    let defects: Vec<Defect> = (0..)
        .zip(&new.programmes)
        .filter(|(_, p)| rows.versions.iter().all(|v| v.programme != **p))
        .map(|(i, _): (usize, _)| {
            Defect::new(format!("/programmes/{i}"), DefectCode::UnknownProgramme)
        })
        .collect();
    if !defects.is_empty() {
        return Err(ActError::Malformed(defects).into());
    }
    let uscc = new.uscc.as_str();
    let (id, name) = match dealers::by_uscc(conn, uscc)? {
        Some(known) if known.status == Status::Removed.as_str() => {
            return Err(Denial::DealerRemoved.into());
        }
        Some(known) => (known.id, known.name),
        None => {
            let id = DealerId(clock::new_uuid());
            admin::insert_dealer(conn, id, uscc, &new.name, clock::now())?;
            (id, new.name.clone())
        }
    };
    let mut warnings = Vec::new();
    if !dealers::namesakes(conn, &name, uscc)?.is_empty() {
        warnings.push(NAME_TAKEN);
    }
    for programme in &new.programmes {
        admin::admit_dealer(conn, id, programme)?;
    }
    if let Some(staff) = by {
        let change = clock::new_uuid();
        let by = Changer::Staff(staff);
        dealers::note_change(conn, change, id, by, dealers::ADMITTED, clock::now())?;
    }
    let credentials = issue(conn, Owner::Dealer(id))?;
    catalogue::touch(conn)?;
    Ok(Admitted {
        dealer_id: id,
        name,
        credentials,
        warnings,
    })
}

/// The name of a dealer, for the owner of this machine.
///
/// # Errors
/// [`OperationError::Refused`] when there is no such dealer.
pub fn name_of(conn: &mut Db, uscc: &Uscc) -> Result<String, OperationError> {
    let found = dealers::by_uscc(conn, uscc.as_str())?;
    found
        .map(|dealer| dealer.name)
        .ok_or_else(|| refused(ActError::NotFound.into(), uscc.as_str()))
}

/// How a dealer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It files claims.
    Active,
    /// It files nothing new; its claims go on.
    Suspended,
    /// It is gone for good and its credentials are revoked; its claims go on and are paid.
    Removed,
}

impl Status {
    /// The word in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Suspended => "suspended",
            Status::Removed => "removed",
        }
    }

    /// The word of the change to it.
    const fn change(self) -> &'static str {
        match self {
            Status::Active => "resumed",
            Status::Suspended => "suspended",
            Status::Removed => "removed",
        }
    }
}

/// Sets how a dealer stands, for the owner of this machine.
///
/// # Errors
/// [`OperationError::Refused`] when there is no such dealer, or it was removed.
pub fn set_status(conn: &mut Db, uscc: &str, status: Status) -> Result<(), OperationError> {
    let done = match Uscc::parse(uscc) {
        Ok(code) => with_retries(conn, |conn| set_status_within(conn, &code, status, None)),
        Err(_) => Err(ActError::NotFound.into()),
    };
    done.map_err(|ended| refused(ended, uscc))
}

/// Sets how a dealer stands on behalf of somebody of the bureau, with his reason.
///
/// # Errors
/// [`ActError::NotFound`]; [`Denial::DealerRemoved`].
pub async fn set_status_by(
    engine: &Engine,
    caller: &StaffCaller,
    uscc: Uscc,
    status: Status,
    why: String,
) -> Result<DealerView, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.write_db(move |conn| -> Result<DealerView, Ended> {
        with_retries(conn, |conn| {
            set_status_within(conn, &uscc, status, Some((&worker, staff, &why)))
        })?;
        view(&worker, conn, &uscc)
    });
    done.await.map_err(Ended::into_act)
}

fn set_status_within(
    conn: &mut Db,
    uscc: &Uscc,
    status: Status,
    by: Option<(&Engine, StaffId, &str)>,
) -> Result<(), Ended> {
    let found = dealers::by_uscc(conn, uscc.as_str())?.ok_or(ActError::NotFound)?;
    dealers::hold(conn, found.id)?;
    // Read again: only now does it stand still.
    let found = dealers::by_uscc(conn, uscc.as_str())?.ok_or(ActError::NotFound)?;
    if found.status == status.as_str() {
        return Ok(());
    }
    if found.status == Status::Removed.as_str() {
        return Err(Denial::DealerRemoved.into());
    }
    admin::set_dealer_status(conn, found.id, status.as_str())?;
    if status == Status::Removed {
        dealers::revoke_clients(conn, found.id)?;
    }
    if let Some((engine, staff, why)) = by {
        let (by, what) = (Changer::Staff(staff), (status.change(), why));
        note_because(engine, conn, found.id, by, what, clock::now())?;
    }
    catalogue::touch(conn)?;
    Ok(())
}

/// Notes that somebody changed a dealer, and why. What people write may name somebody, so it is
/// sealed.
///
/// # Errors
/// The database's.
pub fn note_because(
    engine: &Engine,
    conn: &mut Db,
    dealer: DealerId,
    by: Changer,
    (what, why): (&str, &str),
    at: Timestamp,
) -> Result<(), StorageError> {
    let id = clock::new_uuid();
    let sealed = engine.keys.vault.seal(&change_aad(id), why.as_bytes());
    dealers::note_change_because(conn, id, dealer, by, (what, &sealed), at)
}

/// A dealer as the bureau sees it.
#[derive(Debug, Clone, Serialize)]
pub struct DealerView {
    /// Unified social credit code.
    pub uscc: String,
    /// Name.
    pub name: String,
    /// `active`, `suspended` or `removed`.
    pub status: String,
    /// The programmes it takes part in.
    pub programmes: Vec<String>,
    /// Where it is paid.
    pub bank_account: AccountsView,
    /// What people of the bureau changed about it, and its own people about their logins; the last
    /// first.
    pub changes: Vec<ChangeView>,
}

/// A change of a dealer.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeView {
    /// When.
    pub at: Timestamp,
    /// The login of who changed it.
    pub by: String,
    /// Whose person that is: `bureau` or `dealer`.
    pub side: &'static str,
    /// `admitted`, `suspended`, `resumed`, `removed`, `account_proposed`, `account_confirmed`,
    /// `account_refused`, `login_offered`, `login_closed`.
    pub what: String,
    /// Why, in his words, and which login.
    pub why: Option<String>,
}

/// A dealer, for the bureau.
///
/// # Errors
/// [`ActError::NotFound`].
pub async fn get(engine: &Engine, uscc: Uscc) -> Result<DealerView, ActError> {
    let worker = engine.clone();
    let done =
        engine.with_db(move |conn| -> Result<DealerView, Ended> { view(&worker, conn, &uscc) });
    done.await.map_err(Ended::into_act)
}

fn view(engine: &Engine, conn: &mut Db, uscc: &Uscc) -> Result<DealerView, Ended> {
    let found = dealers::by_uscc(conn, uscc.as_str())?.ok_or(ActError::NotFound)?;
    let changes = dealers::changes(conn, found.id, CHANGES)?;
    let changes = changes
        .into_iter()
        .map(|change| change_view(engine, change));
    Ok(DealerView {
        programmes: dealers::programmes(conn, found.id)?,
        bank_account: dealer_accounts::shown(engine, conn, &found)?,
        changes: changes.collect::<Result<_, _>>()?,
        uscc: found.uscc,
        name: found.name,
        status: found.status,
    })
}

fn change_view(engine: &Engine, change: dealers::Change) -> Result<ChangeView, StorageError> {
    let open = |why: Vec<u8>| {
        let aad = change_aad(change.id);
        engine.opened(&aad, &why, "the reason of a change of a dealer")
    };
    Ok(ChangeView {
        why: change.why.map(open).transpose()?,
        at: change.at,
        by: change.login,
        side: if change.of_dealer { "dealer" } else { "bureau" },
        what: change.what,
    })
}
