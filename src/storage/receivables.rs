//! What was paid and is owed back.

use diesel::prelude::*;

use super::StorageError;
use super::batch::KeyHash;
use super::db::Db;
use super::schema::{paid_in, receivables, set_offs};
use super::stored::{bytes16, claim_id, dealer_id, pool_id};
use crate::domain::ids::{ClaimId, DealerId, PoolId, ReceivableId};
use crate::domain::time::Timestamp;

/// Something that is owed back.
#[derive(Debug, Clone)]
pub struct ReceivableRow {
    /// The id.
    pub id: ReceivableId,
    /// The pool that paid.
    pub pool: PoolId,
    /// The claim that was paid.
    pub claim: ClaimId,
    /// `dealer` or `consumer`: who was paid.
    pub payee: String,
    /// The dealer that filed the claim.
    pub dealer: DealerId,
    /// Keyed hash of who owes.
    pub debtor: [u8; 16],
    /// The public word of why.
    pub reason: String,
    /// All of it, fen.
    pub amount: i64,
    /// What was paid back, fen.
    pub settled: i64,
    /// What is set off in payments that are on their way, fen.
    pub pending: i64,
    /// Since when.
    pub raised: Timestamp,
}

impl ReceivableRow {
    /// What can still be set off or paid in, fen.
    pub const fn open(&self) -> i64 {
        self.amount - self.settled - self.pending
    }
}

type Tuple = (
    (Vec<u8>, Vec<u8>, Vec<u8>),
    (String, Vec<u8>, Vec<u8>, String),
    (i64, i64, i64, i64),
);

macro_rules! columns {
    () => {
        (
            (receivables::id, receivables::pool_id, receivables::claim_id),
            (
                receivables::payee,
                receivables::dealer_id,
                receivables::debtor_hash,
                receivables::reason,
            ),
            (
                receivables::amount,
                receivables::settled,
                receivables::pending,
                receivables::raised_us,
            ),
        )
    };
}

fn stored(row: Tuple) -> Result<ReceivableRow, StorageError> {
    let ((id, pool, claim), (payee, dealer, debtor, reason), (amount, settled, pending, at)) = row;
    let corrupt = || StorageError::Corrupt("receivable id".into());
    Ok(ReceivableRow {
        id: ReceivableId::from_slice(&id).ok_or_else(corrupt)?,
        pool: pool_id(&pool)?,
        claim: claim_id(&claim)?,
        payee,
        dealer: dealer_id(&dealer)?,
        debtor: bytes16(&debtor)?,
        reason,
        amount,
        settled,
        pending,
        raised: Timestamp(at),
    })
}

