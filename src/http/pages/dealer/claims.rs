//! `/dealer/claims`: the list, one claim with everything it allows, and its receipt.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::claim_form;
use super::claim_view::{self, Allowed, LineView, PaperRow, SaidView};
use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::claim_form::label;
use crate::domain::ids::ClaimId;
use crate::http::api::claims::claim_id;
use crate::http::page as cursors;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::DealerPage;
use crate::http::pages::{outside, page_again, page_with, qr, see, told};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::claims::{self, ClaimView};
use crate::operations::dealer_claims::{self, Wanted};
use crate::operations::next_step::next_step;
use crate::operations::{DealerCaller, ReadError, Viewer};

/// Claims of one page of the list.
const LIMIT: u32 = 30;

#[derive(Template)]
#[template(path = "dealer/claims.html")]
struct Claims {
    f: Frame,
    states: Vec<(&'static str, &'static str, bool)>,
    programmes: Vec<(String, String, bool)>,
    number: String,
    missing: bool,
    items: Vec<ClaimView>,
    next: Option<String>,
    narrowed: bool,
}

/// `GET /dealer/claims?state=…&programme=…&number=…&cursor=…`
pub async fn list(
    visit: DealerPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let DealerPage { caller, frame: f } = visit;
    let query = Form::query(&request);
    let engine = &shared.engine;
    let number: String = query.text("number").chars().take(32).collect();
    let mut missing = false;
    if !number.is_empty() {
        let wanted = number.to_ascii_uppercase();
        match dealer_claims::by_number(engine, &caller, wanted).await {
            Ok(id) => return Ok(see(&format!("/dealer/claims/{id}"))),
            Err(ReadError::NotFound) => missing = true,
            Err(error) => return Err(Problem::reading(error, ProblemCode::ClaimNotFound)),
        }
    }
    let state = ClaimState::parse(query.text("state"));
    let programme = query.some("programme").map(str::to_owned);
    let before = cursors::read_cursor(query.text("cursor")).ok();
    let wanted = Wanted {
        state,
        programme: programme.clone(),
        before: before.and_then(|bytes| ClaimId::from_slice(&bytes)),
        limit: LIMIT,
    };
    let found = dealer_claims::latest(engine, &caller, wanted, f.lang).await;
    let found = found.map_err(|error| Problem::reading(error, ProblemCode::ClaimNotFound))?;
    let programmes = claim_form::programmes(engine, caller.dealer, f.lang).into_iter();
    let states = ClaimState::ALL.iter();
    let list = Claims {
        states: states
            .map(|s| (s.as_str(), f.state(s).word, state == Some(*s)))
            .collect(),
        narrowed: state.is_some() || programme.is_some(),
        next: found.next.map(|id| on(state, programme.as_deref(), id)),
        programmes: programmes
            .map(|(id, title)| {
                let chosen = programme.as_ref() == Some(&id);
                (id, title, chosen)
            })
            .collect(),
        number,
        missing,
        items: found.items,
        f,
    };
    let status = if missing {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::OK
    };
    page_with(status, list.f.lang, &list)
}

/// The address of the next page.
fn on(state: Option<ClaimState>, programme: Option<&str>, after: ClaimId) -> String {
    let mut query = url::form_urlencoded::Serializer::new("/dealer/claims?".to_owned());
    let cursor = cursors::cursor_after(&after.to_vec());
    let state = state.map(|state| ("state", state.as_str()));
    let programme = programme.map(|programme| ("programme", programme));
    let pairs = state.into_iter().chain(programme);
    query.extend_pairs(pairs.chain([("cursor", cursor.as_str())]));
    query.finish().replace("?&", "?")
}

#[derive(Template)]
#[template(path = "dealer/claim.html")]
struct OneClaim {
    f: Frame,
    claim: ClaimView,
    title: String,
    next_step: &'static str,
    reasons: Vec<(String, String, String)>,
    findings: Vec<(String, String)>,
    explanation: Vec<LineView>,
    papers: Vec<PaperRow>,
    said: Vec<SaidView>,
    allowed: Allowed,
    receipt: String,
    picture: Option<qr::Picture>,
    link: String,
    problem: Option<Told>,
}

