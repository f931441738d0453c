//! People of the bureau as its operators see them, and the brake for a login that must not be
//! used any more. Nobody is let in here: that is for the owner of the machine, because whoever
//! could make users could be the second person of whatever he proposes.

use crate::clock;
use crate::domain::ids::StaffId;
use crate::domain::time::Timestamp;
use crate::operations::access;
use crate::operations::denial::{ActError, Ended};
use crate::operations::scene::with_retries;
use crate::operations::{Engine, StaffCaller};
use crate::storage::logins::{self, Person, StoredLogin};
use crate::storage::{Db, dialect, inspection};

/// How a login stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginState {
    /// Somebody signs in with it.
    Enrolled,
    /// It waits to be enrolled.
    Offered,
    /// The code to enrol it is too old.
    Overdue,
    /// Closed.
    Closed,
}

/// A login as operators see it.
#[derive(Debug, Clone)]
pub struct LoginView {
    /// The id.
    pub id: crate::domain::ids::LoginId,
    /// The name that is typed.
    pub login: String,
    /// How it stands.
    pub state: LoginState,
    /// Until when it can be enrolled.
    pub enrol_until: Option<Timestamp>,
    /// Whether it has one-time codes.
    pub one_time_codes: bool,
    /// Wrong attempts since the last right one.
    pub failures: i64,
    /// Until when nobody signs in, where that is not past.
    pub locked_until: Option<Timestamp>,
    /// When it was made.
    pub created: Timestamp,
}

impl LoginView {
    /// The view of a login at an instant.
    pub fn of(login: StoredLogin, now: Timestamp) -> Self {
        let state = match (login.active, &login.password, login.enrol_until) {
            (false, _, _) => LoginState::Closed,
            (true, Some(_), _) => LoginState::Enrolled,
            (true, None, Some(until)) if now < until => LoginState::Offered,
            (true, None, _) => LoginState::Overdue,
        };
        Self {
            id: login.id,
            login: login.login,
            state,
            enrol_until: login.enrol_until.filter(|_| state == LoginState::Offered),
            one_time_codes: login.totp.is_some(),
            failures: login.failures,
            locked_until: login.locked_until.filter(|until| now < *until),
            created: login.created,
        }
    }
}

/// Somebody of the bureau.
#[derive(Debug, Clone)]
pub struct PersonView {
    /// His login.
    pub login: LoginView,
    /// His roles.
    pub roles: Vec<String>,
    /// How many API credentials of his are in force; closing the login does not end them.
    pub clients: i64,
}

/// Everybody of the bureau, by login.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn list(engine: &Engine) -> Result<Vec<PersonView>, ActError> {
    let done = engine.with_db(move |conn| -> Result<Vec<PersonView>, Ended> {
        let now = clock::now();
        let mut people = Vec::new();
        for login in logins::of_bureau(conn)? {
            let Person::Staff(id) = login.person else {
                continue;
            };
            people.push(PersonView {
                roles: logins::roles_of(conn, id)?,
                clients: inspection::active_clients(conn, id)?,
                login: LoginView::of(login, now),
            });
        }
        Ok(people)
    });
    done.await.map_err(Ended::into_act)
}

/// Closes the login of somebody of the bureau and ends his sessions. One person is enough, because
/// a brake that waits for a second one is none; who did it and why stands where auditors read who
/// opened personal data.
///
/// # Errors
/// [`ActError::NotFound`].
pub async fn close(
    engine: &Engine,
    caller: &StaffCaller,
    login: String,
    why: String,
) -> Result<(), ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.write_db(move |conn| -> Result<(), Ended> {
        with_retries(conn, |conn| {
            close_within(&worker, conn, staff, (&login, &why))
        })
    });
    done.await.map_err(Ended::into_act)
}

fn close_within(
    engine: &Engine,
    conn: &mut Db,
    staff: StaffId,
    (login, why): (&str, &str),
) -> Result<(), Ended> {
    let found = logins::by_name(conn, login)?.ok_or(ActError::NotFound)?;
    let Person::Staff(_) = found.person else {
        return Err(ActError::NotFound.into());
    };
    if found.active {
        logins::close(conn, found.id)?;
        let at = dialect::now(conn)?;
        let what = format!("{CLOSED}{login}");
        access::note(engine, conn, staff, None, (&what, why), at)?;
    }
    Ok(())
}

/// What the access log says of a login that was closed, before its name.
pub const CLOSED: &str = "login closed: ";
