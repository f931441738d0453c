//! Personal data opened with a reason, the log of it, and everything about a pool for an auditor.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;

use super::claims::claim_id;
use crate::domain::defect::DefectCode;
use crate::http::auth::{Auditor, MayUnseal};
use crate::http::body::JsonBody;
use crate::http::page::{self, Page};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::query::Parameters;
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::access::{self, AccessView};
use crate::operations::denial::ActError;
use crate::operations::export;
use crate::operations::{Engine, StaffCaller};

/// Items in a list when the caller names no limit.
const DEFAULT_LIMIT: u32 = 50;
/// Characters of a reason, as in bodies.
const LONGEST_REASON: usize = 500;
/// Characters of a pool's name.
const LONGEST_NAME: usize = 64;
/// Workbooks (ISO/IEC 29500).
pub const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// `POST /v1/claims/{id}/unseal`: a claim's personal data, not masked.
pub async fn unseal(
    caller: MayUnseal,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let claim = claim_id(&request)?;
    let why = words::why(&body.0)?;
    let opened = access::unseal(&shared.engine, &caller.0, claim, why).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(opened))
}

/// `GET /v1/audit/access-log`: who opened whose personal data, when and why.
pub async fn access_log(
    _caller: Auditor,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(&request);
    let after = parameters.take("cursor", |text| {
        uuid::Uuid::from_slice(&page::read_cursor(text)?).map_err(|_| DefectCode::Format)
    });
    let limit = parameters.limit(DEFAULT_LIMIT);
    parameters.finish()?;
    let mut found = access::log(&shared.engine, after, i64::from(limit) + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| more).map(|l: &AccessView| l.id);
    Ok(HttpResponse::Ok().json(Page {
        items: found,
        next_cursor: last.map(|id| page::cursor_after(id.as_bytes())),
    }))
}

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON lines.
    Lines,
    /// A workbook.
    Workbook,
}

/// The stream broke; the missing last line tells the reader that lines are missing.
#[derive(Debug, thiserror::Error)]
#[error("the export could not be read to its end")]
struct Broken;

impl actix_web::ResponseError for Broken {}

/// `GET /v1/audit/export?pool=NAME&format=jsonl|xlsx&unsealed=true&why=…`
pub async fn export(
    caller: Auditor,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(&request);
    let pool = parameters.required("pool", |text| bounded(text, LONGEST_NAME));
    let format = parameters.take("format", |text| match text {
        "jsonl" => Ok(Format::Lines),
        "xlsx" => Ok(Format::Workbook),
        _ => Err(DefectCode::NotInList),
    });
    let unsealed = parameters.take("unsealed", |text| match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(DefectCode::NotInList),
    });
    let why = if unsealed == Some(true) {
        parameters.required("why", |text| bounded(text.trim(), LONGEST_REASON))
    } else {
        None
    };
    parameters.finish()?;
    let pool = pool.unwrap_or_default();
    let format = format.unwrap_or(Format::Lines);
    let answer = file(&shared.engine, &caller.0, pool, format, why).await;
    answer.map_err(|error| Problem::acting(error, ProblemCode::PoolNotFound))
}

/// The file with everything about a pool; `why` opens personal data.
///
/// # Errors
/// As [`export::stream`] and [`export::download`].
pub async fn file(
    engine: &Engine,
    caller: &StaffCaller,
    pool: String,
    format: Format,
    why: Option<String>,
) -> Result<HttpResponse, ActError> {
    let name = |extension: &str| {
        // A pool's name may have letters that a header does not take.
        let plain: String = pool.chars().filter(char::is_ascii).collect();
        format!("attachment; filename=\"audit-{plain}.{extension}\"")
    };
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CACHE_CONTROL, "no-store"));
    match format {
        Format::Lines => {
            answer.insert_header((CONTENT_DISPOSITION, name("jsonl")));
            answer.insert_header((CONTENT_TYPE, "application/x-ndjson"));
            let pieces = export::stream(engine, caller, pool, why).await?;
            Ok(answer.streaming(pieces.map(|piece| match piece {
                Ok(bytes) => Ok(Bytes::from(bytes)),
                Err(_) => Err(Broken),
            })))
        }
        Format::Workbook => {
            answer.insert_header((CONTENT_DISPOSITION, name("xlsx")));
            answer.insert_header((CONTENT_TYPE, WORKBOOK));
            let bytes = export::download(engine, caller, pool, why).await?;
            Ok(answer.body(bytes))
        }
    }
}

fn bounded(text: &str, most: usize) -> Result<String, DefectCode> {
    if text.chars().any(char::is_control) {
        return Err(DefectCode::ControlCharacter);
    }
    match text.chars().count() {
        0 => Err(DefectCode::Length),
        n if n > most => Err(DefectCode::Length),
        _ => Ok(text.to_owned()),
    }
}
