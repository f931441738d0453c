//! `/bureau/claims`: a claim by its number, and the last ones.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::findings::{Choice, choices};
use crate::domain::claim::ClaimState;
use crate::domain::ids::ClaimId;
use crate::http::page::{cursor_after, read_cursor};
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::StaffPage;
use crate::http::pages::{page_with, see};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::ReadError;
use crate::operations::claim_lists::{self, Listed, Wanted};

/// Claims on a page.
const LIMIT: usize = 40;

#[derive(Template)]
#[template(path = "bureau/claims.html")]
struct Claims {
    f: Frame,
    number: String,
    missing: bool,
    states: Vec<Choice>,
    programmes: Vec<Choice>,
    flagged: bool,
    narrowed: bool,
    items: Vec<Listed>,
    next: Option<String>,
}

/// `GET /bureau/claims?number=…` goes to the claim of this number; without one it is a list.
pub async fn show(
    visit: StaffPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let query = Form::query(&request);
    let number: String = query.text("number").chars().take(32).collect();
    let mut missing = false;
    if !number.is_empty() {
        match claim_lists::by_number(&shared.engine, &number).await {
            Ok(id) => return Ok(see(&format!("/bureau/claims/{id}"))),
            Err(ReadError::NotFound) => missing = true,
            Err(error) => return Err(Problem::reading(error, ProblemCode::ClaimNotFound)),
        }
    }
    list(visit.frame, &query, number, missing, &shared).await
}

async fn list(
    f: Frame,
    query: &Form,
    number: String,
    missing: bool,
    shared: &Shared,
) -> Result<HttpResponse, Problem> {
    let gone = Problem::failed::<ReadError>;
    let state = ClaimState::parse(query.text("state"));
    let flagged = query.text("flagged") == "yes";
    let wanted = Wanted {
        state,
        programme: query.some("programme").map(str::to_owned),
        flagged,
        before: before(query.text("cursor")),
    };
    let narrowed = wanted.programme.is_some() || state.is_some() || flagged;
    let programmes = claim_lists::programmes(&shared.engine, f.lang).await;
    let programmes = programmes.map_err(gone)?;
    let found = claim_lists::latest(&shared.engine, wanted, LIMIT, f.lang).await;
    let found = found.map_err(gone)?;
    let words = ClaimState::ALL
        .iter()
        .map(|state| (state.as_str(), f.state(state).word));
    let claims = Claims {
        states: choices(words, query.text("state")),
        programmes: choices(programmes, query.text("programme")),
        number,
        missing,
        flagged,
        narrowed,
        items: found.items,
        next: found.next.map(|last| onward(query, last)),
        f,
    };
    let status = if missing {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::OK
    };
    page_with(status, claims.f.lang, &claims)
}

/// A cursor that is none begins anew.
fn before(text: &str) -> Option<ClaimId> {
    ClaimId::from_slice(&read_cursor(text).ok()?)
}

/// The address of the next page.
fn onward(query: &Form, last: ClaimId) -> String {
    let mut address = url::form_urlencoded::Serializer::new(String::new());
    for name in ["state", "programme", "flagged"] {
        if let Some(value) = query.some(name) {
            address.append_pair(name, value);
        }
    }
    address.append_pair("cursor", &cursor_after(&last.to_vec()));
    format!("/bureau/claims?{}", address.finish())
}
