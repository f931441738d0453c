//! `/bureau/review`: a reviewer's desk, one claim a screen.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde_json::json;

use super::deciding::{Deciding, decide};
use super::findings::{self, FindingRow, ROWS};
use super::mistake::{self, Mistake};
use crate::domain::ids::ClaimId;
use crate::domain::transition::Act;
use crate::http::api::claims::claim_id;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::ReviewerPage;
use crate::http::pages::{page, page_with_papers, see};
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::board::{self, QueueView};
use crate::operations::review::{self, Decision, OnDesk};
use crate::operations::{ReadError, StaffCaller};
use crate::storage::claim_briefs::Queue;

/// Where claims are reviewed.
const PLACE: &str = "/bureau/review";

#[derive(Template)]
#[template(path = "bureau/desk.html")]
struct Desk {
    f: Frame,
    done: Option<&'static str>,
    mine: Option<OnDesk>,
    queue: Option<QueueView>,
}

#[derive(Template)]
#[template(path = "bureau/review.html")]
struct Review {
    f: Frame,
    it: Deciding,
    /// What hinders each act, where the state allows it at all.
    recommend: Option<Option<&'static str>>,
    give_back: Option<Option<&'static str>>,
    reject: Option<Option<&'static str>>,
    defects: Vec<FindingRow>,
    ground: Vec<FindingRow>,
}

impl Review {
    /// The days of the form, or those that the pack gives.
    fn days(&self) -> String {
        let days = self.it.form.text("days");
        if days.is_empty() {
            self.it.s.d.correction_days.to_string()
        } else {
            days.to_owned()
        }
    }
}

/// `GET /bureau/review`
pub async fn desk(
    visit: ReviewerPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let f = visit.frame;
    let gone = Problem::failed::<ReadError>;
    let engine = &shared.engine;
    let mine = review::desk(engine, &visit.caller).await.map_err(gone)?;
    let queues = board::all_queues(engine).await.map_err(gone)?;
    let desk = Desk {
        done: mistake::done(&f, Form::query(&request).text("done")),
        mine,
        queue: queues.into_iter().find(|q| q.queue == Queue::Review),
        f,
    };
    page(desk.f.lang, &desk)
}

/// `POST /bureau/review/next`
pub async fn next(
    visit: ReviewerPage,
    form: Result<Form, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    let taken = review::next(&shared.engine, &visit.caller, visit.frame.lang).await?;
    Ok(match taken {
        Some(claim) => see(&format!("/bureau/review/{}", claim.id)),
        None => see("/bureau/review?done=empty"),
    })
}

/// `GET /bureau/review/{id}`
pub async fn claim(
    visit: ReviewerPage,
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
    let review = Review {
        recommend: it.s.prospect(&f, Act::Recommend),
        give_back: it.s.prospect(&f, Act::Return),
        reject: it.s.prospect(&f, Act::ProposeRejection),
        defects: it.rows(&f, "return", ROWS),
        ground: it.rows(&f, "reject", 1),
        it,
        f,
    };
    page_with_papers(review.it.status(), review.f.lang, &review)
}

/// Does what a form asked for; else the claim again with what was wrong.
async fn act(
    visit: ReviewerPage,
    id: ClaimId,
    form: Form,
    shared: &Shared,
    (which, decision): (&'static str, Result<Decision, Problem>),
    (names, then): (impl Fn(&str) -> String, &str),
) -> Result<HttpResponse, Problem> {
    let (f, caller) = (visit.frame, visit.caller);
    let done = decide(shared, &caller, id, &form, decision, f.lang).await;
    match done {
        Ok(()) => Ok(see(&format!("{PLACE}?done={then}"))),
        Err(problem) => {
            let mistake = Mistake::of(problem, f.lang, which, names)?;
            render(f, &caller, id, Some(mistake), form, shared).await
        }
    }
}

/// `POST /bureau/review/{id}/recommend`
pub async fn recommend(
    visit: ReviewerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (form, id) = (form?, claim_id(&request)?);
    let wish = ("recommend", Ok(Decision::Recommend));
    act(
        visit,
        id,
        form,
        &shared,
        wish,
        (str::to_owned, "recommended"),
    )
    .await
}

/// `POST /bureau/review/{id}/return`: several findings, each with its field.
pub async fn give_back(
    visit: ReviewerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (form, id) = (form?, claim_id(&request)?);
    let (defects, numbers) = findings::filled(&form);
    let days: Option<u32> = form.text("days").parse().ok();
    // Nothing filled in: the first row is told what it needs.
    let defects = if defects.is_empty() {
        vec![findings::finding(&form, 1)]
    } else {
        defects
    };
    let wish = json!({ "days": days, "defects": defects });
    let read = words::giving_back(wish.to_string().as_bytes());
    let decision = read.map(|(days, defects)| Decision::Return(days, defects));
    let names = move |pointer: &str| findings::name_in_list(pointer, &numbers);
    act(
        visit,
        id,
        form,
        &shared,
        ("return", decision),
        (names, "returned"),
    )
    .await
}

/// `POST /bureau/review/{id}/reject`: proposes it.
pub async fn reject(
    visit: ReviewerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (form, id) = (form?, claim_id(&request)?);
    let wish = findings::finding(&form, 1).to_string();
    let decision = words::finding(wish.as_bytes()).map(Decision::ProposeRejection);
    let then = (findings::name_of_one, "rejection_proposed");
    act(visit, id, form, &shared, ("reject", decision), then).await
}

/// `POST /bureau/review/{id}/put-back`: somebody else shall have it.
pub async fn put_back(
    visit: ReviewerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    review::put_back(&shared.engine, &visit.caller, claim_id(&request)?).await?;
    Ok(see("/bureau/review?done=put_back"))
}
