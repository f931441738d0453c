//! Dealers as the bureau sees and changes them.

use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::dealer::account_id;
use crate::domain::defect::DefectCode;
use crate::domain::formats::Uscc;
use crate::http::auth::{FinanceOrOperator, Operator, Staff};
use crate::http::body::JsonBody;
use crate::http::page::{self, Page};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::query::Parameters;
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::dealer_accounts::waiting::{self, WaitingAccount};
use crate::operations::dealers::{self, Status};
use crate::operations::denial::ActError;
use crate::operations::{StaffCaller, dealer_accounts};
use crate::storage::dealer_accounts::Waits;

/// Items in a list when the caller names no limit.
const DEFAULT_LIMIT: u32 = 50;

/// `POST /v1/dealers`: admits a dealer; its secret is in this answer and nowhere else.
pub async fn admit(
    caller: Operator,
    body: JsonBody,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let new = words::new_dealer(&body.0)?;
    let place = format!("/v1/dealers/{}", new.uscc.as_str());
    let admitted = dealers::admit_by(&shared.engine, &caller.0, new).await;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, place))
        .json(admitted.map_err(no_dealer)?))
}

/// `GET /v1/dealers/{uscc}`
pub async fn get(
    _caller: Staff,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let found = dealers::get(&shared.engine, uscc(&request)?).await;
    Ok(HttpResponse::Ok().json(found.map_err(no_dealer)?))
}

/// `POST /v1/dealers/{uscc}/suspend`
pub async fn suspend(
    caller: Operator,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    set_status(&caller.0, &body, &request, &shared, Status::Suspended).await
}

/// `POST /v1/dealers/{uscc}/resume`
pub async fn resume(
    caller: Operator,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    set_status(&caller.0, &body, &request, &shared, Status::Active).await
}

/// `POST /v1/dealers/{uscc}/remove`
pub async fn remove(
    caller: Operator,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    set_status(&caller.0, &body, &request, &shared, Status::Removed).await
}

async fn set_status(
    caller: &StaffCaller,
    body: &JsonBody,
    request: &HttpRequest,
    shared: &Shared,
    status: Status,
) -> Result<HttpResponse, Problem> {
    let uscc = uscc(request)?;
    let why = words::why(&body.0)?;
    let done = dealers::set_status_by(&shared.engine, caller, uscc, status, why).await;
    Ok(HttpResponse::Ok().json(done.map_err(no_dealer)?))
}

/// `POST /v1/dealers/{uscc}/bank-account`: another person confirms it.
pub async fn propose_account(
    caller: Operator,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let uscc = uscc(&request)?;
    let new = words::bank_account(&body.0)?;
    let done = dealer_accounts::propose_for(&shared.engine, &caller.0, uscc, new).await;
    Ok(HttpResponse::Ok().json(done.map_err(no_dealer)?))
}

/// `POST /v1/dealers/{uscc}/bank-account/{account}/confirm`
pub async fn confirm_account(
    caller: FinanceOrOperator,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (uscc, account) = (uscc(&request)?, account_id(&request)?);
    let done = dealer_accounts::confirm(&shared.engine, &caller.0, uscc, account).await;
    Ok(HttpResponse::Ok().json(done.map_err(no_dealer)?))
}

/// `POST /v1/dealers/{uscc}/bank-account/{account}/refuse`
pub async fn refuse_account(
    caller: FinanceOrOperator,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (uscc, account) = (uscc(&request)?, account_id(&request)?);
    let why = words::why(&body.0)?;
    let done = dealer_accounts::refuse_for(&shared.engine, &caller.0, uscc, account, why).await;
    Ok(HttpResponse::Ok().json(done.map_err(no_dealer)?))
}

/// `GET /v1/bank-accounts`: of all dealers those that are not used yet.
pub async fn waiting_accounts(
    _caller: Staff,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(&request);
    let waits = parameters.take("state", |text| {
        Waits::parse(text).ok_or(DefectCode::NotInList)
    });
    let after = parameters.take("cursor", |text| {
        uuid::Uuid::from_slice(&page::read_cursor(text)?).map_err(|_| DefectCode::Format)
    });
    let limit = parameters.limit(DEFAULT_LIMIT);
    parameters.finish()?;
    let found = waiting::list(&shared.engine, waits, after, i64::from(limit) + 1).await;
    let mut found = found.map_err(no_dealer)?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| more);
    Ok(HttpResponse::Ok().json(Page {
        next_cursor: last.map(|w: &WaitingAccount| page::cursor_after(w.account.id.as_bytes())),
        items: found,
    }))
}

/// A text that is no credit code names no dealer.
fn uscc(request: &HttpRequest) -> Result<Uscc, Problem> {
    let text = request.match_info().get("uscc").unwrap_or_default();
    Uscc::parse(text).map_err(|_| ProblemCode::NoSuchObject.into())
}

fn no_dealer(error: ActError) -> Problem {
    match error {
        ActError::Malformed(defects) => Problem::with_errors(ProblemCode::BodyMalformed, defects),
        other => Problem::acting(other, ProblemCode::NoSuchObject),
    }
}
