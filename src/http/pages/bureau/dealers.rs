//! `/bureau/dealers`: who takes part, how each stands, where it is paid, and its logins.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::typed::{Typed, body, mistake};
use crate::catalogue::Role;
use crate::domain::defect::DefectCode;
use crate::domain::formats::Uscc;
use crate::domain::ids::LoginId;
use crate::http::page;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::{FinanceOrOperatorPage, OperatorPage, StaffPage};
use crate::http::pages::{outside, page as shown, page_with, see};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::dealer_list::{self, DealerLine, Search};
use crate::operations::dealer_logins::{self, OfferError};
use crate::operations::dealers::{self, DealerView, Status};
use crate::operations::denial::ActError;
use crate::operations::people::{LoginState, LoginView};
use crate::operations::{StaffCaller, dealer_accounts};

/// Dealers on a page.
const LIMIT: u32 = 50;

#[derive(Template)]
#[template(path = "bureau/dealers.html")]
struct List {
    f: Frame,
    operator: bool,
    search: Search,
    programmes: Vec<String>,
    found: usize,
    dealers: Vec<DealerLine>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "bureau/dealer.html")]
struct Dealer {
    f: Frame,
    dealer: DealerView,
    logins: Vec<LoginView>,
    /// Changes the dealer.
    operator: bool,
    /// Decides about its accounts.
    decides: bool,
    wait_days: u32,
    typed: Typed,
}

#[derive(Template)]
#[template(path = "bureau/dealer_login.html")]
struct Offered {
    f: Frame,
    dealer: DealerView,
    login: String,
    address: String,
}

/// `GET /bureau/dealers?text=…&status=…&programme=…&cursor=…`
pub async fn list(
    visit: StaffPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let query = Form::query(&request);
    let search = Search {
        text: query.text("text").chars().take(200).collect(),
        status: query.text("status").to_owned(),
        programme: query.text("programme").to_owned(),
    };
    let cursor = query.some("cursor").map(page::read_cursor).transpose();
    let cursor = cursor.map_err(|_| ProblemCode::NotFound)?;
    let found = dealer_list::list(&shared.engine, search.clone()).await;
    let found = found.map_err(no_dealer)?;
    let mut programmes: Vec<String> = shared
        .engine
        .catalogue
        .current()
        .versions()
        .map(|version| version.pack.id.0.clone())
        .collect();
    programmes.sort_unstable();
    programmes.dedup();
    let count = found.len();
    let page = page::page_of(found, |dealer| &dealer.uscc, cursor.as_deref(), LIMIT);
    let list = List {
        f: visit.frame,
        operator: visit.caller.role == Role::Operator,
        search,
        programmes,
        found: count,
        dealers: page.items,
        next: page.next_cursor,
    };
    shown(list.f.lang, &list)
}

/// `GET /bureau/dealers/{uscc}`
pub async fn show(
    visit: StaffPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let uscc = uscc(&request)?;
    render(visit.frame, &visit.caller, &shared, uscc, Typed::nothing()).await
}

async fn render(
    f: Frame,
    caller: &StaffCaller,
    shared: &Shared,
    uscc: Uscc,
    typed: Typed,
) -> Result<HttpResponse, Problem> {
    let engine = &shared.engine;
    let operator = caller.role == Role::Operator;
    let dealer = dealers::get(engine, uscc.clone())
        .await
        .map_err(no_dealer)?;
    let logins = if operator {
        dealer_logins::list(engine, uscc).await.map_err(no_dealer)?
    } else {
        Vec::new()
    };
    let page = Dealer {
        f,
        dealer,
        logins,
        operator,
        decides: operator || caller.role == Role::Finance,
        wait_days: engine.settings.account_wait_days,
        typed,
    };
    page_with(page.typed.status(), page.f.lang, &page)
}

