//! Bulk approval of low-risk claims after a sample of them was examined one by one.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::ids::BulkId;
use crate::http::auth::{Approver, ApproverOrAuditor};
use crate::http::body::JsonBody;
use crate::http::preconditions::maybe_idempotency_key;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::bulk::{self, NewBulk};

/// `POST /v1/bulk-approvals`: commits to a seed before there is anything to sample.
pub async fn begin(
    caller: Approver,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let key = maybe_idempotency_key(request.headers())?;
    let (pool, limit, most_amount) = words::bulk(&body.0, bulk::MOST_CLAIMS)?;
    let wanted = NewBulk {
        pool,
        limit,
        most_amount,
        key: key.map(str::to_owned),
    };
    let begun = bulk::begin(&shared.engine, &caller.0, wanted).await;
    let begun = begun.map_err(|error| Problem::acting(error, ProblemCode::PoolNotFound))?;
    Ok(HttpResponse::Created()
        .insert_header(("Location", format!("/v1/bulk-approvals/{}", begun.id)))
        .json(begun))
}

/// `GET /v1/bulk-approvals/{id}`
pub async fn get(
    _caller: ApproverOrAuditor,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let found = bulk::get(&shared.engine, bulk_id(&request)?).await;
    Ok(HttpResponse::Ok().json(found.map_err(Problem::on_object)?))
}

/// `POST /v1/bulk-approvals/{id}/draw`: freezes the list and tells the seed.
pub async fn draw(
    caller: Approver,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let drawn = bulk::draw(&shared.engine, &caller.0, bulk_id(&request)?).await;
    Ok(HttpResponse::Ok().json(drawn.map_err(Problem::on_object)?))
}

/// `POST /v1/bulk-approvals/{id}/approve`: approves what was not in the sample.
pub async fn approve(
    caller: Approver,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let approved = bulk::approve(&shared.engine, &caller.0, bulk_id(&request)?).await;
    Ok(HttpResponse::Ok().json(approved.map_err(Problem::on_object)?))
}

/// A text that is no id names no bulk approval.
pub(in crate::http) fn bulk_id(request: &HttpRequest) -> Result<BulkId, Problem> {
    let text = request.match_info().get("id").unwrap_or_default();
    BulkId::parse(text).ok_or_else(|| ProblemCode::NoSuchObject.into())
}
