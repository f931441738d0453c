//! Whether the service lives, and whether it can take work.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::json;

use super::problem::Problem;
use super::state::Shared;

/// `GET /livez`: the process answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// `GET /readyz`: the database answers too.
pub async fn ready(shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    if shared.engine.ready().await {
        Ok(HttpResponse::Ok().json(json!({"status": "ok"})))
    } else {
        Err(Problem::unavailable())
    }
}
