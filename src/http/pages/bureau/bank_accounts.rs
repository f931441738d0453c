//! `/bureau/bank-accounts`: where dealers may soon be paid.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::dealers::no_dealer;
use crate::http::page::{cursor_after, read_cursor};
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::page;
use crate::http::pages::session::StaffPage;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::dealer_accounts::waiting::{self, WaitingAccount};
use crate::storage::dealer_accounts::Waits;

/// Accounts on a page.
const LIMIT: usize = 50;

#[derive(Template)]
#[template(path = "bureau/bank_accounts.html")]
struct Waiting {
    f: Frame,
    state: String,
    accounts: Vec<WaitingAccount>,
    next: Option<String>,
}

/// `GET /bureau/bank-accounts?state=proposed|confirmed&cursor=…`
pub async fn list(
    visit: StaffPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let query = Form::query(&request);
    let state = query.text("state").to_owned();
    let after = match query.some("cursor") {
        Some(text) => {
            let key = read_cursor(text).map_err(|_| ProblemCode::NotFound)?;
            Some(uuid::Uuid::from_slice(&key).map_err(|_| ProblemCode::NotFound)?)
        }
        None => None,
    };
    let limit = LIMIT as i64 + 1;
    let found = waiting::list(&shared.engine, Waits::parse(&state), after, limit).await;
    let mut accounts = found.map_err(no_dealer)?;
    let more = accounts.len() > LIMIT;
    accounts.truncate(LIMIT);
    let last = accounts.last().filter(|_| more);
    let list = Waiting {
        f: visit.frame,
        state,
        next: last.map(|waiting| cursor_after(waiting.account.id.as_bytes())),
        accounts,
    };
    page(list.f.lang, &list)
}
