//! `/bureau/payouts`: batches of payments, sealed by one person and released by another.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde::Deserialize;
use serde_json::json;

use super::findings::{Choice, choices};
use super::mistake::{self, Mistake, plain, wrong};
use crate::admission::number;
use crate::clock;
use crate::domain::ids::BatchId;
use crate::http::api::payout::batch_id;
use crate::http::page::{cursor_after, read_cursor};
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::{FinanceOrAuditorPage, FinancePage};
use crate::http::pages::{page_with, see, told};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::denial::ActError;
use crate::operations::payout::{
    self, BatchDossier, BatchView, FileFormat, MOST_LINES, NewBatch, Sealed,
};
use crate::operations::{StaffCaller, public};

/// Batches on a page.
const LIMIT: i64 = 40;
/// Lines of a batch on a page.
const LINES: usize = 100;

#[derive(Template)]
#[template(path = "bureau/payouts.html")]
struct Payouts {
    f: Frame,
    mistake: Option<Mistake>,
    form: Form,
    /// Names this attempt, so that a form that is sent twice seals once.
    key: String,
    pools: Vec<Choice>,
    narrowed: Vec<Choice>,
    most: i64,
    items: Vec<BatchView>,
    next: Option<String>,
    may_seal: bool,
}

impl Payouts {
    fn wrong(&self, form: &str, field: &str) -> Option<&'static str> {
        wrong(self.mistake.as_ref(), form, field)
    }
}

#[derive(Template)]
#[template(path = "bureau/batch.html")]
struct Batch {
    f: Frame,
    d: BatchDossier,
    told: Told,
    may_act: bool,
    hindrance: Option<&'static str>,
    next: Option<String>,
}

/// What a page tells of what was just done, or not done.
#[derive(Debug, Default)]
struct Told {
    done: Option<&'static str>,
    mistake: Option<Mistake>,
    left: Vec<String>,
}

impl Told {
    fn of(mistake: Mistake) -> Self {
        Self {
            mistake: Some(mistake),
            ..Self::default()
        }
    }
}

impl Frame {
    /// The word for the state of a batch, and the class of its badge.
    pub fn batch_state(&self, state: &str) -> (&'static str, &'static str) {
        match state {
            "sealed" => (self.t("已封存，待放行", "Sealed, to be released"), "warn"),
            "released" => (self.t("已放行", "Released"), "good"),
            _ => (self.t("已作废", "Discarded"), ""),
        }
    }
}

/// `GET /bureau/payouts?pool=…`
pub async fn list(
    visit: FinanceOrAuditorPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let query = Form::query(&request);
    render(visit.frame, None, Form::default(), &query, &shared).await
}

async fn render(
    f: Frame,
    mistake: Option<Mistake>,
    form: Form,
    query: &Form,
    shared: &Shared,
) -> Result<HttpResponse, Problem> {
    let pools = public::pools(&shared.engine).await;
    let pools = pools.map_err(Problem::failed)?;
    let names: Vec<(String, String)> = pools
        .into_iter()
        .map(|pool| (pool.name.clone(), pool.name))
        .collect();
    let pool = query.some("pool").map(str::to_owned);
    let cursor = read_cursor(query.text("cursor")).ok();
    let before = cursor.and_then(|bytes| BatchId::from_slice(&bytes));
    let found = payout::latest(&shared.engine, pool.clone(), before, LIMIT + 1).await;
    let no_pool = |error| Problem::acting(error, ProblemCode::PoolNotFound);
    let mut items = found.map_err(no_pool)?;
    let more = items.len() as i64 > LIMIT;
    items.truncate(LIMIT as usize);
    let next = items.last().filter(|_| more).map(|batch| {
        let mut address = url::form_urlencoded::Serializer::new(String::new());
        if let Some(pool) = &pool {
            address.append_pair("pool", pool);
        }
        address.append_pair("cursor", &cursor_after(&batch.id.to_vec()));
        format!("/bureau/payouts?{}", address.finish())
    });
    let shown = Payouts {
        key: clock::new_uuid().to_string(),
        pools: choices(names.clone(), form.text("pool")),
        narrowed: choices(names, pool.as_deref().unwrap_or_default()),
        most: MOST_LINES,
        may_seal: f.acts_as(&["finance"]),
        items,
        next,
        mistake,
        form,
        f,
    };
    page_with(
        mistake::status(shown.mistake.as_ref()),
        shown.f.lang,
        &shown,
    )
}

