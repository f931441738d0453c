//! Who is signed in: what a session is, how long it lasts, and how it ends.

use super::{HOUR, hash};
use crate::clock;
use crate::domain::ids::LoginId;
use crate::domain::time::Timestamp;
use crate::operations::Engine;
use crate::storage::logins::{self, Person};
use crate::storage::sessions::{self, StoredSession};
use crate::storage::{Db, StorageError};

/// A session of the bureau ends when it was not used for so long: half an hour.
const IDLE_BUREAU: i64 = HOUR / 2;
/// A session of a dealer ends when it was not used for so long: shops leave it open all day.
const IDLE_DEALER: i64 = 4 * HOUR;
/// A session ends after so long, used or not.
const LONGEST: i64 = 12 * HOUR;
/// That a session is used is noted once in so long: a minute.
const NOTED_EVERY: i64 = HOUR / 60;

/// Somebody who signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// His login's id.
    pub login: LoginId,
    /// The name that he typed.
    pub name: String,
    /// Whose login.
    pub person: Person,
    /// In which role he acts, of the bureau's.
    pub role: Option<String>,
    /// Every role that he has.
    pub roles: Vec<String>,
    /// The name of his dealer.
    pub dealer: Option<String>,
}

/// The session behind a token; `None` when there is none, or it has ended.
///
/// # Errors
/// The database's.
pub async fn session(engine: &Engine, token: &str) -> Result<Option<Session>, StorageError> {
    let token_hash = hash(token);
    engine
        .with_db(move |conn| {
            let Some(stored) = sessions::get(conn, &token_hash)? else {
                return Ok(None);
            };
            let now = clock::now();
            if has_ended(&stored, now) {
                let gone = conn.write_here(|conn| sessions::end(conn, &token_hash));
                noted(gone);
                return Ok(None);
            }
            if now.0 - stored.seen.0 > NOTED_EVERY {
                let seen = conn.write_here(|conn| sessions::touch(conn, &token_hash, now));
                noted(seen);
            }
            shown(conn, stored)
        })
        .await
}

/// Nobody waits for what is noted of a session, and nobody is turned away for it: a session that
/// could not be noted as used only ends earlier.
fn noted(written: Result<(), StorageError>) {
    if let Err(error) = written {
        tracing::warn!(%error, "how a session stands is not noted");
    }
}

fn has_ended(stored: &StoredSession, now: Timestamp) -> bool {
    let idle = match stored.person {
        Person::Staff(_) => IDLE_BUREAU,
        Person::Dealer(_) => IDLE_DEALER,
    };
    now.0 - stored.seen.0 > idle || now.0 - stored.began.0 > LONGEST
}

/// What a session is now: a role that was taken away and a dealer that was removed end it.
fn shown(conn: &mut Db, stored: StoredSession) -> Result<Option<Session>, StorageError> {
    let (roles, dealer) = match stored.person {
        Person::Staff(id) => (logins::roles_of(conn, id)?, None),
        Person::Dealer(id) => match logins::dealer_name(conn, id)? {
            Some(name) => (Vec::new(), Some(name)),
            None => return Ok(None),
        },
    };
    let role = stored.role.filter(|role| roles.contains(role));
    if matches!(stored.person, Person::Staff(_)) && role.is_none() {
        return Ok(None);
    }
    Ok(Some(Session {
        login: stored.login,
        name: stored.name,
        person: stored.person,
        role,
        roles,
        dealer,
    }))
}

/// Lets a session act in another of the person's roles; `false` when he does not have it.
///
/// # Errors
/// The database's.
pub async fn act_as(engine: &Engine, token: &str, role: String) -> Result<bool, StorageError> {
    let Some(session) = session(engine, token).await? else {
        return Ok(false);
    };
    if !session.roles.contains(&role) {
        return Ok(false);
    }
    let token_hash = hash(token);
    engine
        .write_db(move |conn| sessions::set_role(conn, &token_hash, &role))
        .await?;
    Ok(true)
}

/// Ends a session.
///
/// # Errors
/// The database's.
pub async fn sign_out(engine: &Engine, token: &str) -> Result<(), StorageError> {
    let token_hash = hash(token);
    engine
        .write_db(move |conn| sessions::end(conn, &token_hash))
        .await
}

/// Forgets sessions that have ended.
///
/// # Errors
/// The database's.
pub async fn sweep(engine: &Engine) -> Result<usize, StorageError> {
    let before = Timestamp(clock::now().0 - IDLE_DEALER.max(IDLE_BUREAU));
    engine
        .write_db_in_background(move |conn| sessions::end_before(conn, before))
        .await
}
