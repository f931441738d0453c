//! A dealer's webhook endpoints: where it wants to hear of events, and what became of them.

use serde::Serialize;

use crate::clock;
use crate::domain::event::EventType;
use crate::domain::ids::{ClaimId, DealerId, EndpointId};
use crate::domain::time::Timestamp;
use crate::operations::deliveries::{addressee, answered, send_once, url};
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::events::told;
use crate::operations::scene::with_retries;
use crate::operations::{DealerCaller, Engine};
use crate::storage::webhook_deliveries::{self as rows, DeliveryRow, DeliveryState, ListedAfter};
use crate::storage::webhook_endpoints::{self as endpoints, EndpointRow};
use crate::storage::{Db, StorageError, dialect, events};
use crate::vault::endpoint_aad;
use crate::webhooks::payload::Event;
use crate::webhooks::sender::Delivery;
use crate::webhooks::signature::{MessageId, Secret};
use crate::webhooks::target::{Target, TargetError};

/// Endpoints that a dealer may have.
pub const MOST_ENDPOINTS: usize = 5;
/// For how long a secret goes on signing beside the one that replaced it, in seconds.
pub const OLD_SECRET_SECONDS: i64 = 24 * 3_600;

/// The type of what the test button sends; no claim is behind it.
const TEST: &str = "webhook.test";