/// `POST /bureau/payouts`: seals a batch.
pub async fn seal(
    visit: FinancePage,
    form: Result<Form, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    match sealed(&visit.caller, &form, &shared).await {
        Ok(sealed) => {
            let left = left_out(&sealed.body);
            Ok(see(&format!(
                "/bureau/payouts/{}?done=sealed{left}",
                sealed.id
            )))
        }
        Err(problem) => {
            let f = visit.frame;
            let mistake = Mistake::of(problem, f.lang, "seal", plain)?;
            render(f, Some(mistake), form, &Form::default(), &shared).await
        }
    }
}

async fn sealed(caller: &StaffCaller, form: &Form, shared: &Shared) -> Result<Sealed, Problem> {
    let most = u32::try_from(MOST_LINES).unwrap_or(u32::MAX);
    let mut wish = json!({ "pool": form.some("pool") });
    if let Some(limit) = form.some("limit") {
        // What is no number is out of the bounds of any.
        wish["limit"] = json!(limit.parse::<u32>().unwrap_or(0));
    }
    let (pool, limit) = words::batch(wish.to_string().as_bytes(), most)?;
    let wanted = NewBatch {
        pool,
        limit: limit.into(),
        key: form.some("key").map(str::to_owned),
    };
    let sealed = payout::seal(&shared.engine, caller, wanted).await;
    sealed.map_err(|error| Problem::acting(error, ProblemCode::PoolNotFound))
}

/// Claims that are named as left out of a batch; of more it is told how many they are.
const LEFT_OUT: usize = 20;

/// What the answer that sealed a batch says of claims that were left out, for the address of the
/// page: it is told there and nowhere else.
fn left_out(body: &str) -> String {
    #[derive(Deserialize, Default)]
    struct Answer {
        #[serde(default)]
        left_out: Vec<Left>,
        #[serde(default)]
        left_out_more: usize,
    }
    #[derive(Deserialize)]
    struct Left {
        claim_number: String,
        why: String,
    }
    let answer: Answer = serde_json::from_str(body).unwrap_or_default();
    let more = answer.left_out_more + answer.left_out.len().saturating_sub(LEFT_OUT);
    let named = answer.left_out.iter().take(LEFT_OUT);
    let mut address: String = named
        .map(|left| format!("&left={}:{}", left.claim_number, left.why))
        .collect();
    if more > 0 {
        address += &format!("&more={more}");
    }
    address
}

/// The same in words; what no batch would say is left away.
fn told_left_out(f: &Frame, query: &Form) -> Vec<String> {
    let line = |text: &str| {
        let (claim, why) = text.split_once(':')?;
        let why = match why {
            "account_missing" => f.t("商户无收款账户", "its dealer has no account"),
            "notice_running" => f.t("公示期未满", "its public notice still runs"),
            "not_screened" => f.t("尚未完成风险筛查", "it is not screened yet"),
            "payee_unusable" => f.t(
                "户名或账号无法付款",
                "no bank could pay to that name and account",
            ),
            _ => return None,
        };
        number::is_valid(claim).then(|| format!("{claim} · {why}"))
    };
    let mut lines: Vec<String> = query.all("left").take(LEFT_OUT).filter_map(line).collect();
    if let Ok(more) = query.text("more").parse::<u64>() {
        let words = f.t("另有未列出的申请：", "and more that are not named: ");
        lines.push(format!("{words}{more}"));
    }
    lines
}

/// `GET /bureau/payouts/{id}?after=LINE`
pub async fn one(
    visit: FinanceOrAuditorPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (id, query) = (batch_id(&request)?, Form::query(&request));
    let done = mistake::done(&visit.frame, query.text("done"));
    let after = query.text("after").parse().unwrap_or(0);
    let told = Told {
        left: told_left_out(&visit.frame, &query),
        done,
        mistake: None,
    };
    show(visit.frame, &visit.caller, (id, after), told, &shared).await
}

