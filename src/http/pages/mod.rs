//! Pages for people: rendered here, in two languages, and usable without script.
//!
//! ```text
//! frame     what every page has: language, navigation, who is signed in
//! session   who asks: extractors are permissions, as for the API
//! form      what a form or an upload brings, settled before any use case
//! assets    style, script and htmx, out of the binary
//! sign_in   enrolment, sign-in, sign-out
//! password  a person's own password, changed by himself
//! failure   problems as pages
//! ```
//!
//! Handlers read a form, call one operation and render a template; they decide nothing that an
//! operation decides.

pub mod assets;
pub mod bureau;
pub mod consumer;
pub mod dealer;
mod failure;
pub mod form;
pub mod frame;
mod labels;
pub mod open;
mod outside;
pub mod password;
mod pool_bar;
mod qr;
pub mod session;
pub mod sign_in;
mod told;

pub use failure::{Again, as_page, is_page};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LANGUAGE, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use askama::Template;

use super::lang;
use super::problem::{Problem, ProblemCode};
use crate::domain::text::Lang;

/// Nothing is loaded from or sent to elsewhere, and nothing in a page is run but our files.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// The same for a page that shows papers, which come from an address of ours and nowhere else.
const POLICY_WITH_PAPERS: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; object-src 'self'; frame-src 'self'";

/// A page with status 200.
///
/// # Errors
/// [`ProblemCode::Internal`] when a template cannot be rendered.
pub fn page(lang: Lang, template: &impl Template) -> Result<HttpResponse, Problem> {
    page_with(StatusCode::OK, lang, template)
}

/// A page with a status.
///
/// # Errors
/// As [`page`].
pub fn page_with(
    status: StatusCode,
    lang: Lang,
    template: &impl Template,
) -> Result<HttpResponse, Problem> {
    under(POLICY, status, lang, template)
}

/// A page with a form that was sent and not done, or without a problem one that was not sent yet.
/// Who may send it again is told after which time.
///
/// # Errors
/// As [`page`].
pub fn page_again(
    problem: Option<&Problem>,
    lang: Lang,
    template: &impl Template,
) -> Result<HttpResponse, Problem> {
    let status = problem.map_or(200, |problem| problem.code().status());
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut page = page_with(status, lang, template)?;
    if let Some(seconds) = problem.and_then(Problem::retry_after_seconds) {
        page.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(page)
}

/// A page that shows papers of a claim beside what else it says.
///
/// # Errors
/// As [`page`].
pub fn page_with_papers(
    status: StatusCode,
    lang: Lang,
    template: &impl Template,
) -> Result<HttpResponse, Problem> {
    under(POLICY_WITH_PAPERS, status, lang, template)
}

fn under(
    policy: &'static str,
    status: StatusCode,
    lang: Lang,
    template: &impl Template,
) -> Result<HttpResponse, Problem> {
    let html = template.render().map_err(|error| {
        tracing::error!(%error, "a page could not be rendered");
        ProblemCode::Internal
    })?;
    Ok(HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_LANGUAGE, lang::content_language(lang)))
        .insert_header(("content-security-policy", policy))
        .insert_header(("cross-origin-opener-policy", "same-origin"))
        .insert_header(("x-frame-options", "DENY"))
        .body(html))
}

/// On to another page after a form was done, so that loading again does not do it again.
pub fn see(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, path))
        .finish()
}
