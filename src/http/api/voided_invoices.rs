//! Invoices that were voided, as a file.

use actix_web::HttpResponse;
use actix_web::web::Data;

use crate::http::auth::Operator;
use crate::http::body::FileBody;
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::operations::StaffCaller;
use crate::operations::register_file::ImportError;
use crate::operations::screening::voided::{self, VoidedImport};

/// The largest file, in bytes: some thirty thousand invoices. On SQLite nobody else writes while
/// one is taken, so it must not take long; more of them go through the command line.
pub const LARGEST: usize = 1024 * 1024;
/// Refused lines that are told; of more it is told that there are.
const TOLD: usize = 100;

/// `POST /v1/voided-invoices`
pub async fn import(
    caller: Operator,
    body: FileBody<LARGEST>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    body.type_among(&["text/csv"])?;
    let imported = take(&shared, &caller.0, body.bytes.to_vec()).await?;
    Ok(HttpResponse::Ok().json(imported))
}

/// Takes a file of voided invoices.
///
/// # Errors
/// [`ProblemCode::FileMalformed`](crate::http::problem::ProblemCode::FileMalformed) with the lines
/// that are refused; the database's.
pub(in crate::http) async fn take(
    shared: &Shared,
    caller: &StaffCaller,
    file: Vec<u8>,
) -> Result<VoidedImport, Problem> {
    let done = voided::import_by(&shared.engine, caller, file).await;
    done.map_err(|error| match error {
        ImportError::Ended(ended) => Problem::on_object(ended.into_act()),
        ImportError::Lines(refused) => {
            let told = refused.iter().take(TOLD);
            let mut at: Vec<String> = told.map(|l| format!("{}: {}", l.line, l.code)).collect();
            if refused.len() > TOLD {
                at.push("…".to_owned());
            }
            Problem::file(at.join(", "))
        }
    })
}
