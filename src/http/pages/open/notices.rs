//! `/notices`: the masked lists of who is to be paid.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::domain::ids::BatchId;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::page;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::ReadError;
use crate::operations::notices::{self, NoticePage, Notices};
use crate::settings::Bureau;

#[derive(Template)]
#[template(path = "public/notices.html")]
struct Lists {
    f: Frame,
    found: Notices,
    days: u32,
}

#[derive(Template)]
#[template(path = "public/notice.html")]
struct List<'a> {
    f: Frame,
    found: NoticePage,
    bureau: &'a Bureau,
}

fn failed(error: ReadError) -> Problem {
    Problem::reading(error, ProblemCode::NotFound)
}

/// `GET /notices?before=…`
pub async fn list(
    f: Frame,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let before = Form::query(&request)
        .some("before")
        .and_then(BatchId::parse);
    let found = notices::list(&shared.engine, before)
        .await
        .map_err(failed)?;
    let days = shared.engine.settings.bureau.notice_days;
    page(f.lang, &Lists { f, found, days })
}

/// `GET /notices/{batch}?after=…`
pub async fn one(
    f: Frame,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let engine = &shared.engine;
    let batch = request.match_info().get("batch").and_then(BatchId::parse);
    let batch = batch.ok_or(ProblemCode::NotFound)?;
    let after = Form::query(&request).text("after").parse().unwrap_or(0);
    let list = List {
        found: notices::get(engine, batch, after).await.map_err(failed)?,
        bureau: &engine.settings.bureau,
        f,
    };
    page(list.f.lang, &list)
}
