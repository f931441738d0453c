//! `/bureau/claims/{id}/papers/{paper}`: a paper as its dealer sent it, shown in our pages only.
//!
//! Whoever sent it may have written anything into it, so it runs nothing, loads nothing and is
//! taken for nothing else than what its bytes were found to be. That it was looked at is logged.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::sheet::Kind;
use crate::http::api::claims::claim_id;
use crate::http::pages::session::StaffPage;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::{Caller, papers};

/// Of pictures, and of what browsers save. A browser shows a picture in a page of its own making,
/// which has a style.
const STRICT: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; \
    sandbox";
/// Of documents: the viewers in browsers are objects in such a page, and show nothing in a sandbox.
const DOCUMENT: &str = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; \
    frame-ancestors 'self'";

/// `GET /bureau/claims/{id}/papers/{paper}`
pub async fn show(
    visit: StaffPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = claim_id(&request)?;
    let paper = request.match_info().get("paper").unwrap_or_default();
    let caller = Caller::Staff(visit.caller);
    let found = papers::get(&shared.engine, caller, id, paper.to_owned()).await;
    let file = found.map_err(|error| Problem::acting(error, ProblemCode::NoSuchObject))?;
    let (how, policy) = match Kind::of(file.media_type) {
        Kind::Picture => ("inline", STRICT),
        Kind::Pdf => ("inline", DOCUMENT),
        Kind::File => ("attachment", STRICT),
    };
    let ending = match file.media_type {
        "application/pdf" => "pdf",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        _ => "ofd",
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, file.media_type))
        // A paper's word is small letters, digits and `_`: it was found under it.
        .insert_header((
            CONTENT_DISPOSITION,
            format!("{how}; filename=\"{paper}.{ending}\""),
        ))
        .insert_header(("content-security-policy", policy))
        .insert_header(("x-frame-options", "SAMEORIGIN"))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        .body(file.content))
}
