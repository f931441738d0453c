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
use crate::operations::dealer_people::{self, NotOffered, PersonView};

#[derive(Template)]
#[template(path = "dealer/people.html")]
struct People {
    f: Frame,
    people: Vec<PersonView>,
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
    let people = dealer_people::list(&shared.engine, &visit.caller).await;
    let shown = People {
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

/// The link is told this once; it is good for three days.
fn made(f: Frame, outside: &str, login: String, code: &str) -> Result<HttpResponse, Problem> {
    let link = format!("{outside}/enrol?code={code}");
    page(f.lang, &Made { f, login, link })
}

/// `POST /dealer/people`
pub async fn add(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let login = form?.text("login").to_owned();
    let added = dealer_people::add(&shared.engine, &visit.caller, login.clone()).await;
    let f = &visit.frame;
    let wrong = match added {
        Ok(code) => {
            return made(
                visit.frame,
                &outside::address(&request, &shared.engine.settings),
                login,
                &code,
            );
        }
        Err(NotOffered::Unavailable) => return Err(Problem::unavailable()),
        Err(NotOffered::Malformed) => f.t(
            "登录名由 1 至 64 个字母、数字或 - _ . @ 组成。",
            "A login has 1 to 64 letters, digits or -_.@",
        ),
        Err(NotOffered::Taken) => f.t("该登录名已被使用。", "Somebody has this login already."),
        Err(NotOffered::TooMany) => f.t(
            "登录人员已达上限（50 人），请先关闭不用的。",
            "There are as many logins as may be (50); please close one first.",
        ),
    };
    shown(visit, &shared, login, wrong).await
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
    let done = dealer_people::renew(&shared.engine, &visit.caller, id).await;
    let (login, code) = done.map_err(Problem::on_object)?;
    made(
        visit.frame,
        &outside::address(&request, &shared.engine.settings),
        login,
        &code,
    )
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
    let done = dealer_people::close(&shared.engine, &visit.caller, id).await;
    done.map_err(Problem::on_object)?;
    Ok(see("/dealer/people"))
}
