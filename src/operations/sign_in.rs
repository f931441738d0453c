//! People at the pages: how they are enrolled, how they sign in, and how long that lasts.
//!
//! Nobody ever knows another's password: whoever makes a login gets a code that is good once and
//! for three days, and the person chooses the password with it. Users of the bureau also need
//! one-time codes; people of dealers may have them.

mod signed_in;

pub use signed_in::{Session, act_as, session, sign_out, sweep};

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock;
use crate::domain::ids::LoginId;
use crate::domain::time::Timestamp;
use crate::one_time_code;
use crate::operations::denial::Ended;
use crate::operations::{Engine, OperationError, ReadError};
use crate::passwords::{self, Weakness};
use crate::storage::logins::{self, Enrolled, Person, StoredLogin};
use crate::storage::sessions;
use crate::storage::{Db, StorageError};
use crate::vault::login_aad;

/// How long a code that enrols is good, in microseconds: three days.
const ENROL_WITHIN: i64 = 3 * 24 * HOUR;
/// An hour in microseconds.
const HOUR: i64 = 3_600_000_000;
/// Attempts that a person is granted.
const GRANTED: i64 = 5;
/// How long nobody signs in after the last of them, in microseconds; each further one doubles it.
const FIRST_LOCK: i64 = HOUR / 60;
/// It is never locked longer, so that nobody can keep a person out for good.
const LONGEST_LOCK: i64 = HOUR;

/// Why somebody is not enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnrolError {
    /// The code is wrong, was used, or is too old.
    CodeUnknown,
    /// The password is not taken.
    Weak(Weakness),
    /// The one-time code does not fit the secret.
    CodeWrong,
    /// It cannot be looked up or written.
    Failed(ReadError),
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInError {
    /// Something is wrong, or it was tried too often; which is not told.
    Wrong,
    /// It cannot be looked up or written.
    Failed(ReadError),
}

impl From<ReadError> for EnrolError {
    fn from(error: ReadError) -> Self {
        EnrolError::Failed(error)
    }
}

impl From<ReadError> for SignInError {
    fn from(error: ReadError) -> Self {
        SignInError::Failed(error)
    }
}

/// Somebody who may be enrolled with a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolling {
    /// His login.
    pub login: String,
    /// Whether he must have one-time codes.
    pub bureau: bool,
    /// The secret for them.
    pub secret: [u8; one_time_code::SECRET],
}

/// What is kept of a token: its hash.
pub(super) fn hash(token: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, token.as_bytes())
        .as_ref()
        .to_vec()
}

/// 256 random bits, spelled.
pub(super) fn token() -> Result<String, OperationError> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| OperationError::Refused("the system gives no random bytes".into()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What a login has.
pub const LOGIN_HAS: &str = "a login has 1 to 64 letters, digits or -_.@";

/// Whether a text can be a login: 1 to 64 letters, digits or `-_.@`.
pub fn is_login(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
    !text.is_empty() && text.len() <= 64 && text.chars().all(legal)
}

/// Makes a login, or takes one that exists back to its beginning, inside the caller's
/// transaction; gives the code with which the person enrols.
///
/// # Errors
/// [`OperationError::Refused`] for a malformed name and one that another person has.
pub fn offer(conn: &mut Db, login: &str, person: Person) -> Result<String, OperationError> {
    if !is_login(login) {
        return Err(OperationError::Refused(LOGIN_HAS.into()));
    }
    let now = clock::now();
    let id = match logins::by_name(conn, login)? {
        Some(found) if found.person == person => found.id,
        Some(_) => {
            return Err(OperationError::Refused(format!(
                "another person has the login {login}"
            )));
        }
        None => {
            let id = LoginId(clock::new_uuid());
            logins::insert(conn, id, login, person, now)?;
            id
        }
    };
    let code = token()?;
    logins::offer_enrolment(
        conn,
        id,
        &hash(&code),
        Timestamp(now.0.saturating_add(ENROL_WITHIN)),
    )?;
    Ok(code)
}

/// Who may be enrolled with this code.
///
/// # Errors
/// [`EnrolError::CodeUnknown`], [`EnrolError::Failed`].
pub async fn enrolling(engine: &Engine, code: &str) -> Result<Enrolling, EnrolError> {
    let found = open_enrolment(engine, code).await?;
    Ok(Enrolling {
        login: found.login,
        bureau: matches!(found.person, Person::Staff(_)),
        secret: secret_of(engine, code),
    })
}

/// The secret of one-time codes that somebody gets who enrols with this code. It follows from the
/// code, so that a page that is loaded again shows the same one, and nothing waits in a table.
fn secret_of(engine: &Engine, code: &str) -> [u8; one_time_code::SECRET] {
    let mac = engine.keys.vault.mac("tradein.totp.v1", code.as_bytes());
    std::array::from_fn(|i| mac[i])
}

async fn open_enrolment(engine: &Engine, code: &str) -> Result<StoredLogin, EnrolError> {
    let hash = hash(code);
    let found = engine.with_db(move |conn| logins::by_enrolment(conn, &hash));
    let found = found.await.map_err(ReadError::from)?;
    let now = clock::now();
    found
        .filter(|login| login.active && login.enrol_until.is_some_and(|until| now < until))
        .ok_or(EnrolError::CodeUnknown)
}

/// What somebody chooses when he is enrolled.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The code that he was given.
    pub code: String,
    /// The password.
    pub password: String,
    /// The one-time code that his authenticator shows; empty where he wants none and needs none.
    pub one_time: String,
}

