//! What people of a dealer do to a claim: each a form on its page, with the version that they saw.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::asked::revision;
use super::claims::show_with;
use crate::http::api::claims::claim_id;
use crate::http::pages::form::Form;
use crate::http::pages::see;
use crate::http::pages::session::DealerPage;
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::claims::ClaimView;
use crate::operations::{appeal, goods, withdraw as withdrawals};

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

/// `POST /dealer/claims/{id}/withdraw`
pub async fn withdraw(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let (id, lang) = (claim_id(&request)?, visit.frame.lang);
    let (engine, seen) = (&shared.engine, revision(&form)?);
    let done = withdrawals::withdraw(engine, &visit.caller, id, seen, lang).await;
    answer(visit, &request, &shared, done.map_err(Problem::from)).await
}

/// `POST /dealer/claims/{id}/undo-withdrawal`
pub async fn undo_withdrawal(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let (id, lang) = (claim_id(&request)?, visit.frame.lang);
    let (engine, seen) = (&shared.engine, revision(&form)?);
    let done = withdrawals::undo(engine, &visit.caller, id, seen, lang).await;
    answer(visit, &request, &shared, done.map_err(Problem::from)).await
}

/// `POST /dealer/claims/{id}/goods-returned`
pub async fn goods_returned(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let (id, lang) = (claim_id(&request)?, visit.frame.lang);
    let (engine, seen) = (&shared.engine, revision(&form)?);
    let done = goods::returned(engine, &visit.caller, id, seen, lang).await;
    answer(visit, &request, &shared, done.map_err(Problem::from)).await
}

/// `POST /dealer/claims/{id}/appeal`
pub async fn contest(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let (id, lang) = (claim_id(&request)?, visit.frame.lang);
    let seen = revision(&form)?;
    // A browser sends the ends of lines as it likes; the sentence has none.
    let message = form.text("message").split_whitespace();
    let message = message.collect::<Vec<_>>().join(" ");
    let grounds = words::grounds(json!({ "message": message }).to_string().as_bytes());
    let done = match grounds {
        Ok(grounds) => {
            let engine = &shared.engine;
            let done = appeal::appeal(engine, &visit.caller, id, seen, grounds, lang).await;
            done.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    answer(visit, &request, &shared, done).await
}
