//! A claim says something else: its correction, and the invoice of one that was opened before the
//! purchase.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::claim_form::{self, Mistakes, PartView};
use crate::clock;
use crate::domain::claim_form::{ClaimForm, Typed, label};
use crate::domain::ids::ClaimId;
use crate::domain::intake::read_invoice;
use crate::http::api::claims::{self as api, claim_id};
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::DealerPage;
use crate::http::pages::{page_again, see};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::claims::{self, ClaimView};
use crate::operations::{DealerCaller, Viewer, amend, dealer_claims};

#[derive(Template)]
#[template(path = "dealer/correct.html")]
struct Amend {
    f: Frame,
    id: ClaimId,
    number: String,
    revision: i64,
    invoice: bool,
    findings: Vec<(String, String)>,
    parts: Vec<PartView>,
    mistakes: Vec<(String, String)>,
}

/// A claim that is to say something else, and its form.
struct Subject {
    claim: ClaimView,
    form: ClaimForm,
}

async fn subject(
    shared: &Shared,
    caller: &DealerCaller,
    id: ClaimId,
    f: &Frame,
) -> Result<Subject, Problem> {
    let engine = &shared.engine;
    let viewer = Viewer::Dealer(caller.dealer);
    let claim = claims::get(engine, &viewer, id, f.lang).await;
    let claim = claim.map_err(|error| Problem::reading(error, ProblemCode::ClaimNotFound))?;
    let found = claim_form::find(engine, caller.dealer, &claim.programme, f.lang);
    let (form, _) = found.ok_or(ProblemCode::ClaimNotFound)?;
    Ok(Subject { claim, form })
}

impl Subject {
    fn shown(
        self,
        f: Frame,
        invoice: bool,
        seen: i64,
        typed: &Typed,
        problem: Option<&Problem>,
    ) -> Result<HttpResponse, Problem> {
        let mistakes = problem.map_or_else(Mistakes::default, |problem| {
            Mistakes::of(problem, &self.form, f.lang)
        });
        let name = |pointer: &str| label(pointer, f.lang).unwrap_or(pointer).to_owned();
        let findings = self.claim.findings.iter();
        let page = Amend {
            parts: claim_form::parts(&f, &self.form, typed, &mistakes, invoice),
            findings: findings
                .map(|finding| (name(&finding.field), finding.message.clone()))
                .collect(),
            mistakes: mistakes.listed,
            id: self.claim.id,
            number: self.claim.number,
            revision: seen,
            invoice,
            f,
        };
        page_again(problem, page.f.lang, &page)
    }
}

/// `GET /dealer/claims/{id}/correction`: what the claim says, opened for its dealer, which is
/// written down.
pub async fn show_correction(
    visit: DealerPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let DealerPage { caller, frame } = visit;
    let id = claim_id(&request)?;
    let opened = dealer_claims::open_to_correct(&shared.engine, &caller, id).await?;
    let subject = subject(&shared, &caller, id, &frame).await?;
    let typed = subject.form.typed_of(&opened.content);
    subject.shown(frame, false, opened.revision, &typed, None)
}

/// `POST /dealer/claims/{id}/correction`
pub async fn correct(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let DealerPage { caller, frame } = visit;
    let (id, seen) = (claim_id(&request)?, form.revision()?);
    let subject = subject(&shared, &caller, id, &frame).await?;
    let typed = claim_form::typed(&subject.form, &form);
    let done = async {
        let intake = api::read(&subject.form.document(&typed))?;
        let engine = &shared.engine;
        let done = amend::correct(engine, &caller, id, seen, intake, frame.lang).await;
        done.map_err(Problem::from)
    };
    match done.await {
        Ok(claim) => Ok(see(&format!("/dealer/claims/{}", claim.id))),
        Err(problem) => subject.shown(frame, false, seen, &typed, Some(&problem)),
    }
}

/// `GET /dealer/claims/{id}/invoice`
pub async fn show_invoice(
    visit: DealerPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let DealerPage { caller, frame } = visit;
    let id = claim_id(&request)?;
    let subject = subject(&shared, &caller, id, &frame).await?;
    let seen = subject.claim.revision;
    subject.shown(frame, true, seen, &Typed::default(), None)
}

/// `POST /dealer/claims/{id}/invoice`
pub async fn invoice(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let DealerPage { caller, frame } = visit;
    let (id, seen) = (claim_id(&request)?, form.revision()?);
    let subject = subject(&shared, &caller, id, &frame).await?;
    let typed = claim_form::typed(&subject.form, &form);
    let done = async {
        let body = subject.form.invoice(&typed);
        let invoice = read_invoice(&body, clock::now().beijing_day()).map_err(|error| {
            Problem::intake(error, ProblemCode::ClaimMalformed).below("/invoice")
        })?;
        let engine = &shared.engine;
        let done = amend::invoice(engine, &caller, id, seen, invoice, frame.lang).await;
        done.map_err(Problem::from)
    };
    match done.await {
        Ok(claim) => Ok(see(&format!("/dealer/claims/{}", claim.id))),
        Err(problem) => subject.shown(frame, true, seen, &typed, Some(&problem)),
    }
}
