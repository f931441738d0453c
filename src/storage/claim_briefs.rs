//! What lists of claims show of each: nothing sealed is read for them, and every question is
//! answered from an index or after so many rows.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool};

use super::StorageError;
use super::claims::is;
use super::db::Db;
use super::schema::claims;
use super::stored::{bytes16, claim_id, dealer_id, staff_id};
use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, DealerId, StaffId};
use crate::domain::time::Timestamp;

/// A claim in a list.
#[derive(Debug, Clone)]
pub struct Brief {
    /// The id.
    pub id: ClaimId,
    /// The number people know.
    pub number: String,
    /// State.
    pub state: ClaimState,
    /// Programme.
    pub programme: String,
    /// Who filed it.
    pub dealer: DealerId,
    /// Held or asked, fen.
    pub amount: i64,
    /// When it was admitted.
    pub submitted: Timestamp,
    /// When it last changed.
    pub changed: Timestamp,
    /// Since when it waits for a reviewer.
    pub review: Option<Timestamp>,
    /// How many open flags keep it apart.
    pub apart: i64,
    /// Who recommended it, or proposed its rejection.
    pub prepared_by: Option<StaffId>,
}

type Tuple = (
    (Vec<u8>, String, String, String, Vec<u8>),
    (i64, i64, i64, Option<i64>, i64, Option<Vec<u8>>),
);

macro_rules! columns {
    () => {
        (
            (
                claims::id,
                claims::number,
                claims::state,
                claims::programme,
                claims::dealer_id,
            ),
            (
                claims::amount,
                claims::submitted_us,
                claims::changed_us,
                claims::review_us,
                claims::apart,
                claims::prepared_by,
            ),
        )
    };
}

fn brief(row: Tuple) -> Result<Brief, StorageError> {
    let ((id, number, state, programme, dealer), rest) = row;
    let (amount, submitted, changed, review, apart, prepared) = rest;
    let corrupt = || StorageError::Corrupt(format!("claim {number}: state"));
    Ok(Brief {
        id: claim_id(&id)?,
        state: ClaimState::parse(&state).ok_or_else(corrupt)?,
        dealer: dealer_id(&dealer)?,
        programme,
        amount,
        submitted: Timestamp(submitted),
        changed: Timestamp(changed),
        review: review.map(Timestamp),
        apart,
        prepared_by: prepared.map(|s| staff_id(&s)).transpose()?,
        number,
    })
}

fn briefs(rows: Vec<Tuple>) -> Result<Vec<Brief>, StorageError> {
    rows.into_iter().map(brief).collect()
}

/// At most `limit` claims before one, the last filed first; of a state that has an index only
/// those in it. Nearly all claims of a grown database are paid or refused, and of these two there
/// is none: asked for, they come among the others.
///
/// # Errors
/// The database's.
pub fn latest(
    conn: &mut Db,
    state: Option<ClaimState>,
    before: Option<ClaimId>,
    limit: i64,
) -> Result<Vec<Brief>, StorageError> {
    let mut query = claims::table
        .select(columns!())
        .order(claims::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(state) = state.filter(|s| !matches!(s, ClaimState::Paid | ClaimState::Refused)) {
        query = query
            .filter(claims::state.eq(state.as_str()))
            .filter(sql::<Bool>("claims.state NOT IN ('paid', 'refused')"));
    }
    if let Some(before) = before {
        query = query.filter(claims::id.lt(before.to_vec()));
    }
    briefs(query.load(conn)?)
}

/// At most `limit` claims that were recommended, or whose rejection was proposed, after one, in
/// the order in which they came to review.
///
/// # Errors
/// The database's.
pub fn by_age(
    conn: &mut Db,
    state: ClaimState,
    after: Option<(Timestamp, ClaimId)>,
    limit: i64,
) -> Result<Vec<Brief>, StorageError> {
    let mut query = claims::table
        .select(columns!())
        .filter(is(state))
        .filter(claims::review_us.is_not_null())
        .order((claims::review_us, claims::id))
        .limit(limit)
        .into_boxed();
    if let Some((since, id)) = after {
        let since_us = claims::review_us.assume_not_null();
        let same = since_us.eq(since.0).and(claims::id.gt(id.to_vec()));
        // The first condition tells where in the index to begin.
        query = query
            .filter(since_us.ge(since.0))
            .filter(since_us.gt(since.0).or(same));
    }
    briefs(query.load(conn)?)
}

/// These claims, in no order.
///
/// # Errors
/// The database's.
pub fn among(conn: &mut Db, ids: &[ClaimId]) -> Result<Vec<Brief>, StorageError> {
    let rows: Vec<Tuple> = claims::table
        .select(columns!())
        .filter(claims::id.eq_any(ids.iter().map(|id| id.to_vec())))
        .load(conn)?;
    briefs(rows)
}

/// What a claim is known by: its applicant, and the keys that it holds or held.
#[derive(Debug, Clone)]
pub struct Marks {
    /// The claim.
    pub id: ClaimId,
    /// Keyed hash of the applicant.
    pub person: [u8; 16],
    /// The keys, each hash and ordinal byte.
    pub keys: Vec<u8>,
}

/// The marks of the last `limit` claims of a dealer.
///
/// # Errors
/// The database's.
pub fn marks_of_dealer(
    conn: &mut Db,
    dealer: DealerId,
    limit: i64,
) -> Result<Vec<Marks>, StorageError> {
    let rows: Vec<(Vec<u8>, Vec<u8>, Vec<u8>)> = claims::table
        .filter(claims::dealer_id.eq(dealer.to_vec()))
        .order(claims::id.desc())
        .limit(limit)
        .select((claims::id, claims::person_hash, claims::keys))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, person, keys)| {
            Ok(Marks {
                id: claim_id(&id)?,
                person: bytes16(&person)?,
                keys,
            })
        })
        .collect()
}

