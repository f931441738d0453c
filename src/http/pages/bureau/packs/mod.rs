//! `/bureau/packs`: programmes with their versions, what differs between two, and what one says of
//! a claim.

pub mod publish;
pub mod trial;

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::catalogue::Role;
use crate::domain::line_diff::{Row, side_by_side};
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::page;
use crate::http::pages::session::StaffPage;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::denial::ActError;
use crate::operations::pack_views::{self, ProgrammeVersions, VersionView};

/// Characters of a pack that a page shows; the file has all of them.
const SHOWN: usize = 40_000;
/// Common lines around a difference.
const CONTEXT: usize = 3;

#[derive(Template)]
#[template(path = "bureau/packs.html")]
struct List {
    f: Frame,
    operator: bool,
    programmes: Vec<ProgrammeVersions>,
}

#[derive(Template)]
#[template(path = "bureau/pack.html")]
struct One {
    f: Frame,
    programme: ProgrammeVersions,
    version: VersionView,
    source: String,
    cut: bool,
}

#[derive(Template)]
#[template(path = "bureau/pack_compare.html")]
struct Compare<'a> {
    f: Frame,
    programme: &'a str,
    before: &'a VersionView,
    after: &'a VersionView,
    written: bool,
    parts: Vec<Vec<Row<'a>>>,
}

/// `GET /bureau/packs`
pub async fn list(visit: StaffPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let programmes = pack_views::all(&shared.engine).await.map_err(no_pack)?;
    let list = List {
        f: visit.frame,
        operator: visit.caller.role == Role::Operator,
        programmes,
    };
    page(list.f.lang, &list)
}

/// `GET /bureau/packs/{programme}?version=…`, or `?a=…&b=…&of=source` for two side by side.
pub async fn show(
    visit: StaffPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let query = Form::query(&request);
    let id = programme(&request);
    if let (Some(a), Some(b)) = (query.some("a"), query.some("b")) {
        let written = query.text("of") == "source";
        return compare(visit.frame, &shared, &id, (a, b), written).await;
    }
    let digest = query.some("version").map(str::to_owned);
    let found = pack_views::version(&shared.engine, id, digest).await;
    let (programme, version) = found.map_err(no_pack)?;
    let source: String = version.source.chars().take(SHOWN).collect();
    let one = One {
        f: visit.frame,
        programme,
        cut: source.len() < version.source.len(),
        source,
        version,
    };
    page(one.f.lang, &one)
}

async fn compare(
    f: Frame,
    shared: &Shared,
    programme: &str,
    (a, b): (&str, &str),
    written: bool,
) -> Result<HttpResponse, Problem> {
    let engine = &shared.engine;
    let of = |digest: &str| {
        let found = pack_views::version(engine, programme.to_owned(), Some(digest.to_owned()));
        async { Ok::<_, Problem>(found.await.map_err(no_pack)?.1) }
    };
    let (before, after) = (of(a).await?, of(b).await?);
    let texts = if written {
        (&before.source, &after.source)
    } else {
        (&before.canonical, &after.canonical)
    };
    let compare = Compare {
        f,
        programme,
        parts: side_by_side(texts.0, texts.1, CONTEXT),
        before: &before,
        after: &after,
        written,
    };
    page(compare.f.lang, &compare)
}

/// `GET /bureau/packs/{programme}/source?version=…`: the file as it was written.
pub async fn source(
    _visit: StaffPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let digest = Form::query(&request).some("version").map(str::to_owned);
    let id = programme(&request);
    let found = pack_views::version(&shared.engine, id.clone(), digest).await;
    let (_, version) = found.map_err(no_pack)?;
    // An id has small letters, digits and hyphens only.
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/toml; charset=utf-8"))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{id}.toml\""),
        ))
        .body(version.source))
}

fn programme(request: &HttpRequest) -> String {
    let id = request.match_info().get("programme").unwrap_or_default();
    id.to_owned()
}

fn no_pack(error: ActError) -> Problem {
    Problem::acting(error, ProblemCode::NoSuchObject)
}
