//! Pools as the bureau sees them.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::http::auth::Auditor;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::reconcile;

/// `GET /v1/pools/{name}/reconciliation`
pub async fn reconciliation(
    _caller: Auditor,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let name = request.match_info().get("name").unwrap_or_default();
    let found = reconcile::pool(&shared.engine, name.to_owned()).await;
    let found = found.map_err(|error| Problem::reading(error, ProblemCode::PoolNotFound))?;
    Ok(HttpResponse::Ok().json(found))
}
