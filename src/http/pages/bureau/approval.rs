//! `/bureau/approval`: what others prepared, and what a second person decides about it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde_json::json;

use super::deciding::{Deciding, decide};
use super::findings::{self, FindingRow};
use super::mistake::{self, Mistake};
use super::typed;
use crate::domain::claim::ClaimState;
use crate::domain::ids::ClaimId;
use crate::domain::time::Timestamp;
use crate::domain::transition::Act;
use crate::http::api::claims::claim_id;
use crate::http::page::{cursor_after, read_cursor};
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::ApproverPage;
use crate::http::pages::{page, page_with_papers, see};
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::board::{self, QueueView};
use crate::operations::claim_lists::{self, Listed, Wanted};
use crate::operations::review::Decision;
use crate::operations::{ReadError, StaffCaller, appeal, clawback};
use crate::storage::claim_briefs::Queue;

/// Where what others prepared is decided.
const PLACE: &str = "/bureau/approval";
/// Claims on a page.
const LIMIT: usize = 40;

#[derive(Template)]
#[template(path = "bureau/approval.html")]
struct Approval {
    f: Frame,
    done: Option<&'static str>,
    queues: Vec<QueueView>,
    state: ClaimState,
    items: Vec<Line>,
    next: Option<String>,
}

/// A claim of the queue.
struct Line {
    claim: Listed,
    /// Whether this person prepared it, so that another must decide.
    own: bool,
}

#[derive(Template)]
#[template(path = "bureau/decide.html")]
struct Decide {
    f: Frame,
    it: Deciding,
    /// What hinders each act, where the state allows it at all.
    approve: Option<Option<&'static str>>,
    confirm: Option<Option<&'static str>>,
    reopen: Option<Option<&'static str>>,
    void: Option<Option<&'static str>>,
    claw_back: Option<Option<&'static str>>,
    appeal: Option<Option<&'static str>>,
    end: Vec<FindingRow>,
    ruling: Vec<FindingRow>,
}

/// `GET /bureau/approval?state=…`
pub async fn queue(
    visit: ApproverPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (f, caller, query) = (visit.frame, visit.caller, Form::query(&request));
    let gone = Problem::failed::<ReadError>;
    let engine = &shared.engine;
    let state = match query.text("state") {
        "rejection_proposed" => ClaimState::RejectionProposed,
        "appealed" => ClaimState::Appealed,
        _ => ClaimState::Recommended,
    };
    let cursor = read_cursor(query.text("cursor")).unwrap_or_default();
    let (items, next) = if state == ClaimState::Appealed {
        let wanted = Wanted {
            state: Some(state),
            before: ClaimId::from_slice(&cursor),
            ..Wanted::default()
        };
        let found = claim_lists::latest(engine, wanted, LIMIT, f.lang).await;
        let found = found.map_err(gone)?;
        (found.items, found.next.map(|id| id.to_vec()))
    } else {
        let found = claim_lists::prepared(engine, state, place(&cursor), LIMIT, f.lang).await;
        let found = found.map_err(gone)?;
        (found.items, found.next.map(place_to_vec))
    };
    let mut queues = board::all_queues(engine).await.map_err(gone)?;
    let theirs = [
        Queue::Recommended,
        Queue::RejectionProposed,
        Queue::Appealed,
    ];
    queues.retain(|view| theirs.contains(&view.queue));
    let line = |claim: Listed| Line {
        own: claim.preparer == Some(caller.staff),
        claim,
    };
    let approval = Approval {
        done: mistake::done(&f, query.text("done")),
        queues,
        state,
        items: items.into_iter().map(line).collect(),
        next: next.map(|key| {
            let cursor = cursor_after(&key);
            format!("/bureau/approval?state={state}&cursor={cursor}")
        }),
        f,
    };
    page(approval.f.lang, &approval)
}

/// The place after which a page starts; a cursor that is none begins anew.
fn place(cursor: &[u8]) -> Option<(Timestamp, ClaimId)> {
    let (since, id) = cursor.split_first_chunk::<8>()?;
    Some((
        Timestamp(i64::from_be_bytes(*since)),
        ClaimId::from_slice(id)?,
    ))
}

fn place_to_vec((since, id): (Timestamp, ClaimId)) -> Vec<u8> {
    [&since.0.to_be_bytes()[..], &id.to_vec()].concat()
}

/// `GET /bureau/approval/{id}`
pub async fn claim(
    visit: ApproverPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (id, query) = (claim_id(&request)?, Form::query(&request));
    render(visit.frame, &visit.caller, id, None, query, &shared).await
}

