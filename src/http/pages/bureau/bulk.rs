//! `/bureau/bulk`: many low-risk claims approved together, after a sample that anybody can draw
//! again was examined one by one.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use serde_json::json;

use super::findings::{Choice, choices};
use super::mistake::{self, Mistake, plain, wrong};
use crate::clock;
use crate::domain::ids::BulkId;
use crate::domain::sample;
use crate::http::api::bulk::bulk_id;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::{ApproverOrAuditorPage, ApproverPage};
use crate::http::pages::{page_with, see};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::bulk::{self, BulkBrief, BulkView, NewBulk};
use crate::operations::denial::ActError;
use crate::operations::public;

/// Bulk approvals that are listed: the last ones.
const LISTED: i64 = 50;
/// Claims that are shown of a list besides the sampled ones.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "bureau/bulk.html")]
struct Bulk {
    f: Frame,
    mistake: Option<Mistake>,
    form: Form,
    /// Names the attempt that the form of this page is.
    key: String,
    pools: Vec<Choice>,
    most: u32,
    per_cent: usize,
    fewest: usize,
    items: Vec<BulkBrief>,
    may_begin: bool,
}

impl Bulk {
    fn wrong(&self, form: &str, field: &str) -> Option<&'static str> {
        wrong(self.mistake.as_ref(), form, field)
    }
}

#[derive(Template)]
#[template(path = "bureau/bulk_one.html")]
struct One {
    f: Frame,
    b: BulkView,
    mistake: Option<Mistake>,
    done: Option<&'static str>,
    may_act: bool,
    sampled: usize,
    examined: usize,
    hidden: usize,
}

impl One {
    fn new(
        f: Frame,
        mut b: BulkView,
        mistake: Option<Mistake>,
        done: Option<&'static str>,
    ) -> Self {
        let count = |standing: &str| b.claims.iter().filter(|c| c.standing == standing).count();
        let examined = count("examined");
        let sampled = b.claims.iter().filter(|claim| claim.sampled).count();
        let all = b.claims.len();
        // The sample first, in its order: it is what somebody has to do.
        b.claims.sort_by_key(|claim| !claim.sampled);
        b.claims.truncate(sampled + SHOWN);
        Self {
            may_act: f.acts_as(&["approver"]),
            hidden: all - b.claims.len(),
            sampled,
            examined,
            f,
            b,
            mistake,
            done,
        }
    }
}

/// `GET /bureau/bulk`
pub async fn list(
    visit: ApproverOrAuditorPage,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    render(visit.frame, None, Form::default(), &shared).await
}

async fn render(
    f: Frame,
    mistake: Option<Mistake>,
    form: Form,
    shared: &Shared,
) -> Result<HttpResponse, Problem> {
    let pools = public::pools(&shared.engine).await;
    let pools = pools.map_err(Problem::failed)?;
    let names = pools.into_iter().map(|pool| (pool.name.clone(), pool.name));
    let shown = Bulk {
        key: clock::new_uuid().to_string(),
        pools: choices(names, form.text("pool")),
        most: bulk::MOST_CLAIMS,
        per_cent: sample::PER_CENT,
        fewest: sample::FEWEST,
        items: bulk::latest(&shared.engine, LISTED).await?,
        may_begin: f.acts_as(&["approver"]),
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

/// `POST /bureau/bulk`
pub async fn begin(
    visit: ApproverPage,
    form: Result<Form, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let limit: Option<u32> = form.text("limit").parse().ok();
    let wish = json!({
        "pool": form.some("pool"),
        "limit": limit,
        "most_amount": form.some("most_amount"),
    });
    let begun = match words::bulk(wish.to_string().as_bytes(), bulk::MOST_CLAIMS) {
        Ok((pool, limit, most_amount)) => {
            let wanted = NewBulk {
                pool,
                limit,
                most_amount,
                key: form.some("key").map(str::to_owned),
            };
            let begun = bulk::begin(&shared.engine, &visit.caller, wanted).await;
            begun.map_err(|error| Problem::acting(error, ProblemCode::PoolNotFound))
        }
        Err(problem) => Err(problem),
    };
    match begun {
        Ok(begun) => Ok(see(&format!("/bureau/bulk/{}?done=begun", begun.id))),
        Err(problem) => {
            let f = visit.frame;
            let mistake = Mistake::of(problem, f.lang, "begin", plain)?;
            render(f, Some(mistake), form, &shared).await
        }
    }
}

/// `GET /bureau/bulk/{id}`
pub async fn one(
    visit: ApproverOrAuditorPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let found = bulk::get(&shared.engine, bulk_id(&request)?).await;
    let done = mistake::done(&visit.frame, Form::query(&request).text("done"));
    let shown = One::new(visit.frame, found.map_err(Problem::on_object)?, None, done);
    page_with(mistake::status(None), shown.f.lang, &shown)
}

async fn answer(
    visit: ApproverPage,
    id: BulkId,
    shared: &Shared,
    then: &str,
    done: Result<BulkView, ActError>,
) -> Result<HttpResponse, Problem> {
    match done {
        Ok(_) => Ok(see(&format!("/bureau/bulk/{id}?done={then}"))),
        Err(error) => {
            let f = visit.frame;
            let mistake = Mistake::of(Problem::on_object(error), f.lang, "act", str::to_owned)?;
            let found = bulk::get(&shared.engine, id)
                .await
                .map_err(Problem::on_object)?;
            let shown = One::new(f, found, Some(mistake), None);
            page_with(
                mistake::status(shown.mistake.as_ref()),
                shown.f.lang,
                &shown,
            )
        }
    }
}

/// `POST /bureau/bulk/{id}/draw`
pub async fn draw(
    visit: ApproverPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    let id = bulk_id(&request)?;
    let done = bulk::draw(&shared.engine, &visit.caller, id).await;
    answer(visit, id, &shared, "drawn", done).await
}

/// `POST /bureau/bulk/{id}/approve`
pub async fn approve(
    visit: ApproverPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    let id = bulk_id(&request)?;
    let done = bulk::approve(&shared.engine, &visit.caller, id).await;
    answer(visit, id, &shared, "bulk_approved", done).await
}
