//! What the bureau owes by a certain time: open claims by state, and those that are late.
//!
//! One state a question: each has an index of its own, so that asking costs no more than what is
//! open, however many claims were ever filed.

use std::ops::Range;

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::claims;
use super::stored::claim_id;
use crate::domain::claim::ClaimState;
use crate::domain::ids::ClaimId;
use crate::domain::time::Timestamp;

/// Claims with the same clock and the same amount.
#[derive(Debug, Clone, Copy)]
pub struct Aged {
    /// Row of the pack version, where the clock depends on it.
    pub version_id: Option<i64>,
    /// The instant that the clock is reckoned from, or at which it ends.
    pub key: Timestamp,
    /// What each of them holds, fen.
    pub amount: i64,
    /// How many.
    pub claims: i64,
}

/// Claims in a state by when they must be paid.
///
/// # Errors
/// The database's.
pub fn by_payment(conn: &mut Db, state: ClaimState) -> Result<Vec<Aged>, StorageError> {
    let rows: Vec<(i64, i64, i64)> = claims::table
        .filter(claims::state.eq(state.as_str()))
        .filter(claims::pay_by_us.is_not_null())
        .group_by((claims::pay_by_us, claims::amount))
        .select((
            claims::pay_by_us.assume_not_null(),
            claims::amount,
            diesel::dsl::count_star(),
        ))
        .load(conn)?;
    Ok(rows.into_iter().map(without_version).collect())
}

/// Claims in a state by when their dealer must have done what is due.
///
/// # Errors
/// The database's.
pub fn by_deadline(conn: &mut Db, state: ClaimState) -> Result<Vec<Aged>, StorageError> {
    let rows: Vec<(i64, i64, i64)> = claims::table
        .filter(claims::state.eq(state.as_str()))
        .filter(claims::deadline_us.is_not_null())
        .group_by((claims::deadline_us, claims::amount))
        .select((
            claims::deadline_us.assume_not_null(),
            claims::amount,
            diesel::dsl::count_star(),
        ))
        .load(conn)?;
    Ok(rows.into_iter().map(without_version).collect())
}

fn without_version((key, amount, claims): (i64, i64, i64)) -> Aged {
    Aged {
        version_id: None,
        key: Timestamp(key),
        amount,
        claims,
    }
}

/// Claims in a state by pack version and since when they wait for a reviewer, but those whose
/// dealer has something to do first.
///
/// # Errors
/// The database's.
pub fn by_review(conn: &mut Db, state: ClaimState) -> Result<Vec<Aged>, StorageError> {
    let rows: Vec<(i64, i64, i64, i64)> = claims::table
        .filter(claims::state.eq(state.as_str()))
        .filter(claims::review_us.is_not_null())
        .filter(claims::deadline_us.is_null())
        .group_by((claims::version_id, claims::review_us, claims::amount))
        .select((
            claims::version_id,
            claims::review_us.assume_not_null(),
            claims::amount,
            diesel::dsl::count_star(),
        ))
        .load(conn)?;
    let aged = |(version_id, key, amount, claims)| Aged {
        version_id: Some(version_id),
        key: Timestamp(key),
        amount,
        claims,
    };
    Ok(rows.into_iter().map(aged).collect())
}

/// A claim for which the bureau is late.
#[derive(Debug, Clone)]
pub struct LateClaim {
    /// The id.
    pub id: ClaimId,
    /// The number people know.
    pub number: String,
    /// Row of the pack version that judged it.
    pub version_id: i64,
    /// The state.
    pub state: ClaimState,
    /// When it had to be paid, or since when it is in review.
    pub key: Timestamp,
}

type LateTuple = (Vec<u8>, String, i64, i64);

fn late(state: ClaimState, row: LateTuple) -> Result<LateClaim, StorageError> {
    let (id, number, version_id, key) = row;
    Ok(LateClaim {
        id: claim_id(&id)?,
        number,
        version_id,
        state,
        key: Timestamp(key),
    })
}