/// Enrols the person who was given a code, once.
///
/// # Errors
/// [`EnrolError`].
pub async fn enrol(engine: &Engine, choice: Choice) -> Result<(), EnrolError> {
    let found = open_enrolment(engine, &choice.code).await?;
    passwords::check(&choice.password, &found.login).map_err(EnrolError::Weak)?;
    let bureau = matches!(found.person, Person::Staff(_));
    let now = clock::now();
    let (totp, step) = if choice.one_time.is_empty() && !bureau {
        (None, 0)
    } else {
        let secret = secret_of(engine, &choice.code);
        let step = one_time_code::step_of(&secret, &choice.one_time, now);
        let step = step.ok_or(EnrolError::CodeWrong)?;
        let sealed = engine.keys.vault.seal(&login_aad(found.id), &secret);
        (Some(sealed), step)
    };
    let Choice { code, password, .. } = choice;
    let password = slowly(move || passwords::hash(&password))
        .await
        .flatten()
        .ok_or(ReadError::Broken)?;
    let enrolled = engine.write_db(move |conn| {
        let chosen = Enrolled {
            password: &password,
            totp: totp.as_deref(),
            totp_step: step,
        };
        logins::enrol(conn, found.id, &hash(&code), &chosen)
    });
    match enrolled.await {
        Ok(true) => Ok(()),
        Ok(false) => Err(EnrolError::CodeUnknown),
        Err(error) => Err(ReadError::from(error).into()),
    }
}

/// A password nobody chose: 96 random bits, spelled.
///
/// # Errors
/// [`OperationError::Refused`] when the system gives no random bytes.
pub fn fresh_password() -> Result<String, OperationError> {
    Ok(token()?.chars().take(16).collect())
}

/// Enrols a person of the demo with a password and without one-time codes; in production nobody of
/// the bureau signs in so.
///
/// # Errors
/// The database's; a code that is not good.
pub fn enrol_for_demo(conn: &mut Db, code: &str, password: &str) -> Result<(), OperationError> {
    let refuse = |sentence: &str| OperationError::Refused(sentence.to_owned());
    let found = logins::by_enrolment(conn, &hash(code))?;
    let found = found.ok_or_else(|| refuse("the code is not good"))?;
    let password = passwords::hash(password).ok_or_else(|| refuse("no random bytes"))?;
    let chosen = Enrolled {
        password: &password,
        totp: None,
        totp_step: 0,
    };
    logins::enrol(conn, found.id, &hash(code), &chosen)?;
    Ok(())
}

