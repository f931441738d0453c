//! What everybody may read, without a token.

pub mod claim_status;
pub mod dealers;
pub mod journal;
pub mod pools;
pub mod programmes;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::page::{page_of, read_cursor};
use super::problem::Problem;
use super::query::Parameters;

/// Figures that change with every claim: may be kept, but must be asked for again.
const FRESH: &str = "no-cache";
/// Lists that change by the day.
const SHORT: &str = "public, max-age=30";
/// Items in a public list when the caller names no limit.
const DEFAULT_LIMIT: u32 = 100;

fn listed<T: Serialize>(
    request: &HttpRequest,
    items: Vec<T>,
    key: impl Fn(&T) -> &str,
    caching: &'static str,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(request);
    let cursor = parameters.take("cursor", read_cursor);
    let limit = parameters.limit(DEFAULT_LIMIT);
    parameters.finish()?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, caching))
        .json(page_of(items, key, cursor.as_deref(), limit)))
}