/// What went wrong with an act.
struct Told {
    title: &'static str,
    detail: &'static str,
    lines: Vec<String>,
}

/// `GET /dealer/claims/{id}`
pub async fn show(
    visit: DealerPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    show_with(visit, &request, &shared, None).await
}

/// The page of a claim, with what went wrong with an act.
///
/// # Errors
/// [`ProblemCode::ClaimNotFound`], and when the database is away.
pub async fn show_with(
    visit: DealerPage,
    request: &HttpRequest,
    shared: &Shared,
    problem: Option<Problem>,
) -> Result<HttpResponse, Problem> {
    let DealerPage { caller, frame: f } = visit;
    let id = claim_id(request)?;
    let (claim, receipt) = read(shared, &caller, id, &f).await?;
    let engine = &shared.engine;
    let found = claim_form::find(engine, caller.dealer, &claim.programme, f.lang);
    let name = |pointer: &str| label(pointer, f.lang).unwrap_or(pointer).to_owned();
    let reasons = claim.reasons.iter();
    let findings = claim.findings.iter();
    let link = format!(
        "{}/?number={}",
        outside::address(request, &engine.settings),
        claim.number
    );
    let shown = OneClaim {
        title: found.map_or_else(|| claim.programme.clone(), |(_, title)| title),
        next_step: next_step(claim.state, f.lang),
        reasons: reasons
            .map(|r| (name(&r.field), r.message.clone(), r.basis.clone()))
            .collect(),
        findings: findings
            .map(|finding| (name(&finding.field), finding.message.clone()))
            .collect(),
        explanation: claim_view::explained(&claim.explanation),
        papers: claim_view::papers(engine, &claim, &f),
        said: claim_view::said(engine, &caller, &claim, f.lang),
        allowed: claim_view::allowed(engine, &claim, clock::now()),
        receipt,
        picture: qr::picture(&link),
        link,
        problem: problem.as_ref().map(|problem| {
            let (title, detail) = told::words(problem.code(), f.lang);
            Told {
                title,
                detail,
                lines: problem.lines(f.lang),
            }
        }),
        claim,
        f,
    };
    let mut page = page_again(problem.as_ref(), shown.f.lang, &shown)?;
    if matches!(page.status().as_u16(), 400 | 413 | 415) {
        // What programs are told of their bodies is a mistake in a form here.
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(page)
}

async fn read(
    shared: &Shared,
    caller: &DealerCaller,
    id: ClaimId,
    f: &Frame,
) -> Result<(ClaimView, String), Problem> {
    let missing = |error| Problem::reading(error, ProblemCode::ClaimNotFound);
    let engine = &shared.engine;
    let viewer = Viewer::Dealer(caller.dealer);
    let claim = claims::get(engine, &viewer, id, f.lang).await;
    let claim = claim.map_err(missing)?;
    let receipt = dealer_claims::receipt(engine, caller, id).await;
    Ok((claim, receipt.map_err(missing)?))
}

/// `GET /dealer/claims/{id}/receipt`: the receipt as a file.
pub async fn receipt(
    visit: DealerPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = claim_id(&request)?;
    let (claim, receipt) = read(&shared, &visit.caller, id, &visit.frame).await?;
    let name = format!("attachment; filename=\"{}.jws\"", claim.number);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/jose; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, name))
        .body(receipt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_keeps_what_the_list_is_narrowed_to() {
        let id = ClaimId(uuid::Uuid::from_u128(7));
        let path = on(Some(ClaimState::Returned), Some("a b"), id);
        let cursor = cursors::cursor_after(&id.to_vec());
        assert_eq!(
            path,
            format!("/dealer/claims?state=returned&programme=a+b&cursor={cursor}")
        );
    }
}
