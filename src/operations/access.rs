//! Personal data opened by the bureau: each time with a reason, and never without a trace.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;

use crate::clock;
use crate::domain::ids::{ClaimId, StaffId};
use crate::domain::time::Timestamp;
use crate::operations::claims::open;
use crate::operations::denial::{ActError, Ended};
use crate::operations::notes::{self, NoteView};
use crate::operations::{Engine, StaffCaller};
use crate::storage::dealer_claims::{self, Look};
use crate::storage::{Db, StorageError, access, claims, dialect};
use crate::vault::access_aad;

/// Notes that somebody of the bureau opened personal data, or shut somebody out: what, and why. What
/// people write as the reason may name somebody, so it is sealed.
///
/// # Errors
/// The database's.
pub fn note(
    engine: &Engine,
    conn: &mut Db,
    staff: StaffId,
    claim: Option<ClaimId>,
    (what, why): (&str, &str),
    at: Timestamp,
) -> Result<(), StorageError> {
    let id = clock::new_uuid();
    let look = access::Access {
        id,
        at,
        staff,
        claim,
        what: what.to_owned(),
        why: engine.keys.vault.seal(&access_aad(id), why.as_bytes()),
    };
    access::note(conn, &look)
}

/// The parts of a claim with nothing masked.
#[derive(Debug, Clone, Serialize)]
pub struct UnsealedClaim {
    /// The id.
    pub id: ClaimId,
    /// The number people know.
    pub number: String,
    /// The applicant.
    pub consumer: Value,
    /// What was given up.
    pub old_item: Value,
    /// What was bought.
    pub new_item: Value,
    /// The invoice.
    pub invoice: Value,
    /// What people wrote about it: findings, grounds, reasons of flags, references of money.
    pub notes: Vec<NoteView>,
}

/// Opens a claim's personal data. That it was opened, by whom and why is committed before
/// anything is shown.
///
/// # Errors
/// [`ActError::NotFound`]; [`ActError::Unavailable`] when it could not be noted.
pub async fn unseal(
    engine: &Engine,
    caller: &StaffCaller,
    id: ClaimId,
    why: String,
) -> Result<UnsealedClaim, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.write_db(move |conn| -> Result<UnsealedClaim, Ended> {
        conn.write(|conn| {
            let claim = claims::by_id(conn, id)?.ok_or(ActError::NotFound)?;
            let draft = open(&worker, &claim)?;
            let at = dialect::now(conn)?;
            note(&worker, conn, staff, Some(id), (CLAIM, &why), at)?;
            let part = |value: serde_json::Result<Value>| {
                let corrupt = || StorageError::Corrupt(format!("claim {}", claim.number));
                value.map_err(|_| corrupt())
            };
            Ok(UnsealedClaim {
                id,
                number: claim.number.clone(),
                consumer: part(serde_json::to_value(&draft.consumer))?,
                old_item: part(serde_json::to_value(&draft.old_item))?,
                new_item: part(serde_json::to_value(&draft.new_item))?,
                invoice: part(serde_json::to_value(&draft.invoice))?,
                notes: notes::all(&worker, conn, id)?,
            })
        })
    });
    done.await.map_err(Ended::into_act)
}

/// What the log calls the content of a claim.
const CLAIM: &str = "claim";

/// One look at personal data, as auditors see it.
#[derive(Debug, Clone, Serialize)]
pub struct AccessView {
    /// The id.
    pub id: uuid::Uuid,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub staff: StaffId,
    /// His login.
    pub login: Option<String>,
    /// Whose claim, where it was one.
    pub claim: Option<ClaimId>,
    /// Its number.
    pub claim_number: Option<String>,
    /// What was opened.
    pub what: String,
    /// Why, in his words.
    pub why: String,
}

/// At most `limit` looks after one, in their order.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn log(
    engine: &Engine,
    after: Option<uuid::Uuid>,
    limit: i64,
) -> Result<Vec<AccessView>, ActError> {
    let worker = engine.clone();
    let done = engine.with_db(move |conn| -> Result<Vec<AccessView>, Ended> {
        let looks = access::list(conn, after, limit)?;
        Ok(shown(&worker, conn, looks)?)
    });
    done.await.map_err(Ended::into_act)
}

/// At most `limit` looks before one, the last first.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn last(
    engine: &Engine,
    before: Option<uuid::Uuid>,
    limit: i64,
) -> Result<Vec<AccessView>, ActError> {
    let worker = engine.clone();
    let done = engine.with_db(move |conn| -> Result<Vec<AccessView>, Ended> {
        let looks = access::last(conn, before, limit)?;
        Ok(shown(&worker, conn, looks)?)
    });
    done.await.map_err(Ended::into_act)
}

/// At most `limit` looks of dealers' people at the content of their own claims before one, the
/// last first.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn of_dealers(
    engine: &Engine,
    before: Option<uuid::Uuid>,
    limit: i64,
) -> Result<Vec<Look>, ActError> {
    let done = engine.with_db(move |conn| -> Result<Vec<Look>, Ended> {
        Ok(dealer_claims::looks(conn, before, limit)?)
    });
    done.await.map_err(Ended::into_act)
}

fn shown(
    engine: &Engine,
    conn: &mut Db,
    looks: Vec<access::Access>,
) -> Result<Vec<AccessView>, StorageError> {
    let persons: Vec<StaffId> = looks.iter().map(|look| look.staff).collect();
    let logins: HashMap<StaffId, String> = access::logins(conn, &persons)?.into_iter().collect();
    let opened: Vec<ClaimId> = looks.iter().filter_map(|look| look.claim).collect();
    let numbers: HashMap<ClaimId, String> = access::numbers(conn, &opened)?.into_iter().collect();
    let view = |look: access::Access| {
        Ok(AccessView {
            why: engine.opened(&access_aad(look.id), &look.why, "the reason of a look")?,
            id: look.id,
            at: look.at,
            staff: look.staff,
            login: logins.get(&look.staff).cloned(),
            claim: look.claim,
            claim_number: look.claim.and_then(|id| numbers.get(&id).cloned()),
            what: look.what,
        })
    };
    looks.into_iter().map(view).collect()
}
