//! Papers of a claim: sent as files or photographs, and looked at.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::acts::answer;
use super::asked::named;
use crate::http::api::claims::claim_id;
use crate::http::pages::form::Upload;
use crate::http::pages::session::DealerPage;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::Caller;
use crate::operations::papers;

/// `POST /dealer/claims/{id}/papers/{paper}`
pub async fn put(
    visit: DealerPage,
    upload: Result<Upload, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let upload = upload?;
    let (id, seen) = (claim_id(&request)?, upload.form.revision()?);
    let done = match upload.files.into_iter().next() {
        None => Err(ProblemCode::PaperEmpty.into()),
        Some(file) => {
            let paper = papers::Upload {
                paper: named(&request, "paper").to_owned(),
                content: file.bytes.to_vec(),
                declared: Some(file.declared).filter(|text| !text.is_empty()),
            };
            let (engine, lang) = (&shared.engine, visit.frame.lang);
            let done = papers::put(engine, &visit.caller, id, seen, paper, lang).await;
            done.map_err(Problem::from)
        }
    };
    answer(visit, &request, &shared, done).await
}

/// `GET /dealer/claims/{id}/papers/{paper}`
pub async fn get(
    visit: DealerPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = claim_id(&request)?;
    let caller = Caller::Dealer(visit.caller.dealer);
    let paper = named(&request, "paper").to_owned();
    let found = papers::get(&shared.engine, caller, id, paper).await;
    let file = found.map_err(|error| Problem::acting(error, ProblemCode::NoSuchObject))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, file.media_type))
        // A browser must not take a paper for a page of ours.
        .insert_header((CONTENT_DISPOSITION, "attachment"))
        .body(file.content))
}
