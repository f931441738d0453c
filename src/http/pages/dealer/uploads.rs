//! `/dealer/uploads`: claims by the table, how far they are, and the lines to be mended.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::asked::named;
use super::claim_form;
use crate::clock;
use crate::domain::ids::UploadId;
use crate::http::pages::form::{Form, Upload};
use crate::http::pages::frame::Frame;
use crate::http::pages::session::DealerPage;
use crate::http::pages::{page, page_again, page_with, see};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::uploads::{self, LineView, UploadError, UploadView};
use crate::operations::{DealerCaller, Engine, ReadError};
use crate::table_file::Format;

/// Lines of one page.
const LINES: usize = 100;

#[derive(Template)]
#[template(path = "dealer/uploads.html")]
struct Uploads {
    f: Frame,
    /// Names this attempt, so that a form that is sent twice is one upload.
    once: UploadId,
    programmes: Vec<(String, String, bool)>,
    items: Vec<UploadView>,
    mistake: Option<String>,
}

/// `GET /dealer/uploads`
pub async fn list(visit: DealerPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let engine = &shared.engine;
    shown(visit.frame, &visit.caller, engine, (fresh(), ""), None).await
}

fn fresh() -> UploadId {
    UploadId(clock::new_uuid())
}

async fn shown(
    f: Frame,
    caller: &DealerCaller,
    engine: &Engine,
    (once, programme): (UploadId, &str),
    error: Option<&UploadError>,
) -> Result<HttpResponse, Problem> {
    let items = uploads::list(engine, caller)
        .await
        .map_err(Problem::on_object)?;
    let programmes = claim_form::programmes(engine, caller.dealer, f.lang);
    let programmes = programmes.into_iter().map(|(id, title)| {
        let chosen = id == programme;
        (id, title, chosen)
    });
    let list = Uploads {
        once,
        programmes: programmes.collect(),
        items,
        mistake: error.map(|error| f.upload_error(error)),
        f,
    };
    let lang = list.f.lang;
    match error {
        None => page(lang, &list),
        Some(UploadError::Failed(error)) => page_again(Some(&Problem::failed(*error)), lang, &list),
        Some(_) => page_with(StatusCode::UNPROCESSABLE_ENTITY, lang, &list),
    }
}

/// `POST /dealer/uploads`
pub async fn take(
    visit: DealerPage,
    upload: Result<Upload, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let upload = upload?;
    let DealerPage { caller, frame } = visit;
    let engine = &shared.engine;
    let programme = upload.form.text("programme").to_owned();
    let once = UploadId::parse(upload.form.text("once")).unwrap_or_else(fresh);
    let taken = match upload.files.into_iter().next() {
        None => Err(UploadError::NoLines),
        Some(file) => {
            uploads::take_in(engine, &caller, once, &programme, &file.name, file.bytes).await
        }
    };
    match taken {
        Ok(id) => Ok(see(&format!("/dealer/uploads/{id}"))),
        Err(UploadError::Failed(error @ ReadError::Broken)) => Err(Problem::failed(error)),
        Err(error) => shown(frame, &caller, engine, (once, &programme), Some(&error)).await,
    }
}

fn attachment(format: Format, name: &str, bytes: Vec<u8>) -> HttpResponse {
    let name = format!("attachment; filename=\"{name}.{}\"", format.as_str());
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, format.media_type()))
        .insert_header((CONTENT_DISPOSITION, name))
        .body(bytes)
}

/// `GET /dealer/uploads/template?programme=…&format=xlsx|csv`
pub async fn template(
    visit: DealerPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let query = Form::query(&request);
    let format = Format::parse(query.text("format")).unwrap_or(Format::Xlsx);
    let (dealer, lang) = (visit.caller.dealer, visit.frame.lang);
    let found = claim_form::find(&shared.engine, dealer, query.text("programme"), lang);
    let (form, _) = found.ok_or(ProblemCode::NotFound)?;
    let bytes = uploads::template(format, &form, lang).ok_or(ProblemCode::Internal)?;
    Ok(attachment(format, "claims", bytes))
}

#[derive(Template)]
#[template(path = "dealer/upload.html")]
struct OneUpload {
    f: Frame,
    upload: UploadView,
    lines: Vec<LineView>,
    bad: bool,
    next: Option<i64>,
}

#[derive(Template)]
#[template(path = "dealer/upload_progress.html")]
struct Progress {
    f: Frame,
    upload: UploadView,
}

fn upload_id(request: &HttpRequest) -> Result<UploadId, Problem> {
    let id = UploadId::parse(named(request, "id"));
    id.ok_or_else(|| ProblemCode::NoSuchObject.into())
}

/// `GET /dealer/uploads/{id}?bad=1&after=…`
pub async fn show(
    visit: DealerPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let DealerPage { caller, frame: f } = visit;
    let id = upload_id(&request)?;
    let query = Form::query(&request);
    let after = query.text("after").parse().unwrap_or(0);
    let bad = query.text("bad") == "1";
    let engine = &shared.engine;
    let upload = uploads::get(engine, &caller, id)
        .await
        .map_err(Problem::on_object)?;
    let found = uploads::lines(engine, &caller, id, bad, after, LINES, f.lang).await;
    let (lines, more) = found.map_err(Problem::on_object)?;
    let shown = OneUpload {
        next: lines.last().filter(|_| more).map(|line| line.line),
        upload,
        lines,
        bad,
        f,
    };
    page(shown.f.lang, &shown)
}

/// `GET /dealer/uploads/{id}/progress`: the part of the page that is loaded again and again.
pub async fn progress(
    visit: DealerPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let DealerPage { caller, frame: f } = visit;
    let id = upload_id(&request)?;
    let upload = uploads::get(&shared.engine, &caller, id).await;
    let upload = upload.map_err(Problem::on_object)?;
    page(f.lang, &Progress { f, upload })
}

/// `GET /dealer/uploads/{id}/to-mend`: the lines that are to be mended, as a file.
pub async fn to_mend(
    visit: DealerPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let (id, lang) = (upload_id(&request)?, visit.frame.lang);
    let made = uploads::to_mend(&shared.engine, &visit.caller, id, lang).await;
    let (format, bytes) = made.map_err(Problem::on_object)?;
    Ok(attachment(format, "to-mend", bytes))
}
