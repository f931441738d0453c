//! `/bureau/pools`: the money of each pool, its brakes, and what is done with it.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::typed::{Typed, body, body_with_amount, fresh_id, id_of, mistake};
use crate::catalogue::Role;
use crate::domain::defect::DefectCode;
use crate::domain::money::Fen;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::pool_bar::PoolBar;
use crate::http::pages::session::{AuditorPage, OperatorPage, StaffPage};
use crate::http::pages::{page, page_with, see};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::denial::ActError;
use crate::operations::journal_view::{self, EntryView};
use crate::operations::pool_money::{MoneyAct, MoneyKind, MoneyTerms};
use crate::operations::pool_stages::{self, Brake};
use crate::operations::proposals::once;
use crate::operations::public::{self, PoolView};
use crate::operations::reconcile::{self, Reconciliation};
use crate::operations::{ReadError, StaffCaller};

/// Entries on a page of history.
const LIMIT: i64 = 50;
#[derive(Template)]
#[template(path = "bureau/pools.html")]
struct List {
    f: Frame,
    pools: Vec<PoolView>,
}

#[derive(Template)]
#[template(path = "bureau/pool.html")]
struct Pool {
    f: Frame,
    pool: PoolView,
    bar: PoolBar,
    others: Vec<String>,
    operator: bool,
    auditor: bool,
    /// Above it a second person decides.
    alone: Option<Fen>,
    once: String,
    typed: Typed,
}

#[derive(Template)]
#[template(path = "bureau/pool_history.html")]
struct History {
    f: Frame,
    name: String,
    found: Vec<EntryView>,
    /// Before this one there is more to look through.
    from: i64,
}

#[derive(Template)]
#[template(path = "bureau/pool_reconciliation.html")]
struct Sums {
    f: Frame,
    found: Reconciliation,
}

/// `GET /bureau/pools`
pub async fn list(visit: StaffPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let pools = public::pools(&shared.engine).await.map_err(unread)?;
    let list = List {
        f: visit.frame,
        pools,
    };
    page(list.f.lang, &list)
}

/// `GET /bureau/pools/{name}`
pub async fn show(
    visit: StaffPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let name = pool_name(&request);
    render(visit.frame, &visit.caller, &shared, &name, Typed::nothing()).await
}

async fn render(
    f: Frame,
    caller: &StaffCaller,
    shared: &Shared,
    name: &str,
    typed: Typed,
) -> Result<HttpResponse, Problem> {
    let engine = &shared.engine;
    let mut pools = public::pools(engine).await.map_err(unread)?;
    let at = pools.iter().position(|pool| pool.name == name);
    let pool = pools.swap_remove(at.ok_or(ProblemCode::PoolNotFound)?);
    let page = Pool {
        bar: PoolBar::new(&f, &pool),
        f,
        pool,
        others: pools.into_iter().map(|pool| pool.name).collect(),
        operator: caller.role == Role::Operator,
        auditor: caller.role == Role::Auditor,
        alone: engine.settings.two_persons_above,
        once: fresh_id(),
        typed,
    };
    page_with(page.typed.status(), page.f.lang, &page)
}

/// `POST /bureau/pools/{name}/stage`: `brake` is `freeze` or `resume`.
pub async fn stage(
    visit: OperatorPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let name = pool_name(&request);
    let done = async {
        let brake = match form.text("brake") {
            "freeze" => Brake::Freeze,
            "resume" => Brake::Resume,
            _ => return Err(ProblemCode::BadRequest.into()),
        };
        let (stage, why) = words::stage(&body(&form, &["stage", "why"]))?;
        let (engine, caller) = (&shared.engine, &visit.caller);
        let set = pool_stages::set_by(engine, caller, name.clone(), stage, brake, why).await;
        set.map(drop).map_err(no_pool)
    };
    match done.await {
        Ok(()) => Ok(see(&address(&name))),
        Err(problem) => {
            let typed = Typed::refused("stage", &form, problem, visit.frame.lang)?;
            render(visit.frame, &visit.caller, &shared, &name, typed).await
        }
    }
}

/// `POST /bureau/pools/{name}/money`: `act` names what is to be done. Whether it was done or
/// waits for a second person stands on the page that follows.
pub async fn money(
    visit: OperatorPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let name = pool_name(&request);
    let id = id_of(&form)?;
    let done = async {
        let act = act(&form, &name)?;
        let done = once::money(&shared.engine, &visit.caller, id, act).await;
        done.map_err(no_pool)
    };
    match done.await {
        Ok(kept) => Ok(see(&format!("/bureau/proposals/{}", kept.id))),
        Err(problem) => {
            let typed = Typed::refused("money", &form, problem, visit.frame.lang)?;
            render(visit.frame, &visit.caller, &shared, &name, typed).await
        }
    }
}

fn act(form: &Form, pool: &str) -> Result<MoneyAct, Problem> {
    let kind = MoneyKind::parse(form.text("act"));
    let kind = kind.ok_or_else(|| mistake("act", DefectCode::NotInList))?;
    let names: &[&str] = &["to", "amount", "reference"];
    let (to, amount, reference) = if kind == MoneyKind::Transfer {
        let (to, amount, reference) = words::transfer(&body_with_amount(form, names))?;
        (Some(to), amount, reference)
    } else {
        let (amount, reference) = words::paid_in(&body_with_amount(form, &names[1..]))?;
        (None, amount, reference)
    };
    let terms = MoneyTerms {
        amount,
        pool: pool.to_owned(),
        reference,
        to,
    };
    Ok(MoneyAct { kind, terms })
}

/// `GET /bureau/pools/{name}/history?before=…`: what happened to the pool itself.
pub async fn history(
    visit: StaffPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let name = pool_name(&request);
    let query = Form::query(&request);
    let before = query.some("before").map(str::parse).transpose();
    let before = before.map_err(|_| ProblemCode::NotFound)?;
    let found = journal_view::history(&shared.engine, name.clone(), before, LIMIT).await;
    let found = found.map_err(no_pool)?;
    let history = History {
        f: visit.frame,
        name,
        found: found.entries,
        from: found.from,
    };
    page(history.f.lang, &history)
}

/// `GET /bureau/pools/{name}/reconciliation`
pub async fn reconciliation(
    visit: AuditorPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let found = reconcile::pool(&shared.engine, pool_name(&request)).await;
    let sums = Sums {
        f: visit.frame,
        found: found.map_err(unread)?,
    };
    page(sums.f.lang, &sums)
}

fn address(name: &str) -> String {
    let spelled: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    format!("/bureau/pools/{spelled}")
}

/// The pool that an address names.
pub(super) fn pool_name(request: &HttpRequest) -> String {
    let name = request.match_info().get("name").unwrap_or_default();
    name.to_owned()
}

/// What a reading of a pool that failed is.
pub(super) fn unread(error: ReadError) -> Problem {
    Problem::reading(error, ProblemCode::PoolNotFound)
}

/// What an act on a pool that was not done is.
pub(super) fn no_pool(error: ActError) -> Problem {
    match error {
        ActError::Malformed(defects) => Problem::with_errors(ProblemCode::BodyMalformed, defects),
        other => Problem::acting(other, ProblemCode::PoolNotFound),
    }
}
