//! Where the money of each pool lies.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::{FRESH, listed};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::public;

/// `GET /v1/public/pools`
pub async fn list(request: HttpRequest, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let found = public::pools(&shared.engine).await;
    let pools = found.map_err(|error| Problem::reading(error, ProblemCode::PoolNotFound))?;
    listed(&request, pools, |pool| &pool.name, FRESH)
}

/// `GET /v1/public/pools/{name}`
pub async fn get(request: HttpRequest, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let name = request.match_info().get("name").unwrap_or_default();
    let found = public::pool(&shared.engine, name).await;
    let pool = found.map_err(|error| Problem::reading(error, ProblemCode::PoolNotFound))?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, FRESH))
        .json(pool))
}
