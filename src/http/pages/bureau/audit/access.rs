//! `/bureau/audit/access`: who opened whose personal data, and what else is noted there.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::http::page::{cursor_after, read_cursor};
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::page;
use crate::http::pages::session::AuditorPage;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::access::{self, AccessView};

/// Looks on a page.
const LIMIT: usize = 50;

#[derive(Template)]
#[template(path = "bureau/audit_access.html")]
struct Access {
    f: Frame,
    looks: Vec<AccessView>,
    next: Option<String>,
}

/// `GET /bureau/audit/access?cursor=…`: the last first.
pub async fn list(
    visit: AuditorPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let before = match Form::query(&request).some("cursor") {
        Some(text) => {
            let key = read_cursor(text).map_err(|_| ProblemCode::NotFound)?;
            Some(uuid::Uuid::from_slice(&key).map_err(|_| ProblemCode::NotFound)?)
        }
        None => None,
    };
    let mut looks = access::last(&shared.engine, before, LIMIT as i64 + 1).await?;
    let more = looks.len() > LIMIT;
    looks.truncate(LIMIT);
    let last = looks.last().filter(|_| more);
    let access = Access {
        f: visit.frame,
        next: last.map(|look| cursor_after(look.id.as_bytes())),
        looks,
    };
    page(access.f.lang, &access)
}
