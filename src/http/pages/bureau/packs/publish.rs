//! `/bureau/packs/new`: a pack is checked, and published by whoever may.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;

use super::super::typed::{fresh_id, id_of};
use crate::domain::policy::{Problem as Mistake, read_pack};
use crate::http::pages::form::Upload;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::OperatorPage;
use crate::http::pages::{page_with, see};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::proposals::{Asked, PackError, once};

/// The largest pack that is taken, in bytes; as for calls.
const LARGEST: usize = 256 * 1024;
/// How many mistakes are told at once.
const MISTAKES: usize = 50;

#[derive(Template)]
#[template(path = "bureau/pack_new.html")]
struct New {
    f: Frame,
    source: String,
    once: String,
    /// A second person decides.
    second: bool,
    mistakes: Vec<Mistake>,
    /// The id of the programme, where the pack was checked and has no mistake.
    good: Option<String>,
    /// Neither a file nor a text was sent, or too much of it, or no UTF-8.
    unreadable: bool,
}

impl New {
    fn empty(f: Frame, shared: &Shared) -> Self {
        Self {
            f,
            source: String::new(),
            once: fresh_id(),
            second: shared.engine.settings.two_persons_above.is_some(),
            mistakes: Vec::new(),
            good: None,
            unreadable: false,
        }
    }

    fn answer(&self) -> Result<HttpResponse, Problem> {
        let status = if self.unreadable || !self.mistakes.is_empty() {
            StatusCode::UNPROCESSABLE_ENTITY
        } else {
            StatusCode::OK
        };
        page_with(status, self.f.lang, self)
    }
}

/// `GET /bureau/packs/new`
pub async fn show(visit: OperatorPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    New::empty(visit.frame, &shared).answer()
}

/// `POST /bureau/packs/new`: `act` is `check` or `publish`.
pub async fn send(
    visit: OperatorPage,
    upload: Result<Upload, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let upload = upload?;
    let mut page = New::empty(visit.frame, &shared);
    let Some(text) = text_of(&upload) else {
        page.unreadable = true;
        return page.answer();
    };
    page.source.clone_from(&text);
    if upload.form.text("act") != "publish" {
        match read_pack(&text) {
            Ok(pack) => page.good = Some(pack.id.0),
            Err(mistakes) => page.mistakes = some(mistakes),
        }
        return page.answer();
    }
    let id = id_of(&upload.form)?;
    match once::pack(&shared.engine, &visit.caller, id, text).await {
        Ok(Asked::Done(loaded)) => Ok(see(&format!(
            "/bureau/packs/{}?version={}",
            loaded.programme, loaded.digest
        ))),
        Ok(Asked::Proposed(proposal)) => Ok(see(&format!("/bureau/proposals/{}", proposal.id))),
        Err(PackError::Mistakes(mistakes)) => {
            page.mistakes = some(mistakes);
            page.answer()
        }
        Err(PackError::Ended(ended)) => {
            let error = ended.into_act();
            Err(Problem::acting(error, ProblemCode::NoSuchObject))
        }
    }
}

/// The pack that was sent as a file, or else as a text.
fn text_of(upload: &Upload) -> Option<String> {
    let file = upload.files.iter().find(|file| file.member == "file");
    let bytes = match file {
        Some(file) => file.bytes.to_vec(),
        None => upload.form.raw("source").as_bytes().to_vec(),
    };
    let text = String::from_utf8(bytes).ok()?;
    // Browsers end the lines of a text with two characters; a file keeps its own.
    let text = if file.is_some() {
        text
    } else {
        text.replace("\r\n", "\n")
    };
    (!text.trim().is_empty() && text.len() <= LARGEST).then_some(text)
}

fn some(mut mistakes: Vec<Mistake>) -> Vec<Mistake> {
    mistakes.truncate(MISTAKES);
    mistakes
}
