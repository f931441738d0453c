//! `/`: a claim by its number and the tails of two numbers.

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
use crate::operations::ReadError;
use crate::operations::public::{self, ClaimStatusView};

#[derive(Template)]
#[template(path = "consumer/look_up.html")]
struct LookUp {
    f: Frame,
    number: String,
    missing: bool,
}

#[derive(Template)]
#[template(path = "consumer/claim.html")]
struct Claim {
    f: Frame,
    claim: ClaimStatusView,
}

/// `GET /?number=…`
pub async fn show(f: Frame, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let number = Form::query(&request).text("number").to_owned();
    let form = LookUp {
        f,
        number,
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
    let number: String = form.text("number").chars().take(32).collect();
    let address = rate::address(&request, &engine.settings.trusted_proxies);
    shared.limits.claim_status(address, &number)?;
    let tails = (form.text("id_tail"), form.text("mobile_tail"));
    let found = public::claim_status(engine, &number, tails.0, tails.1, f.lang).await;
    match found {
        Ok(claim) => page(f.lang, &Claim { f, claim }),
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
