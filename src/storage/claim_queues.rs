//! Claims that somebody or the clock must move on: reviewers, deadlines, payout.

use diesel::prelude::*;

use super::StorageError;
use super::claims::{ClaimTuple, StoredClaim, claim_columns, is, stored};
use super::db::Db;
use super::schema::claims;
use super::stored::{claim_id, pool_id};
use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, PoolId, StaffId};
use crate::domain::time::Timestamp;

/// A claim whose deadline has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overdue {
    /// When it came.
    pub deadline: Timestamp,
    /// The claim's pool.
    pub pool: PoolId,
    /// The claim.
    pub claim: ClaimId,
}

/// At most `limit` claims whose deadline has come, after one, the longest overdue first.
///
/// # Errors
/// The database's.
pub fn overdue(
    conn: &mut Db,
    now: Timestamp,
    after: Option<Overdue>,
    limit: i64,
) -> Result<Vec<Overdue>, StorageError> {
    let mut query = claims::table
        .filter(claims::deadline_us.le(now.0))
        .order((claims::deadline_us, claims::id))
        .limit(limit)
        .select((
            claims::deadline_us.assume_not_null(),
            claims::pool_id,
            claims::id,
        ))
        .into_boxed();
    if let Some(Overdue {
        deadline, claim, ..
    }) = after
    {
        let deadline_us = claims::deadline_us.assume_not_null();
        let same = deadline_us.eq(deadline.0);
        query = query.filter(deadline_us.ge(deadline.0)).filter(
            deadline_us
                .gt(deadline.0)
                .or(same.and(claims::id.gt(claim.to_vec()))),
        );
    }
    let rows: Vec<(i64, Vec<u8>, Vec<u8>)> = query.load(conn)?;
    rows.into_iter()
        .map(|(deadline, pool, claim)| {
            Ok(Overdue {
                deadline: Timestamp(deadline),
                pool: pool_id(&pool)?,
                claim: claim_id(&claim)?,
            })
        })
        .collect()
}

/// The claim that a reviewer has on his desk, if his lease still runs and nothing keeps it
/// apart; none of `but`.
///
/// # Errors
/// The database's.
pub fn leased_to(
    conn: &mut Db,
    staff: StaffId,
    now: Timestamp,
    but: &[ClaimId],
) -> Result<Option<StoredClaim>, StorageError> {
    // In no order, and the state as a parameter: else a database walks the queue of review
    // instead of what is on this desk.
    let rows: Vec<ClaimTuple> = claims::table
        .filter(claims::state.eq(ClaimState::InReview.as_str()))
        .filter(claims::lease_staff.eq(staff.to_vec()))
        .filter(claims::lease_until_us.gt(now.0))
        .filter(claims::apart.eq(0))
        .filter(claims::id.ne_all(but.iter().map(|id| id.to_vec())))
        .select(claim_columns!())
        .load(conn)?;
    let found: Result<Vec<StoredClaim>, _> = rows.into_iter().map(stored).collect();
    let age = |claim: &StoredClaim| (claim.progress.review, claim.id);
    Ok(found?.into_iter().min_by_key(age))
}

/// The oldest claim in this state that waits for a reviewer: not leased, not apart, none of
/// `but`.
///
/// # Errors
/// The database's.
pub fn oldest(
    conn: &mut Db,
    state: ClaimState,
    now: Timestamp,
    but: &[ClaimId],
) -> Result<Option<StoredClaim>, StorageError> {
    let row: Option<ClaimTuple> = claims::table
        .filter(is(state))
        .filter(claims::review_us.is_not_null())
        .filter(claims::apart.eq(0))
        .filter(
            claims::lease_until_us
                .is_null()
                .or(claims::lease_until_us.le(now.0)),
        )
        .filter(claims::id.ne_all(but.iter().map(|id| id.to_vec())))
        .order((claims::review_us, claims::id))
        .select(claim_columns!())
        .first(conn)
        .optional()?;
    row.map(stored).transpose()
}

/// Puts a claim on a reviewer's desk if nobody has it there: `false` when somebody was faster.
/// The claim itself does not change, so its revision stays.
///
/// # Errors
/// The database's.
pub fn lease(
    conn: &mut Db,
    claim: &StoredClaim,
    staff: StaffId,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, StorageError> {
    let free = claims::lease_until_us
        .is_null()
        .or(claims::lease_until_us.le(now.0))
        .or(claims::lease_staff.eq(staff.to_vec()));
    let changed = diesel::update(
        claims::table
            .filter(claims::id.eq(claim.id.to_vec()))
            .filter(claims::state.eq(claim.state.as_str()))
            .filter(claims::revision.eq(claim.revision))
            .filter(claims::apart.eq(0))
            .filter(free),
    )
    .set((
        claims::lease_staff.eq(staff.to_vec()),
        claims::lease_until_us.eq(until.0),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Takes a claim off a reviewer's desk; `false` when he does not have it there.
///
/// # Errors
/// The database's.
pub fn put_back(conn: &mut Db, claim: ClaimId, staff: StaffId) -> Result<bool, StorageError> {
    let changed = diesel::update(
        claims::table
            .filter(claims::id.eq(claim.to_vec()))
            .filter(claims::lease_staff.eq(staff.to_vec())),
    )
    .set((
        claims::lease_staff.eq(None::<Vec<u8>>),
        claims::lease_until_us.eq(None::<i64>),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// At most `limit` approved claims of a pool that nothing keeps apart, in the order of approval.
///
/// # Errors
/// The database's.
pub fn approved(
    conn: &mut Db,
    pool: PoolId,
    after: i64,
    limit: i64,
) -> Result<Vec<StoredClaim>, StorageError> {
    let rows: Vec<ClaimTuple> = claims::table
        .filter(claims::pool_id.eq(pool.to_vec()))
        .filter(is(ClaimState::Approved))
        .filter(claims::approval_seq.gt(after))
        .filter(claims::apart.eq(0))
        .order(claims::approval_seq)
        .limit(limit)
        .select(claim_columns!())
        .load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// At most `limit` claims of a pool that a reviewer recommended and nothing keeps apart, in the
/// order of review, after the one with this time and id.
///
/// # Errors
/// The database's.
pub fn recommended(
    conn: &mut Db,
    pool: PoolId,
    after: Option<(Timestamp, ClaimId)>,
    limit: i64,
) -> Result<Vec<StoredClaim>, StorageError> {
    let mut query = claims::table
        .filter(claims::pool_id.eq(pool.to_vec()))
        .filter(claims::state.eq(ClaimState::Recommended.as_str()))
        .filter(claims::review_us.is_not_null())
        .filter(claims::apart.eq(0))
        .order((claims::review_us, claims::id))
        .limit(limit)
        .select(claim_columns!())
        .into_boxed();
    if let Some((since, id)) = after {
        let same = claims::review_us
            .eq(since.0)
            .and(claims::id.gt(id.to_vec()));
        query = query.filter(claims::review_us.gt(since.0).or(same));
    }
    let rows: Vec<ClaimTuple> = query.load(conn)?;
    rows.into_iter().map(stored).collect()
}
