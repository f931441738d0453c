//! `/bureau/receivables`: what was paid and is owed back.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde_json::json;

use super::mistake::{self, Mistake, plain, wrong};
use crate::domain::ids::ReceivableId;
use crate::domain::money::Fen;
use crate::http::page::{cursor_after, read_cursor};
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::{FinanceOrAuditorPage, FinancePage};
use crate::http::pages::{page_with, see};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::clawback::{self, ReceivableView};
use crate::operations::{StaffCaller, Viewer};

/// Receivables on a page.
const LIMIT: i64 = 40;

#[derive(Template)]
#[template(path = "bureau/receivables.html")]
struct Receivables {
    f: Frame,
    mistake: Option<Mistake>,
    done: Option<&'static str>,
    items: Vec<Owed>,
    next: Option<String>,
    cursor: String,
    may_act: bool,
}

/// What is owed back, with what was typed into its form.
struct Owed {
    r: ReceivableView,
    open: Fen,
    amount: String,
    reference: String,
    wrong_amount: Option<&'static str>,
    wrong_reference: Option<&'static str>,
}

impl Frame {
    /// Why something is owed back.
    pub fn owed_why(&self, reason: &str) -> &'static str {
        match reason {
            clawback::REGISTER => self.t(
                "国家登记显示已享受补贴",
                "The national register knows an earlier award",
            ),
            clawback::INVOICE_VOIDED | clawback::INVOICE_VOIDED_PLACE_USED => {
                self.t("发票已作废或红冲", "The invoice was voided")
            }
            _ => self.t("商品退回", "The goods went back"),
        }
    }
}

/// `GET /bureau/receivables`
pub async fn list(
    visit: FinanceOrAuditorPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let query = Form::query(&request);
    let done = mistake::done(&visit.frame, query.text("done"));
    render(visit.frame, query, done, None, None, &shared).await
}

async fn render(
    f: Frame,
    form: Form,
    done: Option<&'static str>,
    mistake: Option<Mistake>,
    sent: Option<ReceivableId>,
    shared: &Shared,
) -> Result<HttpResponse, Problem> {
    let cursor = form.text("cursor").to_owned();
    let after = read_cursor(&cursor).ok();
    let after = after.and_then(|bytes| ReceivableId::from_slice(&bytes));
    let found = clawback::list(&shared.engine, Viewer::Bureau, after, LIMIT + 1).await;
    let mut found = found?;
    let more = found.len() as i64 > LIMIT;
    found.truncate(LIMIT as usize);
    let last = found.last().filter(|_| more).map(|owed| owed.id);
    let owed = |r: ReceivableView| {
        let his = sent == Some(r.id);
        let typed = |name: &str| {
            if his {
                form.text(name).to_owned()
            } else {
                String::new()
            }
        };
        let wrong = |name| wrong(mistake.as_ref(), "paid_in", name).filter(|_| his);
        let back = r.settled.checked_add(r.pending).unwrap_or_default();
        Owed {
            open: r.amount.checked_sub(back).unwrap_or_default(),
            amount: typed("amount"),
            reference: typed("reference"),
            wrong_amount: wrong("amount"),
            wrong_reference: wrong("reference"),
            r,
        }
    };
    let items = found.into_iter().map(owed).collect();
    let shown = Receivables {
        may_act: f.acts_as(&["finance"]),
        next: last.map(|id| {
            let cursor = cursor_after(&id.to_vec());
            format!("/bureau/receivables?cursor={cursor}")
        }),
        items,
        cursor,
        mistake,
        done,
        f,
    };
    page_with(
        mistake::status(shown.mistake.as_ref()),
        shown.f.lang,
        &shown,
    )
}

/// `POST /bureau/receivables/{id}/paid-in`
pub async fn pay_in(
    visit: FinancePage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let text = request.match_info().get("id").unwrap_or_default();
    let id = ReceivableId::parse(text).ok_or(ProblemCode::NoSuchObject)?;
    match paid_in(&visit.caller, id, &form, &shared).await {
        Ok(()) => {
            let cursor: String =
                url::form_urlencoded::byte_serialize(form.text("cursor").as_bytes()).collect();
            Ok(see(&format!(
                "/bureau/receivables?done=paid_in&cursor={cursor}"
            )))
        }
        Err(problem) => {
            let f = visit.frame;
            let mistake = Mistake::of(problem, f.lang, "paid_in", plain)?;
            render(f, form, None, Some(mistake), Some(id), &shared).await
        }
    }
}

async fn paid_in(
    caller: &StaffCaller,
    id: ReceivableId,
    form: &Form,
    shared: &Shared,
) -> Result<(), Problem> {
    let wish = json!({ "amount": form.some("amount"), "reference": form.some("reference") });
    let (amount, reference) = words::paid_in(wish.to_string().as_bytes())?;
    let done = clawback::pay_in(&shared.engine, caller, id, amount, reference).await;
    done.map_err(|error| Problem::acting(error, ProblemCode::NoSuchObject))?;
    Ok(())
}
