//! Whether the service lives, and whether it can take work.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::json;

use super::problem::Problem;
use super::state::Shared;

/// `GET /livez`: the process answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// Whoever asks wants to know now: a database that takes longer is not there.
const PATIENCE: Duration = Duration::from_secs(2);

/// `GET /readyz`: the database answers too.
pub async fn ready(shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let ready = tokio::time::timeout(PATIENCE, shared.engine.ready()).await;
    if ready.unwrap_or(false) {
        Ok(HttpResponse::Ok().json(json!({"status": "ok"})))
    } else {
        Err(Problem::unavailable())
    }
}
