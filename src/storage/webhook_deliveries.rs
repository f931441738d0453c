//! What is on its way to whom: one row for each event and endpoint.
//!
//! A delivery is taken by putting its next attempt off by the length of a lease, compare and
//! set: whoever dies with it loses it, and another instance finds it due again.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::webhook_deliveries;
use super::stored::{claim_id, endpoint_id, pool_id};
use crate::domain::ids::{ClaimId, EndpointId, PoolId};
use crate::domain::time::Timestamp;

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// To be sent, for the first time or again.
    Pending,
    /// The receiver has it.
    Accepted,
    /// It is sent no more.
    GivenUp,
}

impl DeliveryState {
    /// The word in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Pending => "pending",
            DeliveryState::Accepted => "accepted",
            DeliveryState::GivenUp => "given_up",
        }
    }

    /// The state that `word` names.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Pending, Self::Accepted, Self::GivenUp]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

const PENDING: &str = DeliveryState::Pending.as_str();

/// Which event, to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryKey {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// The pool of the entry.
    pub pool: PoolId,
    /// The entry's number.
    pub seq: i64,
}

/// What the receiver answered last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LastAnswer {
    /// The HTTP status.
    pub status: Option<u16>,
    /// The code of why there was none.
    pub failure: Option<&'static str>,
}

