//! `/bureau/proposals`: what one person proposed and another decides.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::typed::{Typed, body};
use crate::catalogue::Role;
use crate::domain::ids::ProposalId;
use crate::domain::money::Fen;
use crate::http::page::{cursor_after, read_cursor};
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::{OperatorOrApproverPage, StaffPage};
use crate::http::pages::{page, page_with, see};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::StaffCaller;
use crate::operations::denial::ActError;
use crate::operations::proposals::{self, ProposalView};
use crate::storage::proposals::ProposalState;

/// Proposals on a page.
const LIMIT: usize = 50;

#[derive(Template)]
#[template(path = "bureau/proposals.html")]
struct List {
    f: Frame,
    state: String,
    proposals: Vec<ProposalView>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "bureau/proposal.html")]
struct One {
    f: Frame,
    proposal: ProposalView,
    /// Of money: how much.
    amount: Option<Fen>,
    /// Another person than who proposed it, in a role that decides.
    decides: bool,
    /// Who looks proposed it.
    own: bool,
    typed: Typed,
}

impl One {
    /// A member of what is proposed.
    fn term(&self, name: &str) -> Option<&str> {
        self.proposal.payload.get(name)?.as_str()
    }
}

/// `GET /bureau/proposals?state=proposed|done|refused&cursor=…`
pub async fn list(
    visit: StaffPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let query = Form::query(&request);
    // What waits comes first; all of them where it is asked for.
    let state = query.some("state").unwrap_or("proposed").to_owned();
    let after = match query.some("cursor") {
        Some(text) => {
            let key = read_cursor(text).map_err(|_| ProblemCode::NotFound)?;
            Some(ProposalId::from_slice(&key).ok_or(ProblemCode::NotFound)?)
        }
        None => None,
    };
    let (asked, limit) = (ProposalState::parse(&state), LIMIT as i64 + 1);
    let found = proposals::list(&shared.engine, asked, after, limit).await;
    let mut found = found.map_err(no_proposal)?;
    let more = found.len() > LIMIT;
    found.truncate(LIMIT);
    let last = found.last().filter(|_| more);
    let list = List {
        f: visit.frame,
        state,
        next: last.map(|proposal| cursor_after(&proposal.id.to_vec())),
        proposals: found,
    };
    page(list.f.lang, &list)
}

/// `GET /bureau/proposals/{id}`
pub async fn show(
    visit: StaffPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = proposal_id(&request)?;
    render(visit.frame, &visit.caller, &shared, id, Typed::nothing()).await
}

async fn render(
    f: Frame,
    caller: &StaffCaller,
    shared: &Shared,
    id: ProposalId,
    typed: Typed,
) -> Result<HttpResponse, Problem> {
    let proposal = proposals::get(&shared.engine, id).await;
    let proposal = proposal.map_err(no_proposal)?;
    let amount = proposal.payload["amount"].as_str();
    let own = f
        .who
        .as_ref()
        .is_some_and(|who| who.login == proposal.proposed_by);
    let page = One {
        amount: amount.and_then(|text| Fen::parse_yuan(text).ok()),
        decides: matches!(caller.role, Role::Operator | Role::Approver) && !own,
        own,
        proposal,
        typed,
        f,
    };
    page_with(page.typed.status(), page.f.lang, &page)
}

/// `POST /bureau/proposals/{id}/approve`
pub async fn approve(
    visit: OperatorOrApproverPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let id = proposal_id(&request)?;
    let decided = proposals::approve(&shared.engine, &visit.caller, id).await;
    let done = decided.map(drop).map_err(no_proposal);
    answer(visit, &shared, id, ("approve", &form), done).await
}

/// `POST /bureau/proposals/{id}/refuse`
pub async fn refuse(
    visit: OperatorOrApproverPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let id = proposal_id(&request)?;
    let done = async {
        let why = words::why(&body(&form, &["why"]))?;
        let decided = proposals::refuse(&shared.engine, &visit.caller, id, why).await;
        decided.map(drop).map_err(no_proposal)
    };
    let done = done.await;
    answer(visit, &shared, id, ("refuse", &form), done).await
}

async fn answer(
    visit: OperatorOrApproverPage,
    shared: &Shared,
    id: ProposalId,
    (name, form): (&'static str, &Form),
    done: Result<(), Problem>,
) -> Result<HttpResponse, Problem> {
    match done {
        Ok(()) => Ok(see(&format!("/bureau/proposals/{id}"))),
        Err(problem) => {
            let typed = Typed::refused(name, form, problem, visit.frame.lang)?;
            render(visit.frame, &visit.caller, shared, id, typed).await
        }
    }
}

fn proposal_id(request: &HttpRequest) -> Result<ProposalId, Problem> {
    let text = request.match_info().get("id").unwrap_or_default();
    ProposalId::parse(text).ok_or_else(|| ProblemCode::NoSuchObject.into())
}

fn no_proposal(error: ActError) -> Problem {
    Problem::acting(error, ProblemCode::NoSuchObject)
}
