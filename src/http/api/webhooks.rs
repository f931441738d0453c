//! A dealer's webhook endpoints.

use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::defect::DefectCode;
use crate::domain::ids::{EndpointId, PoolId};
use crate::domain::time::Timestamp;
use crate::http::body::JsonBody;
use crate::http::page::{self, Page};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::query::Parameters;
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::DealerCaller;
use crate::operations::denial::ActError;
use crate::operations::webhooks::{self, CreateError};
use crate::storage::webhook_deliveries::{DeliveryState, ListedAfter};

/// Items in a list when the caller names no limit.
const DEFAULT_LIMIT: u32 = 50;

impl From<CreateError> for Problem {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Url(why) => Self::url_refused(why.code()),
            CreateError::Act(error) => acting(error),
        }
    }
}

fn acting(error: ActError) -> Problem {
    Problem::acting(error, ProblemCode::NoSuchObject)
}

fn endpoint_id(request: &HttpRequest) -> Result<EndpointId, Problem> {
    let text = request.match_info().get("id").unwrap_or_default();
    EndpointId::parse(text).ok_or_else(|| ProblemCode::NoSuchObject.into())
}

/// `POST /v1/webhooks`: the secret is told this once.
pub async fn create(
    caller: DealerCaller,
    body: JsonBody,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (url, types) = words::webhook(&body.0)?;
    let created = webhooks::create(&shared.engine, &caller, &url, &types).await?;
    let place = format!("/v1/webhooks/{}", created.endpoint.id);
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, place))
        .json(created))
}

/// `GET /v1/webhooks`: all of them, which are few.
pub async fn list(
    caller: DealerCaller,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    Parameters::of(&request).finish()?;
    let items = webhooks::list(&shared.engine, &caller).await;
    Ok(HttpResponse::Ok().json(Page {
        items: items.map_err(acting)?,
        next_cursor: None,
    }))
}

/// `GET /v1/webhooks/{id}`
pub async fn get(
    caller: DealerCaller,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let found = webhooks::get(&shared.engine, &caller, endpoint_id(&request)?).await;
    Ok(HttpResponse::Ok().json(found.map_err(acting)?))
}

/// `DELETE /v1/webhooks/{id}`
pub async fn delete(
    caller: DealerCaller,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let done = webhooks::delete(&shared.engine, &caller, endpoint_id(&request)?).await;
    done.map_err(acting)?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /v1/webhooks/{id}/rotate-secret`: the fresh secret is told this once.
pub async fn rotate_secret(
    caller: DealerCaller,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let done = webhooks::rotate_secret(&shared.engine, &caller, endpoint_id(&request)?).await;
    Ok(HttpResponse::Ok().json(done.map_err(acting)?))
}

/// `POST /v1/webhooks/{id}/test`: what the receiver answers.
pub async fn test(
    caller: DealerCaller,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    shared.limits.webhook_test(caller.dealer)?;
    let done = webhooks::test(&shared.engine, &caller, endpoint_id(&request)?).await;
    Ok(HttpResponse::Ok().json(done.map_err(acting)?))
}

/// `POST /v1/webhooks/{id}/enable`
pub async fn enable(
    caller: DealerCaller,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let done = webhooks::enable(&shared.engine, &caller, endpoint_id(&request)?).await;
    Ok(HttpResponse::Ok().json(done.map_err(acting)?))
}

/// `POST /v1/webhooks/{id}/replay`
pub async fn replay(
    caller: DealerCaller,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = endpoint_id(&request)?;
    let since = words::since(&body.0)?;
    let done = webhooks::replay(&shared.engine, &caller, id, since).await;
    Ok(HttpResponse::Ok().json(done.map_err(acting)?))
}

/// `GET /v1/webhooks/{id}/deliveries`: the last made first.
pub async fn deliveries(
    caller: DealerCaller,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = endpoint_id(&request)?;
    let mut parameters = Parameters::of(&request);
    let after = parameters.take("cursor", |text| {
        read_delivery_cursor(text).ok_or(DefectCode::Format)
    });
    let state = parameters.take("state", |text| {
        DeliveryState::parse(text).ok_or(DefectCode::NotInList)
    });
    let limit = parameters.limit(DEFAULT_LIMIT);
    parameters.finish()?;
    let found = webhooks::deliveries(&shared.engine, &caller, id, state, after, limit).await;
    let found = found.map_err(acting)?;
    Ok(HttpResponse::Ok().json(Page {
        items: found.items,
        next_cursor: found.next.map(delivery_cursor),
    }))
}

/// The cursor of a place in the list of deliveries.
pub(in crate::http) fn delivery_cursor(place: ListedAfter) -> String {
    page::cursor_after(&write_place(place))
}

/// The place in the list of deliveries of a cursor; `None` for what is no cursor of it.
pub(in crate::http) fn read_delivery_cursor(text: &str) -> Option<ListedAfter> {
    read_place(&page::read_cursor(text).ok()?)
}

/// The bytes of a place in the list: instant, pool, number.
fn write_place((made, pool, seq): ListedAfter) -> Vec<u8> {
    let (made, seq) = (made.0.to_be_bytes(), seq.to_be_bytes());
    [&made[..], pool.0.as_bytes(), &seq].concat()
}

fn read_place(bytes: &[u8]) -> Option<ListedAfter> {
    let (made, rest) = bytes.split_at_checked(8)?;
    let (pool, seq) = rest.split_at_checked(16)?;
    let number = |bytes: &[u8]| bytes.try_into().ok().map(i64::from_be_bytes);
    Some((
        Timestamp(number(made)?),
        PoolId::from_slice(pool)?,
        number(seq)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back() {
        let place = (Timestamp(5), PoolId(uuid::Uuid::from_u128(7)), 9);
        let bytes = write_place(place);
        assert_eq!(read_place(&bytes), Some(place));
        assert_eq!(read_place(&bytes[1..]), None);
        assert_eq!(read_place(&[&bytes[..], &[0]].concat()), None);
    }
}
