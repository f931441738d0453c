//! `/bureau/packs/{programme}/try`: what a version says of a claim. Nothing is kept.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::NaiveDate;

use super::{no_pack, programme};
use crate::clock;
use crate::domain::defect::Defect;
use crate::domain::intake::IntakeError;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::StaffPage;
use crate::http::pages::{page, page_with};
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::operations::pack_trial::{self, SAMPLES, SampleClaim, Trial, TrialError};
use crate::operations::pack_views::{self, VersionLine};

#[derive(Template)]
#[template(path = "bureau/pack_try.html")]
struct Try {
    f: Frame,
    programme: String,
    version: String,
    versions: Vec<VersionLine>,
    samples: &'static [SampleClaim],
    claim: String,
    day: String,
    day_wrong: bool,
    /// Where reading stopped, of a text that is no JSON.
    unreadable: Option<String>,
    defects: Vec<Defect>,
    trial: Option<Trial>,
}

/// `GET /bureau/packs/{programme}/try?version=…&sample=…`
pub async fn show(
    visit: StaffPage,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let query = Form::query(&request);
    let digest = query.some("version").map(str::to_owned);
    let mut form = begin(visit.frame, &request, &shared, digest).await?;
    let sample = SAMPLES.iter().find(|s| s.word == query.text("sample"));
    if let Some(sample) = sample {
        sample.body.clone_into(&mut form.claim);
        sample.day.clone_into(&mut form.day);
    }
    page(form.f.lang, &form)
}

async fn begin(
    f: Frame,
    request: &HttpRequest,
    shared: &Shared,
    digest: Option<String>,
) -> Result<Try, Problem> {
    let found = pack_views::version(&shared.engine, programme(request), digest).await;
    let (programme, version) = found.map_err(no_pack)?;
    Ok(Try {
        f,
        programme: programme.programme,
        version: version.line.head.digest,
        versions: programme.versions,
        samples: &SAMPLES,
        claim: String::new(),
        day: clock::now().beijing_day().to_string(),
        day_wrong: false,
        unreadable: None,
        defects: Vec::new(),
        trial: None,
    })
}

/// `POST /bureau/packs/{programme}/try`
pub async fn judge(
    visit: StaffPage,
    form: Result<Form, Problem>,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let sent = form?;
    let digest = sent.some("version").map(str::to_owned);
    let mut form = begin(visit.frame, &request, &shared, digest).await?;
    sent.text("claim").clone_into(&mut form.claim);
    sent.text("day").clone_into(&mut form.day);
    let Ok(day) = form.day.parse::<NaiveDate>() else {
        form.day_wrong = true;
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, form.f.lang, &form);
    };
    let tried = pack_trial::judge(
        &shared.engine,
        form.programme.clone(),
        Some(form.version.clone()),
        form.claim.as_bytes(),
        day,
        form.f.lang,
    );
    match tried.await {
        Ok(trial) => form.trial = Some(trial),
        Err(TrialError::Act(error)) => return Err(no_pack(error)),
        Err(TrialError::Intake(IntakeError::Unreadable(at))) => form.unreadable = Some(at),
        Err(TrialError::Intake(IntakeError::Malformed(defects))) => form.defects = defects,
    }
    let status = match form.trial {
        Some(_) => StatusCode::OK,
        None => StatusCode::UNPROCESSABLE_ENTITY,
    };
    page_with(status, form.f.lang, &form)
}
