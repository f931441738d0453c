//! What became of an attempt, and what follows from it.

use crate::domain::ids::EndpointId;
use crate::domain::time::Timestamp;
use crate::operations::Engine;
use crate::operations::deliveries::parcel::{Parcel, send_once};
use crate::operations::denial::Ended;
use crate::operations::scene::with_retries;
use crate::storage::webhook_deliveries::{self as rows, DeliveryKey, LastAnswer};
use crate::storage::webhook_endpoints as endpoints;
use crate::storage::{Db, StorageError, dialect};
use crate::webhooks::schedule::{self, Seed};
use crate::webhooks::sender::Delivery;

/// Why nothing is sent to an endpoint: it answered that it wants nothing more.
const GONE: &str = "gone";
/// Why nothing is sent to an endpoint: it has only failed for days.
const FAILING: &str = "failing";

/// Sends a parcel and notes what became of it. What cannot be noted is due again later.
pub(super) async fn send(engine: Engine, parcel: Parcel) {
    let delivery = send_once(&engine, &parcel.to, &parcel.id, parcel.body.clone()).await;
    let (key, attempts, lease) = (parcel.key, parcel.attempts, parcel.lease);
    let noted = engine.write_db_in_background(move |conn| -> Result<&'static str, Ended> {
        with_retries(conn, |conn| note(conn, key, attempts, lease, delivery))
    });
    let answer = answered(delivery);
    match noted.await {
        Ok(outcome) => {
            ::metrics::counter!("tradein_webhook_deliveries_total", "outcome" => outcome)
                .increment(1);
            tracing::debug!(
                endpoint = %key.endpoint,
                event = parcel.id.as_str(),
                outcome,
                status = answer.status,
                failure = answer.failure,
                "a webhook was sent"
            );
        }
        Err(ended) => drop(ended.into_act()),
    }
}

/// What a receiver answered, to be kept.
pub const fn answered(delivery: Delivery) -> LastAnswer {
    let (status, failure) = match delivery {
        Delivery::Accepted { status } | Delivery::Refused { status, .. } => (Some(status), None),
        Delivery::Gone => (Some(410), None),
        Delivery::Failed { why } => (None, Some(why.code())),
    };
    LastAnswer { status, failure }
}

/// Notes what became of an attempt, and what follows from it; the word that it is counted under.
fn note(
    conn: &mut Db,
    key: DeliveryKey,
    attempts: u32,
    lease: Timestamp,
    delivery: Delivery,
) -> Result<&'static str, Ended> {
    let now = dialect::now(conn)?;
    let made = attempts + 1;
    let pause = match delivery {
        Delivery::Accepted { status } => {
            rows::accept(conn, key, made, status, now)?;
            endpoints::works(conn, key.endpoint)?;
            return Ok("accepted");
        }
        Delivery::Refused { retry_after, .. } => retry_after,
        Delivery::Gone | Delivery::Failed { .. } => None,
    };
    let gone = delivery == Delivery::Gone;
    let seed = Seed::new(key.endpoint.0, event_seed(key));
    let next = schedule::next_attempt(made, now, seed).filter(|_| !gone);
    let next = next.map(|due| pause.map_or(due, |p| schedule::postponed(due, now, p)));
    let held = rows::fail(conn, key, lease, made, answered(delivery), next.ok_or(now))?;
    if !held {
        return Ok("superseded");
    }
    if gone {
        disable(conn, key.endpoint, GONE)?;
        return Ok("gone");
    }
    let since = endpoints::fails(conn, key.endpoint, now)?;
    if next.is_some() {
        return Ok("failed");
    }
    if schedule::to_disable(since, now) {
        disable(conn, key.endpoint, FAILING)?;
    }
    Ok("given_up")
}

fn disable(conn: &mut Db, endpoint: EndpointId, why: &str) -> Result<(), StorageError> {
    endpoints::disable(conn, endpoint, why)?;
    tracing::warn!(%endpoint, why, "nothing more is sent to a webhook endpoint");
    Ok(())
}

/// What stands for an event where jitter is taken from it.
fn event_seed(key: DeliveryKey) -> uuid::Uuid {
    uuid::Uuid::from_u128(key.pool.0.as_u128() ^ u128::from(key.seq.unsigned_abs()))
}
