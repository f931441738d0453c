//! The public journal of a pool: JSON lines, chained by hash, without personal data.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;

use super::FRESH;
use crate::domain::defect::DefectCode;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::query::Parameters;
use crate::http::state::Shared;
use crate::operations::public;

/// The stream broke; the missing checkpoint line tells the reader that lines are missing.
#[derive(Debug, thiserror::Error)]
#[error("the journal could not be read to its end")]
struct Broken;

impl actix_web::ResponseError for Broken {}

/// `GET /v1/public/journal/{pool}?after=SEQ`: the entries after `SEQ`, which is 0 when left out.
pub async fn stream(request: HttpRequest, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(&request);
    let after = parameters.take("after", |text| match text.parse::<i64>() {
        Ok(after) if after >= 0 => Ok(after),
        Ok(_) => Err(DefectCode::OutOfRange),
        Err(_) => Err(DefectCode::WrongType),
    });
    parameters.finish()?;
    let pool = request.match_info().get("pool").unwrap_or_default();
    let found = public::journal(&shared.engine, pool, after.unwrap_or(0)).await;
    let lines = found.map_err(|error| Problem::reading(error, ProblemCode::PoolNotFound))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/x-ndjson"))
        .insert_header((CACHE_CONTROL, FRESH))
        .streaming(lines.map(|chunk| match chunk {
            Ok(lines) => Ok(Bytes::from(lines)),
            Err(_) => Err(Broken),
        })))
}