async fn show(
    f: Frame,
    caller: &StaffCaller,
    (id, after): (BatchId, i64),
    told: Told,
    shared: &Shared,
) -> Result<HttpResponse, Problem> {
    let found = payout::dossier(&shared.engine, caller, id, after, LINES).await;
    let d = found.map_err(Problem::on_object)?;
    let words = |denial| told::words(Problem::from(denial).code(), f.lang).1;
    let batch = Batch {
        hindrance: d.release.map(words),
        next: d
            .next
            .map(|line| format!("/bureau/payouts/{id}?after={line}")),
        may_act: f.acts_as(&["finance"]),
        f,
        d,
        told,
    };
    page_with(
        mistake::status(batch.told.mistake.as_ref()),
        batch.f.lang,
        &batch,
    )
}

async fn answer(
    visit: FinancePage,
    id: BatchId,
    shared: &Shared,
    then: &str,
    done: Result<BatchView, ActError>,
) -> Result<HttpResponse, Problem> {
    match done {
        Ok(_) => Ok(see(&format!("/bureau/payouts/{id}?done={then}"))),
        Err(error) => {
            let f = visit.frame;
            let mistake = Mistake::of(Problem::on_object(error), f.lang, "act", str::to_owned)?;
            show(f, &visit.caller, (id, 0), Told::of(mistake), shared).await
        }
    }
}

/// `POST /bureau/payouts/{id}/release`: by another person than who sealed it.
pub async fn release(
    visit: FinancePage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    let id = batch_id(&request)?;
    let done = payout::release(&shared.engine, &visit.caller, id).await;
    answer(visit, id, &shared, "released", done).await
}

/// `POST /bureau/payouts/{id}/discard`
pub async fn discard(
    visit: FinancePage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    let id = batch_id(&request)?;
    let done = payout::discard(&shared.engine, &visit.caller, id).await;
    answer(visit, id, &shared, "discarded", done).await
}

/// `GET /bureau/payouts/{id}/file?format=csv|pain.001`: that it was read is logged.
pub async fn file(
    visit: FinancePage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = batch_id(&request)?;
    let (format, media, ending) = match Form::query(&request).text("format") {
        "" | "csv" => (FileFormat::Csv, "text/csv; charset=utf-8", "csv"),
        "pain.001" => (FileFormat::Pain001, "application/xml", "xml"),
        _ => return Err(ProblemCode::BadRequest.into()),
    };
    let bytes = payout::file(&shared.engine, &visit.caller, id, format).await;
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => {
            let f = visit.frame;
            let mistake = Mistake::of(Problem::on_object(error), f.lang, "act", str::to_owned)?;
            return show(f, &visit.caller, (id, 0), Told::of(mistake), &shared).await;
        }
    };
    let name = format!("attachment; filename=\"{id}.{ending}\"");
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media))
        .insert_header((CONTENT_DISPOSITION, name))
        .body(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::pages::frame::Area;
    use actix_web::test::TestRequest;

    #[test]
    fn what_was_left_out_is_told_and_nothing_else() {
        let first = number::format("JY25", 1);
        let body = json!({
            "left_out": vec![json!({"claim_number": first, "why": "notice_running"}); 22],
            "left_out_more": 3,
        });
        let address = left_out(&body.to_string());
        assert!(address.ends_with("&more=5"), "{address}");
        let f = Frame::new(&TestRequest::default().to_http_request(), Area::Bureau);
        let told = told_left_out(&f, &Form::of(&address));
        assert_eq!(told.len(), LEFT_OUT + 1);
        assert_eq!(told[0], format!("{first} · 公示期未满"));
        let planted = Form::of("left=call 10086:notice_running&left=x:y&more=<b>");
        assert!(told_left_out(&f, &planted).is_empty());
        assert_eq!(left_out("{}"), "");
    }
}
