//! The programmes in force.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::{SHORT, listed};
use crate::http::lang;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::public;

/// `GET /v1/public/programmes`
pub async fn list(request: HttpRequest, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let found = public::programmes(&shared.engine, lang::of(request.headers())).await;
    let programmes = found.map_err(|error| Problem::reading(error, ProblemCode::NotFound))?;
    listed(&request, programmes, |programme| &programme.id, SHORT)
}