/// An endpoint as its dealer sees it.
#[derive(Debug, Clone, Serialize)]
pub struct EndpointView {
    /// The id.
    pub id: EndpointId,
    /// The URL in its normal form.
    pub url: String,
    /// The types that it is told of; empty for all.
    pub types: Vec<String>,
    /// `active`, or `disabled`: nothing is sent.
    pub state: &'static str,
    /// Why it is disabled: `gone` after a 410, `failing` after days without success.
    pub disabled_because: Option<String>,
    /// Its first failure after which it accepted nothing.
    pub failing_since: Option<Timestamp>,
    /// Until when the secret before the last rotation signs too.
    pub old_secret_until: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// An endpoint whose secret is told, this once.
#[derive(Serialize)]
pub struct EndpointWithSecret {
    /// The endpoint.
    #[serde(flatten)]
    pub endpoint: EndpointView,
    /// `whsec_` and base64.
    pub secret: String,
}

/// Why an endpoint is not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The URL is not called.
    #[error(transparent)]
    Url(#[from] TargetError),
    /// Anything else.
    #[error(transparent)]
    Act(#[from] ActError),
}

fn shown(engine: &Engine, row: &EndpointRow, now: Timestamp) -> Result<EndpointView, StorageError> {
    let old_until = row.old.as_ref().map(|(_, until)| *until);
    Ok(EndpointView {
        id: row.id,
        url: url(engine, row)?,
        types: row.types.split_whitespace().map(str::to_owned).collect(),
        state: if row.disabled.is_some() {
            "disabled"
        } else {
            "active"
        },
        disabled_because: row.disabled.clone(),
        failing_since: row.failing_since,
        old_secret_until: old_until.filter(|until| *until > now),
        created_at: row.created,
    })
}

/// An endpoint, if it is the dealer's.
fn own(conn: &mut Db, dealer: DealerId, id: EndpointId) -> Result<EndpointRow, Ended> {
    let found = endpoints::find(conn, id)?.filter(|row| row.dealer == dealer);
    Ok(found.ok_or(ActError::NotFound)?)
}

/// Does something to an endpoint of the caller in one transaction, and shows it as it stands
/// then.
async fn change(
    engine: &Engine,
    caller: &DealerCaller,
    id: EndpointId,
    work: impl Fn(&mut Db, &EndpointRow, Timestamp) -> Result<(), StorageError> + Send + 'static,
) -> Result<EndpointView, ActError> {
    let (worker, dealer) = (engine.clone(), caller.dealer);
    let done = engine.write_db(move |conn| -> Result<EndpointView, Ended> {
        with_retries(conn, |conn| {
            let row = own(conn, dealer, id)?;
            let now = dialect::now(conn)?;
            work(conn, &row, now)?;
            let row = own(conn, dealer, id)?;
            Ok(shown(&worker, &row, now)?)
        })
    });
    done.await.map_err(Ended::into_act)
}

fn fresh_secret() -> Result<Secret, ActError> {
    let secret = Secret::generate();
    if secret.is_none() {
        tracing::error!("this machine gives no random bytes");
    }
    secret.ok_or(ActError::Unavailable)
}

fn seal_secret(engine: &Engine, id: EndpointId, secret: &Secret) -> Vec<u8> {
    let vault = &engine.keys.vault;
    vault.seal(&endpoint_aad(id, "secret"), secret.as_bytes())
}

/// Creates an endpoint, which is told of what happens from now on.
///
/// # Errors
/// [`CreateError`]; [`Denial::WebhookLimit`] beyond [`MOST_ENDPOINTS`].
pub async fn create(
    engine: &Engine,
    caller: &DealerCaller,
    url: &str,
    types: &[EventType],
) -> Result<EndpointWithSecret, CreateError> {
    let target = Target::parse(url, engine.outbound.policy())?;
    let id = EndpointId(clock::new_uuid());
    let secret = fresh_secret()?;
    let words: Vec<&str> = types.iter().map(|kind| kind.as_str()).collect();
    let aad = endpoint_aad(id, "url");
    let mut row = EndpointRow {
        id,
        dealer: caller.dealer,
        url: engine.keys.vault.seal(&aad, target.url().as_bytes()),
        secret: seal_secret(engine, id, &secret),
        old: None,
        types: words.join(" "),
        disabled: None,
        failing_since: None,
        created: clock::now(),
    };
    let worker = engine.clone();
    let done = engine.write_db(move |conn| -> Result<EndpointView, Ended> {
        with_retries(conn, |conn| {
            endpoints::lock_dealer(conn, row.dealer)?;
            if endpoints::of_dealer(conn, row.dealer)?.len() >= MOST_ENDPOINTS {
                return Err(Denial::WebhookLimit.into());
            }
            row.created = dialect::now(conn)?;
            endpoints::insert(conn, &row)?;
            Ok(shown(&worker, &row, row.created)?)
        })
    });
    let endpoint = done.await.map_err(Ended::into_act)?;
    Ok(EndpointWithSecret {
        endpoint,
        secret: secret.reveal().to_string(),
    })
}

/// The caller's endpoints, the oldest first.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn list(engine: &Engine, caller: &DealerCaller) -> Result<Vec<EndpointView>, ActError> {
    let (worker, dealer) = (engine.clone(), caller.dealer);
    let done = engine.with_db(move |conn| -> Result<Vec<EndpointView>, Ended> {
        let now = dialect::now(conn)?;
        let found = endpoints::of_dealer(conn, dealer)?;
        let shown = found.iter().map(|row| shown(&worker, row, now));
        Ok(shown.collect::<Result<_, _>>()?)
    });
    done.await.map_err(Ended::into_act)
}

/// One of the caller's endpoints.
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's.
pub async fn get(
    engine: &Engine,
    caller: &DealerCaller,
    id: EndpointId,
) -> Result<EndpointView, ActError> {
    let (worker, dealer) = (engine.clone(), caller.dealer);
    let done = engine.with_db(move |conn| -> Result<EndpointView, Ended> {
        let now = dialect::now(conn)?;
        let row = own(conn, dealer, id)?;
        Ok(shown(&worker, &row, now)?)
    });
    done.await.map_err(Ended::into_act)
}

/// Forgets an endpoint and what is on its way to it.
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's.
pub async fn delete(
    engine: &Engine,
    caller: &DealerCaller,
    id: EndpointId,
) -> Result<(), ActError> {
    let dealer = caller.dealer;
    let done = engine.write_db(move |conn| -> Result<(), Ended> {
        with_retries(conn, |conn| {
            own(conn, dealer, id)?;
            Ok(endpoints::delete(conn, id)?)
        })
    });
    done.await.map_err(Ended::into_act)
}

/// Gives an endpoint a fresh secret; the one that it had signs beside it for
/// [`OLD_SECRET_SECONDS`].
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's.
pub async fn rotate_secret(
    engine: &Engine,
    caller: &DealerCaller,
    id: EndpointId,
) -> Result<EndpointWithSecret, ActError> {
    let secret = fresh_secret()?;
    let sealed = seal_secret(engine, id, &secret);
    let endpoint = change(engine, caller, id, move |conn, row, now| {
        let until = Timestamp(now.0 + OLD_SECRET_SECONDS * 1_000_000);
        endpoints::rotate(conn, row.id, &sealed, until)
    });
    Ok(EndpointWithSecret {
        endpoint: endpoint.await?,
        secret: secret.reveal().to_string(),
    })
}

/// Sends to an endpoint again. What happened while it was disabled is told now: its cursors
/// stood still.
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's.
pub async fn enable(
    engine: &Engine,
    caller: &DealerCaller,
    id: EndpointId,
) -> Result<EndpointView, ActError> {
    change(engine, caller, id, |conn, row, now| {
        endpoints::enable(conn, row.id, now)
    })
    .await
}

/// Tells an endpoint again what happened since an instant, under the same ids.
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's.
pub async fn replay(
    engine: &Engine,
    caller: &DealerCaller,
    id: EndpointId,
    since: Timestamp,
) -> Result<EndpointView, ActError> {
    change(engine, caller, id, move |conn, row, _| {
        for head in events::heads(conn)? {
            let before = events::last_before(conn, head.pool, head.seq, since)?;
            endpoints::set_back(conn, row.id, head.pool, before)?;
        }
        Ok(())
    })
    .await
}

/// What a test came to.
#[derive(Debug, Clone, Serialize)]
pub struct TestView {
    /// The id of the test.
    pub id: String,
    /// `accepted`, `gone`, `refused` or `failed`.
    pub outcome: &'static str,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The code of why there was none.
    pub failure: Option<&'static str>,
}

/// Sends a test to an endpoint at once, also to a disabled one, and tells what came back.
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's; [`ActError::Unavailable`] also where this
/// machine cannot send.
pub async fn test(
    engine: &Engine,
    caller: &DealerCaller,
    id: EndpointId,
) -> Result<TestView, ActError> {
    #[derive(Serialize)]
    struct Data {
        endpoint_id: EndpointId,
    }
    engine.outbound.sender().ok_or(ActError::Unavailable)?;
    let (worker, dealer) = (engine.clone(), caller.dealer);
    let read = engine.with_db(move |conn| -> Result<_, Ended> {
        let now = dialect::now(conn)?;
        let row = own(conn, dealer, id)?;
        Ok((addressee(&worker, &row, now)?, now))
    });
    let (to, timestamp) = read.await.map_err(Ended::into_act)?;
    let event = Event {
        kind: TEST,
        timestamp,
        data: &Data { endpoint_id: id },
    };
    let body = event.to_body().map_err(|_| ActError::Broken)?;
    let message = MessageId::from(clock::new_uuid());
    let delivery = send_once(engine, &to, &message, body.into()).await;
    let answer = answered(delivery);
    Ok(TestView {
        id: message.as_str().to_owned(),
        outcome: match delivery {
            Delivery::Accepted { .. } => "accepted",
            Delivery::Gone => "gone",
            Delivery::Refused { .. } => "refused",
            Delivery::Failed { .. } => "failed",
        },
        status: answer.status,
        failure: answer.failure,
    })
}

/// A delivery as the endpoint's dealer sees it.
#[derive(Debug, Clone, Serialize)]
pub struct DeliveryView {
    /// The event's id.
    pub event_id: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What it happened to.
    pub claim_id: ClaimId,
    /// `pending`, `accepted` or `given_up`.
    pub state: &'static str,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, while it is pending.
    pub next_attempt_at: Option<Timestamp>,
    /// The last HTTP status.
    pub last_status: Option<i64>,
    /// The code of the last failure without a status.
    pub last_failure: Option<String>,
    /// When it was put on its way, for the first time or by a replay.
    pub made_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// A page of deliveries, and where to read on.
#[derive(Debug)]
pub struct DeliveryPage {
    /// The deliveries, the last made first.
    pub items: Vec<DeliveryView>,
    /// Behind the last of them, where there are more.
    pub next: Option<ListedAfter>,
}

/// What is and was on its way to an endpoint, the last made first.
///
/// # Errors
/// [`ActError::NotFound`] also for another dealer's.
pub async fn deliveries(
    engine: &Engine,
    caller: &DealerCaller,
    id: EndpointId,
    state: Option<DeliveryState>,
    after: Option<ListedAfter>,
    limit: u32,
) -> Result<DeliveryPage, ActError> {
    let dealer = caller.dealer;
    let done = engine.with_db(move |conn| -> Result<DeliveryPage, Ended> {
        own(conn, dealer, id)?;
        let mut found = rows::list(conn, id, state, after, i64::from(limit) + 1)?;
        let more = found.len() > limit as usize;
        found.truncate(limit as usize);
        let last = found.last().filter(|_| more);
        let next = last.map(|row| (row.made, row.key.pool, row.key.seq));
        let items = found.into_iter().map(|row| delivery(conn, row));
        Ok(DeliveryPage {
            items: items.collect::<Result<_, _>>()?,
            next,
        })
    });
    done.await.map_err(Ended::into_act)
}

fn delivery(conn: &mut Db, row: DeliveryRow) -> Result<DeliveryView, StorageError> {
    let gone = || StorageError::Corrupt("the entry of a webhook is gone".into());
    let entry = events::one(conn, row.key.pool, row.key.seq)?.ok_or_else(gone)?;
    let (_, event) = told(entry, "").ok_or_else(gone)?;
    let pending = row.state == DeliveryState::Pending;
    Ok(DeliveryView {
        event_id: event.id,
        kind: event.kind,
        claim_id: row.claim,
        state: row.state.as_str(),
        attempts: row.attempts,
        next_attempt_at: pending.then_some(row.next),
        last_status: row.status,
        last_failure: row.failure,
        made_at: row.made,
        ended_at: row.ended,
    })
}
