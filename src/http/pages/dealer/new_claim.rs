//! `/dealer/claims/new`: one form for a claim of any programme, with a look before it is filed.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;

use super::asked;
use super::claim_form::{self, Mistakes, PartView};
use super::claim_view::{LineView, explained, paper_title};
use crate::clock;
use crate::domain::claim::ClaimState;
use crate::domain::claim_form::{ClaimForm, Typed, label};
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::http::api::claims;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::DealerPage;
use crate::http::pages::{page, page_again, see};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::{Engine, submit};

/// Where the form stands.
const HERE: &str = "/dealer/claims/new";

#[derive(Template)]
#[template(path = "dealer/choose_programme.html")]
struct Choose {
    f: Frame,
    programmes: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "dealer/new_claim.html")]
struct NewClaim {
    f: Frame,
    programme: String,
    title: String,
    key: String,
    parts: Vec<PartView>,
    mistakes: Vec<(String, String)>,
    verdict: Option<Verdict>,
}

/// The verdict that a claim would get now.
struct Verdict {
    accepted: bool,
    state: ClaimState,
    amount: Fen,
    reasons: Vec<(String, String, String)>,
    due: Vec<(String, Timestamp)>,
    explanation: Vec<LineView>,
}

#[derive(Template)]
#[template(path = "dealer/field_messages.html")]
struct Messages {
    fields: Vec<(String, String)>,
}

/// `GET /dealer/claims/new?programme=…`: the programme is chosen first.
pub async fn show(
    visit: DealerPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let programme = Form::query(&request).text("programme").to_owned();
    let (dealer, f) = (visit.caller.dealer, visit.frame);
    match claim_form::find(&shared.engine, dealer, &programme, f.lang) {
        Some((form, title)) => {
            let empty = Typed::default();
            let filled = NewClaim::of(f, &form, (programme, title), fresh(), &empty);
            page(filled.f.lang, &filled)
        }
        None => {
            let programmes = claim_form::programmes(&shared.engine, dealer, f.lang);
            page(f.lang, &Choose { f, programmes })
        }
    }
}

fn fresh() -> String {
    clock::new_uuid().to_string()
}

impl NewClaim {
    fn of(
        f: Frame,
        form: &ClaimForm,
        (programme, title): (String, String),
        key: String,
        typed: &Typed,
    ) -> Self {
        Self {
            parts: claim_form::parts(&f, form, typed, &Mistakes::default(), false),
            programme,
            title,
            key,
            mistakes: Vec::new(),
            verdict: None,
            f,
        }
    }
}

/// A form that came, read.
struct Sent {
    form: ClaimForm,
    named: (String, String),
    key: String,
    typed: Typed,
}

impl Sent {
    /// `None` where the form names no programme of the dealer.
    fn of(visit: &DealerPage, form: &Form, shared: &Shared) -> Result<Option<Self>, Problem> {
        let programme = form.text("programme").to_owned();
        let (dealer, lang) = (visit.caller.dealer, visit.frame.lang);
        let found = claim_form::find(&shared.engine, dealer, &programme, lang);
        let Some((claim, title)) = found else {
            return Ok(None);
        };
        Ok(Some(Self {
            typed: claim_form::typed(&claim, form),
            form: claim,
            named: (programme, title),
            key: asked::key(form)?.to_owned(),
        }))
    }

    fn document(&self) -> Bytes {
        self.form.document(&self.typed).into()
    }

    /// The form again, with what is wrong.
    fn again(self, f: Frame, problem: &Problem) -> Result<HttpResponse, Problem> {
        let mistakes = Mistakes::of(problem, &self.form, f.lang);
        // What was filed under the old key is another claim.
        let key = if problem.code() == ProblemCode::IdempotencyKeyReused {
            fresh()
        } else {
            self.key
        };
        let parts = claim_form::parts(&f, &self.form, &self.typed, &mistakes, false);
        let mut filled = NewClaim::of(f, &self.form, self.named, key, &self.typed);
        filled.parts = parts;
        filled.mistakes = mistakes.listed;
        page_again(Some(problem), filled.f.lang, &filled)
    }
}

