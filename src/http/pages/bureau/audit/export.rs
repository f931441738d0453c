//! `/bureau/audit/export`: everything about a pool in a file.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::super::pools::{no_pool, unread};
use super::super::typed::{Typed, body};
use crate::http::api::audit::{Format, file};
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::page_with;
use crate::http::pages::session::AuditorPage;
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::http::words;
use crate::operations::public;

#[derive(Template)]
#[template(path = "bureau/audit_export.html")]
struct Export {
    f: Frame,
    pools: Vec<String>,
    typed: Typed,
}

/// `GET /bureau/audit/export`
pub async fn show(visit: AuditorPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    render(visit.frame, &shared, Typed::nothing()).await
}

async fn render(f: Frame, shared: &Shared, typed: Typed) -> Result<HttpResponse, Problem> {
    let pools = public::pools(&shared.engine).await.map_err(unread)?;
    let export = Export {
        f,
        pools: pools.into_iter().map(|pool| pool.name).collect(),
        typed,
    };
    page_with(export.typed.status(), export.f.lang, &export)
}

/// `POST /bureau/audit/export`: a form and no link, because with personal data it leaves a trace.
pub async fn download(
    visit: AuditorPage,
    form: Result<Form, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let form = form?;
    let format = match form.text("format") {
        "xlsx" => Format::Workbook,
        _ => Format::Lines,
    };
    let unsealed = form.text("unsealed") == "true";
    let why = match unsealed {
        true => words::why(&body(&form, &["why"])).map(Some),
        false => Ok(None),
    };
    let pool = form.text("pool").to_owned();
    let done = match why {
        Ok(why) => {
            let done = file(&shared.engine, &visit.caller, pool, format, why).await;
            done.map_err(no_pool)
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let typed = Typed::refused("export", &form, problem, visit.frame.lang)?;
            render(visit.frame, &shared, typed).await
        }
    }
}
