//! `/bureau`: the board of today.

use actix_web::HttpResponse;
use askama::Template;

use crate::http::pages::frame::Frame;
use crate::http::pages::page;
use crate::http::pages::session::StaffPage;
use crate::http::problem::Problem;

#[derive(Template)]
#[template(path = "bureau/home.html")]
struct Home {
    f: Frame,
}

/// `GET /bureau`
pub async fn show(visit: StaffPage) -> Result<HttpResponse, Problem> {
    let home = Home { f: visit.frame };
    page(home.f.lang, &home)
}