/// `POST /dealer/claims/new`: files the claim.
pub async fn file(
    visit: DealerPage,
    form: Result<Form, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let Some(sent) = Sent::of(&visit, &form?, &shared)? else {
        return Ok(see(HERE));
    };
    let DealerPage { caller, frame } = visit;
    let filed = claims::file(&shared, &caller, &sent.key, sent.document(), frame.lang).await;
    match filed {
        Ok(answer) => {
            let id = claims::id_of(&answer).ok_or(ProblemCode::Internal)?;
            Ok(see(&format!("/dealer/claims/{id}")))
        }
        Err(problem) => sent.again(frame, &problem),
    }
}

/// `POST /dealer/claims/check`: the verdict that the claim would get now; nothing is kept.
pub async fn check(
    visit: DealerPage,
    form: Result<Form, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let Some(sent) = Sent::of(&visit, &form?, &shared)? else {
        return Ok(see(HERE));
    };
    let DealerPage { caller, frame } = visit;
    let looked = async {
        let intake = claims::read(&sent.document())?;
        let answer = submit::check(&shared.engine, &caller, intake, frame.lang).await?;
        verdict(&shared.engine, &answer, &frame)
    };
    match looked.await {
        Ok(verdict) => {
            let Sent {
                form,
                named,
                key,
                typed,
            } = sent;
            let mut filled = NewClaim::of(frame, &form, named, key, &typed);
            filled.verdict = Some(verdict);
            page(filled.f.lang, &filled)
        }
        Err(problem) => sent.again(frame, &problem),
    }
}

fn verdict(engine: &Engine, answer: &[u8], f: &Frame) -> Result<Verdict, Problem> {
    #[derive(Deserialize)]
    struct Reason {
        field: String,
        message: String,
        basis: String,
    }
    #[derive(Deserialize)]
    struct Due {
        paper: String,
        by: String,
    }
    #[derive(Deserialize)]
    struct Preview {
        state: ClaimState,
        programme: String,
        amount: Fen,
        reasons: Vec<Reason>,
        due: Vec<Due>,
        explanation: Box<serde_json::value::RawValue>,
    }
    let read: Preview = serde_json::from_slice(answer).map_err(|_| ProblemCode::Internal)?;
    let named = |reason: Reason| {
        let name = label(&reason.field, f.lang).unwrap_or_default().to_owned();
        (name, reason.message, reason.basis)
    };
    Ok(Verdict {
        accepted: read.state != ClaimState::Refused,
        state: read.state,
        amount: read.amount,
        reasons: read.reasons.into_iter().map(named).collect(),
        due: read
            .due
            .into_iter()
            .filter_map(|due| {
                let title = paper_title(engine, &read.programme, &due.paper, f);
                Some((title, Timestamp::parse_rfc3339(&due.by)?))
            })
            .collect(),
        explanation: explained(&read.explanation),
    })
}

/// `POST /dealer/claims/check-fields`: what is wrong with the fields in which something stands,
/// while somebody types.
pub async fn check_fields(
    visit: DealerPage,
    form: Result<Form, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let programme = form.text("programme").to_owned();
    let (dealer, lang) = (visit.caller.dealer, visit.frame.lang);
    let found = claim_form::find(&shared.engine, dealer, &programme, lang);
    let (claim, _) = found.ok_or(ProblemCode::NotFound)?;
    let typed = claim_form::typed(&claim, &form);
    let mistakes = match claims::read(&claim.document(&typed)) {
        Ok(_) => Mistakes::default(),
        Err(problem) => Mistakes::of(&problem, &claim, lang),
    };
    let fields = claim.all_fields().into_iter().map(|field| {
        let touched = !typed.get(field.pointer).is_empty();
        let wrong = if touched {
            mistakes.at(field.pointer)
        } else {
            ""
        };
        (claim_form::id(field.pointer), wrong.to_owned())
    });
    let fields = fields.collect();
    page(lang, &Messages { fields })
}
