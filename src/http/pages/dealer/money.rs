//! What a dealer is paid, what it has fronted, and where its money goes.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde_json::json;

use super::asked::named;
use crate::domain::ids::BatchId;
use crate::domain::money::Fen;
use crate::http::api::dealer::account_id;
use crate::http::page as cursors;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::DealerPage;
use crate::http::pages::{page, page_again, see, told};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::dealer_accounts::{self, AccountsView};
use crate::operations::dealer_money::{self, Exposure, Statement, StatementView};

/// Statements of one page of the list.
const LIMIT: usize = 30;
/// The width of the widest bar of the picture of ages.
const WIDEST: u64 = 400;

#[derive(Template)]
#[template(path = "dealer/statements.html")]
struct Statements {
    f: Frame,
    items: Vec<StatementView>,
    next: Option<String>,
}

/// `GET /dealer/statements`
pub async fn statements(
    visit: DealerPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let cursor = cursors::read_cursor(Form::query(&request).text("cursor")).ok();
    let after = cursor.and_then(|bytes| BatchId::from_slice(&bytes));
    let (engine, limit) = (&shared.engine, LIMIT as i64 + 1);
    let found = dealer_money::statements(engine, &visit.caller, after, limit).await;
    let mut items = found.map_err(Problem::on_object)?;
    let more = items.len() > LIMIT;
    items.truncate(LIMIT);
    let last = items.last().filter(|_| more).map(|s| s.batch);
    let list = Statements {
        next: last.map(|id| cursors::cursor_after(&id.to_vec())),
        items,
        f: visit.frame,
    };
    page(list.f.lang, &list)
}

#[derive(Template)]
#[template(path = "dealer/statement.html")]
struct OneStatement {
    f: Frame,
    statement: Statement,
}

/// `GET /dealer/statements/{batch}?format=csv`
pub async fn statement(
    visit: DealerPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let batch = BatchId::parse(named(&request, "batch")).ok_or(ProblemCode::NoSuchObject)?;
    let found = dealer_money::statement(&shared.engine, &visit.caller, batch).await;
    let statement = found.map_err(Problem::on_object)?;
    if Form::query(&request).text("format") == "csv" {
        let name = format!("attachment; filename=\"{batch}.csv\"");
        return Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
            .insert_header((CONTENT_DISPOSITION, name))
            .body(statement.csv()));
    }
    let shown = OneStatement {
        f: visit.frame,
        statement,
    };
    page(shown.f.lang, &shown)
}

#[derive(Template)]
#[template(path = "dealer/exposure.html")]
struct Exposed {
    f: Frame,
    exposure: Exposure,
    /// The width of each band's bar.
    widths: Vec<u64>,
}

/// `GET /dealer/exposure`
pub async fn exposure(visit: DealerPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let found = dealer_money::exposure(&shared.engine, &visit.caller).await;
    let exposure = found.map_err(|error| Problem::reading(error, ProblemCode::NoSuchObject))?;
    let amounts: Vec<Fen> = exposure.bands.bands().iter().map(|b| b.amount).collect();
    let shown = Exposed {
        widths: widths(&amounts),
        exposure,
        f: visit.frame,
    };
    page(shown.f.lang, &shown)
}

/// Bars in proportion to amounts; what is not nothing is seen.
fn widths(amounts: &[Fen]) -> Vec<u64> {
    let fen = |amount: &Fen| u64::try_from(amount.fen()).unwrap_or(0);
    let most = amounts.iter().map(fen).max().unwrap_or(0).max(1);
    let width = |amount: &Fen| match fen(amount) {
        0 => 0,
        some => (some.saturating_mul(WIDEST) / most).max(2),
    };
    amounts.iter().map(width).collect()
}

#[derive(Template)]
#[template(path = "dealer/account.html")]
struct Account {
    f: Frame,
    accounts: AccountsView,
    wait_days: u32,
    name: String,
    number: String,
    bank: String,
    wrong: [String; 3],
    mistakes: Vec<(String, String)>,
}

/// `GET /dealer/account`
pub async fn account(visit: DealerPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    account_with(visit, &shared, &Form::default(), None).await
}

async fn account_with(
    visit: DealerPage,
    shared: &Shared,
    form: &Form,
    problem: Option<Problem>,
) -> Result<HttpResponse, Problem> {
    let engine = &shared.engine;
    let accounts = dealer_accounts::own(engine, &visit.caller).await;
    let f = visit.frame;
    let at = |field: &str| {
        let defects = problem.iter().flat_map(|p| p.defects());
        let mut found = defects.filter(|defect| defect.field == field);
        let defect = found.next();
        defect.map_or_else(String::new, |defect| defect.code.text(f.lang).to_owned())
    };
    let wrong = ["/name", "/number", "/bank"].map(at);
    let told = |id: &str, text: &String| (id.to_owned(), text.clone());
    let mut mistakes: Vec<(String, String)> = ["name", "number", "bank"]
        .iter()
        .zip(&wrong)
        .filter(|(_, text)| !text.is_empty())
        .map(|(id, text)| told(id, text))
        .collect();
    if let Some(problem) = problem.as_ref().filter(|_| mistakes.is_empty()) {
        mistakes.push((
            String::new(),
            told::words(problem.code(), f.lang).1.to_owned(),
        ));
    }
    let shown = Account {
        accounts: accounts.map_err(Problem::on_object)?,
        wait_days: engine.settings.account_wait_days,
        name: form.text("name").to_owned(),
        number: form.text("number").to_owned(),
        bank: form.text("bank").to_owned(),
        wrong,
        mistakes,
        f,
    };
    page_again(problem.as_ref(), shown.f.lang, &shown)
}

/// `POST /dealer/account`: where the dealer wants to be paid; the bureau confirms it.
pub async fn propose_account(
    visit: DealerPage,
    form: Result<Form, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let typed = |name: &str| form.some(name);
    let body = json!({
        "name": typed("name"), "number": typed("number"), "bank": typed("bank"),
    });
    let done = match words::bank_account(body.to_string().as_bytes()) {
        Ok(new) => dealer_accounts::propose_own(&shared.engine, &visit.caller, new)
            .await
            .map_err(Problem::on_object),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(_) => Ok(see("/dealer/account")),
        Err(problem) => account_with(visit, &shared, &form, Some(problem)).await,
    }
}

/// `POST /dealer/account/{account}/refuse`: the dealer objects to a change.
pub async fn refuse_account(
    visit: DealerPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    let account = account_id(&request)?;
    let done = dealer_accounts::refuse_own(&shared.engine, &visit.caller, account).await;
    match done.map_err(Problem::on_object) {
        Ok(_) => Ok(see("/dealer/account")),
        Err(problem) => account_with(visit, &shared, &Form::default(), Some(problem)).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion_and_seen() {
        let yuan = [0, 1, 50_000, 100_000].map(Fen::from_yuan);
        assert_eq!(widths(&yuan), [0, 2, 200, 400]);
        assert_eq!(widths(&[Fen::ZERO]), [0]);
    }
}
