//! Dealers beside their claims: who they are, and what people changed about them.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::{clients, dealer_changes, dealer_programmes, dealers, staff};
use super::schema_of_pages::logins;
use super::stored::{bytes16, dealer_id};
use crate::domain::ids::{DealerId, LoginId, StaffId};
use crate::domain::time::Timestamp;

pub use super::dealer_accounts::{AccountRow, account_at, insert_account};

/// The word in `dealer_changes` of whoever admitted a dealer, or gave it further programmes: he
/// has seen credentials of it.
pub const ADMITTED: &str = "admitted";

/// The word in `dealer_changes` of whoever offered a login of a dealer: he has seen the code with
/// which it is enrolled.
pub const LOGIN_OFFERED: &str = "login_offered";

/// Who changed a dealer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changer {
    /// A user of the bureau: he approves none of its claims.
    Staff(StaffId),
    /// Somebody of the dealer, by his login.
    Login(LoginId),
}

/// A dealer as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDealer {
    /// The id.
    pub id: DealerId,
    /// Unified social credit code.
    pub uscc: String,
    /// Name.
    pub name: String,
    /// `active`, `suspended` or `removed`.
    pub status: String,
}

type DealerTuple = (Vec<u8>, String, String, String);

fn stored((id, uscc, name, status): DealerTuple) -> Result<StoredDealer, StorageError> {
    Ok(StoredDealer {
        id: dealer_id(&id)?,
        uscc,
        name,
        status,
    })
}

/// A dealer by its credit code.
///
/// # Errors
/// The database's.
pub fn by_uscc(conn: &mut Db, uscc: &str) -> Result<Option<StoredDealer>, StorageError> {
    let row: Option<DealerTuple> = dealers::table
        .filter(dealers::uscc.eq(uscc))
        .select((dealers::id, dealers::uscc, dealers::name, dealers::status))
        .first(conn)
        .optional()?;
    row.map(stored).transpose()
}

/// A dealer by its id.
///
/// # Errors
/// The database's.
pub fn by_id(conn: &mut Db, id: DealerId) -> Result<Option<StoredDealer>, StorageError> {
    let row: Option<DealerTuple> = dealers::table
        .filter(dealers::id.eq(id.to_vec()))
        .select((dealers::id, dealers::uscc, dealers::name, dealers::status))
        .first(conn)
        .optional()?;
    row.map(stored).transpose()
}

/// Every dealer, by its credit code.
///
/// # Errors
/// The database's.
pub fn all(conn: &mut Db) -> Result<Vec<StoredDealer>, StorageError> {
    let rows: Vec<DealerTuple> = dealers::table
        .order(dealers::uscc)
        .select((dealers::id, dealers::uscc, dealers::name, dealers::status))
        .load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// Which dealer is admitted to which programme, by programme.
///
/// # Errors
/// The database's.
pub fn all_programmes(conn: &mut Db) -> Result<Vec<(DealerId, String)>, StorageError> {
    let rows: Vec<(Vec<u8>, String)> = dealer_programmes::table
        .order(dealer_programmes::programme)
        .select((dealer_programmes::dealer_id, dealer_programmes::programme))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, programme)| Ok((dealer_id(&id)?, programme)))
        .collect()
}

/// The credit codes of other dealers that have this name.
///
/// # Errors
/// The database's.
pub fn namesakes(conn: &mut Db, name: &str, uscc: &str) -> Result<Vec<String>, StorageError> {
    Ok(dealers::table
        .filter(dealers::name.eq(name))
        .filter(dealers::uscc.ne(uscc))
        .order(dealers::uscc)
        .select(dealers::uscc)
        .load(conn)?)
}

/// The programmes that a dealer is admitted to, by id.
///
/// # Errors
/// The database's.
pub fn programmes(conn: &mut Db, id: DealerId) -> Result<Vec<String>, StorageError> {
    Ok(dealer_programmes::table
        .filter(dealer_programmes::dealer_id.eq(id.to_vec()))
        .order(dealer_programmes::programme)
        .select(dealer_programmes::programme)
        .load(conn)?)
}

/// Makes whoever else changes this dealer wait until this transaction ends.
///
/// # Errors
/// The database's.
pub fn hold(conn: &mut Db, id: DealerId) -> Result<(), StorageError> {
    // An update of nothing takes the lock of the row on both databases.
    diesel::update(dealers::table.filter(dealers::id.eq(id.to_vec())))
        .set(dealers::status.eq(dealers::status))
        .execute(conn)?;
    Ok(())
}

/// Ends all API credentials of a dealer.
///
/// # Errors
/// The database's.
pub fn revoke_clients(conn: &mut Db, id: DealerId) -> Result<(), StorageError> {
    diesel::update(clients::table.filter(clients::dealer_id.eq(id.to_vec())))
        .set(clients::status.eq("revoked"))
        .execute(conn)?;
    Ok(())
}