/// Which claims are asked for: those in a state whose instant lies in a range.
#[derive(Debug, Clone)]
pub struct LateFilter<'a> {
    /// The state.
    pub state: ClaimState,
    /// The instants.
    pub range: Range<Timestamp>,
    /// Of these pack versions, where the clock depends on them.
    pub versions: &'a [i64],
}

/// Those after a place in the order of an instant and the id.
macro_rules! later {
    ($column:expr, $place:expr) => {{
        let (at, id) = $place;
        let instant = $column.assume_not_null();
        let same = instant.eq(at.0);
        instant.gt(at.0).or(same.and(claims::id.gt(id.to_vec())))
    }};
}

/// At most `limit` claims that had to be paid within the range, after one, the longest late first.
///
/// # Errors
/// The database's.
pub fn unpaid(
    conn: &mut Db,
    filter: &LateFilter<'_>,
    after: Option<(Timestamp, ClaimId)>,
    limit: i64,
) -> Result<Vec<LateClaim>, StorageError> {
    let mut query = claims::table
        .filter(claims::state.eq(filter.state.as_str()))
        .filter(claims::pay_by_us.ge(filter.range.start.0))
        .filter(claims::pay_by_us.lt(filter.range.end.0))
        .order((claims::pay_by_us, claims::id))
        .limit(limit)
        .select((
            claims::id,
            claims::number,
            claims::version_id,
            claims::pay_by_us.assume_not_null(),
        ))
        .into_boxed();
    if let Some(place) = after {
        query = query.filter(later!(claims::pay_by_us, place));
    }
    let rows: Vec<LateTuple> = query.load(conn)?;
    rows.into_iter()
        .map(|row| late(filter.state, row))
        .collect()
}

/// At most `limit` claims of the versions that are in review since an instant within the range,
/// after one, the longest in review first.
///
/// # Errors
/// The database's.
pub fn unreviewed(
    conn: &mut Db,
    filter: &LateFilter<'_>,
    after: Option<(Timestamp, ClaimId)>,
    limit: i64,
) -> Result<Vec<LateClaim>, StorageError> {
    let mut query = claims::table
        .filter(claims::state.eq(filter.state.as_str()))
        .filter(claims::review_us.ge(filter.range.start.0))
        .filter(claims::review_us.lt(filter.range.end.0))
        .filter(claims::deadline_us.is_null())
        .filter(claims::version_id.eq_any(filter.versions.to_vec()))
        .order((claims::review_us, claims::id))
        .limit(limit)
        .select((
            claims::id,
            claims::number,
            claims::version_id,
            claims::review_us.assume_not_null(),
        ))
        .into_boxed();
    if let Some(place) = after {
        query = query.filter(later!(claims::review_us, place));
    }
    let rows: Vec<LateTuple> = query.load(conn)?;
    rows.into_iter()
        .map(|row| late(filter.state, row))
        .collect()
}

/// How many claims [`unpaid`] would find in all.
///
/// # Errors
/// The database's.
pub fn count_unpaid(conn: &mut Db, filter: &LateFilter<'_>) -> Result<i64, StorageError> {
    Ok(claims::table
        .filter(claims::state.eq(filter.state.as_str()))
        .filter(claims::pay_by_us.ge(filter.range.start.0))
        .filter(claims::pay_by_us.lt(filter.range.end.0))
        .count()
        .get_result(conn)?)
}

/// How many claims [`unreviewed`] would find in all.
///
/// # Errors
/// The database's.
pub fn count_unreviewed(conn: &mut Db, filter: &LateFilter<'_>) -> Result<i64, StorageError> {
    Ok(claims::table
        .filter(claims::state.eq(filter.state.as_str()))
        .filter(claims::review_us.ge(filter.range.start.0))
        .filter(claims::review_us.lt(filter.range.end.0))
        .filter(claims::deadline_us.is_null())
        .filter(claims::version_id.eq_any(filter.versions.to_vec()))
        .count()
        .get_result(conn)?)
}
