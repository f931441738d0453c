//! `/bureau/audit/samples`: samples of bulk approvals made again, and claims drawn for an audit.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::NaiveDate;

use super::super::pools::{no_pool, unread};
use super::super::typed::{Typed, body, mistake};
use crate::domain::defect::DefectCode;
use crate::domain::ids::BulkId;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::AuditorPage;
use crate::http::pages::{page, page_with, see};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::audit_samples::{self, Asked, BulkCheck, Draw, DrawnClaims, MOST};
use crate::operations::public;
use crate::storage::bulk::BulkRow;

#[derive(Template)]
#[template(path = "bureau/audit_samples.html")]
struct Samples {
    f: Frame,
    pools: Vec<String>,
    pool: String,
    bulks: Vec<BulkRow>,
    most: usize,
    typed: Typed,
}

#[derive(Template)]
#[template(path = "bureau/audit_drawn.html")]
struct Drawn {
    f: Frame,
    drawn: DrawnClaims,
}

#[derive(Template)]
#[template(path = "bureau/audit_bulk.html")]
struct Bulk {
    f: Frame,
    check: BulkCheck,
}

/// `GET /bureau/audit/samples?pool=…`
pub async fn show(
    visit: AuditorPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let pool = Form::query(&request).text("pool").to_owned();
    render(visit.frame, &shared, pool, Typed::nothing()).await
}

async fn render(
    f: Frame,
    shared: &Shared,
    pool: String,
    typed: Typed,
) -> Result<HttpResponse, Problem> {
    let engine = &shared.engine;
    let pools = public::pools(engine).await.map_err(unread)?;
    let pools: Vec<String> = pools.into_iter().map(|pool| pool.name).collect();
    let pool = if pool.is_empty() {
        pools.first().cloned().unwrap_or_default()
    } else {
        pool
    };
    let bulks = if pools.is_empty() {
        Vec::new()
    } else {
        let found = audit_samples::of_pool(engine, pool.clone()).await;
        found.map_err(no_pool)?
    };
    let samples = Samples {
        f,
        pools,
        pool,
        bulks,
        most: MOST,
        typed,
    };
    page_with(samples.typed.status(), samples.f.lang, &samples)
}

/// `POST /bureau/audit/samples`: a draw, which is noted. Sent twice, there are two, and both are.
pub async fn draw(
    visit: AuditorPage,
    form: Result<Form, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let drawn = match asked(&form) {
        Ok(asked) => {
            let drawn = audit_samples::draw(&shared.engine, &visit.caller, asked).await;
            drawn.map_err(no_pool)
        }
        Err(problem) => Err(problem),
    };
    match drawn {
        Ok(draw) => Ok(see(&address(&draw))),
        Err(problem) => {
            let typed = Typed::refused("draw", &form, problem, visit.frame.lang)?;
            let pool = form.text("pool").to_owned();
            render(visit.frame, &shared, pool, typed).await
        }
    }
}

fn asked(form: &Form) -> Result<Asked, Problem> {
    let day = |name: &str| {
        let read = form.text(name).parse::<NaiveDate>();
        read.map_err(|_| mistake(name, DefectCode::DateMalformed))
    };
    let count = form.text("count").parse::<usize>().ok();
    let count = count.filter(|count| (1..=MOST).contains(count));
    Ok(Asked {
        pool: form.text("pool").to_owned(),
        from: day("from")?,
        to: day("to")?,
        count: count.ok_or_else(|| mistake("count", DefectCode::OutOfRange))?,
        why: words::why(&body(form, &["why"]))?,
    })
}

/// All that a draw follows from stands in its address: whoever has it draws the same claims.
fn address(draw: &Draw) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("pool", &draw.pool);
    query.append_pair("first", &draw.first.to_string());
    query.append_pair("last", &draw.last.to_string());
    query.append_pair("count", &draw.count.to_string());
    query.append_pair("seed", &draw.seed);
    format!("/bureau/audit/samples/drawn?{}", query.finish())
}

/// `GET /bureau/audit/samples/drawn?pool=…&first=…&last=…&count=…&seed=…`
pub async fn drawn(
    visit: AuditorPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let query = Form::query(&request);
    let number = |name: &str| query.text(name).parse::<u64>();
    let (Ok(first), Ok(last), Ok(count)) =
        (number("first"), number("last"), query.text("count").parse())
    else {
        return Err(ProblemCode::NoSuchObject.into());
    };
    let draw = Draw {
        pool: query.text("pool").to_owned(),
        first,
        last,
        count,
        seed: query.text("seed").to_owned(),
    };
    let drawn = audit_samples::again(&shared.engine, draw).await;
    let drawn = Drawn {
        f: visit.frame,
        drawn: drawn.map_err(|error| Problem::acting(error, ProblemCode::NoSuchObject))?,
    };
    page(drawn.f.lang, &drawn)
}

/// `GET /bureau/audit/samples/{id}`: the sample of a bulk approval, made again.
pub async fn bulk(
    visit: AuditorPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = request.match_info().get("id").unwrap_or_default();
    let id = BulkId::parse(id).ok_or(ProblemCode::NoSuchObject)?;
    let check = audit_samples::check(&shared.engine, id).await;
    let bulk = Bulk {
        f: visit.frame,
        check: check.map_err(|error| Problem::acting(error, ProblemCode::NoSuchObject))?,
    };
    page(bulk.f.lang, &bulk)
}