/// Notes that somebody changed a dealer.
///
/// # Errors
/// The database's.
pub fn note_change(
    conn: &mut Db,
    id: uuid::Uuid,
    dealer: DealerId,
    by: Changer,
    what: &str,
    at: Timestamp,
) -> Result<(), StorageError> {
    insert_change(conn, id, dealer, by, (what, None), at)
}

/// The same with his reason, sealed.
///
/// # Errors
/// The database's.
pub fn note_change_because(
    conn: &mut Db,
    id: uuid::Uuid,
    dealer: DealerId,
    by: Changer,
    (what, why): (&str, &[u8]),
    at: Timestamp,
) -> Result<(), StorageError> {
    insert_change(conn, id, dealer, by, (what, Some(why)), at)
}

fn insert_change(
    conn: &mut Db,
    id: uuid::Uuid,
    dealer: DealerId,
    by: Changer,
    (what, why): (&str, Option<&[u8]>),
    at: Timestamp,
) -> Result<(), StorageError> {
    let (staff, login) = match by {
        Changer::Staff(id) => (Some(id.to_vec()), None),
        Changer::Login(id) => (None, Some(id.to_vec())),
    };
    diesel::insert_into(dealer_changes::table)
        .values((
            dealer_changes::id.eq(id.as_bytes().to_vec()),
            dealer_changes::dealer_id.eq(dealer.to_vec()),
            dealer_changes::staff_id.eq(staff),
            dealer_changes::login_id.eq(login),
            dealer_changes::what.eq(what),
            dealer_changes::at_us.eq(at.0),
            dealer_changes::why.eq(why),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether somebody of the bureau changed a dealer.
///
/// # Errors
/// The database's.
pub fn was_changed_by(
    conn: &mut Db,
    dealer: DealerId,
    staff: StaffId,
) -> Result<bool, StorageError> {
    let changes: i64 = dealer_changes::table
        .filter(dealer_changes::dealer_id.eq(dealer.to_vec()))
        .filter(dealer_changes::staff_id.eq(staff.to_vec()))
        .count()
        .get_result(conn)?;
    Ok(changes > 0)
}

/// Whether somebody of the bureau has seen with what a dealer signs in, because he admitted it or
/// offered a login of it.
///
/// # Errors
/// The database's.
pub fn may_pass_for(conn: &mut Db, dealer: DealerId, staff: StaffId) -> Result<bool, StorageError> {
    let changes: i64 = dealer_changes::table
        .filter(dealer_changes::dealer_id.eq(dealer.to_vec()))
        .filter(dealer_changes::staff_id.eq(staff.to_vec()))
        .filter(dealer_changes::what.eq_any([ADMITTED, LOGIN_OFFERED]))
        .count()
        .get_result(conn)?;
    Ok(changes > 0)
}

/// Something that somebody changed about a dealer.
#[derive(Debug, Clone)]
pub struct Change {
    /// The id.
    pub id: uuid::Uuid,
    /// When.
    pub at: Timestamp,
    /// His login.
    pub login: String,
    /// Whether he is one of the dealer's people, and not of the bureau.
    pub of_dealer: bool,
    /// What he changed.
    pub what: String,
    /// Why, in his words, where a reason is asked for; sealed.
    pub why: Option<Vec<u8>>,
}

/// At most `limit` changes of a dealer, the last first.
///
/// # Errors
/// The database's.
pub fn changes(conn: &mut Db, dealer: DealerId, limit: i64) -> Result<Vec<Change>, StorageError> {
    type Row = (
        (Vec<u8>, i64),
        (Option<String>, Option<String>),
        (String, Option<Vec<u8>>),
    );
    let rows: Vec<Row> = dealer_changes::table
        .left_join(staff::table)
        .left_join(logins::table)
        .filter(dealer_changes::dealer_id.eq(dealer.to_vec()))
        .order((dealer_changes::at_us.desc(), dealer_changes::id.desc()))
        .limit(limit)
        .select((
            (dealer_changes::id, dealer_changes::at_us),
            (staff::login.nullable(), logins::login.nullable()),
            (dealer_changes::what, dealer_changes::why),
        ))
        .load(conn)?;
    let change = |((id, at), (of_bureau, of_dealer), (what, why)): Row| {
        let corrupt = || StorageError::Corrupt("change of a dealer".into());
        Ok(Change {
            id: uuid::Uuid::from_bytes(bytes16(&id)?),
            at: Timestamp(at),
            of_dealer: of_dealer.is_some(),
            login: of_bureau.or(of_dealer).ok_or_else(corrupt)?,
            what,
            why,
        })
    };
    rows.into_iter().map(change).collect()
}
