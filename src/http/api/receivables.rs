//! What is owed back.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::act::Act;
use super::claims::shown;
use crate::domain::defect::DefectCode;
use crate::domain::ids::ReceivableId;
use crate::http::auth::{Approver, Finance};
use crate::http::body::JsonBody;
use crate::http::page::{self, Page};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::query::Parameters;
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::{Viewer, clawback};

/// Items in a list when the caller names no limit.
const DEFAULT_LIMIT: u32 = 50;

/// `GET /v1/receivables`: a dealer sees those of its claims, the bureau all.
pub async fn list(
    viewer: Viewer,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(&request);
    let after = parameters.take("cursor", |text| {
        ReceivableId::from_slice(&page::read_cursor(text)?).ok_or(DefectCode::Format)
    });
    let limit = parameters.limit(DEFAULT_LIMIT);
    parameters.finish()?;
    let mut found = clawback::list(&shared.engine, viewer, after, i64::from(limit) + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| more).map(|owed| owed.id);
    Ok(HttpResponse::Ok().json(Page {
        items: found,
        next_cursor: last.map(|id| page::cursor_after(&id.to_vec())),
    }))
}

/// `POST /v1/claims/{id}/claw-back`: a paid claim whose invoice was voided.
pub async fn demand(
    caller: Approver,
    body: JsonBody,
    act: Result<Act, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let why = words::why(&body.0)?;
    let Act(claim, expected, lang) = act?;
    let claim = clawback::demand(&shared.engine, &caller.0, claim, expected, why, lang).await?;
    Ok(shown(&claim))
}

/// `POST /v1/receivables/{id}/paid-in`
pub async fn pay_in(
    caller: Finance,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let text = request.match_info().get("id").unwrap_or_default();
    let id = ReceivableId::parse(text).ok_or(ProblemCode::NoSuchObject)?;
    let (amount, reference) = words::paid_in(&body.0)?;
    let done = clawback::pay_in(&shared.engine, &caller.0, id, amount, reference).await;
    let owed = done.map_err(|error| Problem::acting(error, ProblemCode::NoSuchObject))?;
    Ok(HttpResponse::Ok().json(owed))
}
