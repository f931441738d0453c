//! `/bureau/audit/journal/{name}`: the journal of a pool, entry by entry.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::super::pools::{no_pool, pool_name};
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::page;
use crate::http::pages::session::AuditorPage;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::denial::ActError;
use crate::operations::journal_view::{self, EntryView};

/// Entries on a page.
const LIMIT: i64 = 50;

#[derive(Template)]
#[template(path = "bureau/audit_journal.html")]
struct Journal {
    f: Frame,
    name: String,
    head: i64,
    after: i64,
    found: Vec<EntryView>,
    last: i64,
    /// After which entry the page before begins.
    back: i64,
    end: i64,
}

#[derive(Template)]
#[template(path = "bureau/audit_entry.html")]
struct One {
    f: Frame,
    name: String,
    entry: EntryView,
}

/// `GET /bureau/audit/journal/{name}?after=…`
pub async fn list(
    visit: AuditorPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let name = pool_name(&request);
    let after = Form::query(&request)
        .text("after")
        .parse()
        .unwrap_or(0)
        .max(0);
    let found = journal_view::entries(&shared.engine, name.clone(), after, LIMIT).await;
    let found = found.map_err(no_pool)?;
    let journal = Journal {
        f: visit.frame,
        name,
        head: found.head,
        after,
        last: found.entries.last().map_or(after, |entry| entry.seq),
        found: found.entries,
        back: (after - LIMIT).max(0),
        end: (found.head - LIMIT).max(0),
    };
    page(journal.f.lang, &journal)
}

/// `GET /bureau/audit/journal/{name}/{seq}`
pub async fn show(
    visit: AuditorPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let name = pool_name(&request);
    let seq = request.match_info().get("seq").unwrap_or_default();
    let seq: i64 = seq.parse().map_err(|_| ProblemCode::NoSuchObject)?;
    let entry = journal_view::entry(&shared.engine, name.clone(), seq).await;
    let one = One {
        f: visit.frame,
        name,
        entry: entry.map_err(no_entry)?,
    };
    page(one.f.lang, &one)
}

fn no_entry(error: ActError) -> Problem {
    Problem::acting(error, ProblemCode::NoSuchObject)
}
