//! Bank accounts of dealers: proposed, confirmed, and from when they are used.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::{dealer_accounts, dealers};
use super::stored::{bytes16, dealer_id, staff_id};
use crate::domain::ids::{DealerId, StaffId};
use crate::domain::time::Timestamp;

/// A bank account of a dealer.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// The id.
    pub id: uuid::Uuid,
    /// The dealer.
    pub dealer: DealerId,
    /// Sealed name, number and bank.
    pub sealed: Vec<u8>,
    /// `proposed`, `confirmed` or `refused`.
    pub state: String,
    /// Who of the bureau proposed it; none when the dealer did.
    pub proposed_by: Option<StaffId>,
    /// When.
    pub proposed: Timestamp,
    /// From when it is used, once it is confirmed.
    pub from: Option<Timestamp>,
}

/// What an account that is not used yet waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// A second person: it is proposed.
    ForPerson,
    /// The end of the waiting time: it is confirmed.
    ForTime,
}

impl Waits {
    /// By the word of the state in which it waits.
    pub fn parse(state: &str) -> Option<Self> {
        match state {
            "proposed" => Some(Self::ForPerson),
            "confirmed" => Some(Self::ForTime),
            _ => None,
        }
    }
}

type AccountTuple = (
    Vec<u8>,
    Vec<u8>,
    Vec<u8>,
    String,
    Option<Vec<u8>>,
    i64,
    Option<i64>,
);

macro_rules! account_columns {
    () => {
        (
            dealer_accounts::id,
            dealer_accounts::dealer_id,
            dealer_accounts::sealed,
            dealer_accounts::state,
            dealer_accounts::proposed_by,
            dealer_accounts::proposed_us,
            dealer_accounts::from_us,
        )
    };
}

fn account(row: AccountTuple) -> Result<AccountRow, StorageError> {
    let (id, dealer, sealed, state, by, at, from) = row;
    Ok(AccountRow {
        id: uuid::Uuid::from_bytes(bytes16(&id)?),
        dealer: dealer_id(&dealer)?,
        sealed,
        state,
        proposed_by: by.map(|s| staff_id(&s)).transpose()?,
        proposed: Timestamp(at),
        from: from.map(Timestamp),
    })
}

/// The account of a dealer that is used at an instant: of those confirmed and in force, the
/// one that came into force last.
///
/// # Errors
/// The database's.
pub fn account_at(
    conn: &mut Db,
    dealer: DealerId,
    at: Timestamp,
) -> Result<Option<AccountRow>, StorageError> {
    let row: Option<AccountTuple> = dealer_accounts::table
        .filter(dealer_accounts::dealer_id.eq(dealer.to_vec()))
        .filter(dealer_accounts::state.eq("confirmed"))
        .filter(dealer_accounts::from_us.le(at.0))
        .order((dealer_accounts::from_us.desc(), dealer_accounts::id.desc()))
        .select(account_columns!())
        .first(conn)
        .optional()?;
    row.map(account).transpose()
}

/// The accounts of a dealer that are not used yet at an instant and may come to be, the oldest
/// first: proposed, or confirmed and within the waiting time.
///
/// # Errors
/// The database's.
pub fn pending_at(
    conn: &mut Db,
    dealer: DealerId,
    at: Timestamp,
) -> Result<Vec<AccountRow>, StorageError> {
    let rows: Vec<AccountTuple> = dealer_accounts::table
        .filter(dealer_accounts::dealer_id.eq(dealer.to_vec()))
        .filter(
            dealer_accounts::state
                .eq("proposed")
                .or(dealer_accounts::state
                    .eq("confirmed")
                    .and(dealer_accounts::from_us.assume_not_null().gt(at.0))),
        )
        .order((dealer_accounts::proposed_us, dealer_accounts::id))
        .select(account_columns!())
        .load(conn)?;
    rows.into_iter().map(account).collect()
}

