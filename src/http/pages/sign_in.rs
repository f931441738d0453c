//! Enrolment, sign-in, sign-out, and the choice of role and language.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION, SET_COOKIE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::form::Form;
use super::frame::{Area, Frame};
use super::session::{self, StaffPage};
use super::{page, page_with, qr, see};
use crate::http::lang;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::rate;
use crate::http::state::Shared;
use crate::one_time_code;
use crate::operations::sign_in::{self, Choice, EnrolError, SignInError};
use crate::passwords::{self, Weakness};

/// A year in seconds: how long a choice of language is kept.
const YEAR: u32 = 31_536_000;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    f: Frame,
    bureau: bool,
    login: String,
    back: String,
    refused: bool,
}

#[derive(Template)]
#[template(path = "enrol.html")]
struct Enrol {
    f: Frame,
    code: String,
    login: String,
    bureau: bool,
    secret: String,
    picture: Option<qr::Picture>,
    least: usize,
    mistake: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "enrolled.html")]
struct Enrolled {
    f: Frame,
    bureau: bool,
}

/// Only paths of this site are gone back to.
fn ours(path: &str, otherwise: &str) -> String {
    let plain = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if plain { path } else { otherwise }.to_owned()
}

/// `GET /language`: the choice is kept in the browser.
pub async fn language(request: HttpRequest, shared: Data<Shared>) -> HttpResponse {
    let query = Form::query(&request);
    let to = if query.text("to") == "en" { "en" } else { "zh" };
    let secure = session::secure(&shared.engine);
    let cookie = format!(
        "{}={to}; Path=/; Max-Age={YEAR}; SameSite=Lax; HttpOnly{secure}",
        lang::COOKIE
    );
    HttpResponse::SeeOther()
        .insert_header((SET_COOKIE, cookie))
        .insert_header((LOCATION, ours(query.text("back"), "/")))
        .finish()
}

/// `GET /dealer/sign-in`
pub async fn show_dealer(request: HttpRequest) -> Result<HttpResponse, Problem> {
    show(&request, false)
}

/// `GET /bureau/sign-in`
pub async fn show_bureau(request: HttpRequest) -> Result<HttpResponse, Problem> {
    show(&request, true)
}

const fn area(bureau: bool) -> Area {
    if bureau { Area::Bureau } else { Area::Dealer }
}

const fn home(bureau: bool) -> &'static str {
    if bureau { "/bureau" } else { "/dealer" }
}

fn show(request: &HttpRequest, bureau: bool) -> Result<HttpResponse, Problem> {
    let f = Frame::new(request, area(bureau));
    let form = SignIn {
        bureau,
        login: String::new(),
        back: ours(Form::query(request).text("back"), home(bureau)),
        refused: false,
        f,
    };
    page(form.f.lang, &form)
}

/// `POST /dealer/sign-in`
pub async fn dealer(
    form: Form,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    enter(form, &request, &shared, false).await
}

/// `POST /bureau/sign-in`
pub async fn bureau(
    form: Form,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    enter(form, &request, &shared, true).await
}

/// Counts an attempt of an address.
pub(super) fn count(request: &HttpRequest, shared: &Shared) -> Result<(), Problem> {
    let proxies = &shared.engine.settings.trusted_proxies;
    shared.limits.sign_in(rate::address(request, proxies))
}

async fn enter(
    form: Form,
    request: &HttpRequest,
    shared: &Shared,
    bureau: bool,
) -> Result<HttpResponse, Problem> {
    count(request, shared)?;
    let engine = &shared.engine;
    let login = form.text("login").to_owned();
    let password = form.raw("password").to_owned();
    let code = form.text("code");
    let before = session::token(engine, request.headers());
    let entered = sign_in::sign_in(engine, bureau, login.clone(), password, code, before).await;
    let back = ours(form.text("back"), home(bureau));
    match entered {
        Ok(token) => {
            let cookie = session::set_cookie(engine, &token).ok_or(ProblemCode::Internal)?;
            Ok(with_cookie(see(&back), cookie))
        }
        Err(SignInError::Failed(error)) => Err(Problem::failed(error)),
        Err(SignInError::Wrong) => {
            let f = Frame::new(request, area(bureau));
            let again = SignIn {
                bureau,
                login,
                back,
                refused: true,
                f,
            };
            page_with(StatusCode::UNPROCESSABLE_ENTITY, again.f.lang, &again)
        }
    }
}

