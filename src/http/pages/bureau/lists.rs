//! `/bureau/export/…`: lists as workbooks.

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;

use crate::http::api::audit::WORKBOOK;
use crate::http::pages::session::{FinanceOrAuditorPage, StaffPage};
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::operations::lists::{List, workbook};

/// `GET /bureau/export/dealers.xlsx`
pub async fn dealers(_visit: StaffPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    file(&shared, List::Dealers, "dealers").await
}

/// `GET /bureau/export/pools.xlsx`
pub async fn pools(_visit: StaffPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    file(&shared, List::Pools, "pools").await
}

/// `GET /bureau/export/batches.xlsx`
pub async fn batches(
    _visit: FinanceOrAuditorPage,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    file(&shared, List::Batches, "batches").await
}

async fn file(shared: &Shared, list: List, name: &str) -> Result<HttpResponse, Problem> {
    let bytes = workbook(&shared.engine, list).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, WORKBOOK))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.xlsx\""),
        ))
        .body(bytes))
}
