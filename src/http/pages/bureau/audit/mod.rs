//! `/bureau/audit`: what auditors look at.

pub mod access;
pub mod export;
pub mod flags;
pub mod journal;
pub mod samples;
pub mod verification;

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::pools::unread;
use crate::http::pages::frame::Frame;
use crate::http::pages::page;
use crate::http::pages::session::AuditorPage;
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::operations::public::{self, PoolView};
use crate::operations::verification::{Found, Standing};

#[derive(Template)]
#[template(path = "bureau/audit.html")]
struct Audit {
    f: Frame,
    pools: Vec<PoolView>,
    standing: Standing,
}

/// `GET /bureau/audit`
pub async fn show(visit: AuditorPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let audit = Audit {
        f: visit.frame,
        pools: public::pools(&shared.engine).await.map_err(unread)?,
        standing: shared.verification.standing(),
    };
    page(audit.f.lang, &audit)
}
