//! Payout batches and what the bank says became of them.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LOCATION};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use crate::banking::{outcomes as csv_outcomes, pain002};
use crate::domain::defect::DefectCode;
use crate::domain::ids::BatchId;
use crate::http::auth::{Finance, FinanceOrAuditor};
use crate::http::body::{FileBody, JsonBody};
use crate::http::page::{self, Page};
use crate::http::preconditions::maybe_idempotency_key;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::query::Parameters;
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::StaffCaller;
use crate::operations::outcomes::{self, Imported};
use crate::operations::payout::{self, BatchView, FileFormat, MOST_LINES, NewBatch};

/// The largest file of outcomes that is taken, in bytes.
pub(in crate::http) const LARGEST: usize = 8 << 20;
/// Items in a list when the caller names no limit.
const DEFAULT_LIMIT: u32 = 50;

/// `POST /v1/payout-batches`
pub async fn seal(
    caller: Finance,
    body: JsonBody,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let key = maybe_idempotency_key(request.headers())?;
    let most = u32::try_from(MOST_LINES).unwrap_or(u32::MAX);
    let (pool, limit) = words::batch(&body.0, most)?;
    let wanted = NewBatch {
        pool,
        limit: limit.into(),
        key: key.map(str::to_owned),
    };
    let sealed = payout::seal(&shared.engine, &caller.0, wanted).await;
    let sealed = sealed.map_err(|error| Problem::acting(error, ProblemCode::PoolNotFound))?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/v1/payout-batches/{}", sealed.id)))
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(sealed.body))
}

/// `GET /v1/payout-batches`
pub async fn list(
    _caller: FinanceOrAuditor,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let mut parameters = Parameters::of(&request);
    let after = parameters.take("cursor", |text| {
        BatchId::from_slice(&page::read_cursor(text)?).ok_or(DefectCode::Format)
    });
    let limit = parameters.limit(DEFAULT_LIMIT);
    parameters.finish()?;
    let mut found = payout::list(&shared.engine, after, i64::from(limit) + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| more).map(|b: &BatchView| b.id);
    Ok(HttpResponse::Ok().json(Page {
        items: found,
        next_cursor: last.map(|id| page::cursor_after(&id.to_vec())),
    }))
}

/// `GET /v1/payout-batches/{id}`
pub async fn get(
    _caller: FinanceOrAuditor,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let found = payout::get(&shared.engine, batch_id(&request)?).await;
    Ok(HttpResponse::Ok().json(found.map_err(Problem::on_object)?))
}

/// `POST /v1/payout-batches/{id}/release`
pub async fn release(
    caller: Finance,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let released = payout::release(&shared.engine, &caller.0, batch_id(&request)?).await;
    Ok(HttpResponse::Ok().json(released.map_err(Problem::on_object)?))
}

/// `POST /v1/payout-batches/{id}/discard`
pub async fn discard(
    caller: Finance,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let discarded = payout::discard(&shared.engine, &caller.0, batch_id(&request)?).await;
    Ok(HttpResponse::Ok().json(discarded.map_err(Problem::on_object)?))
}

/// `GET /v1/payout-batches/{id}/file?format=csv|pain.001`
pub async fn file(
    caller: Finance,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = batch_id(&request)?;
    let mut parameters = Parameters::of(&request);
    let format = parameters.take("format", |text| match text {
        "csv" => Ok(FileFormat::Csv),
        "pain.001" => Ok(FileFormat::Pain001),
        _ => Err(DefectCode::NotInList),
    });
    parameters.finish()?;
    let format = format.unwrap_or(FileFormat::Csv);
    let bytes = payout::file(&shared.engine, &caller.0, id, format).await;
    let (media, extension) = match format {
        FileFormat::Csv => ("text/csv; charset=utf-8", "csv"),
        FileFormat::Pain001 => ("application/xml", "xml"),
    };
    let name = format!("attachment; filename=\"{id}.{extension}\"");
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media))
        .insert_header((CONTENT_DISPOSITION, name))
        .body(bytes.map_err(Problem::on_object)?))
}

/// `POST /v1/payout-outcomes`: CSV, or pain.002 as XML.
pub async fn outcomes(
    caller: Finance,
    body: FileBody<LARGEST>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let media = body.type_among(&["text/csv", "application/xml", "text/xml"])?;
    let imported = import(&shared, &caller.0, media != "text/csv", &body.bytes).await?;
    Ok(HttpResponse::Ok().json(imported))
}

/// Takes a file of outcomes: CSV, or pain.002.
///
/// # Errors
/// [`ProblemCode::FileMalformed`] with the first hundred places; what keeps outcomes from being taken.
pub(in crate::http) async fn import(
    shared: &Shared,
    caller: &StaffCaller,
    is_xml: bool,
    bytes: &[u8],
) -> Result<Imported, Problem> {
    let engine = &shared.engine;
    if !is_xml {
        let read = csv_outcomes::read_csv(bytes).map_err(|problems| {
            let at = problems
                .iter()
                .map(|p| format!("{}: {}", p.line, p.problem.code()));
            Problem::file(at.collect::<Vec<_>>().join(", "))
        })?;
        return Ok(outcomes::import(engine, caller, read).await?);
    }
    let report = pain002::read(bytes).map_err(|error| Problem::file(error.code().to_owned()))?;
    let pending = report.pending;
    let read = outcomes::of_report(engine, report).await?;
    let imported = outcomes::import(engine, caller, read).await?;
    Ok(Imported {
        pending,
        ..imported
    })
}

/// A text that is no id names no batch.
pub(in crate::http) fn batch_id(request: &HttpRequest) -> Result<BatchId, Problem> {
    let text = request.match_info().get("id").unwrap_or_default();
    BatchId::parse(text).ok_or_else(|| ProblemCode::NoSuchObject.into())
}
