//! `/pools`: what is left, live.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use chrono::{Days, NaiveDate};

use super::chart::{self, Chart};
use super::pool_card::PoolCard;
use crate::clock;
use crate::domain::money::Fen;
use crate::domain::policy::Pack;
use crate::domain::policy::words::{self, RuleInWords};
use crate::domain::text::Text;
use crate::http::pages::form::Form;
use crate::http::pages::frame::Frame;
use crate::http::pages::{outside, page};
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::pool_days::{self, PoolDay, PoolDays};
use crate::operations::public::PoolView;

/// When a browser asks again that finds no place among the listeners, in seconds.
const COME_AGAIN: u32 = 30;

#[derive(Template)]
#[template(path = "public/pools.html")]
struct Pools {
    f: Frame,
    cards: Vec<PoolCard>,
}

#[derive(Template)]
#[template(path = "public/pool_cards.html")]
struct Cards {
    f: Frame,
    cards: Vec<PoolCard>,
}

#[derive(Template)]
#[template(path = "public/pool.html")]
struct Pool {
    f: Frame,
    cards: Vec<PoolCard>,
    pool: PoolView,
    days: Arc<PoolDays>,
    chart: Option<Chart>,
    exhausted: Option<Exhausted>,
    orders: Vec<(Text, RuleInWords)>,
    programmes: Vec<(String, Text)>,
    outside: String,
}

/// When the money is used up, as days; a day that lies beyond a year is none.
struct Exhausted {
    early: Option<NaiveDate>,
    middle: Option<NaiveDate>,
    late: Option<NaiveDate>,
}

impl Pool {
    fn accepted(&self, day: &PoolDay) -> String {
        self.f.yuan(&Fen::new(day.fen).unwrap_or(Fen::MAX))
    }

    /// Who waits is served by what is left only when it is enough.
    fn is_used_up(&self) -> bool {
        self.pool.free == Fen::ZERO || self.pool.waiting > 0
    }

    fn date(&self, day: &NaiveDate) -> String {
        day.to_string()
    }
}

async fn all(shared: &Shared) -> Result<Vec<PoolView>, Problem> {
    let pools = shared.live.pools(&shared.engine).await;
    let pools = pools.map_err(|error| Problem::reading(error, ProblemCode::PoolNotFound))?;
    Ok(pools.to_vec())
}

fn cards(f: &Frame, pools: &[PoolView]) -> Vec<PoolCard> {
    pools.iter().map(|pool| PoolCard::new(f, pool)).collect()
}

/// `GET /pools`
pub async fn list(f: Frame, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let cards = cards(&f, &all(&shared).await?);
    page(f.lang, &Pools { f, cards })
}

/// `GET /pools/live?pool=…`: the part of the page that changes.
pub async fn live(
    f: Frame,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let query = Form::query(&request);
    let mut pools = all(&shared).await?;
    if let Some(name) = query.some("pool") {
        pools.retain(|pool| pool.name == name);
    }
    let cards = cards(&f, &pools);
    page(f.lang, &Cards { f, cards })
}

/// `GET /pools/events`: an event whenever a balance has changed.
pub async fn events(shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let stream = shared.live.listen();
    let full = || Problem::retry_after(ProblemCode::Unavailable, COME_AGAIN);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        // Proxies of this kind would keep events back until there are enough of them.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(stream.ok_or_else(full)?))
}

/// `GET /pools/{name}`
pub async fn one(
    f: Frame,
    request: HttpRequest,
    shared: Data<Shared>,
) -> Result<HttpResponse, Problem> {
    let engine = &shared.engine;
    let name = request.match_info().get("name").unwrap_or_default();
    let mut pools = all(&shared).await?;
    let at = pools.iter().position(|pool| pool.name == name);
    let pool = pools.swap_remove(at.ok_or(ProblemCode::PoolNotFound)?);
    let days = pool_days::of(engine, &shared.days, name).await;
    let days = days.map_err(|error| Problem::reading(error, ProblemCode::PoolNotFound))?;
    let catalogue = engine.catalogue.current();
    let packs = pool.programmes.iter();
    let packs: Vec<_> = packs
        .filter_map(|id| catalogue.published(id, clock::now()))
        .map(|published| &published.pack)
        .collect();
    let title = |pack: &Pack| pack.title.clone();
    let shown = Pool {
        cards: cards(&f, std::slice::from_ref(&pool)),
        chart: chart::draw(&days.days),
        exhausted: exhausted(&days).filter(|_| pool.waiting == 0),
        orders: packs
            .iter()
            .filter_map(|pack| Some((title(pack), words::order(pack)?)))
            .collect(),
        programmes: packs
            .iter()
            .map(|pack| (pack.id.0.clone(), title(pack)))
            .collect(),
        outside: outside::address(&request, &engine.settings),
        days,
        pool,
        f,
    };
    page(shown.f.lang, &shown)
}

fn exhausted(days: &PoolDays) -> Option<Exhausted> {
    let found = days.forecast?;
    let today = days.days.last()?.day;
    let after = |days: Option<u32>| today.checked_add_days(Days::new(days?.into()));
    Some(Exhausted {
        early: after(found.early),
        middle: after(found.middle),
        late: after(found.late),
    })
}
