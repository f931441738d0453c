//! Papers of a claim: sending them, reading them.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::act::Act;
use super::claims::{claim_id, shown};
use crate::http::body::FileBody;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::papers::{self, Upload};
use crate::operations::{Caller, DealerCaller};

/// The largest paper that is taken, in bytes.
const LARGEST: usize = 10 << 20;

/// `PUT /v1/claims/{id}/papers/{paper}`
pub async fn put(
    caller: DealerCaller,
    request: HttpRequest,
    act: Result<Act, Problem>,
    body: Result<FileBody<LARGEST>, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let body = body.map_err(|problem| match problem.code() {
        ProblemCode::BodyTooLarge => ProblemCode::PaperTooLarge.into(),
        _ => problem,
    })?;
    let Act(claim, expected, lang) = act?;
    let upload = Upload {
        paper: paper(&request),
        content: body.bytes.to_vec(),
        declared: body.declared,
    };
    let claim = papers::put(&shared.engine, &caller, claim, expected, upload, lang).await?;
    Ok(shown(&claim))
}

/// `GET /v1/claims/{id}/papers/{paper}`
pub async fn get(
    caller: Caller,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let claim = claim_id(&request)?;
    let found = papers::get(&shared.engine, caller, claim, paper(&request)).await;
    let file = found.map_err(|error| Problem::acting(error, ProblemCode::NoSuchObject))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, file.media_type))
        // A browser must not take a paper for a page of ours.
        .insert_header((CONTENT_DISPOSITION, "attachment"))
        .body(file.content))
}

fn paper(request: &HttpRequest) -> String {
    request
        .match_info()
        .get("paper")
        .unwrap_or_default()
        .to_owned()
}
