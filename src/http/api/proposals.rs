//! What one person proposed and another decides.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::defect::DefectCode;
use crate::domain::ids::ProposalId;
use crate::http::auth::{OperatorOrApprover, Staff};
use crate::http::body::JsonBody;
use crate::http::page::{self, Page};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::query::Parameters;
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::denial::ActError;
use crate::operations::proposals::{self, ProposalView};
use crate::storage::proposals::ProposalState;

/// Items in a list when the caller names no limit.
const DEFAULT_LIMIT: u32 = 50;

/// `GET /v1/proposals`: in one state, or all.
pub async fn list(
    _caller: Staff,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(&request);
    let state = parameters.take("state", |text| {
        ProposalState::parse(text).ok_or(DefectCode::NotInList)
    });
    let after = parameters.take("cursor", |text| {
        ProposalId::from_slice(&page::read_cursor(text)?).ok_or(DefectCode::Format)
    });
    let limit = parameters.limit(DEFAULT_LIMIT);
    parameters.finish()?;
    let found = proposals::list(&shared.engine, state, after, i64::from(limit) + 1).await;
    let mut found = found.map_err(no_proposal)?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| more).map(|p: &ProposalView| p.id);
    Ok(HttpResponse::Ok().json(Page {
        items: found,
        next_cursor: last.map(|id| page::cursor_after(&id.to_vec())),
    }))
}

/// `GET /v1/proposals/{id}`: with all of its payload.
pub async fn get(
    _caller: Staff,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let found = proposals::get(&shared.engine, proposal_id(&request)?).await;
    Ok(HttpResponse::Ok().json(found.map_err(no_proposal)?))
}

/// `POST /v1/proposals/{id}/approve`
pub async fn approve(
    caller: OperatorOrApprover,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = proposal_id(&request)?;
    let decided = proposals::approve(&shared.engine, &caller.0, id).await;
    Ok(HttpResponse::Ok().json(decided.map_err(no_proposal)?))
}

/// `POST /v1/proposals/{id}/refuse`
pub async fn refuse(
    caller: OperatorOrApprover,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = proposal_id(&request)?;
    let why = words::why(&body.0)?;
    let decided = proposals::refuse(&shared.engine, &caller.0, id, why).await;
    Ok(HttpResponse::Ok().json(decided.map_err(no_proposal)?))
}

fn proposal_id(request: &HttpRequest) -> Result<ProposalId, Problem> {
    let text = request.match_info().get("id").unwrap_or_default();
    ProposalId::parse(text).ok_or_else(|| ProblemCode::NoSuchObject.into())
}

fn no_proposal(error: ActError) -> Problem {
    Problem::acting(error, ProblemCode::NoSuchObject)
}