/// Back to the dealer where it was done; else the page again with what was typed.
async fn answer(
    (f, caller): (Frame, StaffCaller),
    shared: &Shared,
    uscc: Uscc,
    (name, form): (&'static str, &Form),
    done: Result<(), Problem>,
) -> Result<HttpResponse, Problem> {
    match done {
        Ok(()) => Ok(see(&address(&uscc))),
        Err(problem) => {
            let typed = Typed::refused(name, form, problem, f.lang)?;
            render(f, &caller, shared, uscc, typed).await
        }
    }
}

fn address(uscc: &Uscc) -> String {
    format!("/bureau/dealers/{}", uscc.as_str())
}

/// `POST /bureau/dealers/{uscc}/status`: `to` is `suspended`, `active` or `removed`.
pub async fn set_status(
    visit: OperatorPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let uscc = uscc(&request)?;
    let done = async {
        let statuses = [Status::Active, Status::Suspended, Status::Removed];
        let to = statuses.into_iter().find(|s| s.as_str() == form.text("to"));
        let to = to.ok_or_else(|| mistake("to", DefectCode::NotInList))?;
        let why = words::why(&body(&form, &["why"]))?;
        let engine = &shared.engine;
        let set = dealers::set_status_by(engine, &visit.caller, uscc.clone(), to, why).await;
        set.map(drop).map_err(no_dealer)
    };
    let done = done.await;
    let who = (visit.frame, visit.caller);
    answer(who, &shared, uscc.clone(), ("status", &form), done).await
}

/// `POST /bureau/dealers/{uscc}/bank-account`: another person confirms it.
pub async fn propose_account(
    visit: OperatorPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let uscc = uscc(&request)?;
    let done = async {
        let new = words::bank_account(&body(&form, &["name", "number", "bank"]))?;
        let engine = &shared.engine;
        let set = dealer_accounts::propose_for(engine, &visit.caller, uscc.clone(), new).await;
        set.map(drop).map_err(no_dealer)
    };
    let done = done.await;
    let who = (visit.frame, visit.caller);
    answer(who, &shared, uscc.clone(), ("account", &form), done).await
}

/// `POST /bureau/dealers/{uscc}/bank-account/{account}`: `decision` is `confirm` or `refuse`.
pub async fn decide_account(
    visit: FinanceOrOperatorPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let uscc = uscc(&request)?;
    let account = request.match_info().get("account").unwrap_or_default();
    let account = uuid::Uuid::try_parse(account).map_err(|_| ProblemCode::NoSuchObject)?;
    let done = async {
        let engine = &shared.engine;
        let decided = match form.text("decision") {
            "confirm" => {
                dealer_accounts::confirm(engine, &visit.caller, uscc.clone(), account).await
            }
            "refuse" => {
                let why = words::why(&body(&form, &["why"]))?;
                let caller = &visit.caller;
                dealer_accounts::refuse_for(engine, caller, uscc.clone(), account, why).await
            }
            _ => return Err(ProblemCode::BadRequest.into()),
        };
        decided.map(drop).map_err(no_dealer)
    };
    let done = done.await;
    let who = (visit.frame, visit.caller);
    answer(who, &shared, uscc.clone(), ("decision", &form), done).await
}

/// `POST /bureau/dealers/{uscc}/logins`: the link to enrol stands on the page that answers, and
/// nowhere else. Sent twice, the second link counts, as it is the one that is seen.
pub async fn offer_login(
    visit: OperatorPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let (engine, uscc) = (&shared.engine, uscc(&request)?);
    let login = form.text("login").to_owned();
    let offered =
        dealer_logins::offer_for(engine, &visit.caller, uscc.clone(), login.clone()).await;
    let problem = match offered {
        Ok(code) => {
            let dealer = dealers::get(engine, uscc).await.map_err(no_dealer)?;
            let outside = outside::address(&request, &engine.settings);
            let page = Offered {
                f: visit.frame,
                dealer,
                login,
                address: format!("{outside}/enrol?code={code}"),
            };
            return page_with(StatusCode::CREATED, page.f.lang, &page);
        }
        Err(OfferError::Malformed) => mistake("login", DefectCode::Format),
        Err(OfferError::Taken) => mistake("login", DefectCode::RepeatedValue),
        Err(OfferError::TooMany) => ProblemCode::BadRequest.into(),
        Err(OfferError::Act(error)) => no_dealer(error),
    };
    let who = (visit.frame, visit.caller);
    answer(who, &shared, uscc, ("login", &form), Err(problem)).await
}

/// `POST /bureau/dealers/{uscc}/logins/{login}/close`
pub async fn close_login(
    visit: OperatorPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let uscc = uscc(&request)?;
    let login = request.match_info().get("login").unwrap_or_default();
    let login = LoginId::parse(login).ok_or(ProblemCode::NoSuchObject)?;
    let done = async {
        let why = words::why(&body(&form, &["why"]))?;
        let engine = &shared.engine;
        let closed =
            dealer_logins::close_for(engine, &visit.caller, uscc.clone(), login, why).await;
        closed.map_err(no_dealer)
    };
    let done = done.await;
    let who = (visit.frame, visit.caller);
    answer(who, &shared, uscc.clone(), ("close", &form), done).await
}

/// A text that is no credit code names no dealer.
fn uscc(request: &HttpRequest) -> Result<Uscc, Problem> {
    let text = request.match_info().get("uscc").unwrap_or_default();
    Uscc::parse(text).map_err(|_| ProblemCode::NoSuchObject.into())
}

/// What an act on a dealer that was not done is.
pub(super) fn no_dealer(error: ActError) -> Problem {
    match error {
        ActError::Malformed(defects) => Problem::with_errors(ProblemCode::BodyMalformed, defects),
        other => Problem::acting(other, ProblemCode::NoSuchObject),
    }
}
