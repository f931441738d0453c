//! The claims of one dealer, as its people look at them: the last filed first.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::StorageError;
use super::claims::{ClaimTuple, StoredClaim, claim_columns, stored};
use super::db::Db;
use super::schema::{answers, claims, dealers};
use super::schema_of_pages::{dealer_looks, logins};
use super::stored::{bytes16, claim_id};
use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, DealerId, LoginId};
use crate::domain::time::Timestamp;

/// That a claim is in one of the few states of a grown database: only those are in indexes.
const MOVING: &str = "claims.state NOT IN ('paid', 'refused')";

/// At most `limit` claims of a dealer before one, the last filed first.
///
/// # Errors
/// The database's.
pub fn latest(
    conn: &mut Db,
    dealer: DealerId,
    state: Option<ClaimState>,
    programme: Option<&str>,
    before: Option<ClaimId>,
    limit: i64,
) -> Result<Vec<StoredClaim>, StorageError> {
    let mut query = claims::table
        .select(claim_columns!())
        .filter(claims::dealer_id.eq(dealer.to_vec()))
        .order(claims::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(claims::state.eq(state.as_str()));
        if !matches!(state, ClaimState::Paid | ClaimState::Refused) {
            query = query.filter(sql::<Bool>(MOVING));
        }
    }
    if let Some(programme) = programme {
        query = query.filter(claims::programme.eq(programme));
    }
    if let Some(before) = before {
        query = query.filter(claims::id.lt(before.to_vec()));
    }
    let rows: Vec<ClaimTuple> = query.load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// At most `limit` claims for which a dealer has to do something, the first deadline first.
///
/// # Errors
/// The database's.
pub fn due(conn: &mut Db, dealer: DealerId, limit: i64) -> Result<Vec<StoredClaim>, StorageError> {
    let rows: Vec<ClaimTuple> = claims::table
        .select(claim_columns!())
        .filter(claims::dealer_id.eq(dealer.to_vec()))
        .filter(sql::<Bool>(MOVING))
        .filter(claims::deadline_us.is_not_null())
        .order((claims::deadline_us, claims::id))
        .limit(limit)
        .load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// The answer that a claim was given, as it is stored.
///
/// # Errors
/// The database's.
pub fn answer(conn: &mut Db, claim: ClaimId) -> Result<Option<String>, StorageError> {
    Ok(answers::table
        .filter(answers::claim_id.eq(claim.to_vec()))
        .select(answers::body)
        .first(conn)
        .optional()?)
}

/// Notes that somebody of a dealer opened the content of its claim.
///
/// # Errors
/// The database's.
pub fn note_look(
    conn: &mut Db,
    login: LoginId,
    claim: ClaimId,
    what: &str,
    at: Timestamp,
) -> Result<(), StorageError> {
    diesel::insert_into(dealer_looks::table)
        .values((
            dealer_looks::id.eq(clock::new_uuid().as_bytes().to_vec()),
            dealer_looks::at_us.eq(at.0),
            dealer_looks::login_id.eq(login.to_vec()),
            dealer_looks::claim_id.eq(claim.to_vec()),
            dealer_looks::what.eq(what),
        ))
        .execute(conn)?;
    Ok(())
}

/// That somebody of a dealer opened the content of one of its claims.
#[derive(Debug, Clone)]
pub struct Look {
    /// The id; they are made in the order of the looks.
    pub id: uuid::Uuid,
    /// When.
    pub at: Timestamp,
    /// The login of who did.
    pub login: String,
    /// The dealer's name.
    pub dealer: String,
    /// Its credit code.
    pub uscc: String,
    /// The claim.
    pub claim: ClaimId,
    /// Its number.
    pub claim_number: String,
    /// What it was opened for.
    pub what: String,
}

/// At most `limit` looks before one, the last first.
///
/// # Errors
/// The database's.
pub fn looks(
    conn: &mut Db,
    before: Option<uuid::Uuid>,
    limit: i64,
) -> Result<Vec<Look>, StorageError> {
    type Row = (
        (Vec<u8>, i64, String),
        (String, String, String),
        (Vec<u8>, String),
    );
    let mut query = dealer_looks::table
        .inner_join(claims::table)
        .inner_join(logins::table.inner_join(dealers::table))
        .select((
            (dealer_looks::id, dealer_looks::at_us, dealer_looks::what),
            (logins::login, dealers::name, dealers::uscc),
            (claims::id, claims::number),
        ))
        .order(dealer_looks::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(dealer_looks::id.lt(before.as_bytes().to_vec()));
    }
    let rows: Vec<Row> = query.load(conn)?;
    let look = |((id, at, what), (login, dealer, uscc), (claim, claim_number)): Row| {
        Ok(Look {
            id: uuid::Uuid::from_bytes(bytes16(&id)?),
            at: Timestamp(at),
            login,
            dealer,
            uscc,
            claim: claim_id(&claim)?,
            claim_number,
            what,
        })
    };
    rows.into_iter().map(look).collect()
}
