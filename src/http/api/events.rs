//! The feed of events.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::domain::defect::DefectCode;
use crate::domain::event::EventType;
use crate::http::page::{self, Page};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::query::Parameters;
use crate::http::state::Shared;
use crate::operations::Caller;
use crate::operations::events::{self, Reached};

/// Items in an answer when the caller names no limit.
const DEFAULT_LIMIT: u32 = 50;

/// `GET /v1/events`: a dealer sees those of its claims, the bureau all. There always is a
/// `next_cursor`: with it the caller asks again for what comes later.
pub async fn feed(
    caller: Caller,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(&request);
    let reached = parameters.take("cursor", |text| {
        Reached::from_bytes(&page::read_cursor(text)?).ok_or(DefectCode::Format)
    });
    let kind = parameters.take("type", |text| {
        EventType::parse(text).ok_or(DefectCode::NotInList)
    });
    let limit = parameters.limit(DEFAULT_LIMIT);
    parameters.finish()?;
    let reached = reached.unwrap_or_default();
    let found = events::feed(&shared.engine, caller.viewer(), reached, kind, limit).await;
    let found = found.map_err(|error| Problem::reading(error, ProblemCode::NotFound))?;
    Ok(HttpResponse::Ok().json(Page {
        items: found.items,
        next_cursor: Some(page::cursor_after(&found.reached.to_bytes())),
    }))
}
