//! The dealers that take part.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::{SHORT, listed};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::public;

/// `GET /v1/public/dealers`
pub async fn list(request: HttpRequest, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let found = public::dealers(&shared.engine).await;
    let dealers = found.map_err(|error| Problem::reading(error, ProblemCode::NotFound))?;
    listed(&request, dealers, |dealer| &dealer.uscc, SHORT)
}
