//! `/programmes`: what each programme demands and pays, in words.

use std::collections::BTreeMap;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use crate::domain::policy::Pack;
use crate::domain::policy::words::{self, AmountRow, RuleInWords};
use crate::http::pages::frame::Frame;
use crate::http::pages::page;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::ReadError;
use crate::operations::public::{self, ProgrammeView};
use crate::operations::public_catalogue::{self, ProgrammePage};

#[derive(Template)]
#[template(path = "public/programmes.html")]
struct Programmes {
    f: Frame,
    programmes: Vec<ProgrammeView>,
}

#[derive(Template)]
#[template(path = "public/programme.html")]
struct Programme<'a> {
    f: Frame,
    pack: &'a Pack,
    found: &'a ProgrammePage,
    rules: Vec<RuleInWords>,
    rows: Vec<AmountRow>,
    amount: RuleInWords,
    sources: Vec<String>,
}

fn failed(error: ReadError) -> Problem {
    Problem::reading(error, ProblemCode::NotFound)
}

/// `GET /programmes`
pub async fn list(f: Frame, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let programmes = public::programmes(&shared.engine, f.lang).await;
    let programmes = programmes.map_err(failed)?;
    page(f.lang, &Programmes { f, programmes })
}

/// `GET /programmes/{programme}`
pub async fn one(
    f: Frame,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let id = request.match_info().get("programme").unwrap_or_default();
    let found = public_catalogue::programme(&shared.engine, id).await;
    let found = found.map_err(failed)?;
    let pack = &found.current.pack;
    let (rows, amount) = words::amounts(pack);
    let rules = words::rules(pack);
    let shown = Programme {
        sources: documents(&rules, &amount, pack),
        pack,
        found: &found,
        rules,
        rows,
        amount,
        f,
    };
    page(shown.f.lang, &shown)
}

/// Every document that something of the programme rests on, once.
fn documents(rules: &[RuleInWords], amount: &RuleInWords, pack: &Pack) -> Vec<String> {
    let mut found = BTreeMap::new();
    let bases = rules.iter().chain([amount]).map(|rule| &rule.document);
    for document in bases.chain([&pack.basis.document]) {
        let order = found.len();
        found.entry(document.clone()).or_insert(order);
    }
    let mut found: Vec<(String, usize)> = found.into_iter().collect();
    found.sort_by_key(|(_, order)| *order);
    found.into_iter().map(|(document, _)| document).collect()
}