/// The accounts of all dealers that are not used yet at an instant and may come to be, each with
/// its dealer's credit code and name: at most `limit` by their ids, which are in the order of
/// proposing, those behind `after` only.
///
/// # Errors
/// The database's.
pub fn waiting(
    conn: &mut Db,
    waits: Option<Waits>,
    after: Option<uuid::Uuid>,
    at: Timestamp,
    limit: i64,
) -> Result<Vec<(AccountRow, String, String)>, StorageError> {
    let proposed = dealer_accounts::state.eq("proposed");
    let confirmed = dealer_accounts::state
        .eq("confirmed")
        .and(dealer_accounts::from_us.assume_not_null().gt(at.0));
    let mut query = dealer_accounts::table
        .inner_join(dealers::table.on(dealers::id.eq(dealer_accounts::dealer_id)))
        .select((account_columns!(), dealers::uscc, dealers::name))
        .order(dealer_accounts::id)
        .limit(limit)
        .into_boxed();
    query = match waits {
        Some(Waits::ForPerson) => query.filter(proposed),
        Some(Waits::ForTime) => query.filter(confirmed),
        None => query.filter(proposed.or(confirmed)),
    };
    if let Some(after) = after {
        query = query.filter(dealer_accounts::id.gt(after.as_bytes().to_vec()));
    }
    let rows: Vec<(AccountTuple, String, String)> = query.load(conn)?;
    rows.into_iter()
        .map(|(row, uscc, name)| Ok((account(row)?, uscc, name)))
        .collect()
}

/// Notes an account that is proposed.
///
/// # Errors
/// The database's.
pub fn insert_account(conn: &mut Db, row: &AccountRow) -> Result<(), StorageError> {
    diesel::insert_into(dealer_accounts::table)
        .values((
            dealer_accounts::id.eq(row.id.as_bytes().to_vec()),
            dealer_accounts::dealer_id.eq(row.dealer.to_vec()),
            dealer_accounts::sealed.eq(&row.sealed),
            dealer_accounts::state.eq(&row.state),
            dealer_accounts::proposed_by.eq(row.proposed_by.map(StaffId::to_vec)),
            dealer_accounts::proposed_us.eq(row.proposed.0),
            dealer_accounts::from_us.eq(row.from.map(|t| t.0)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Confirms a proposed account; `false` when it is not proposed any more.
///
/// # Errors
/// The database's; a CHECK refuses the person who proposed it.
pub fn confirm(
    conn: &mut Db,
    id: uuid::Uuid,
    by: StaffId,
    from: Timestamp,
) -> Result<bool, StorageError> {
    let changed = diesel::update(
        dealer_accounts::table
            .filter(dealer_accounts::id.eq(id.as_bytes().to_vec()))
            .filter(dealer_accounts::state.eq("proposed")),
    )
    .set((
        dealer_accounts::state.eq("confirmed"),
        dealer_accounts::confirmed_by.eq(by.to_vec()),
        dealer_accounts::from_us.eq(from.0),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Refuses an account.
///
/// # Errors
/// The database's.
pub fn refuse(conn: &mut Db, id: uuid::Uuid) -> Result<(), StorageError> {
    diesel::update(dealer_accounts::table.filter(dealer_accounts::id.eq(id.as_bytes().to_vec())))
        .set(dealer_accounts::state.eq("refused"))
        .execute(conn)?;
    Ok(())
}

/// An account of a dealer by its id.
///
/// # Errors
/// The database's.
pub fn find(
    conn: &mut Db,
    dealer: DealerId,
    id: uuid::Uuid,
) -> Result<Option<AccountRow>, StorageError> {
    let row: Option<AccountTuple> = dealer_accounts::table
        .filter(dealer_accounts::id.eq(id.as_bytes().to_vec()))
        .filter(dealer_accounts::dealer_id.eq(dealer.to_vec()))
        .select(account_columns!())
        .first(conn)
        .optional()?;
    row.map(account).transpose()
}
