//! `/bureau/voided-invoices`: invoices that were voided, as a file from the tax office.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::mistake::{self, Mistake};
use crate::http::api::voided_invoices::{LARGEST, take};
use crate::http::pages::form::Upload;
use crate::http::pages::frame::Frame;
use crate::http::pages::page_with;
use crate::http::pages::session::OperatorPage;
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::operations::StaffCaller;
use crate::operations::screening::voided::{self, PastImport, VoidedImport};

/// Files of the past that are shown.
const PAST: i64 = 20;

#[derive(Template)]
#[template(path = "bureau/voided_invoices.html")]
struct VoidedInvoices {
    f: Frame,
    mistake: Option<Mistake>,
    imported: Option<VoidedImport>,
    past: Vec<PastImport>,
}

/// `GET /bureau/voided-invoices`
pub async fn show(visit: OperatorPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    render(visit.frame, None, None, &shared).await
}

async fn render(
    f: Frame,
    mistake: Option<Mistake>,
    imported: Option<VoidedImport>,
    shared: &Shared,
) -> Result<HttpResponse, Problem> {
    let past = voided::imports(&shared.engine, PAST).await;
    let page = VoidedInvoices {
        past: past.map_err(Problem::failed)?,
        f,
        mistake,
        imported,
    };
    page_with(mistake::status(page.mistake.as_ref()), page.f.lang, &page)
}

/// `POST /bureau/voided-invoices`: told in the answer. The same file again changes nothing.
pub async fn upload(
    visit: OperatorPage,
    upload: Result<Upload, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let f = visit.frame;
    match taken(upload?, &visit.caller, &shared).await {
        Ok(imported) => render(f, None, Some(imported), &shared).await,
        Err(problem) => {
            let told = |line: &str| f.register_mistake(line);
            let mistake = Mistake::of_file(problem, f.lang, told)?;
            render(f, Some(mistake), None, &shared).await
        }
    }
}

async fn taken(
    upload: Upload,
    caller: &StaffCaller,
    shared: &Shared,
) -> Result<VoidedImport, Problem> {
    let file = upload.file("file", LARGEST, "1: register_header")?;
    take(shared, caller, file.to_vec()).await
}

impl Frame {
    /// A mistake of a register's file, given as `line: code`, in words.
    fn register_mistake(&self, line: &str) -> String {
        let (number, code) = line.split_once(": ").unwrap_or(("", line));
        let words = match code {
            "register_header" => self.t(
                "首行应为 invoice_number,voided_on",
                "the first line must be invoice_number,voided_on",
            ),
            "register_cells" => self.t(
                "列数不正确，或不是 UTF-8 编码",
                "too few or too many cells, or not UTF-8",
            ),
            "register_invoice_number" => {
                self.t("发票号码格式不正确", "the invoice's number is malformed")
            }
            "register_day" => self.t(
                "作废日期应为 YYYY-MM-DD",
                "the day must be written YYYY-MM-DD",
            ),
            other => other,
        };
        self.at_line(number, words)
    }
}
