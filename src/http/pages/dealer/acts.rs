//! What people of a dealer do to a claim: each a form on its page, with the version that they saw.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::claims::show_with;
use crate::domain::ids::ClaimId;
use crate::domain::text::Lang;
use crate::http::api::claims::claim_id;
use crate::http::pages::form::Form;
use crate::http::pages::see;
use crate::http::pages::session::DealerPage;
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::claims::ClaimView;
use crate::operations::{DealerCaller, Engine, appeal, goods, withdraw as withdrawals};

/// Back to the claim, or its page with what went wrong.
pub(super) async fn answer(
    visit: DealerPage,
    request: &HttpRequest,
    shared: &Shared,
    done: Result<ClaimView, Problem>,
) -> Result<HttpResponse, Problem> {
    match done {
        Ok(claim) => Ok(see(&format!("/dealer/claims/{}", claim.id))),
        Err(problem) => show_with(visit, request, shared, Some(problem)).await,
    }
}

/// Does one thing to a claim, about the version that the form was made for.
async fn act<E: Into<Problem>>(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: &HttpRequest,
    shared: &Shared,
    call: impl AsyncFnOnce(&Engine, &DealerCaller, ClaimId, i64, Lang) -> Result<ClaimView, E>,
) -> Result<HttpResponse, Problem> {
    let (form, id) = (form?, claim_id(request)?);
    let (seen, lang) = (form.revision()?, visit.frame.lang);
    let done = call(&shared.engine, &visit.caller, id, seen, lang).await;
    answer(visit, request, shared, done.map_err(E::into)).await
}

/// `POST /dealer/claims/{id}/withdraw`
pub async fn withdraw(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    act(visit, form, &request, &shared, withdrawals::withdraw).await
}

/// `POST /dealer/claims/{id}/undo-withdrawal`
pub async fn undo_withdrawal(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    act(visit, form, &request, &shared, withdrawals::undo).await
}

/// `POST /dealer/claims/{id}/goods-returned`
pub async fn goods_returned(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    act(visit, form, &request, &shared, goods::returned).await
}

/// `POST /dealer/claims/{id}/appeal`
pub async fn contest(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    // A browser sends the ends of lines as it likes; the sentence has none.
    let message = form.text("message").split_whitespace();
    let message = message.collect::<Vec<_>>().join(" ");
    let body = json!({ "message": message }).to_string();
    let call = async move |engine: &Engine, caller: &DealerCaller, id, seen, lang| {
        let grounds = words::grounds(body.as_bytes())?;
        let done = appeal::appeal(engine, caller, id, seen, grounds, lang).await;
        done.map_err(Problem::from)
    };
    act(visit, Ok(form), &request, &shared, call).await
}
