//! A person changes the password with which he signs in.
//!
//! Whoever sits at an open session may be somebody else: the present password and a fresh one-time
//! code are asked for, as for signing in and with the same count of attempts (OWASP ASVS 5.0,
//! 6.2.3 and 7.5.1). Every session of the login ends, and the browser at hand gets a new one.

use crate::clock;
use crate::operations::denial::Ended;
use crate::operations::{Engine, ReadError, sign_in};
use crate::passwords::{self, Weakness};
use crate::storage::logins::{self, Person};
use crate::storage::sessions;

/// What a person types.
#[derive(Debug, Clone)]
pub struct Change {
    /// The present password.
    pub present: String,
    /// What his authenticator shows; empty where he has none.
    pub code: String,
    /// The new password.
    pub password: String,
}

/// Why a password is not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeError {
    /// The present password or the one-time code is wrong, or it was tried too often.
    Wrong,
    /// The new password is not taken.
    Weak(Weakness),
    /// The session has ended meanwhile.
    Ended,
    /// It cannot be looked up or written.
    Failed(ReadError),
}

impl From<ReadError> for ChangeError {
    fn from(error: ReadError) -> Self {
        ChangeError::Failed(error)
    }
}

/// Changes the password of the person whose session this is, and gives the token of the session
/// that takes its place.
///
/// # Errors
/// [`ChangeError`].
pub async fn change(engine: &Engine, token: &str, change: Change) -> Result<String, ChangeError> {
    let session = sign_in::session(engine, token).await;
    let session = session
        .map_err(ReadError::from)?
        .ok_or(ChangeError::Ended)?;
    passwords::check(&change.password, &session.name).map_err(ChangeError::Weak)?;
    let bureau = matches!(session.person, Person::Staff(_));
    let name = session.name.clone();
    let found = engine.write_db(move |conn| sign_in::attempt(conn, bureau, &name));
    let found = found.await.map_err(ReadError::from)?;
    let seen = found.as_ref().and_then(|login| login.password.clone());
    let Change {
        present,
        code,
        password,
    } = change;
    let reckoned = sign_in::slowly(move || {
        let right = passwords::matches(&present, seen.as_deref());
        let hash = if right {
            passwords::hash(&password)
        } else {
            None
        };
        (seen.filter(|_| right), hash)
    });
    let (seen, hash) = reckoned.await.ok_or(ReadError::Broken)?;
    let (found, seen) = found.zip(seen).ok_or(ChangeError::Wrong)?;
    let hash = hash.ok_or(ReadError::Broken)?;
    let now = clock::now();
    let step = sign_in::proven(engine, &found, &code, now).ok_or(ChangeError::Wrong)?;
    let fresh = sign_in::token().map_err(ReadError::from)?;
    let token_hash = sign_in::hash(&fresh);
    let done = engine.write_db(move |conn| -> Result<bool, Ended> {
        conn.write(|conn| {
            let noted = logins::note_success(conn, found.id, step)?;
            if !noted || !logins::change_password(conn, found.id, &seen, &hash)? {
                return Ok(false);
            }
            sessions::end_all(conn, found.id)?;
            sessions::begin(conn, &token_hash, found.id, session.role.as_deref(), now)?;
            tracing::info!(login = %found.id, "a password is changed");
            Ok(true)
        })
    });
    match done.await {
        Ok(true) => Ok(fresh),
        Ok(false) => Err(ChangeError::Wrong),
        Err(error) => Err(ReadError::from(error).into()),
    }
}
