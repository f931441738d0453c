//! What a dealer asks about itself: its account, what is held of it, and what it was paid.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::defect::DefectCode;
use crate::domain::ids::BatchId;
use crate::http::body::JsonBody;
use crate::http::page::{self, Page};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::query::Parameters;
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::{DealerCaller, dealer_accounts, dealer_money};

/// Items in a list when the caller names no limit.
const DEFAULT_LIMIT: u32 = 50;

/// `GET /v1/dealer/bank-account`: the account that is used, and every change that may come.
pub async fn account(caller: DealerCaller, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let found = dealer_accounts::own(&shared.engine, &caller).await;
    Ok(HttpResponse::Ok().json(found.map_err(Problem::on_object)?))
}

/// `PUT /v1/dealer/bank-account`: where the dealer wants to be paid; the bureau confirms it.
pub async fn propose_account(
    caller: DealerCaller,
    body: JsonBody,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let new = words::bank_account(&body.0)?;
    let done = dealer_accounts::propose_own(&shared.engine, &caller, new).await;
    Ok(HttpResponse::Ok().json(done.map_err(Problem::on_object)?))
}

/// `POST /v1/dealer/bank-account/{account}/refuse`: the dealer objects to a change.
pub async fn refuse_account(
    caller: DealerCaller,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let account = account_id(&request)?;
    let done = dealer_accounts::refuse_own(&shared.engine, &caller, account).await;
    Ok(HttpResponse::Ok().json(done.map_err(Problem::on_object)?))
}

/// `GET /v1/dealer/holdings`
pub async fn holdings(caller: DealerCaller, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let found = dealer_money::holdings(&shared.engine, &caller).await;
    let found = found.map_err(|error| Problem::reading(error, ProblemCode::NoSuchObject))?;
    Ok(HttpResponse::Ok().json(found))
}

/// `GET /v1/dealer/exposure`
pub async fn exposure(caller: DealerCaller, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let found = dealer_money::exposure(&shared.engine, &caller).await;
    let found = found.map_err(|error| Problem::reading(error, ProblemCode::NoSuchObject))?;
    Ok(HttpResponse::Ok().json(found))
}

/// `GET /v1/dealer/statements`: in the order in which batches were sealed.
pub async fn statements(
    caller: DealerCaller,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(&request);
    let after = parameters.take("cursor", |text| {
        BatchId::from_slice(&page::read_cursor(text)?).ok_or(DefectCode::Format)
    });
    let limit = parameters.limit(DEFAULT_LIMIT);
    parameters.finish()?;
    let found = dealer_money::statements(&shared.engine, &caller, after, i64::from(limit) + 1);
    let mut found = found.await.map_err(Problem::on_object)?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| more).map(|s| s.batch);
    Ok(HttpResponse::Ok().json(Page {
        items: found,
        next_cursor: last.map(|id| page::cursor_after(&id.to_vec())),
    }))
}

/// `GET /v1/dealer/statements/{batch}?format=json|csv`
pub async fn statement(
    caller: DealerCaller,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let text = request.match_info().get("batch").unwrap_or_default();
    let batch = BatchId::parse(text).ok_or(ProblemCode::NoSuchObject)?;
    let mut parameters = Parameters::of(&request);
    let csv = parameters.take("format", |text| match text {
        "json" => Ok(false),
        "csv" => Ok(true),
        _ => Err(DefectCode::NotInList),
    });
    parameters.finish()?;
    let found = dealer_money::statement(&shared.engine, &caller, batch).await;
    let found = found.map_err(Problem::on_object)?;
    if !csv.unwrap_or(false) {
        return Ok(HttpResponse::Ok().json(found));
    }
    let name = format!("attachment; filename=\"{batch}.csv\"");
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, name))
        .body(found.csv()))
}

/// The account that an address names.
pub(in crate::http) fn account_id(request: &HttpRequest) -> Result<uuid::Uuid, Problem> {
    let text = request.match_info().get("account").unwrap_or_default();
    uuid::Uuid::try_parse(text).map_err(|_| ProblemCode::NoSuchObject.into())
}
