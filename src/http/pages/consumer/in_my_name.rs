//! `/in-my-name`: whether a claim was filed in somebody's name.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::{page, page_with};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::rate;
use crate::http::state::Shared;
use crate::operations::in_my_name::{self, InName};
use crate::settings::Bureau;

/// Every answer takes so long, whatever was looked at for it: its time says nothing.
const TAKES: Duration = Duration::from_millis(250);
/// Characters of a number or a name that are read.
const MOST_CHARACTERS: usize = 200;

#[derive(Template)]
#[template(path = "consumer/in_my_name.html")]
struct Asking {
    f: Frame,
    name: String,
    no_number: bool,
    no_name: bool,
}

#[derive(Template)]
#[template(path = "consumer/in_name.html")]
struct Answer<'a> {
    f: Frame,
    found: InName,
    bureau: &'a Bureau,
}

/// `GET /in-my-name`
pub async fn show(f: Frame) -> Result<HttpResponse, Problem> {
    let form = Asking {
        f,
        name: String::new(),
        no_number: false,
        no_name: false,
    };
    page(form.f.lang, &form)
}

/// `POST /in-my-name`
pub async fn ask(
    form: Form,
    f: Frame,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let engine = &shared.engine;
    let read = |name: &str| -> String { form.text(name).chars().take(MOST_CHARACTERS).collect() };
    let (number, name) = (read("id_number"), read("name"));
    if number.is_empty() || name.is_empty() {
        let again = Asking {
            f,
            no_number: number.is_empty(),
            no_name: name.is_empty(),
            name,
        };
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, again.f.lang, &again);
    }
    let address = rate::address(&request, &engine.settings.trusted_proxies);
    // In one spelling, so that another one is no new number.
    let number = in_my_name::normal_number(&number);
    shared.limits.in_my_name(address, &number)?;
    let asked = in_my_name::ask(engine, &number, &name);
    let (found, ()) = tokio::join!(asked, tokio::time::sleep(TAKES));
    let answer = Answer {
        found: found.map_err(|error| Problem::reading(error, ProblemCode::NotFound))?,
        bureau: &engine.settings.bureau,
        f,
    };
    page(answer.f.lang, &answer)
}
