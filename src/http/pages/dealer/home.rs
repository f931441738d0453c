//! `/dealer`: what a dealer sees first.

use actix_web::HttpResponse;
use askama::Template;

use crate::http::pages::frame::Frame;
use crate::http::pages::page;
use crate::http::pages::session::DealerPage;
use crate::http::problem::Problem;

#[derive(Template)]
#[template(path = "dealer/home.html")]
struct Home {
    f: Frame,
}

/// `GET /dealer`
pub async fn show(visit: DealerPage) -> Result<HttpResponse, Problem> {
    let home = Home { f: visit.frame };
    page(home.f.lang, &home)
}
