//! A dealer's claims: submit, check, read, withdraw.

use actix_web::http::header::{CONTENT_TYPE, ETAG, LOCATION};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Deserialize;

use super::act::Act;
use crate::admission::Room;
use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::defect::DefectCode;
use crate::domain::ids::{ClaimId, ProgrammeId};
use crate::domain::intake::{Intake, read_claim, read_invoice};
use crate::domain::text::Lang;
use crate::http::body::JsonBody;
use crate::http::lang;
use crate::http::page::{self, Page};
use crate::http::preconditions::{etag, idempotency_key};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::query::Parameters;
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::claims::ListFilter;
use crate::operations::submit::Prepared;
use crate::operations::{DealerCaller, Viewer, amend, appeal, claims, goods, submit, withdraw};

/// Items in a list when the caller names no limit.
const DEFAULT_LIMIT: u32 = 50;
/// A claim's revision when it is fresh.
const FIRST_REVISION: i64 = 1;

/// `POST /v1/claims`: the binding verdict.
pub async fn submit(
    caller: DealerCaller,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let key = idempotency_key(request.headers())?;
    let lang = lang::of(request.headers());
    let answer = file(&shared, &caller, key, body.0, lang).await?;
    let mut created = HttpResponse::Created();
    created.insert_header((ETAG, etag(FIRST_REVISION)));
    if let Some(id) = id_of(&answer) {
        created.insert_header((LOCATION, format!("/v1/claims/{id}")));
    }
    Ok(json(&mut created, answer))
}

/// Files a claim; the body of HTTP 201.
pub(in crate::http) async fn file(
    shared: &Shared,
    caller: &DealerCaller,
    key: &str,
    body: Bytes,
    lang: Lang,
) -> Result<Vec<u8>, Problem> {
    let caller = *caller;
    match submit::glance(&shared.engine, &caller)? {
        Room::Ample => {
            let intake = read(&body)?;
            Ok(submit::submit(&shared.engine, &caller, key, intake, lang).await?)
        }
        // It will wait for its pool anyway: let it hold nobody up before.
        Room::Scarce => {
            let (engine, key) = (shared.engine.clone(), key.to_owned());
            let work = move || -> Result<Prepared, Problem> {
                let intake = read(&body)?;
                Ok(submit::prepare(&engine, &caller, &key, intake, lang)?)
            };
            let prepared = shared.aside.run(work).await;
            let full = || Problem::retry_after(ProblemCode::Overloaded, 1);
            Ok(submit::decide(&shared.engine, &caller, prepared.ok_or_else(full)??).await?)
        }
    }
}

/// `POST /v1/claims/check`: the same verdict without effect.
pub async fn check(
    caller: DealerCaller,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let intake = read(&body.0)?;
    let lang = lang::of(request.headers());
    let answer = submit::check(&shared.engine, &caller, intake, lang).await?;
    Ok(json(&mut HttpResponse::Ok(), answer))
}

/// `GET /v1/claims`: in the order of filing.
pub async fn list(
    viewer: Viewer,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(&request);
    let filter = ListFilter {
        state: parameters.take("state", |text| {
            ClaimState::parse(text).ok_or(DefectCode::NotInList)
        }),
        programme: parameters.take("programme", |text| match text.len() {
            1..=64 => Ok(ProgrammeId(text.to_owned())),
            _ => Err(DefectCode::Length),
        }),
        cursor: parameters.take("cursor", |text| {
            ClaimId::from_slice(&page::read_cursor(text)?).ok_or(DefectCode::Format)
        }),
        limit: parameters.limit(DEFAULT_LIMIT),
    };
    parameters.finish()?;
    let found = claims::list(&shared.engine, &viewer, filter, lang::of(request.headers())).await;
    let found = found.map_err(|error| Problem::reading(error, ProblemCode::ClaimNotFound))?;
    Ok(HttpResponse::Ok().json(Page {
        items: found.items,
        next_cursor: found.next.map(|id| page::cursor_after(&id.to_vec())),
    }))
}

/// `GET /v1/claims/{id}`
pub async fn get(
    viewer: Viewer,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let lang = lang::of(request.headers());
    let found = claims::get(&shared.engine, &viewer, claim_id(&request)?, lang).await;
    let claim = found.map_err(|error| Problem::reading(error, ProblemCode::ClaimNotFound))?;
    Ok(shown(&claim))
}

