//! What the bureau has promised, and where it is late.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use crate::domain::defect::DefectCode;
use crate::http::auth::Staff;
use crate::http::page::{self, Page};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::query::Parameters;
use crate::http::state::Shared;
use crate::operations::ReadError;
use crate::operations::ageing::{self, AgeingView, OverdueView, Place};

/// Items in a list when the caller names no limit.
const DEFAULT_LIMIT: u32 = 50;

#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    totals: AgeingView,
    overdue: Page<OverdueView>,
}

/// `GET /v1/ageing`: open claims by stage, state and lateness, and a page of those that are late.
pub async fn show(
    _caller: Staff,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(&request);
    let after = parameters.take("cursor", |text| {
        Place::from_slice(&page::read_cursor(text)?).ok_or(DefectCode::Format)
    });
    let limit = parameters.limit(DEFAULT_LIMIT);
    parameters.finish()?;
    let gone = |error: ReadError| Problem::reading(error, ProblemCode::NoSuchObject);
    let totals = ageing::totals(&shared.engine).await.map_err(gone)?;
    let found = ageing::overdue(&shared.engine, after, i64::from(limit) + 1).await;
    let mut found = found.map_err(gone)?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| more).map(|late| late.place);
    Ok(HttpResponse::Ok().json(Answer {
        totals,
        overdue: Page {
            items: found,
            next_cursor: last.map(|place| page::cursor_after(&place.to_vec())),
        },
    }))
}
