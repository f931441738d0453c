//! Where dealers want to hear of events, and how far each place has been told.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::{dealers, pools, webhook_cursors, webhook_deliveries, webhook_endpoints};
use super::stored::{dealer_id, endpoint_id, pool_id};
use crate::domain::ids::{DealerId, EndpointId, PoolId};
use crate::domain::time::Timestamp;

const ACTIVE: &str = "active";
const DISABLED: &str = "disabled";

/// An endpoint.
#[derive(Debug, Clone)]
pub struct EndpointRow {
    /// The id.
    pub id: EndpointId,
    /// Whose.
    pub dealer: DealerId,
    /// Sealed URL.
    pub url: Vec<u8>,
    /// Sealed secret.
    pub secret: Vec<u8>,
    /// The sealed secret before it, and until when it signs too.
    pub old: Option<(Vec<u8>, Timestamp)>,
    /// The types it wants, parted by blanks; none is all.
    pub types: String,
    /// Why nothing is sent to it; `None` while it is active.
    pub disabled: Option<String>,
    /// Its first failure after which it accepted nothing.
    pub failing_since: Option<Timestamp>,
    /// When it was created.
    pub created: Timestamp,
}

type EndpointTuple = (
    (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>),
    (Option<Vec<u8>>, Option<i64>),
    (String, Option<String>),
    (Option<i64>, i64),
);

macro_rules! endpoint_columns {
    () => {
        (
            (
                webhook_endpoints::id,
                webhook_endpoints::dealer_id,
                webhook_endpoints::url,
                webhook_endpoints::secret,
            ),
            (
                webhook_endpoints::old_secret,
                webhook_endpoints::old_until_us,
            ),
            (webhook_endpoints::types, webhook_endpoints::disabled_why),
            (
                webhook_endpoints::failing_since_us,
                webhook_endpoints::created_us,
            ),
        )
    };
}

fn endpoint(row: EndpointTuple) -> Result<EndpointRow, StorageError> {
    let ((id, dealer, url, secret), (old, until), (types, disabled), (failing, created)) = row;
    Ok(EndpointRow {
        id: endpoint_id(&id)?,
        dealer: dealer_id(&dealer)?,
        url,
        secret,
        old: old.zip(until.map(Timestamp)),
        types,
        disabled,
        failing_since: failing.map(Timestamp),
        created: Timestamp(created),
    })
}

/// Makes other transactions that do the same for this dealer wait until this one ends.
///
/// # Errors
/// The database's.
pub fn lock_dealer(conn: &mut Db, dealer: DealerId) -> Result<(), StorageError> {
    let query = dealers::table
        .filter(dealers::id.eq(dealer.to_vec()))
        .select(dealers::id);
    match conn {
        // BEGIN IMMEDIATE holds the only write lock there is.
        Db::Sqlite(_) => {}
        Db::Postgres(conn) => {
            query.for_update().first::<Vec<u8>>(conn)?;
        }
    }
    Ok(())
}

/// Keeps a fresh, active endpoint, which is told of what happens from now on.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut Db, row: &EndpointRow) -> Result<(), StorageError> {
    diesel::insert_into(webhook_endpoints::table)
        .values((
            webhook_endpoints::id.eq(row.id.to_vec()),
            webhook_endpoints::dealer_id.eq(row.dealer.to_vec()),
            webhook_endpoints::url.eq(&row.url),
            webhook_endpoints::secret.eq(&row.secret),
            webhook_endpoints::types.eq(&row.types),
            webhook_endpoints::state.eq(ACTIVE),
            webhook_endpoints::tried_us.eq(row.created.0),
            webhook_endpoints::created_us.eq(row.created.0),
        ))
        .execute(conn)?;
    let heads: Vec<(Vec<u8>, i64)> = pools::table
        .select((pools::id, pools::head_seq))
        .load(conn)?;
    for (pool, seq) in heads {
        insert_cursor(conn, &row.id.to_vec(), &pool, seq)?;
    }
    Ok(())
}

fn insert_cursor(conn: &mut Db, endpoint: &[u8], pool: &[u8], seq: i64) -> QueryResult<usize> {
    diesel::insert_into(webhook_cursors::table)
        .values((
            webhook_cursors::endpoint_id.eq(endpoint),
            webhook_cursors::pool_id.eq(pool),
            webhook_cursors::seq.eq(seq),
        ))
        .execute(conn)
}

/// An endpoint.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut Db, id: EndpointId) -> Result<Option<EndpointRow>, StorageError> {
    let row: Option<EndpointTuple> = webhook_endpoints::table
        .filter(webhook_endpoints::id.eq(id.to_vec()))
        .select(endpoint_columns!())
        .first(conn)
        .optional()?;
    row.map(endpoint).transpose()
}

/// The endpoints of a dealer, the oldest first.
///
/// # Errors
/// The database's.
pub fn of_dealer(conn: &mut Db, dealer: DealerId) -> Result<Vec<EndpointRow>, StorageError> {
    let rows: Vec<EndpointTuple> = webhook_endpoints::table
        .filter(webhook_endpoints::dealer_id.eq(dealer.to_vec()))
        .order(webhook_endpoints::id)
        .select(endpoint_columns!())
        .load(conn)?;
    rows.into_iter().map(endpoint).collect()
}