/// `POST /v1/claims/{id}/withdraw`: money and place go back.
pub async fn withdraw(
    caller: DealerCaller,
    act: Result<Act, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let Act(claim, expected, lang) = act?;
    let claim = withdraw::withdraw(&shared.engine, &caller, claim, expected, lang).await?;
    Ok(shown(&claim))
}

/// `POST /v1/claims/{id}/undo-withdrawal`: a withdrawal is taken back.
pub async fn undo_withdrawal(
    caller: DealerCaller,
    act: Result<Act, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let Act(claim, expected, lang) = act?;
    let claim = withdraw::undo(&shared.engine, &caller, claim, expected, lang).await?;
    Ok(shown(&claim))
}

/// `POST /v1/claims/{id}/invoice`: the final invoice of a claim that was opened at the counter.
pub async fn invoice(
    caller: DealerCaller,
    body: JsonBody,
    act: Result<Act, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let Act(claim, expected, lang) = act?;
    let invoice = read_invoice(&body.0, clock::now().beijing_day())
        .map_err(|error| Problem::intake(error, ProblemCode::ClaimMalformed))?;
    let engine = &shared.engine;
    let claim = amend::invoice(engine, &caller, claim, expected, invoice, lang).await?;
    Ok(shown(&claim))
}

/// `POST /v1/claims/{id}/correction`: the corrected claim, at its old place.
pub async fn correct(
    caller: DealerCaller,
    body: JsonBody,
    act: Result<Act, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let Act(claim, expected, lang) = act?;
    let intake = read(&body.0)?;
    let claim = amend::correct(&shared.engine, &caller, claim, expected, intake, lang).await?;
    Ok(shown(&claim))
}

/// `POST /v1/claims/{id}/goods-returned`: the goods went back to the shop.
pub async fn goods_returned(
    caller: DealerCaller,
    act: Result<Act, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let Act(claim, expected, lang) = act?;
    let claim = goods::returned(&shared.engine, &caller, claim, expected, lang).await?;
    Ok(shown(&claim))
}

/// `POST /v1/claims/{id}/appeal`: a refusal is contested.
pub async fn appeal(
    caller: DealerCaller,
    body: JsonBody,
    act: Result<Act, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let Act(claim, expected, lang) = act?;
    let grounds = words::grounds(&body.0)?;
    let claim = appeal::appeal(&shared.engine, &caller, claim, expected, grounds, lang).await?;
    Ok(shown(&claim))
}

/// An answer with one claim and its version.
pub(super) fn shown(claim: &claims::ClaimView) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((ETAG, etag(claim.revision)))
        .json(claim)
}

fn json(builder: &mut HttpResponseBuilder, body: Vec<u8>) -> HttpResponse {
    builder
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(body)
}

/// A claim out of a body, as every way to file one reads it.
pub(in crate::http) fn read(body: &[u8]) -> Result<Intake, Problem> {
    let read = read_claim(body, clock::now().beijing_day());
    #[cfg(feature = "planted-faults")]
    crate::planted::stop_over(&read);
    read.map_err(|error| Problem::intake(error, ProblemCode::ClaimMalformed))
}

/// A text that is no id names no claim.
pub(in crate::http) fn claim_id(request: &HttpRequest) -> Result<ClaimId, Problem> {
    let text = request.match_info().get("id").unwrap_or_default();
    ClaimId::parse(text).ok_or_else(|| ProblemCode::ClaimNotFound.into())
}

/// The `id` of a verdict, which stands first in it as it is written.
pub(in crate::http) fn id_of(verdict: &[u8]) -> Option<ClaimId> {
    #[derive(Deserialize)]
    struct Verdict<'a> {
        id: &'a str,
    }
    let head = verdict
        .strip_prefix(br#"{"id":""#)
        .and_then(|rest| rest.get(..36));
    match head {
        Some(id) => ClaimId::parse(std::str::from_utf8(id).ok()?),
        None => ClaimId::parse(serde_json::from_slice::<Verdict<'_>>(verdict).ok()?.id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_verdict_is_found_wherever_it_stands() {
        let id = "0199a7b0-1111-7222-8333-444455556666";
        let first = format!(r#"{{"id":"{id}","number":"N"}}"#);
        let later = format!(r#"{{"amount":"1.00","due":[{{"id":"x"}}],"id":"{id}"}}"#);
        for verdict in [first, later] {
            assert_eq!(id_of(verdict.as_bytes()).unwrap().to_string(), id);
        }
        assert!(id_of(br#"{"id":"short"}"#).is_none());
    }
}
