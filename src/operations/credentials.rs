//! API credentials: made once, shown once, kept as a hash.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::catalogue::Role;
use crate::clock;
use crate::domain::ids::{ClientId, StaffId};
use crate::domain::time::Timestamp;
use crate::operations::denial::{ActError, Ended};
use crate::operations::{DealerCaller, Engine, OperationError, Principal, sign_in};
use crate::storage::admin::{self, Owner};
use crate::storage::logins::Person;
use crate::storage::{Db, catalogue, dealers};

/// API credentials in force that a dealer may have.
pub const MOST_OF_A_DEALER: usize = 20;

/// Credentials at the only moment when the secret is known.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Issued {
    /// The id.
    pub client_id: String,
    /// The secret: 256 random bits.
    pub client_secret: String,
}

fn hash(secret: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret.as_bytes())
        .as_ref()
        .to_vec()
}

/// Makes credentials for an owner, inside the caller's transaction.
///
/// # Errors
/// The database's; a system without randomness.
pub fn issue(conn: &mut Db, owner: Owner<'_>) -> Result<Issued, OperationError> {
    let mut secret = [0; 32];
    aws_lc_rs::rand::fill(&mut secret)
        .map_err(|_| OperationError::Refused("the system gives no random bytes".into()))?;
    let client_secret = URL_SAFE_NO_PAD.encode(secret);
    let id = ClientId(clock::new_uuid());
    admin::insert_client(conn, id, &hash(&client_secret), owner, clock::now())?;
    Ok(Issued {
        client_id: id.to_string(),
        client_secret,
    })
}

/// A user of the bureau who was added, at the only moment when his secrets are known.
#[derive(Debug, Clone, serde::Serialize)]
pub struct StaffAdded {
    /// His login.
    pub login: String,
    /// API credentials for the role, where they were asked for.
    #[serde(flatten)]
    pub credentials: Option<Issued>,
    /// The code with which he enrols for the pages, where he is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enrolment: Option<String>,
}

/// A new user of the bureau, or another role for one who is there, with API credentials for
/// this role when asked for. Whatever roles somebody has, he stays one person: what he prepared
/// in one role he does not decide in another.
///
/// # Errors
/// [`OperationError::Refused`] for an unknown role, or one that the user has already.
pub fn add_staff(
    conn: &mut Db,
    login: &str,
    role: &str,
    api: bool,
) -> Result<StaffAdded, OperationError> {
    if Role::parse_staff(role).is_none() {
        return Err(OperationError::Refused(format!(
            "there is no role {role}: reviewer, approver, finance, auditor or operator"
        )));
    }
    if !sign_in::is_login(login) {
        return Err(OperationError::Refused(sign_in::LOGIN_HAS.into()));
    }
    conn.write(|conn| {
        let now = clock::now();
        let (id, enrolment) = match admin::find_staff(conn, login)? {
            None => {
                let id = StaffId(clock::new_uuid());
                admin::insert_staff(conn, id, login, role, now)?;
                (id, Some(sign_in::offer(conn, login, Person::Staff(id))?))
            }
            Some((id, roles)) if !roles.iter().any(|r| r == role) => {
                admin::give_role(conn, id, role)?;
                (id, None)
            }
            Some(_) => {
                return Err(OperationError::Refused(format!(
                    "a user with the login {login} exists and is {role}"
                )));
            }
        };
        let credentials = if api {
            Some(issue(conn, Owner::Staff(id, role))?)
        } else {
            None
        };
        catalogue::touch(conn)?;
        Ok(StaffAdded {
            login: login.to_owned(),
            credentials,
            enrolment,
        })
    })
}

/// A new code for a user of the bureau who lost his password or his authenticator; what he had
/// ends at once.
///
/// # Errors
/// [`OperationError::Refused`] when there is no such user.
pub fn enrol_staff_anew(conn: &mut Db, login: &str) -> Result<String, OperationError> {
    conn.write(|conn| match admin::find_staff(conn, login)? {
        Some((id, _)) => sign_in::offer(conn, login, Person::Staff(id)),
        None => Err(OperationError::Refused(format!(
            "there is no user with the login {login}"
        ))),
    })
}

/// Ends credentials: their tokens are refused within a second.
///
/// # Errors
/// [`OperationError::Refused`] when there are none with this id.
pub fn revoke(conn: &mut Db, id: ClientId) -> Result<(), OperationError> {
    conn.write(|conn| {
        if !admin::revoke_client(conn, id)? {
            return Err(OperationError::Refused(format!("there is no client {id}")));
        }
        catalogue::touch(conn)?;
        Ok(())
    })
}

/// A dealer's API credentials, as its people see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnCredentials {
    /// The id.
    pub id: ClientId,
    /// Whether they are in force.
    pub active: bool,
    /// When they were made.
    pub created_at: Timestamp,
}

/// The caller's API credentials in the order of their making.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn own(engine: &Engine, caller: &DealerCaller) -> Result<Vec<OwnCredentials>, ActError> {
    let dealer = caller.dealer;
    let found = engine
        .with_db(move |conn| -> Result<_, Ended> { Ok(admin::clients_of_dealer(conn, dealer)?) });
    let shown = |(id, active, created_at)| OwnCredentials {
        id,
        active,
        created_at,
    };
    let found = found.await.map_err(Ended::into_act)?;
    Ok(found.into_iter().map(shown).collect())
}

/// Makes API credentials for the caller's dealer; `None` when it has [`MOST_OF_A_DEALER`].
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn issue_own(engine: &Engine, caller: &DealerCaller) -> Result<Option<Issued>, ActError> {
    let dealer = caller.dealer;
    let done = engine.write_db(move |conn| -> Result<_, Ended> {
        conn.write(|conn| {
            dealers::hold(conn, dealer)?;
            let there = admin::clients_of_dealer(conn, dealer)?;
            if there.iter().filter(|(_, active, _)| *active).count() >= MOST_OF_A_DEALER {
                return Ok(None);
            }
            let issued = issue(conn, Owner::Dealer(dealer))?;
            catalogue::touch(conn)?;
            Ok(Some(issued))
        })
    });
    done.await.map_err(Ended::into_act)
}

/// Ends API credentials of the caller's dealer.
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's.
pub async fn revoke_own(
    engine: &Engine,
    caller: &DealerCaller,
    id: ClientId,
) -> Result<(), ActError> {
    let dealer = caller.dealer;
    let done = engine.write_db(move |conn| -> Result<(), Ended> {
        conn.write(|conn| {
            let there = admin::clients_of_dealer(conn, dealer)?;
            if there.iter().all(|(own, ..)| *own != id) {
                return Err(ActError::NotFound.into());
            }
            admin::revoke_client(conn, id)?;
            catalogue::touch(conn)?;
            Ok(())
        })
    });
    done.await.map_err(Ended::into_act)
}

/// The caller behind credentials; `None` when they are wrong, revoked, or not known.
pub async fn authenticate(engine: &Engine, client: &str, secret: &str) -> Option<Principal> {
    let id = ClientId::parse(client)?;
    if let Some(known) = look(engine, id, secret) {
        return Some(known);
    }
    // It may have been made a moment ago.
    engine.refresh().await.ok()?;
    look(engine, id, secret)
}

fn look(engine: &Engine, id: ClientId, secret: &str) -> Option<Principal> {
    let catalogue = engine.catalogue.current();
    let client = catalogue.client(id)?;
    verify_slices_are_equal(&client.secret_hash, &hash(secret)).ok()?;
    client.active.then_some(Principal {
        client: id,
        role: client.role,
        staff: client.staff,
    })
}
