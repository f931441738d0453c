//! With what people of a dealer sign in to its pages: made and closed by each other, and managed by
//! operators of the bureau. Whoever it is, it is noted as a change of the dealer.

use crate::clock;
use crate::domain::formats::Uscc;
use crate::domain::ids::LoginId;
use crate::operations::dealers::{Status, note_because};
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::people::LoginView;
use crate::operations::scene::with_retries;
use crate::operations::{DealerCaller, Engine, StaffCaller, sign_in};
use crate::storage::dealers::{self, Changer, StoredDealer};
use crate::storage::logins::{self, Person, StoredLogin};
use crate::storage::{Db, StorageError, dialect};

/// Logins of a dealer that are not closed, where its own people make them.
pub const MOST: usize = 50;

/// Why no login was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferError {
    /// No login is spelled so.
    Malformed,
    /// Somebody else has it.
    Taken,
    /// There are [`MOST`].
    TooMany,
    /// It could not be done.
    Act(ActError),
}

impl From<ActError> for OfferError {
    fn from(error: ActError) -> Self {
        OfferError::Act(error)
    }
}

/// The logins of a dealer in the order of their making.
///
/// # Errors
/// [`ActError::NotFound`].
pub async fn list(engine: &Engine, uscc: Uscc) -> Result<Vec<LoginView>, ActError> {
    seen(engine, move |conn| dealers::by_uscc(conn, uscc.as_str())).await
}

/// The logins of the caller's dealer in the order of their making.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn own(engine: &Engine, caller: &DealerCaller) -> Result<Vec<LoginView>, ActError> {
    let dealer = caller.dealer;
    seen(engine, move |conn| dealers::by_id(conn, dealer)).await
}

async fn seen(
    engine: &Engine,
    find: impl FnOnce(&mut Db) -> Result<Option<StoredDealer>, StorageError> + Send + 'static,
) -> Result<Vec<LoginView>, ActError> {
    let done = engine.with_db(move |conn| -> Result<Vec<LoginView>, Ended> {
        let dealer = find(conn)?.ok_or(ActError::NotFound)?;
        let (now, found) = (clock::now(), logins::of_dealer(conn, dealer.id)?);
        let view = |login| LoginView::of(login, now);
        Ok(found.into_iter().map(view).collect())
    });
    done.await.map_err(Ended::into_act)
}

/// Offers a login of a dealer, new or known, and gives the code with which it is enrolled: at no
/// other time is it known. Whoever was given it could be the dealer, so from now on the caller
/// confirms no account that the dealer proposes.
///
/// # Errors
/// [`OfferError`].
pub async fn offer_for(
    engine: &Engine,
    caller: &StaffCaller,
    uscc: Uscc,
    login: String,
) -> Result<String, OfferError> {
    if !sign_in::is_login(&login) {
        return Err(OfferError::Malformed);
    }
    let by = Changer::Staff(caller.staff);
    let find = move |conn: &mut Db| dealers::by_uscc(conn, uscc.as_str());
    changing(engine, find, move |engine, conn, dealer| {
        let person = Person::Dealer(dealer.id);
        if logins::by_name(conn, &login)?.is_some_and(|found| found.person != person) {
            return Ok(Err(OfferError::Taken));
        }
        offer(engine, conn, (dealer, by), &login).map(Ok)
    })
    .await?
}

/// Somebody of a dealer makes a login that nobody has; gives the code with which it is enrolled.
/// Who was not told the code of one that nobody of the dealer has enrolled asks for it again.
///
/// # Errors
/// [`OfferError`].
pub async fn offer_own(
    engine: &Engine,
    caller: &DealerCaller,
    login: String,
) -> Result<String, OfferError> {
    if !sign_in::is_login(&login) {
        return Err(OfferError::Malformed);
    }
    let (dealer, by) = (caller.dealer, Changer::Login(own_login(caller)));
    let find = move |conn: &mut Db| dealers::by_id(conn, dealer);
    changing(engine, find, move |engine, conn, dealer| {
        let there = logins::of_dealer(conn, dealer.id)?;
        let mut waiting = there
            .iter()
            .filter(|own| own.active && own.password.is_none());
        if !waiting.any(|own| own.login == login) {
            if is_full(&there) {
                return Ok(Err(OfferError::TooMany));
            }
            if logins::by_name(conn, &login)?.is_some() {
                return Ok(Err(OfferError::Taken));
            }
        }
        offer(engine, conn, (dealer, by), &login).map(Ok)
    })
    .await?
}

