//! Control of pools: stages stop and go on, money comes in, moves and is set aside.

use actix_web::http::header::LOCATION;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::http::auth::Operator;
use crate::http::body::JsonBody;
use crate::http::preconditions::maybe_idempotency_key;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::denial::ActError;
use crate::operations::pool_money::{MoneyAct, MoneyKind, MoneyTerms};
use crate::operations::pool_stages::{self, Brake};
use crate::operations::proposals::{self, Asked};

/// `POST /v1/pools/{name}/freeze`
pub async fn freeze(
    caller: Operator,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    pull(&caller, &body.0, &request, &shared, Brake::Freeze).await
}

/// `POST /v1/pools/{name}/resume`
pub async fn resume(
    caller: Operator,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    pull(&caller, &body.0, &request, &shared, Brake::Resume).await
}

async fn pull(
    caller: &Operator,
    body: &Bytes,
    request: &HttpRequest,
    shared: &Shared,
    brake: Brake,
) -> Result<HttpResponse, Problem> {
    let (stage, why) = words::stage(body)?;
    let name = pool_name(request);
    let set = pool_stages::set_by(&shared.engine, &caller.0, name, stage, brake, why).await;
    Ok(HttpResponse::Ok().json(set.map_err(no_pool)?))
}

/// `POST /v1/pools/{name}/top-up`
pub async fn top_up(
    caller: Operator,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    within_pool(&caller, &body.0, &request, &shared, MoneyKind::TopUp).await
}

/// `POST /v1/pools/{name}/set-aside`
pub async fn set_aside(
    caller: Operator,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    within_pool(&caller, &body.0, &request, &shared, MoneyKind::SetAside).await
}

/// `POST /v1/pools/{name}/release-aside`
pub async fn release_aside(
    caller: Operator,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    within_pool(&caller, &body.0, &request, &shared, MoneyKind::ReleaseAside).await
}

async fn within_pool(
    caller: &Operator,
    body: &Bytes,
    request: &HttpRequest,
    shared: &Shared,
    kind: MoneyKind,
) -> Result<HttpResponse, Problem> {
    let key = maybe_idempotency_key(request.headers())?;
    let (amount, reference) = words::paid_in(body)?;
    let pool = pool_name(request);
    let terms = MoneyTerms {
        amount,
        pool,
        reference,
        to: None,
    };
    let act = MoneyAct { kind, terms };
    let asked = proposals::money(&shared.engine, &caller.0, act, key).await;
    Ok(answer(asked.map_err(no_pool)?))
}

/// `POST /v1/pools/{name}/transfer`
pub async fn transfer(
    caller: Operator,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let key = maybe_idempotency_key(request.headers())?;
    let (to, amount, reference) = words::transfer(&body.0)?;
    let act = MoneyAct {
        kind: MoneyKind::Transfer,
        terms: MoneyTerms {
            amount,
            pool: pool_name(&request),
            reference,
            to: Some(to),
        },
    };
    let asked = proposals::money(&shared.engine, &caller.0, act, key).await;
    Ok(answer(asked.map_err(no_pool)?))
}

/// 200 with what was done, or 202 with the proposal that a second person decides.
pub(super) fn answer<T: Serialize>(asked: Asked<T>) -> HttpResponse {
    match asked {
        Asked::Done(done) => HttpResponse::Ok().json(done),
        Asked::Proposed(proposal) => HttpResponse::Accepted()
            .insert_header((LOCATION, format!("/v1/proposals/{}", proposal.id)))
            .json(proposal),
    }
}

fn pool_name(request: &HttpRequest) -> String {
    let name = request.match_info().get("name").unwrap_or_default();
    name.to_owned()
}

fn no_pool(error: ActError) -> Problem {
    Problem::acting(error, ProblemCode::PoolNotFound)
}
