//! Problems as pages: what was wrong and what to do, in the visitor's language.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, HeaderMap};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::form::Form;
use super::frame::Frame;
use super::told::words;
use super::{page_with, see};
use crate::http::place::Place;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::routes::is_for_people;

#[derive(Template)]
#[template(path = "failure.html")]
struct Failure<'a> {
    f: Frame,
    status: u16,
    title: &'a str,
    detail: &'a str,
    lines: Vec<String>,
    again: Option<Again>,
}

/// A form that was sent and is to be sent again as it is.
#[derive(Debug, Clone)]
pub struct Again {
    to: String,
    members: Vec<(String, String)>,
}

impl Again {
    /// The form that a request brought.
    pub async fn of(request: &HttpRequest) -> Option<Self> {
        let form = Form::brought(request).await?;
        let to = request.uri().path_and_query()?;
        Some(Self {
            to: to.as_str().to_owned(),
            members: form.members().to_vec(),
        })
    }
}

/// Whether a request is answered with pages: one for an address of pages, or for none at all by
/// somebody who reads pages.
pub fn is_page(place: Place, path: &str, headers: &HeaderMap) -> bool {
    if !is_for_people(path) {
        return false;
    }
    let reads_pages = || {
        let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
        accepted.is_some_and(|accepted| accepted.contains("text/html"))
    };
    place.pattern() != "unmatched" || reads_pages()
}

/// The page for a problem, with the headers of the problem's own answer. Who must sign in is sent
/// where he can. Where the form that was sent is given, it stands on it with its version and its key:
/// whoever went back for it would get a fresh one, and might do twice what was done unheard.
pub fn as_page(frame: Frame, problem: &Problem, sent: Option<Again>) -> HttpResponse {
    if problem.code() == ProblemCode::SignInNeeded {
        return see(&sign_in(&frame));
    }
    let lang = frame.lang;
    let plain = problem.response(lang);
    let (title, detail) = words(problem.code(), lang);
    let failure = Failure {
        status: problem.code().status(),
        title,
        detail,
        lines: problem.lines(lang),
        again: sent,
        f: frame,
    };
    let status = StatusCode::from_u16(failure.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match page_with(status, lang, &failure) {
        Ok(mut html) => {
            for name in ["retry-after", "allow"] {
                let header = plain.headers().iter().find(|(key, _)| *key == name);
                if let Some((key, value)) = header {
                    html.headers_mut().insert(key.clone(), value.clone());
                }
            }
            html
        }
        Err(_) => plain,
    }
}

/// Where somebody signs in who asked for this page, and comes back to it.
fn sign_in(frame: &Frame) -> String {
    let place = if frame.here.starts_with("/dealer") {
        "/dealer/sign-in"
    } else {
        "/bureau/sign-in"
    };
    let back: String = url::form_urlencoded::byte_serialize(frame.here.as_bytes()).collect();
    format!("{place}?back={back}")
}