/// A delivery as it is stored.
#[derive(Debug, Clone)]
pub struct DeliveryRow {
    /// Which.
    pub key: DeliveryKey,
    /// The claim that the event is about.
    pub claim: ClaimId,
    /// What became of it.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When the next attempt is due, while it is pending.
    pub next: Timestamp,
    /// The last HTTP status.
    pub status: Option<i64>,
    /// The code of the last failure without a status.
    pub failure: Option<String>,
    /// When it was put here, for the first time or by a replay.
    pub made: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

type DeliveryTuple = (
    (Vec<u8>, Vec<u8>, i64, Vec<u8>),
    (String, i64, i64),
    (Option<i64>, Option<String>),
    (i64, Option<i64>),
);

macro_rules! delivery_columns {
    () => {
        (
            (
                webhook_deliveries::endpoint_id,
                webhook_deliveries::pool_id,
                webhook_deliveries::seq,
                webhook_deliveries::claim_id,
            ),
            (
                webhook_deliveries::state,
                webhook_deliveries::attempts,
                webhook_deliveries::next_us,
            ),
            (webhook_deliveries::status, webhook_deliveries::failure),
            (webhook_deliveries::made_us, webhook_deliveries::ended_us),
        )
    };
}

fn delivery(row: DeliveryTuple) -> Result<DeliveryRow, StorageError> {
    let ((endpoint, pool, seq, claim), (state, attempts, next), answer, (made, ended)) = row;
    let corrupt = |what: &str| StorageError::Corrupt(format!("delivery of entry {seq}: {what}"));
    Ok(DeliveryRow {
        key: DeliveryKey {
            endpoint: endpoint_id(&endpoint)?,
            pool: pool_id(&pool)?,
            seq,
        },
        claim: claim_id(&claim)?,
        state: DeliveryState::parse(&state).ok_or_else(|| corrupt("state"))?,
        attempts: u32::try_from(attempts).map_err(|_| corrupt("attempts"))?,
        next: Timestamp(next),
        status: answer.0,
        failure: answer.1,
        made: Timestamp(made),
        ended: ended.map(Timestamp),
    })
}

/// The row of `key`, as a condition.
macro_rules! row_of {
    ($key:expr) => {
        webhook_deliveries::table
            .filter(webhook_deliveries::endpoint_id.eq($key.endpoint.to_vec()))
            .filter(webhook_deliveries::pool_id.eq($key.pool.to_vec()))
            .filter(webhook_deliveries::seq.eq($key.seq))
    };
}

/// Puts a delivery here, due at `now`; one that has ended begins anew, one that is pending
/// stays as it is.
///
/// # Errors
/// The database's.
pub fn put(
    conn: &mut Db,
    key: DeliveryKey,
    claim: ClaimId,
    now: Timestamp,
) -> Result<(), StorageError> {
    let fresh = diesel::insert_into(webhook_deliveries::table).values((
        webhook_deliveries::endpoint_id.eq(key.endpoint.to_vec()),
        webhook_deliveries::pool_id.eq(key.pool.to_vec()),
        webhook_deliveries::seq.eq(key.seq),
        webhook_deliveries::claim_id.eq(claim.to_vec()),
        webhook_deliveries::state.eq(PENDING),
        webhook_deliveries::attempts.eq(0_i64),
        webhook_deliveries::next_us.eq(now.0),
        webhook_deliveries::made_us.eq(now.0),
    ));
    let made = match conn {
        Db::Sqlite(conn) => fresh.on_conflict_do_nothing().execute(conn)?,
        Db::Postgres(conn) => fresh.on_conflict_do_nothing().execute(conn)?,
    };
    if made == 0 {
        diesel::update(row_of!(key).filter(webhook_deliveries::state.ne(PENDING)))
            .set((
                webhook_deliveries::state.eq(PENDING),
                webhook_deliveries::attempts.eq(0_i64),
                webhook_deliveries::next_us.eq(now.0),
                webhook_deliveries::made_us.eq(now.0),
                webhook_deliveries::ended_us.eq(None::<i64>),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// At most `limit` deliveries to an endpoint that are due at `now` and not behind an earlier
/// one of the same claim that is still pending.
///
/// # Errors
/// The database's.
pub fn due(
    conn: &mut Db,
    endpoint: EndpointId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<DeliveryRow>, StorageError> {
    let earlier = diesel::alias!(webhook_deliveries as earlier);
    let before = earlier
        .filter(
            earlier
                .field(webhook_deliveries::endpoint_id)
                .eq(webhook_deliveries::endpoint_id),
        )
        .filter(
            earlier
                .field(webhook_deliveries::claim_id)
                .eq(webhook_deliveries::claim_id),
        )
        .filter(earlier.field(webhook_deliveries::state).eq(PENDING))
        .filter(
            earlier
                .field(webhook_deliveries::seq)
                .lt(webhook_deliveries::seq),
        );
    let rows: Vec<DeliveryTuple> = webhook_deliveries::table
        .filter(webhook_deliveries::endpoint_id.eq(endpoint.to_vec()))
        .filter(webhook_deliveries::state.eq(PENDING))
        .filter(webhook_deliveries::next_us.le(now.0))
        .filter(diesel::dsl::not(diesel::dsl::exists(before)))
        .order((
            webhook_deliveries::next_us,
            webhook_deliveries::pool_id,
            webhook_deliveries::seq,
        ))
        .limit(limit)
        .select(delivery_columns!())
        .load(conn)?;
    rows.into_iter().map(delivery).collect()
}

/// Takes a delivery until `until`, if it is still due as `seen`: `false` when another instance
/// was faster.
///
/// # Errors
/// The database's.
pub fn lease(conn: &mut Db, seen: &DeliveryRow, until: Timestamp) -> Result<bool, StorageError> {
    let taken = diesel::update(
        row_of!(seen.key)
            .filter(webhook_deliveries::state.eq(PENDING))
            .filter(webhook_deliveries::next_us.eq(seen.next.0)),
    )
    .set(webhook_deliveries::next_us.eq(until.0))
    .execute(conn)?;
    Ok(taken == 1)
}

/// The receiver has it, whoever sent it.
///
/// # Errors
/// The database's.
pub fn accept(
    conn: &mut Db,
    key: DeliveryKey,
    attempts: u32,
    status: u16,
    now: Timestamp,
) -> Result<(), StorageError> {
    diesel::update(row_of!(key).filter(webhook_deliveries::state.eq(PENDING)))
        .set((
            webhook_deliveries::state.eq(DeliveryState::Accepted.as_str()),
            webhook_deliveries::attempts.eq(i64::from(attempts)),
            webhook_deliveries::status.eq(i64::from(status)),
            webhook_deliveries::failure.eq(None::<String>),
            webhook_deliveries::ended_us.eq(now.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// It failed, and is tried again at `next`, or given up at `now` where there is none: by whoever
/// holds it until `lease`. `false` when the lease was lost meanwhile, and nothing is changed.
///
/// # Errors
/// The database's.
pub fn fail(
    conn: &mut Db,
    key: DeliveryKey,
    lease: Timestamp,
    attempts: u32,
    answer: LastAnswer,
    next: Result<Timestamp, Timestamp>,
) -> Result<bool, StorageError> {
    let (state, next, ended) = match next {
        Ok(next) => (DeliveryState::Pending, next, None),
        Err(now) => (DeliveryState::GivenUp, lease, Some(now.0)),
    };
    let changed = diesel::update(
        row_of!(key)
            .filter(webhook_deliveries::state.eq(PENDING))
            .filter(webhook_deliveries::next_us.eq(lease.0)),
    )
    .set((
        webhook_deliveries::state.eq(state.as_str()),
        webhook_deliveries::attempts.eq(i64::from(attempts)),
        webhook_deliveries::next_us.eq(next.0),
        webhook_deliveries::status.eq(answer.status.map(i64::from)),
        webhook_deliveries::failure.eq(answer.failure),
        webhook_deliveries::ended_us.eq(ended),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Where a page of deliveries begins: behind this one.
pub type ListedAfter = (Timestamp, PoolId, i64);

/// At most `limit` deliveries to an endpoint, the last made first.
///
/// # Errors
/// The database's.
pub fn list(
    conn: &mut Db,
    endpoint: EndpointId,
    state: Option<DeliveryState>,
    after: Option<ListedAfter>,
    limit: i64,
) -> Result<Vec<DeliveryRow>, StorageError> {
    let mut query = webhook_deliveries::table
        .filter(webhook_deliveries::endpoint_id.eq(endpoint.to_vec()))
        .order((
            webhook_deliveries::made_us.desc(),
            webhook_deliveries::pool_id.desc(),
            webhook_deliveries::seq.desc(),
        ))
        .limit(limit)
        .select(delivery_columns!())
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(webhook_deliveries::state.eq(state.as_str()));
    }
    if let Some((made, pool, seq)) = after {
        let pool = pool.to_vec();
        query = query.filter(
            webhook_deliveries::made_us
                .lt(made.0)
                .or(webhook_deliveries::made_us.eq(made.0).and(
                    webhook_deliveries::pool_id
                        .lt(pool.clone())
                        .or(webhook_deliveries::pool_id
                            .eq(pool)
                            .and(webhook_deliveries::seq.lt(seq))),
                )),
        );
    }
    let rows: Vec<DeliveryTuple> = query.load(conn)?;
    rows.into_iter().map(delivery).collect()
}

/// Forgets what ended before an instant; says how many.
///
/// # Errors
/// The database's.
pub fn forget(conn: &mut Db, before: Timestamp) -> Result<usize, StorageError> {
    let ended = webhook_deliveries::table.filter(webhook_deliveries::ended_us.lt(before.0));
    Ok(diesel::delete(ended).execute(conn)?)
}
