//! `/bureau/audit/access`: who opened whose personal data, and what else is noted there; and the
//! dealers' own looks at claims that they were to correct.

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
use crate::storage::dealer_claims::Look;

/// Looks on a page.
const LIMIT: usize = 50;

#[derive(Template)]
#[template(path = "bureau/audit_access.html")]
struct Access {
    f: Frame,
    looks: Vec<AccessView>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "bureau/audit_dealer_looks.html")]
struct DealerLooks {
    f: Frame,
    looks: Vec<Look>,
    next: Option<String>,
}

/// The look before which a page begins.
fn before(request: &HttpRequest) -> Result<Option<uuid::Uuid>, Problem> {
    let query = Form::query(request);
    let Some(text) = query.some("cursor") else {
        return Ok(None);
    };
    let key = read_cursor(text).map_err(|_| ProblemCode::NotFound)?;
    let id = uuid::Uuid::from_slice(&key).map_err(|_| ProblemCode::NotFound)?;
    Ok(Some(id))
}

/// What a page holds of the looks that were read for it, one more than it holds; and its cursor
/// where there are more.
fn cut<T>(mut looks: Vec<T>, id: impl Fn(&T) -> uuid::Uuid) -> (Vec<T>, Option<String>) {
    let more = looks.len() > LIMIT;
    looks.truncate(LIMIT);
    let last = looks.last().filter(|_| more);
    let next = last.map(|look| cursor_after(id(look).as_bytes()));
    (looks, next)
}

/// `GET /bureau/audit/access?cursor=…`: the last first.
pub async fn list(
    visit: AuditorPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let looks = access::last(&shared.engine, before(&request)?, LIMIT as i64 + 1).await?;
    let (looks, next) = cut(looks, |look| look.id);
    let f = visit.frame;
    page(f.lang, &Access { f, looks, next })
}

/// `GET /bureau/audit/access/dealers?cursor=…`: the last first.
pub async fn of_dealers(
    visit: AuditorPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let looks = access::of_dealers(&shared.engine, before(&request)?, LIMIT as i64 + 1).await?;
    let (looks, next) = cut(looks, |look| look.id);
    let f = visit.frame;
    page(f.lang, &DealerLooks { f, looks, next })
}
