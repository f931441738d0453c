//! Review: the next claim, and what two persons decide about it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::act::Act;
use super::claims::{claim_id, shown};
use crate::catalogue::Role;
use crate::http::auth::{Approver, Reviewer, ReviewerOrApprover};
use crate::http::body::{JsonBody, MaybeJson};
use crate::http::lang;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::review::{self, Decision};
use crate::operations::{StaffCaller, appeal, flags};

/// `POST /v1/review/next`: the oldest claim in review, or 204.
pub async fn next(
    caller: Reviewer,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let lang = lang::of(request.headers());
    let claim = review::next(&shared.engine, &caller.0, lang).await?;
    Ok(claim.map_or_else(|| HttpResponse::NoContent().finish(), |claim| shown(&claim)))
}

async fn decide(
    caller: &StaffCaller,
    act: Result<Act, Problem>,
    shared: &Shared,
    decision: Decision,
) -> Result<HttpResponse, Problem> {
    let Act(claim, expected, lang) = act?;
    let claim = review::decide(&shared.engine, caller, claim, expected, decision, lang).await?;
    Ok(shown(&claim))
}

/// `POST /v1/claims/{id}/recommend`
pub async fn recommend(
    caller: Reviewer,
    act: Result<Act, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    decide(&caller.0, act, &shared, Decision::Recommend).await
}

/// `POST /v1/claims/{id}/return`
pub async fn give_back(
    caller: Reviewer,
    body: JsonBody,
    act: Result<Act, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (days, defects) = words::giving_back(&body.0)?;
    decide(&caller.0, act, &shared, Decision::Return(days, defects)).await
}

/// `POST /v1/claims/{id}/reject`: a reviewer proposes it with its ground, an approver confirms
/// it, with the same ground or none.
pub async fn reject(
    caller: ReviewerOrApprover,
    body: MaybeJson,
    act: Result<Act, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let ground = body.0.as_deref();
    let decision = match (caller.0.role, ground) {
        (Role::Approver, None) => Decision::ConfirmRejection(None),
        (Role::Approver, Some(ground)) => Decision::ConfirmRejection(Some(words::finding(ground)?)),
        (_, ground) => Decision::ProposeRejection(words::finding(ground.unwrap_or(b"{}"))?),
    };
    decide(&caller.0, act, &shared, decision).await
}

/// `POST /v1/claims/{id}/reopen`
pub async fn reopen(
    caller: Approver,
    act: Result<Act, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    decide(&caller.0, act, &shared, Decision::Reopen).await
}

/// `POST /v1/claims/{id}/approve`
pub async fn approve(
    caller: Approver,
    act: Result<Act, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    decide(&caller.0, act, &shared, Decision::Approve).await
}

/// `POST /v1/claims/{id}/void`
pub async fn void(
    caller: Approver,
    body: JsonBody,
    act: Result<Act, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let ground = words::finding(&body.0)?;
    decide(&caller.0, act, &shared, Decision::Void(ground)).await
}

/// `POST /v1/claims/{id}/appeal/decision`
pub async fn decide_appeal(
    caller: Approver,
    body: JsonBody,
    act: Result<Act, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let Act(claim, expected, lang) = act?;
    let (won, ground) = words::appeal_decision(&body.0)?;
    let engine = &shared.engine;
    let claim = appeal::decide(engine, &caller.0, claim, expected, won, ground, lang).await?;
    Ok(shown(&claim))
}

/// `POST /v1/claims/{id}/flags`
pub async fn raise_flag(
    caller: ReviewerOrApprover,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let claim = claim_id(&request)?;
    let (code, why) = words::flag(&body.0)?;
    let lang = lang::of(request.headers());
    let claim = flags::raise(&shared.engine, &caller.0, claim, code, why, lang).await?;
    Ok(shown(&claim))
}

/// `POST /v1/claims/{id}/flags/{code}/clear`
pub async fn clear_flag(
    caller: ReviewerOrApprover,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let claim = claim_id(&request)?;
    let code = request.match_info().get("code").unwrap_or_default();
    let why = words::why(&body.0)?;
    let lang = lang::of(request.headers());
    let cleared = flags::clear(&shared.engine, &caller.0, claim, code.to_owned(), why, lang).await;
    let claim = cleared.map_err(|error| Problem::acting(error, ProblemCode::NoSuchObject))?;
    Ok(shown(&claim))
}