/// Forgets an endpoint and everything about it. In this order no transaction that makes new
/// deliveries can be in between: it holds the cursors first, too.
///
/// # Errors
/// The database's.
pub fn delete(conn: &mut Db, id: EndpointId) -> Result<(), StorageError> {
    let id = id.to_vec();
    diesel::delete(webhook_cursors::table.filter(webhook_cursors::endpoint_id.eq(&id)))
        .execute(conn)?;
    diesel::delete(webhook_deliveries::table.filter(webhook_deliveries::endpoint_id.eq(&id)))
        .execute(conn)?;
    diesel::delete(webhook_endpoints::table.filter(webhook_endpoints::id.eq(&id))).execute(conn)?;
    Ok(())
}

/// Puts a fresh secret before the one that an endpoint has, which signs until `until`. The one
/// before that signs no more.
///
/// # Errors
/// The database's.
pub fn rotate(
    conn: &mut Db,
    id: EndpointId,
    fresh: &[u8],
    until: Timestamp,
) -> Result<(), StorageError> {
    diesel::update(webhook_endpoints::table.filter(webhook_endpoints::id.eq(id.to_vec())))
        .set((
            webhook_endpoints::old_secret.eq(webhook_endpoints::secret.nullable()),
            webhook_endpoints::old_until_us.eq(until.0),
            webhook_endpoints::secret.eq(fresh),
        ))
        .execute(conn)?;
    Ok(())
}

