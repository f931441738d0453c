//! A person's own password, changed by himself.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::form::Form;
use super::frame::Frame;
use super::session::{self, DealerPage, StaffPage};
use super::sign_in::{count, weak, with_cookie};
use super::{page, page_with, see};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::own_password::{Change, ChangeError, change};
use crate::passwords;

#[derive(Template)]
#[template(path = "password.html")]
struct Password {
    f: Frame,
    least: usize,
    done: bool,
    mistake: Option<&'static str>,
}

/// `GET /dealer/password`
pub async fn show_dealer(visit: DealerPage, request: HttpRequest) -> Result<HttpResponse, Problem> {
    show(visit.frame, &request)
}

/// `GET /bureau/password`
pub async fn show_bureau(visit: StaffPage, request: HttpRequest) -> Result<HttpResponse, Problem> {
    show(visit.frame, &request)
}

fn show(f: Frame, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let form = Password {
        least: passwords::LEAST,
        done: !Form::query(request).text("done").is_empty(),
        mistake: None,
        f,
    };
    page(form.f.lang, &form)
}

/// `POST /dealer/password`
pub async fn dealer(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    changed(visit.frame, form?, &request, &shared).await
}

/// `POST /bureau/password`
pub async fn bureau(
    visit: StaffPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    changed(visit.frame, form?, &request, &shared).await
}

async fn changed(
    f: Frame,
    form: Form,
    request: &HttpRequest,
    shared: &Shared,
) -> Result<HttpResponse, Problem> {
    count(request, shared)?;
    let engine = &shared.engine;
    let token = session::token(engine, request.headers()).ok_or(ProblemCode::SignInNeeded)?;
    let typed = Change {
        present: form.raw("present").to_owned(),
        code: form.text("code").to_owned(),
        password: form.raw("password").to_owned(),
    };
    let mistake = match change(engine, token, typed).await {
        Ok(fresh) => {
            let cookie = session::set_cookie(engine, &fresh).ok_or(ProblemCode::Internal)?;
            let done = format!("{}?done=1", f.own_password());
            return Ok(with_cookie(see(&done), cookie));
        }
        Err(ChangeError::Failed(error)) => return Err(Problem::failed(error)),
        Err(ChangeError::Ended) => return Err(ProblemCode::SignInNeeded.into()),
        Err(ChangeError::Weak(weakness)) => weak(&f, weakness),
        Err(ChangeError::Wrong) => f.t(
            "当前密码或动态验证码不正确，或因多次失败已暂时锁定。",
            "The present password or the one-time code is wrong, or it was tried too often and is locked for a while.",
        ),
    };
    let again = Password {
        least: passwords::LEAST,
        done: false,
        mistake: Some(mistake),
        f,
    };
    page_with(StatusCode::UNPROCESSABLE_ENTITY, again.f.lang, &again)
}
