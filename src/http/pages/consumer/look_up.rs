//! `/`: a claim by its number and the tails of two numbers.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::{outside, page, page_with, qr};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::rate;
use crate::http::state::Shared;
use crate::operations::ReadError;
use crate::operations::public_claim::{self, ClaimStory};
use crate::settings::Bureau;

/// Characters of a number that are read.
const MOST_CHARACTERS: usize = 32;

#[derive(Template)]
#[template(path = "consumer/look_up.html")]
struct LookUp {
    f: Frame,
    number: String,
    missing: bool,
}

#[derive(Template)]
#[template(path = "consumer/first_steps.html")]
struct FirstSteps {
    f: Frame,
}

#[derive(Template)]
#[template(path = "consumer/claim.html")]
struct Claim<'a> {
    f: Frame,
    story: ClaimStory,
    bureau: &'a Bureau,
    address: String,
    picture: Option<qr::Picture>,
}

/// `GET /?number=…`
pub async fn show(
    f: Frame,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    // Where the database does not answer there is a form all the same.
    let pools = shared.live.pools(&shared.engine).await;
    if pools.is_ok_and(|pools| pools.is_empty()) {
        return page(f.lang, &FirstSteps { f });
    }
    let number = Form::query(&request).text("number").to_owned();
    let form = LookUp {
        f,
        number: number.chars().take(MOST_CHARACTERS).collect(),
        missing: false,
    };
    page(form.f.lang, &form)
}

/// `POST /`: nothing of what was typed stands in an address.
pub async fn find(
    form: Form,
    f: Frame,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let engine = &shared.engine;
    let number: String = form.text("number").chars().take(MOST_CHARACTERS).collect();
    let address = rate::address(&request, &engine.settings.trusted_proxies);
    let guess = shared.limits.claim_status(address, &number)?;
    let tails = (form.text("id_tail"), form.text("mobile_tail"));
    let found = public_claim::look_up(engine, &number, tails.0, tails.1, f.lang).await;
    match found {
        Ok(story) => {
            shared.limits.was_right(&guess);
            let outside = outside::address(&request, &engine.settings);
            let address = format!("{outside}/?number={}", story.status.number);
            let claim = Claim {
                picture: qr::picture(&address),
                bureau: &engine.settings.bureau,
                address,
                story,
                f,
            };
            page(claim.f.lang, &claim)
        }
        Err(ReadError::NotFound) => {
            let again = LookUp {
                f,
                number,
                missing: true,
            };
            page_with(StatusCode::NOT_FOUND, again.f.lang, &again)
        }
        Err(error) => Err(Problem::reading(error, ProblemCode::ClaimNotFound)),
    }
}