/// Notes what is owed back.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut Db, row: &ReceivableRow) -> Result<(), StorageError> {
    diesel::insert_into(receivables::table)
        .values((
            receivables::id.eq(row.id.to_vec()),
            receivables::pool_id.eq(row.pool.to_vec()),
            receivables::claim_id.eq(row.claim.to_vec()),
            receivables::payee.eq(&row.payee),
            receivables::dealer_id.eq(row.dealer.to_vec()),
            receivables::debtor_hash.eq(&row.debtor[..]),
            receivables::reason.eq(&row.reason),
            receivables::amount.eq(row.amount),
            receivables::settled.eq(row.settled),
            receivables::pending.eq(row.pending),
            receivables::raised_us.eq(row.raised.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// One of them.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut Db, id: ReceivableId) -> Result<Option<ReceivableRow>, StorageError> {
    let row: Option<Tuple> = receivables::table
        .filter(receivables::id.eq(id.to_vec()))
        .select(columns!())
        .first(conn)
        .optional()?;
    row.map(stored).transpose()
}

/// What somebody owes a pool, the oldest first.
///
/// # Errors
/// The database's.
pub fn owed_by(
    conn: &mut Db,
    pool: PoolId,
    debtor: &[u8; 16],
) -> Result<Vec<ReceivableRow>, StorageError> {
    let rows: Vec<Tuple> = receivables::table
        .filter(receivables::pool_id.eq(pool.to_vec()))
        .filter(receivables::debtor_hash.eq(&debtor[..]))
        .filter(receivables::settled.lt(receivables::amount))
        .order(receivables::id)
        .select(columns!())
        .load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// At most `limit` after one, in the order in which they were raised; one dealer's, or all.
///
/// # Errors
/// The database's.
pub fn list(
    conn: &mut Db,
    dealer: Option<DealerId>,
    after: Option<ReceivableId>,
    limit: i64,
) -> Result<Vec<ReceivableRow>, StorageError> {
    let mut query = receivables::table
        .select(columns!())
        .order(receivables::id)
        .limit(limit)
        .into_boxed();
    if let Some(dealer) = dealer {
        query = query.filter(receivables::dealer_id.eq(dealer.to_vec()));
    }
    if let Some(after) = after {
        query = query.filter(receivables::id.gt(after.to_vec()));
    }
    let rows: Vec<Tuple> = query.load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// What of a pool's paid claims was paid back while more is still owed for them, in fen.
///
/// # Errors
/// The database's.
pub fn settled_in_part(conn: &mut Db, pool: PoolId) -> Result<i64, StorageError> {
    let rows: Vec<i64> = receivables::table
        .filter(receivables::pool_id.eq(pool.to_vec()))
        .filter(receivables::settled.lt(receivables::amount))
        .select(receivables::settled)
        .load(conn)?;
    Ok(rows.into_iter().sum())
}

/// Changes what is settled and what is pending, by these amounts in fen.
///
/// # Errors
/// The database's; a CHECK refuses more than is owed and less than nothing.
pub fn change(
    conn: &mut Db,
    id: ReceivableId,
    settled: i64,
    pending: i64,
) -> Result<(), StorageError> {
    let changed = diesel::update(receivables::table.filter(receivables::id.eq(id.to_vec())))
        .set((
            receivables::settled.eq(receivables::settled + settled),
            receivables::pending.eq(receivables::pending + pending),
        ))
        .execute(conn)?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StorageError::Corrupt("a receivable is gone".into()))
    }
}

/// What was paid in under a reference, in fen.
///
/// # Errors
/// The database's.
pub fn paid_in(
    conn: &mut Db,
    id: ReceivableId,
    reference: &KeyHash,
) -> Result<Option<i64>, StorageError> {
    Ok(paid_in::table
        .find((id.to_vec(), reference.to_vec()))
        .select(paid_in::amount)
        .first(conn)
        .optional()?)
}

/// Notes what was paid in under a reference.
///
/// # Errors
/// The database's; a reference that was used before violates the primary key.
pub fn insert_paid_in(
    conn: &mut Db,
    id: ReceivableId,
    reference: &KeyHash,
    amount: i64,
) -> Result<(), StorageError> {
    diesel::insert_into(paid_in::table)
        .values((
            paid_in::receivable_id.eq(id.to_vec()),
            paid_in::reference_hash.eq(&reference[..]),
            paid_in::amount.eq(amount),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes what a payment sets off.
///
/// # Errors
/// The database's.
pub fn insert_set_off(
    conn: &mut Db,
    end_to_end_id: &str,
    receivable: ReceivableId,
    amount: i64,
) -> Result<(), StorageError> {
    diesel::insert_into(set_offs::table)
        .values((
            set_offs::end_to_end_id.eq(end_to_end_id),
            set_offs::receivable_id.eq(receivable.to_vec()),
            set_offs::amount.eq(amount),
        ))
        .execute(conn)?;
    Ok(())
}

/// What a payment sets off: which receivable, and how much in fen.
///
/// # Errors
/// The database's.
pub fn set_offs_of(
    conn: &mut Db,
    end_to_end_id: &str,
) -> Result<Vec<(ReceivableId, i64)>, StorageError> {
    let rows: Vec<(Vec<u8>, i64)> = set_offs::table
        .filter(set_offs::end_to_end_id.eq(end_to_end_id))
        .order(set_offs::receivable_id)
        .select((set_offs::receivable_id, set_offs::amount))
        .load(conn)?;
    let corrupt = || StorageError::Corrupt("receivable id".into());
    rows.into_iter()
        .map(|(id, amount)| Ok((ReceivableId::from_slice(&id).ok_or_else(corrupt)?, amount)))
        .collect()
}

/// How many parts of payments are set off in all.
///
/// # Errors
/// The database's.
pub fn count_set_offs(conn: &mut Db) -> Result<i64, StorageError> {
    Ok(set_offs::table.count().get_result(conn)?)
}
