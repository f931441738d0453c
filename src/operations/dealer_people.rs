//! The people of a dealer who sign in to its pages: made and closed by each other.

use crate::domain::ids::LoginId;
use crate::domain::time::Timestamp;
use crate::operations::denial::{ActError, Ended};
use crate::operations::sign_in;
use crate::operations::{DealerCaller, Engine};
use crate::storage::logins::{self, Person};
use crate::storage::{StorageError, dealers};

/// Logins of a dealer that are not closed.
pub const MOST: usize = 50;

/// A login, as the people of the dealer see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonView {
    /// The id.
    pub id: LoginId,
    /// The name that is typed.
    pub login: String,
    /// Whether it is not closed.
    pub active: bool,
    /// Whether somebody has chosen a password for it.
    pub enrolled: bool,
    /// Whether it needs one-time codes.
    pub one_time_codes: bool,
    /// Whether it is the caller's own.
    pub own: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Why a login is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOffered {
    /// A login has other characters.
    Malformed,
    /// Somebody has it already.
    Taken,
    /// There are [`MOST`].
    TooMany,
    /// The database is away.
    Unavailable,
}

impl From<StorageError> for NotOffered {
    fn from(error: StorageError) -> Self {
        tracing::warn!(%error, "a login could not be made");
        NotOffered::Unavailable
    }
}

impl From<crate::storage::DatabaseError> for NotOffered {
    fn from(error: crate::storage::DatabaseError) -> Self {
        StorageError::from(error).into()
    }
}

/// The logins of the caller's dealer in the order of their making.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn list(engine: &Engine, caller: &DealerCaller) -> Result<Vec<PersonView>, ActError> {
    let (dealer, own) = (caller.dealer, LoginId(caller.client.0));
    let found =
        engine.with_db(move |conn| -> Result<_, Ended> { Ok(logins::of_dealer(conn, dealer)?) });
    let shown = |login: logins::StoredLogin| PersonView {
        id: login.id,
        active: login.active,
        enrolled: login.password.is_some(),
        one_time_codes: login.totp.is_some(),
        own: login.id == own,
        created_at: login.created,
        login: login.login,
    };
    let found = found.await.map_err(Ended::into_act)?;
    Ok(found.into_iter().map(shown).collect())
}

/// Makes a login that nobody has; gives the code with which the person enrols.
///
/// # Errors
/// [`NotOffered`].
pub async fn add(
    engine: &Engine,
    caller: &DealerCaller,
    login: String,
) -> Result<String, NotOffered> {
    if !sign_in::is_login(&login) {
        return Err(NotOffered::Malformed);
    }
    let dealer = caller.dealer;
    let done = engine.with_db(move |conn| {
        conn.write(|conn| {
            dealers::hold(conn, dealer)?;
            let there = logins::of_dealer(conn, dealer)?;
            if there.iter().filter(|login| login.active).count() >= MOST {
                return Err(NotOffered::TooMany);
            }
            if logins::by_name(conn, &login)?.is_some() {
                return Err(NotOffered::Taken);
            }
            sign_in::offer(conn, &login, Person::Dealer(dealer)).map_err(|error| {
                tracing::warn!(%error, "a login could not be made");
                NotOffered::Unavailable
            })
        })
    });
    done.await
}

/// A new code for somebody who lost his password or his authenticator; what he had ends at once.
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's login.
pub async fn renew(
    engine: &Engine,
    caller: &DealerCaller,
    id: LoginId,
) -> Result<(String, String), ActError> {
    let dealer = caller.dealer;
    let done = engine.with_db(move |conn| -> Result<_, Ended> {
        conn.write(|conn| {
            let there = logins::of_dealer(conn, dealer)?;
            let found = there.into_iter().find(|login| login.id == id);
            let login = found.ok_or(ActError::NotFound)?.login;
            let code = sign_in::offer(conn, &login, Person::Dealer(dealer))?;
            Ok((login, code))
        })
    });
    done.await.map_err(Ended::into_act)
}

/// Closes a login and ends its sessions; nobody closes his own.
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's login and for the caller's own.
pub async fn close(engine: &Engine, caller: &DealerCaller, id: LoginId) -> Result<(), ActError> {
    let (dealer, own) = (caller.dealer, LoginId(caller.client.0));
    let done = engine.with_db(move |conn| -> Result<(), Ended> {
        conn.write(|conn| {
            let there = logins::of_dealer(conn, dealer)?;
            if id == own || there.iter().all(|login| login.id != id) {
                return Err(ActError::NotFound.into());
            }
            Ok(logins::close(conn, id)?)
        })
    });
    done.await.map_err(Ended::into_act)
}