pub(super) fn with_cookie(mut answer: HttpResponse, cookie: HeaderValue) -> HttpResponse {
    answer.headers_mut().append(SET_COOKIE, cookie);
    answer
}

/// `POST /sign-out`
pub async fn sign_out(
    _form: Form,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let engine = &shared.engine;
    if let Some(token) = session::token(engine, request.headers()) {
        let ended = sign_in::sign_out(engine, token).await;
        ended.map_err(Problem::failed)?;
    }
    let cookie = session::set_cookie(engine, "").ok_or(ProblemCode::Internal)?;
    Ok(with_cookie(see("/"), cookie))
}

/// `POST /bureau/role`: a person with several roles acts in another one.
pub async fn role(
    _visit: StaffPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let engine = &shared.engine;
    let token = session::token(engine, request.headers()).ok_or(ProblemCode::SignInNeeded)?;
    let done = sign_in::act_as(engine, token, form.text("role").to_owned()).await;
    if done.map_err(Problem::failed)? {
        Ok(see("/bureau"))
    } else {
        Err(ProblemCode::RoleNotAllowed.into())
    }
}

/// `GET /enrol?code=…`
pub async fn show_enrolment(
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    count(&request, &shared)?;
    let code = Form::query(&request).text("code").to_owned();
    enrolment(&request, &shared, code, None).await
}

async fn enrolment(
    request: &HttpRequest,
    shared: &Shared,
    code: String,
    mistake: Option<EnrolError>,
) -> Result<HttpResponse, Problem> {
    let engine = &shared.engine;
    let found = sign_in::enrolling(engine, &code).await;
    let found = found.map_err(|error| match error {
        EnrolError::Failed(error) => Problem::failed(error),
        _ => ProblemCode::EnrolmentUnknown.into(),
    })?;
    let f = Frame::new(request, Area::Public);
    let address = one_time_code::address(&found.secret, &found.login, "tradein");
    let form = Enrol {
        mistake: mistake.map(|m| told(&f, m)),
        code,
        bureau: found.bureau,
        secret: one_time_code::spelled(&found.secret),
        picture: qr::picture(&address),
        login: found.login,
        least: passwords::LEAST,
        f,
    };
    let status = match mistake {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    page_with(status, form.f.lang, &form)
}

fn told(f: &Frame, mistake: EnrolError) -> &'static str {
    match mistake {
        EnrolError::Weak(weakness) => weak(f, weakness),
        _ => f.t(
            "动态验证码不正确，请输入验证器当前显示的六位数字。",
            "The one-time code does not fit. Type the six digits that your authenticator shows now.",
        ),
    }
}

/// Why a password is not taken.
pub(super) fn weak(f: &Frame, weakness: Weakness) -> &'static str {
    match weakness {
        Weakness::TooShort => f.t("密码过短。", "The password is too short."),
        Weakness::TooLong => f.t("密码过长。", "The password is too long."),
        Weakness::Repeated => f.t(
            "密码中重复的字符过多。",
            "The password repeats a few characters.",
        ),
        Weakness::Guessable => f.t(
            "密码容易被猜中：请勿使用登录名或常见词。",
            "The password is easily guessed: use neither your login nor a common word.",
        ),
    }
}

/// `POST /enrol`
pub async fn enrol(
    form: Form,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    count(&request, &shared)?;
    let code = form.text("enrolment").to_owned();
    let choice = Choice {
        code: code.clone(),
        password: form.raw("password").to_owned(),
        one_time: form.text("code").to_owned(),
    };
    let bureau = sign_in::enrolling(&shared.engine, &code).await;
    match sign_in::enrol(&shared.engine, choice).await {
        Ok(()) => {
            let done = Enrolled {
                f: Frame::new(&request, Area::Public),
                bureau: bureau.is_ok_and(|found| found.bureau),
            };
            page(done.f.lang, &done)
        }
        Err(EnrolError::Failed(error)) => Err(Problem::failed(error)),
        Err(EnrolError::CodeUnknown) => Err(ProblemCode::EnrolmentUnknown.into()),
        Err(mistake) => enrolment(&request, &shared, code, Some(mistake)).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(ours("/bureau/review?x=1", "/"), "/bureau/review?x=1");
        for path in [
            "",
            "bureau",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a b",
            "/\r\nx: y",
        ] {
            assert_eq!(ours(path, "/bureau"), "/bureau", "{path:?}");
        }
    }
}
