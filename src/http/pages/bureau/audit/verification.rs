//! `/bureau/audit/verification`: every pool recomputed from its journal and compared.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::session::AuditorPage;
use crate::http::pages::{page, see};
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::operations::verification::{Found, Standing};

#[derive(Template)]
#[template(path = "bureau/audit_verification.html")]
struct Verification {
    f: Frame,
    standing: Standing,
}

/// `GET /bureau/audit/verification`
pub async fn show(visit: AuditorPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let verification = Verification {
        f: visit.frame,
        standing: shared.verification.standing(),
    };
    page(verification.f.lang, &verification)
}

/// `POST /bureau/audit/verification`: begins one, unless one runs.
pub async fn begin(
    visit: AuditorPage,
    form: Result<Form, Problem>,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    form?;
    let by = visit.frame.who.map_or_else(String::new, |who| who.login);
    shared.verification.begin(&shared.engine, by);
    Ok(see("/bureau/audit/verification"))
}
