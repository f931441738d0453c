//! One delivery, ready to be sent: the bytes, where to, and signed with what.

use hyper::body::Bytes;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::clock;
use crate::domain::event::EventType;
use crate::domain::time::Timestamp;
use crate::operations::Engine;
use crate::operations::events::{EventView, Facts, Subject, told};
use crate::storage::events;
use crate::storage::webhook_deliveries::{DeliveryKey, DeliveryRow};
use crate::storage::webhook_endpoints::{self as endpoints, EndpointRow};
use crate::storage::{Db, StorageError};
use crate::vault::endpoint_aad;
use crate::webhooks::payload::Event;
use crate::webhooks::sender::{Delivery, Failure};
use crate::webhooks::signature::{MessageId, Secret, Secrets};
use crate::webhooks::target::Target;

/// A delivery that this instance has taken.
pub(super) struct Parcel {
    /// Which.
    pub key: DeliveryKey,
    /// How often it was tried before.
    pub attempts: u32,
    /// Until when it is taken.
    pub lease: Timestamp,
    /// The event's id.
    pub id: MessageId,
    /// What is signed and sent.
    pub body: Bytes,
    /// Where to.
    pub to: Addressee,
}

/// Where to, and signed with what.
pub struct Addressee {
    target: Option<Target>,
    secrets: Secrets,
}

/// The `data` of a webhook.
#[derive(Serialize)]
struct Data<'a> {
    id: &'a str,
    #[serde(flatten)]
    about: &'a Subject,
    #[serde(flatten)]
    facts: &'a Facts,
}

/// The bytes that are signed and sent: made of the journal, so the same at every attempt.
fn body(kind: EventType, event: &EventView) -> Result<Vec<u8>, StorageError> {
    let data = Data {
        id: &event.id,
        about: &event.about,
        facts: &event.data,
    };
    let event = Event {
        kind: kind.as_str(),
        timestamp: event.at,
        data: &data,
    };
    event
        .to_body()
        .map_err(|_| StorageError::Corrupt("an event cannot be written".into()))
}

/// Makes a taken delivery ready; `None` when its endpoint was deleted meanwhile.
///
/// # Errors
/// [`StorageError::Corrupt`] when something that it needs is gone or does not open.
pub(super) fn parcel(
    engine: &Engine,
    conn: &mut Db,
    row: &DeliveryRow,
    now: Timestamp,
) -> Result<Option<Parcel>, StorageError> {
    let Some(endpoint) = endpoints::find(conn, row.key.endpoint)? else {
        return Ok(None);
    };
    let gone = |what: &str| StorageError::Corrupt(format!("the {what} of a webhook is gone"));
    let heads = events::heads(conn)?;
    let pool = heads.iter().find(|head| head.pool == row.key.pool);
    let pool = pool.ok_or_else(|| gone("pool"))?;
    let entry = events::one(conn, row.key.pool, row.key.seq)?.ok_or_else(|| gone("entry"))?;
    let (kind, event) = told(entry, &pool.name).ok_or_else(|| gone("meaning"))?;
    Ok(Some(Parcel {
        key: row.key,
        attempts: row.attempts,
        lease: row.next,
        id: MessageId::parse(&event.id).ok_or_else(|| gone("id"))?,
        body: body(kind, &event)?.into(),
        to: addressee(engine, &endpoint, now)?,
    }))
}

/// Opens what is sealed of an endpoint, and judges its URL again.
///
/// # Errors
/// [`StorageError::Corrupt`] when it does not open.
pub fn addressee(
    engine: &Engine,
    endpoint: &EndpointRow,
    now: Timestamp,
) -> Result<Addressee, StorageError> {
    let corrupt = |e: &dyn std::fmt::Display| {
        StorageError::Corrupt(format!("webhook endpoint {}: {e}", endpoint.id))
    };
    let open = |sealed: &[u8]| {
        let aad = endpoint_aad(endpoint.id, "secret");
        let bytes = engine.keys.vault.open(&aad, sealed);
        let bytes = Zeroizing::new(bytes.map_err(|e| corrupt(&e))?);
        Secret::from_bytes(&bytes).map_err(|e| corrupt(&e))
    };
    let old = endpoint.old.as_ref().filter(|(_, until)| *until > now);
    let old = old.map(|(sealed, _)| open(sealed)).transpose()?;
    let url = url(engine, endpoint)?;
    Ok(Addressee {
        target: Target::parse(&url, engine.outbound.policy()).ok(),
        secrets: Secrets::new(open(&endpoint.secret)?, old),
    })
}

/// The URL of an endpoint.
///
/// # Errors
/// [`StorageError::Corrupt`] when it does not open.
pub fn url(engine: &Engine, endpoint: &EndpointRow) -> Result<String, StorageError> {
    let aad = endpoint_aad(endpoint.id, "url");
    let bytes = engine.keys.vault.open(&aad, &endpoint.url);
    let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| StorageError::Corrupt(format!("webhook endpoint {}: URL", endpoint.id)))
}

/// Sends something once, if the policy allows it today.
pub async fn send_once(engine: &Engine, to: &Addressee, id: &MessageId, body: Bytes) -> Delivery {
    match (engine.outbound.sender(), &to.target) {
        (Some(sender), Some(target)) => {
            let at = clock::now();
            sender.send(target, id, at, body, &to.secrets).await
        }
        _ => Delivery::Failed {
            why: Failure::NotAllowed,
        },
    }
}
