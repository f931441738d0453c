//! `/bureau/audit/flags`: what nobody has looked at yet.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::domain::ids::ClaimId;
use crate::http::page::{cursor_after, read_cursor};
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::page;
use crate::http::pages::session::AuditorPage;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::open_flags;
use crate::storage::inspection::OpenFlag;

/// Flags on a page.
const LIMIT: usize = 100;

#[derive(Template)]
#[template(path = "bureau/audit_flags.html")]
struct Flags {
    f: Frame,
    counts: Vec<(String, i64)>,
    flags: Vec<OpenFlag>,
    next: Option<String>,
}

/// `GET /bureau/audit/flags?cursor=…`
pub async fn list(
    visit: AuditorPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let after = match Form::query(&request).some("cursor") {
        Some(text) => {
            let key = read_cursor(text).map_err(|_| ProblemCode::NotFound)?;
            Some(ClaimId::from_slice(&key).ok_or(ProblemCode::NotFound)?)
        }
        None => None,
    };
    let found = open_flags::list(&shared.engine, after, LIMIT).await?;
    let flags = Flags {
        f: visit.frame,
        counts: found.counts,
        flags: found.flags,
        next: found.next.map(|id| cursor_after(&id.to_vec())),
    };
    page(flags.f.lang, &flags)
}