async fn render(
    f: Frame,
    caller: &StaffCaller,
    id: ClaimId,
    mistake: Option<Mistake>,
    form: Form,
    shared: &Shared,
) -> Result<HttpResponse, Problem> {
    let it = Deciding::of((&f, caller), PLACE, id, mistake, form, shared).await?;
    let page = Decide {
        approve: it.s.prospect(&f, Act::Approve),
        confirm: it.s.prospect(&f, Act::ConfirmRejection),
        reopen: it.s.prospect(&f, Act::Reopen),
        void: it.s.prospect(&f, Act::Void),
        claw_back: it.s.prospect(&f, Act::RaiseClawback),
        appeal: it.s.prospect(&f, Act::WinAppeal),
        end: it.rows(&f, "void", 1),
        ruling: it.rows(&f, "appeal", 1),
        it,
        f,
    };
    page_with_papers(page.it.status(), page.f.lang, &page)
}

/// Does what a form asked for; else the claim again with what was wrong.
async fn act(
    visit: ApproverPage,
    request: &HttpRequest,
    form: Form,
    shared: &Shared,
    (which, then): (&'static str, &str),
    decision: Result<Decision, Problem>,
) -> Result<HttpResponse, Problem> {
    let id = claim_id(request)?;
    let done = decide(shared, &visit.caller, id, &form, decision, visit.frame.lang).await;
    answer(visit, id, form, shared, (which, then), done).await
}

async fn answer(
    visit: ApproverPage,
    id: ClaimId,
    form: Form,
    shared: &Shared,
    (which, then): (&'static str, &str),
    done: Result<(), Problem>,
) -> Result<HttpResponse, Problem> {
    let (f, caller) = (visit.frame, visit.caller);
    match done {
        Ok(()) => Ok(see(&format!("{PLACE}?done={then}"))),
        Err(problem) => {
            let mistake = Mistake::of(problem, f.lang, which, findings::name_of_one)?;
            render(f, &caller, id, Some(mistake), form, shared).await
        }
    }
}

/// `POST /bureau/approval/{id}/approve`
pub async fn approve(
    visit: ApproverPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let words = ("approve", "approved");
    act(
        visit,
        &request,
        form?,
        &shared,
        words,
        Ok(Decision::Approve),
    )
    .await
}

/// `POST /bureau/approval/{id}/confirm`: the rejection, with the ground that was proposed.
pub async fn confirm(
    visit: ApproverPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let decision = Ok(Decision::ConfirmRejection(None));
    let words = ("confirm", "rejected");
    act(visit, &request, form?, &shared, words, decision).await
}

/// `POST /bureau/approval/{id}/reopen`
pub async fn reopen(
    visit: ApproverPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let words = ("reopen", "reopened");
    act(visit, &request, form?, &shared, words, Ok(Decision::Reopen)).await
}

/// `POST /bureau/approval/{id}/void`
pub async fn void(
    visit: ApproverPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let wish = findings::finding(&form, 1).to_string();
    let decision = words::finding(wish.as_bytes()).map(Decision::Void);
    act(visit, &request, form, &shared, ("void", "voided"), decision).await
}

/// `POST /bureau/approval/{id}/claw-back`
pub async fn claw_back(
    visit: ApproverPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (form, id) = (form?, claim_id(&request)?);
    let wish = typed::body(&form, &["why"]);
    let done = async {
        let (why, seen) = (words::why(&wish)?, form.revision()?);
        let (engine, lang) = (&shared.engine, visit.frame.lang);
        clawback::demand(engine, &visit.caller, id, seen, why, lang).await?;
        Ok(())
    };
    let done = done.await;
    answer(visit, id, form, &shared, ("claw_back", "demanded"), done).await
}

/// `POST /bureau/approval/{id}/appeal`
pub async fn decide_appeal(
    visit: ApproverPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (form, id) = (form?, claim_id(&request)?);
    let mut wish = findings::finding(&form, 1);
    wish["decision"] = json!(form.some("decision"));
    let done = async {
        let (won, ground) = words::appeal_decision(wish.to_string().as_bytes())?;
        let (engine, lang, seen) = (&shared.engine, visit.frame.lang, form.revision()?);
        appeal::decide(engine, &visit.caller, id, seen, won, ground, lang).await?;
        Ok(())
    };
    let done = done.await;
    let words = ("appeal", "appeal_decided");
    answer(visit, id, form, &shared, words, done).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn a_place_in_the_queue_comes_back_from_its_cursor() {
        let there = (Timestamp(-5), ClaimId(clock::new_uuid()));
        assert_eq!(place(&place_to_vec(there)), Some(there));
        assert_eq!((place(b""), place(b"12345678")), (None, None));
    }
}