/// A new code for somebody of the dealer who lost his password or his authenticator, with his
/// login; what he had ends at once, and a login that was closed is so no longer.
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's login; [`OfferError::TooMany`].
pub async fn renew_own(
    engine: &Engine,
    caller: &DealerCaller,
    id: LoginId,
) -> Result<(String, String), OfferError> {
    let (dealer, by) = (caller.dealer, Changer::Login(own_login(caller)));
    let find = move |conn: &mut Db| dealers::by_id(conn, dealer);
    changing(engine, find, move |engine, conn, dealer| {
        let there = logins::of_dealer(conn, dealer.id)?;
        let found = there.iter().find(|login| login.id == id);
        let found = found.ok_or(ActError::NotFound)?;
        if !found.active && is_full(&there) {
            return Ok(Err(OfferError::TooMany));
        }
        let code = offer(engine, conn, (dealer, by), &found.login)?;
        Ok(Ok((found.login.clone(), code)))
    })
    .await?
}

/// Closes a login of a dealer and ends its sessions.
///
/// # Errors
/// [`ActError::NotFound`] also for a login of somebody else.
pub async fn close_for(
    engine: &Engine,
    caller: &StaffCaller,
    uscc: Uscc,
    id: LoginId,
    why: String,
) -> Result<(), ActError> {
    let by = Changer::Staff(caller.staff);
    let find = move |conn: &mut Db| dealers::by_uscc(conn, uscc.as_str());
    changing(engine, find, move |engine, conn, dealer| {
        close(engine, conn, (dealer, by), id, Some(&why))
    })
    .await
}

/// Somebody of a dealer closes a login of it and ends its sessions; nobody closes his own.
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's login and for the caller's own.
pub async fn close_own(
    engine: &Engine,
    caller: &DealerCaller,
    id: LoginId,
) -> Result<(), ActError> {
    let (dealer, own) = (caller.dealer, own_login(caller));
    if id == own {
        return Err(ActError::NotFound);
    }
    let find = move |conn: &mut Db| dealers::by_id(conn, dealer);
    changing(engine, find, move |engine, conn, dealer| {
        close(engine, conn, (dealer, Changer::Login(own)), id, None)
    })
    .await
}

/// The login with which somebody of a dealer is at its pages.
pub const fn own_login(caller: &DealerCaller) -> LoginId {
    LoginId(caller.client.0)
}

/// Changes the logins of one dealer in one transaction that no other change of it overlaps.
async fn changing<T: Send + 'static>(
    engine: &Engine,
    find: impl Fn(&mut Db) -> Result<Option<StoredDealer>, StorageError> + Send + 'static,
    work: impl Fn(&Engine, &mut Db, &StoredDealer) -> Result<T, Ended> + Send + 'static,
) -> Result<T, ActError> {
    let worker = engine.clone();
    let done = engine.write_db(move |conn| -> Result<T, Ended> {
        with_retries(conn, |conn| {
            let found = find(conn)?.ok_or(ActError::NotFound)?;
            dealers::hold(conn, found.id)?;
            // Read again: only now does it stand still.
            let dealer = find(conn)?.ok_or(ActError::NotFound)?;
            work(&worker, conn, &dealer)
        })
    });
    done.await.map_err(Ended::into_act)
}

fn is_full(there: &[StoredLogin]) -> bool {
    there.iter().filter(|login| login.active).count() >= MOST
}

fn offer(
    engine: &Engine,
    conn: &mut Db,
    (dealer, by): (&StoredDealer, Changer),
    login: &str,
) -> Result<String, Ended> {
    if dealer.status == Status::Removed.as_str() {
        return Err(Denial::DealerRemoved.into());
    }
    let code = sign_in::offer(conn, login, Person::Dealer(dealer.id))?;
    let (now, what) = (dialect::now(conn)?, (dealers::LOGIN_OFFERED, login));
    note_because(engine, conn, dealer.id, by, what, now)?;
    Ok(code)
}

fn close(
    engine: &Engine,
    conn: &mut Db,
    (dealer, by): (&StoredDealer, Changer),
    id: LoginId,
    why: Option<&str>,
) -> Result<(), Ended> {
    let found = logins::by_id(conn, id)?.ok_or(ActError::NotFound)?;
    if found.person != Person::Dealer(dealer.id) {
        return Err(ActError::NotFound.into());
    }
    if !found.active {
        return Ok(());
    }
    logins::close(conn, id)?;
    let which = why.map_or_else(
        || found.login.clone(),
        |why| format!("{}: {why}", found.login),
    );
    let (now, what) = (dialect::now(conn)?, ("login_closed", which.as_str()));
    note_because(engine, conn, dealer.id, by, what, now)?;
    Ok(())
}
