//! What every request passes: its name, its language, its count, its line in the log, and
//! the headers of its answer. One layer and one future, because claims pay for it too.

use std::panic::AssertUnwindSafe;

use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};
use futures_util::future::FutureExt;

use super::connections::Answering;
use super::lang;
use super::pages;
use super::pages::frame::Frame;
use super::place::Place;
use super::problem::{Problem, ProblemCode};
use super::request_id::X_REQUEST_ID;
use super::state::Shared;
use crate::clock;
use crate::domain::text::Lang;

/// In production everybody comes through TLS, and browsers remember that for a year (OWASP ASVS
/// 5.0, 3.4.1).
const ONLY_TLS: &str = "max-age=31536000; includeSubDomains";
/// What is no page is not to be run, framed or to load anything, should a browser show it (OWASP
/// ASVS 5.0, 3.2.1 and 3.4.6).
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";
const REFERRER_POLICY: HeaderName = HeaderName::from_static("referrer-policy");

/// Lets a request through and dresses its answer.
pub fn pass<S>(
    shared: &Data<Shared>,
    request: ServiceRequest,
    inner: &S,
) -> impl Future<Output = Result<ServiceResponse<BoxBody>, Error>> + use<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    let began = clock::since_start();
    let place = Place::of(request.method(), request.path());
    let name = shared.ids.of(request.headers());
    let lang = lang::of(request.headers());
    let for_people = pages::is_page(place, request.path(), request.headers());
    let shared = shared.clone();
    let answering = Answering::begin(request.request());
    // A handler that panics must not end its thread, and with it everybody else's requests there.
    let answer = AssertUnwindSafe(inner.call(request)).catch_unwind();
    async move {
        let mut ended = match answer.await {
            Ok(answer) => Ok(in_language(answer?, lang, for_people).await),
            Err(_) => Err(Problem::from(ProblemCode::Internal).response(lang)),
        };
        let took = clock::since_start().saturating_sub(began);
        let (status, headers) = match &mut ended {
            Ok(answer) => (answer.status(), answer.headers_mut()),
            Err(problem) => (problem.status(), problem.headers_mut()),
        };
        let status = status.as_u16();
        shared.metrics.answered(place, status, took);
        log(&name, place, status, took.as_micros());
        dress(headers, name, shared.engine.settings.production);
        let answer = ended.map_err(|problem| InternalError::from_response("a panic", problem))?;
        Ok(match answering {
            Some(answering) => answer.map_body(|_, body| answering.until_sent(body)),
            None => answer,
        })
    }
}

/// The headers that every answer carries.
fn dress(headers: &mut HeaderMap, name: HeaderValue, production: bool) {
    headers.insert(X_REQUEST_ID, name);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if production {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(ONLY_TLS),
        );
    }
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(NOTHING));
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// An error becomes a problem in the caller's language, also one that something below us
/// made without asking; for people it becomes a page.
async fn in_language(
    answer: ServiceResponse<BoxBody>,
    lang: Lang,
    for_people: bool,
) -> ServiceResponse<BoxBody> {
    let Some(error) = answer.response().error() else {
        return answer;
    };
    if for_people {
        let problem = error.as_error::<Problem>().cloned();
        let problem = problem.unwrap_or_else(|| Problem::for_status(answer.status()));
        let frame = Frame::public(answer.request());
        let sent = match problem.code() {
            ProblemCode::Unavailable => pages::Again::of(answer.request()).await,
            _ => None,
        };
        return answer.into_response(pages::as_page(frame, &problem, sent));
    }
    let fresh: HttpResponse = match error.as_error::<Problem>() {
        Some(_) if lang == Lang::default() => return answer,
        Some(problem) => problem.response(lang),
        None => {
            tracing::debug!(%error, "a request was refused below the handlers");
            Problem::for_status(answer.status()).response(lang)
        }
    };
    answer.into_response(fresh)
}

/// The access log: names, patterns and figures; no address, query, header or body.
fn log(name: &HeaderValue, place: Place, status: u16, micros: u128) {
    let request_id = name.to_str().unwrap_or_default();
    let (method, route) = (place.method(), place.pattern());
    match status {
        // Whoever is turned away by the thousand must not cost a line each: they are counted, and
        // what else makes the service unavailable is told where it is found.
        0..=299 | 503 => tracing::debug!(request_id, method, route, status, micros, "answered"),
        300..=499 => tracing::info!(request_id, method, route, status, micros, "answered"),
        _ => tracing::warn!(request_id, method, route, status, micros, "answered"),
    }
}