/// Sends to an endpoint again: what is pending is due at `now`.
///
/// # Errors
/// The database's.
pub fn enable(conn: &mut Db, id: EndpointId, now: Timestamp) -> Result<(), StorageError> {
    diesel::update(
        webhook_deliveries::table
            .filter(webhook_deliveries::endpoint_id.eq(id.to_vec()))
            .filter(webhook_deliveries::state.eq("pending")),
    )
    .set(webhook_deliveries::next_us.eq(now.0))
    .execute(conn)?;
    diesel::update(webhook_endpoints::table.filter(webhook_endpoints::id.eq(id.to_vec())))
        .set((
            webhook_endpoints::state.eq(ACTIVE),
            webhook_endpoints::disabled_why.eq(None::<String>),
            webhook_endpoints::failing_since_us.eq(None::<i64>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Sends nothing more to an endpoint.
///
/// # Errors
/// The database's.
pub fn disable(conn: &mut Db, id: EndpointId, why: &str) -> Result<(), StorageError> {
    diesel::update(webhook_endpoints::table.filter(webhook_endpoints::id.eq(id.to_vec())))
        .set((
            webhook_endpoints::state.eq(DISABLED),
            webhook_endpoints::disabled_why.eq(why),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes that an endpoint accepted something.
///
/// # Errors
/// The database's.
pub fn works(conn: &mut Db, id: EndpointId) -> Result<(), StorageError> {
    diesel::update(
        webhook_endpoints::table
            .filter(webhook_endpoints::id.eq(id.to_vec()))
            .filter(webhook_endpoints::failing_since_us.is_not_null()),
    )
    .set(webhook_endpoints::failing_since_us.eq(None::<i64>))
    .execute(conn)?;
    Ok(())
}

/// Notes that an endpoint failed at `now`, and says since when it has only failed.
///
/// # Errors
/// The database's.
pub fn fails(conn: &mut Db, id: EndpointId, now: Timestamp) -> Result<Timestamp, StorageError> {
    diesel::update(
        webhook_endpoints::table
            .filter(webhook_endpoints::id.eq(id.to_vec()))
            .filter(webhook_endpoints::failing_since_us.is_null()),
    )
    .set(webhook_endpoints::failing_since_us.eq(now.0))
    .execute(conn)?;
    let since: Option<Option<i64>> = webhook_endpoints::table
        .filter(webhook_endpoints::id.eq(id.to_vec()))
        .select(webhook_endpoints::failing_since_us)
        .first(conn)
        .optional()?;
    Ok(since.flatten().map_or(now, Timestamp))
}

/// An endpoint with something due.
#[derive(Debug, Clone, Copy)]
pub struct DueEndpoint {
    /// The endpoint.
    pub id: EndpointId,
    /// Whether the last that it heard failed.
    pub failing: bool,
}

/// The active endpoints with something due at `now`, that which was tried longest ago first, so
/// that each has its turn.
///
/// # Errors
/// The database's.
pub fn due(conn: &mut Db, now: Timestamp) -> Result<Vec<DueEndpoint>, StorageError> {
    let pending = webhook_deliveries::table
        .filter(webhook_deliveries::endpoint_id.eq(webhook_endpoints::id))
        .filter(webhook_deliveries::state.eq("pending"))
        .filter(webhook_deliveries::next_us.le(now.0));
    let rows: Vec<(Vec<u8>, Option<i64>)> = webhook_endpoints::table
        .filter(webhook_endpoints::state.eq(ACTIVE))
        .filter(diesel::dsl::exists(pending))
        .order((webhook_endpoints::tried_us, webhook_endpoints::id))
        .select((webhook_endpoints::id, webhook_endpoints::failing_since_us))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, failing)| {
            Ok(DueEndpoint {
                id: endpoint_id(&id)?,
                failing: failing.is_some(),
            })
        })
        .collect()
}

/// Notes that an endpoint had its turn at `now`.
///
/// # Errors
/// The database's.
pub fn tried(conn: &mut Db, id: EndpointId, now: Timestamp) -> Result<(), StorageError> {
    diesel::update(webhook_endpoints::table.filter(webhook_endpoints::id.eq(id.to_vec())))
        .set(webhook_endpoints::tried_us.eq(now.0))
        .execute(conn)?;
    Ok(())
}

/// An active endpoint that has not been told of everything in a pool.
#[derive(Debug, Clone)]
pub struct Behind {
    /// The endpoint.
    pub endpoint: EndpointId,
    /// Whose.
    pub dealer: DealerId,
    /// The types it wants, parted by blanks; none is all.
    pub types: String,
    /// The pool.
    pub pool: PoolId,
    /// The last entry that it was told of, or that does not concern it.
    pub seq: i64,
    /// The last entry of the pool.
    pub head: i64,
}

/// Every active endpoint and pool where there is something to look at.
///
/// # Errors
/// The database's.
pub fn behind(conn: &mut Db) -> Result<Vec<Behind>, StorageError> {
    type Row = ((Vec<u8>, Vec<u8>, String), (Vec<u8>, i64, i64));
    let rows: Vec<Row> = webhook_cursors::table
        .inner_join(
            webhook_endpoints::table.on(webhook_cursors::endpoint_id.eq(webhook_endpoints::id)),
        )
        .inner_join(pools::table.on(webhook_cursors::pool_id.eq(pools::id)))
        .filter(webhook_endpoints::state.eq(ACTIVE))
        .filter(webhook_cursors::seq.lt(pools::head_seq))
        .select((
            (
                webhook_endpoints::id,
                webhook_endpoints::dealer_id,
                webhook_endpoints::types,
            ),
            (
                webhook_cursors::pool_id,
                webhook_cursors::seq,
                pools::head_seq,
            ),
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|((endpoint, dealer, types), (pool, seq, head))| {
            Ok(Behind {
                endpoint: endpoint_id(&endpoint)?,
                dealer: dealer_id(&dealer)?,
                types,
                pool: pool_id(&pool)?,
                seq,
                head,
            })
        })
        .collect()
}

/// Moves the cursors of these endpoints in one pool from `from` to `to`: compare and set.
/// `false` when one of them stood elsewhere, and the transaction must not commit.
///
/// # Errors
/// The database's.
pub fn advance(
    conn: &mut Db,
    pool: PoolId,
    endpoints: &[EndpointId],
    from: i64,
    to: i64,
) -> Result<bool, StorageError> {
    let ids: Vec<Vec<u8>> = endpoints.iter().map(|id| id.to_vec()).collect();
    let moved = diesel::update(
        webhook_cursors::table
            .filter(webhook_cursors::pool_id.eq(pool.to_vec()))
            .filter(webhook_cursors::seq.eq(from))
            .filter(webhook_cursors::endpoint_id.eq_any(ids)),
    )
    .set(webhook_cursors::seq.eq(to))
    .execute(conn)?;
    Ok(moved == endpoints.len())
}

/// Sets an endpoint's cursor in a pool back to `seq`, if it stands behind it.
///
/// # Errors
/// The database's.
pub fn set_back(conn: &mut Db, id: EndpointId, pool: PoolId, seq: i64) -> Result<(), StorageError> {
    diesel::update(
        webhook_cursors::table
            .filter(webhook_cursors::endpoint_id.eq(id.to_vec()))
            .filter(webhook_cursors::pool_id.eq(pool.to_vec()))
            .filter(webhook_cursors::seq.gt(seq)),
    )
    .set(webhook_cursors::seq.eq(seq))
    .execute(conn)?;
    Ok(())
}

/// Gives every endpoint a cursor, at the very beginning, in pools that were opened after it;
/// says how many.
///
/// # Errors
/// The database's.
pub fn add_cursors(conn: &mut Db) -> Result<usize, StorageError> {
    let endpoints: Vec<Vec<u8>> = webhook_endpoints::table
        .select(webhook_endpoints::id)
        .load(conn)?;
    let pools: Vec<Vec<u8>> = pools::table.select(pools::id).load(conn)?;
    let there: Vec<(Vec<u8>, Vec<u8>)> = webhook_cursors::table
        .select((webhook_cursors::endpoint_id, webhook_cursors::pool_id))
        .load(conn)?;
    let there: std::collections::HashSet<_> = there.into_iter().collect();
    let mut added = 0;
    for endpoint in endpoints {
        for pool in &pools {
            if !there.contains(&(endpoint.clone(), pool.clone())) {
                added += insert_cursor(conn, &endpoint, pool, 0)?;
            }
        }
    }
    Ok(added)
}