/// Claims that wait for somebody of the bureau.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// For a reviewer, and nothing keeps them apart.
    Review,
    /// For a second person, who approves.
    Recommended,
    /// For a second person, who confirms a rejection.
    RejectionProposed,
    /// For somebody who decides an appeal.
    Appealed,
    /// For a batch.
    Approved,
    /// For the bank.
    Paying,
}

impl Queue {
    /// Every queue, in the order in which claims pass them.
    pub const ALL: [Queue; 6] = [
        Queue::Review,
        Queue::Recommended,
        Queue::RejectionProposed,
        Queue::Appealed,
        Queue::Approved,
        Queue::Paying,
    ];

    /// The conditions of its claims, each as an index of some rows says it, with the column by
    /// which that index goes and the one that tells since when they wait.
    const fn parts(self) -> &'static [(&'static str, &'static str, &'static str)] {
        match self {
            Queue::Review => &[
                (
                    "state = 'in_review' AND apart = 0",
                    "review_us",
                    "review_us",
                ),
                (
                    "state = 'reserved' AND review_us IS NOT NULL AND apart = 0",
                    "review_us",
                    "review_us",
                ),
            ],
            Queue::Recommended => &[("state = 'recommended'", "review_us", "review_us")],
            Queue::RejectionProposed => {
                &[("state = 'rejection_proposed'", "review_us", "review_us")]
            }
            Queue::Appealed => &[(
                "state = 'appealed' AND state NOT IN ('paid', 'refused')",
                "id",
                "changed_us",
            )],
            Queue::Approved => &[("state = 'approved'", "pay_by_us", "approved_us")],
            Queue::Paying => &[("state = 'paying'", "pay_by_us", "approved_us")],
        }
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// How many claims are in a queue. Counts no further than `most`.
///
/// # Errors
/// The database's.
pub fn count(conn: &mut Db, queue: Queue, most: i64) -> Result<i64, StorageError> {
    let mut sum = 0;
    for (condition, _, _) in queue.parts() {
        let text = format!(
            "SELECT count(*) AS number FROM \
             (SELECT 1 FROM claims WHERE {condition} LIMIT {most}) AS some_claims"
        );
        let found: Number = diesel::sql_query(text).get_result(conn)?;
        sum += found.number;
    }
    Ok(sum.min(most))
}

/// Since when the first claim of a queue waits; of those that must be paid it is the one that is
/// due first.
///
/// # Errors
/// The database's.
pub fn oldest(conn: &mut Db, queue: Queue) -> Result<Option<Timestamp>, StorageError> {
    let mut first = None;
    for (condition, order, since) in queue.parts() {
        let text = format!(
            "SELECT {since} AS number FROM claims \
             WHERE {condition} AND {since} IS NOT NULL ORDER BY {order} LIMIT 1"
        );
        let found: Option<Number> = diesel::sql_query(text).get_result(conn).optional()?;
        let since = found.map(|row| Timestamp(row.number));
        first = [first, since].into_iter().flatten().min();
    }
    Ok(first)
}

/// How many claims came in a time, told by their ids, which begin with the instant of their making
/// (RFC 9562, 5.7). Counts no further than `most`.
///
/// # Errors
/// The database's.
pub fn count_filed(
    conn: &mut Db,
    from: Timestamp,
    to: Timestamp,
    most: i64,
) -> Result<i64, StorageError> {
    let marks = match conn {
        Db::Sqlite(_) => ["?", "?"],
        Db::Postgres(_) => ["$1", "$2"],
    };
    let [a, b] = marks;
    let text = format!(
        "SELECT count(*) AS number FROM \
         (SELECT 1 FROM claims WHERE id >= {a} AND id < {b} LIMIT {most}) AS some_claims"
    );
    let found: Number = diesel::sql_query(text)
        .bind::<Binary, _>(first_id(from))
        .bind::<Binary, _>(first_id(to))
        .get_result(conn)?;
    Ok(found.number)
}

/// No id that was made at this instant or later is smaller.
fn first_id(at: Timestamp) -> Vec<u8> {
    let millis = at.0.div_euclid(1_000).max(0).to_be_bytes();
    let mut id = millis[2..].to_vec();
    id.resize(16, 0);
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn ids_of_a_moment_lie_between_those_of_before_and_after() {
        let before = clock::now();
        let id = clock::new_uuid().as_bytes().to_vec();
        let after = Timestamp(clock::now().0 + 1_000);
        assert!(first_id(before) <= id && id < first_id(after));
        assert_eq!(first_id(Timestamp(0)), vec![0; 16]);
    }
}
