//! `/dealer/people`: who of a dealer signs in here.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::asked::named;
use crate::domain::ids::LoginId;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::DealerPage;
use crate::http::pages::{outside, page, page_with, see};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::dealer_logins::{self, OfferError};
use crate::operations::people::{LoginState, LoginView};

#[derive(Template)]
#[template(path = "dealer/people.html")]
struct People {
    f: Frame,
    people: Vec<LoginView>,
    /// The login of who looks.
    own: LoginId,
    /// What was typed, and what is wrong with it.
    login: String,
    wrong: &'static str,
}

#[derive(Template)]
#[template(path = "dealer/person_made.html")]
struct Made {
    f: Frame,
    login: String,
    link: String,
}

/// `GET /dealer/people`
pub async fn list(visit: DealerPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    shown(visit, &shared, String::new(), "").await
}

async fn shown(
    visit: DealerPage,
    shared: &Shared,
    login: String,
    wrong: &'static str,
) -> Result<HttpResponse, Problem> {
    let people = dealer_logins::own(&shared.engine, &visit.caller).await;
    let shown = People {
        own: dealer_logins::own_login(&visit.caller),
        people: people.map_err(Problem::on_object)?,
        login,
        wrong,
        f: visit.frame,
    };
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    page_with(status, shown.f.lang, &shown)
}

/// The link to enrol, which is told this once; else the page again with what hinders it.
async fn offered(
    visit: DealerPage,
    request: &HttpRequest,
    shared: &Shared,
    typed: String,
    done: Result<(String, String), OfferError>,
) -> Result<HttpResponse, Problem> {
    let f = &visit.frame;
    let wrong = match done {
        Ok((login, code)) => {
            let outside = outside::address(request, &shared.engine.settings);
            let link = format!("{outside}/enrol?code={code}");
            let f = visit.frame;
            return page(f.lang, &Made { f, login, link });
        }
        Err(OfferError::Act(error)) => return Err(Problem::on_object(error)),
        Err(OfferError::Malformed) => f.t(
            "登录名由 1 至 64 个字母、数字或 - _ . @ 组成。",
            "A login has 1 to 64 letters, digits or -_.@",
        ),
        Err(OfferError::Taken) => f.t("该登录名已被使用。", "Somebody has this login already."),
        Err(OfferError::TooMany) => f.t(
            "登录人员已达上限（50 人），请先关闭不用的。",
            "There are as many logins as may be (50); please close one first.",
        ),
    };
    shown(visit, shared, typed, wrong).await
}

/// `POST /dealer/people`
pub async fn add(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let login = form?.text("login").to_owned();
    let done = dealer_logins::offer_own(&shared.engine, &visit.caller, login.clone()).await;
    let done = done.map(|code| (login.clone(), code));
    offered(visit, &request, &shared, login, done).await
}

fn login_id(request: &HttpRequest) -> Result<LoginId, Problem> {
    let id = LoginId::parse(named(request, "id"));
    id.ok_or_else(|| ProblemCode::NoSuchObject.into())
}

/// `POST /dealer/people/{id}/renew`
pub async fn renew(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    let id = login_id(&request)?;
    let done = dealer_logins::renew_own(&shared.engine, &visit.caller, id).await;
    offered(visit, &request, &shared, String::new(), done).await
}

/// `POST /dealer/people/{id}/close`
pub async fn close(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    let id = login_id(&request)?;
    let done = dealer_logins::close_own(&shared.engine, &visit.caller, id).await;
    done.map_err(Problem::on_object)?;
    Ok(see("/dealer/people"))
}
