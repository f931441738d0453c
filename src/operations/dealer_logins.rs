//! With what people of a dealer sign in to its pages, as operators of the bureau manage it.

use crate::clock;
use crate::domain::formats::Uscc;
use crate::domain::ids::{LoginId, StaffId};
use crate::operations::dealers::Status;
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::people::LoginView;
use crate::operations::scene::with_retries;
use crate::operations::{Engine, StaffCaller, sign_in};
use crate::storage::Db;
use crate::storage::dealers::{self, StoredDealer};
use crate::storage::logins::{self, Person};

/// Why no login was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferError {
    /// No login is spelled so.
    Malformed,
    /// Somebody else has it.
    Taken,
    /// It could not be done.
    Act(ActError),
}

/// The logins of a dealer in the order of their making.
///
/// # Errors
/// [`ActError::NotFound`].
pub async fn list(engine: &Engine, uscc: Uscc) -> Result<Vec<LoginView>, ActError> {
    let done = engine.with_db(move |conn| -> Result<Vec<LoginView>, Ended> {
        let dealer = dealers::by_uscc(conn, uscc.as_str())?.ok_or(ActError::NotFound)?;
        let now = clock::now();
        let found = logins::of_dealer(conn, dealer.id)?;
        Ok(found
            .into_iter()
            .map(|login| LoginView::of(login, now))
            .collect())
    });
    done.await.map_err(Ended::into_act)
}

/// Offers a login of a dealer, new or known, and gives the code with which it is enrolled: at no
/// other time is it known. Whoever was given it could be the dealer, so from now on the caller
/// confirms no account that the dealer proposes.
///
/// # Errors
/// [`OfferError`].
pub async fn offer(
    engine: &Engine,
    caller: &StaffCaller,
    uscc: Uscc,
    login: String,
) -> Result<String, OfferError> {
    if !sign_in::is_login(&login) {
        return Err(OfferError::Malformed);
    }
    let staff = caller.staff;
    let done = engine.with_db(move |conn| -> Result<Option<String>, Ended> {
        with_retries(conn, |conn| offer_within(conn, staff, &uscc, &login))
    });
    match done.await {
        Ok(Some(code)) => Ok(code),
        Ok(None) => Err(OfferError::Taken),
        Err(ended) => Err(OfferError::Act(ended.into_act())),
    }
}

/// The code; none where somebody else has the login.
fn offer_within(
    conn: &mut Db,
    staff: StaffId,
    uscc: &Uscc,
    login: &str,
) -> Result<Option<String>, Ended> {
    let dealer = held(conn, uscc)?;
    if dealer.status == Status::Removed.as_str() {
        return Err(Denial::DealerRemoved.into());
    }
    let person = Person::Dealer(dealer.id);
    if logins::by_name(conn, login)?.is_some_and(|found| found.person != person) {
        return Ok(None);
    }
    let code = sign_in::offer(conn, login, person)?;
    let (id, what) = (clock::new_uuid(), (dealers::LOGIN_OFFERED, login));
    dealers::note_change_because(conn, id, dealer.id, staff, what, clock::now())?;
    Ok(Some(code))
}

/// The dealer, with its row held until the transaction ends.
fn held(conn: &mut Db, uscc: &Uscc) -> Result<StoredDealer, Ended> {
    let found = dealers::by_uscc(conn, uscc.as_str())?.ok_or(ActError::NotFound)?;
    dealers::hold(conn, found.id)?;
    Ok(dealers::by_uscc(conn, uscc.as_str())?.ok_or(ActError::NotFound)?)
}

/// Closes a login of a dealer and ends its sessions.
///
/// # Errors
/// [`ActError::NotFound`] also for a login of somebody else.
pub async fn close(
    engine: &Engine,
    caller: &StaffCaller,
    uscc: Uscc,
    login: LoginId,
    why: String,
) -> Result<(), ActError> {
    let staff = caller.staff;
    let done = engine.with_db(move |conn| -> Result<(), Ended> {
        with_retries(conn, |conn| {
            let dealer = held(conn, &uscc)?;
            let found = logins::by_id(conn, login)?.ok_or(ActError::NotFound)?;
            if found.person != Person::Dealer(dealer.id) {
                return Err(ActError::NotFound.into());
            }
            if found.active {
                logins::close(conn, login)?;
                let (id, why) = (clock::new_uuid(), format!("{}: {why}", found.login));
                let what = ("login_closed", why.as_str());
                dealers::note_change_because(conn, id, dealer.id, staff, what, clock::now())?;
            }
            Ok(())
        })
    });
    done.await.map_err(Ended::into_act)
}