/// Lets somebody of the bureau (`bureau`) or of a dealer in, and gives the token of his session.
/// The session whose token is `before`, of whoever was signed in at this browser, ends with it: none
/// is ever taken over.
///
/// # Errors
/// [`SignInError`]; a login that does not exist, a wrong password, a wrong, missing or used
/// one-time code and a login that is locked are told alike, after the same time.
pub async fn sign_in(
    engine: &Engine,
    bureau: bool,
    login: String,
    password: String,
    code: &str,
    before: Option<&str>,
) -> Result<String, SignInError> {
    let counted = engine.write_db(move |conn| attempt(conn, bureau, &login));
    let found = counted.await.map_err(ReadError::from)?;
    let kept = found.as_ref().and_then(|login| login.password.clone());
    let right = slowly(move || passwords::matches(&password, kept.as_deref()));
    let right = right.await.ok_or(ReadError::Broken)?;
    // What was typed as a login may be a password in the wrong field: only ids are logged.
    let Some(found) = found else {
        tracing::info!(
            bureau,
            "somebody is not let in: no such login, or it is locked"
        );
        return Err(SignInError::Wrong);
    };
    let id = found.id;
    let now = clock::now();
    let proof = if right {
        proven(engine, &found, code, now)
    } else {
        None
    };
    let entered = match proof {
        Some(step) => begin(engine, found, step, before.map(hash), now).await,
        None => Err(SignInError::Wrong),
    };
    match &entered {
        Ok(_) => tracing::info!(login = %id, bureau, "somebody signs in"),
        Err(_) => tracing::info!(login = %id, bureau, right, "somebody is not let in"),
    }
    entered
}

/// The login that somebody tries, where it may be tried now. The attempt is counted before it is
/// looked at.
pub(super) fn attempt(
    conn: &mut Db,
    bureau: bool,
    login: &str,
) -> Result<Option<StoredLogin>, StorageError> {
    let found = logins::by_name(conn, login)?
        .filter(|login| login.active && bureau == matches!(login.person, Person::Staff(_)));
    let Some(found) = found else {
        return Ok(None);
    };
    let now = clock::now();
    if found.locked_until.is_some_and(|until| now < until) {
        tracing::info!(login = %found.id, "a login that is locked is tried");
        return Ok(None);
    }
    let beyond = found.failures + 1 - GRANTED;
    let until = (beyond >= 0).then(|| {
        let doubled = FIRST_LOCK.saturating_mul(1 << beyond.min(10));
        Timestamp(now.0.saturating_add(doubled.min(LONGEST_LOCK)))
    });
    Ok(logins::count_attempt(conn, &found, until)?.then_some(found))
}

/// The time step of a right code; `Some(None)` where none is needed.
pub(super) fn proven(
    engine: &Engine,
    login: &StoredLogin,
    code: &str,
    now: Timestamp,
) -> Option<Option<i64>> {
    match &login.totp {
        // Users of the bureau get their password together with a secret, but for the demo.
        None => (!engine.settings.production || matches!(login.person, Person::Dealer(_)))
            .then_some(None),
        Some(sealed) => {
            let secret = engine.keys.vault.open(&login_aad(login.id), sealed).ok()?;
            let step = one_time_code::step_of(&secret, code, now)?;
            Some(Some(step))
        }
    }
}

async fn begin(
    engine: &Engine,
    login: StoredLogin,
    step: Option<i64>,
    before: Option<Vec<u8>>,
    now: Timestamp,
) -> Result<String, SignInError> {
    let token = token().map_err(ReadError::from)?;
    let token_hash = hash(&token);
    let done = engine.write_db(move |conn| -> Result<bool, Ended> {
        conn.write(|conn| {
            if !logins::note_success(conn, login.id, step)? {
                return Ok(false);
            }
            let role = match login.person {
                Person::Staff(id) => match logins::roles_of(conn, id)?.into_iter().next() {
                    Some(role) => Some(role),
                    None => return Ok(false),
                },
                Person::Dealer(id) => match logins::dealer_name(conn, id)? {
                    Some(_) => None,
                    None => return Ok(false),
                },
            };
            if let Some(before) = &before {
                sessions::end(conn, before)?;
            }
            sessions::begin(conn, &token_hash, login.id, role.as_deref(), now)?;
            Ok(true)
        })
    });
    match done.await {
        Ok(true) => Ok(token),
        Ok(false) => Err(SignInError::Wrong),
        Err(error) => Err(ReadError::from(error).into()),
    }
}

/// Work that takes its time and much memory by design: off the request threads, and at most two
/// at once, so that a crowd at the door is no attack on the memory.
pub(super) async fn slowly<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    static TURNS: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);
    let _turn = TURNS.acquire().await.ok()?;
    tokio::task::spawn_blocking(work).await.ok()
}

/// The token that forms of a session carry: it follows from the session's own, which no other
/// site can read.
pub fn form_token(session_token: &str) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"tradein.form.v1\n");
    context.update(session_token.as_bytes());
    URL_SAFE_NO_PAD.encode(&context.finish().as_ref()[..16])
}
