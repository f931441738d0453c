//! The service on a database with millions of claims in it, beside one on an empty database, and
//! what people look at there.

use std::thread::sleep;
use std::time::Duration;

use tradein::clock;
use tradein::domain::claim::ClaimState;
use tradein::domain::text::Lang;
use tradein::http::Background;
use tradein::operations::claims::{ListFilter, list};
use tradein::operations::{Engine, Viewer};
use tradein::storage::pools;

use crate::earlier;
use crate::load::{Figures, Load, Rhythm};
use crate::place::{Place, Stage, set_up};
use crate::scene::{Fallible, POOL, PROGRAMME, Run, Spent, Way, measured, play, verified};

/// Questions a second of each reader, and claims a second beside them.
const READS: f64 = 50.0;
/// Pages that are timed.
const PAGES: usize = 200;

/// What is run.
pub struct Growth<'a> {
    /// PostgreSQL; SQLite without.
    pub url: Option<&'a str>,
    /// Claims that are there already.
    pub earlier: u64,
    /// Claims of one run.
    pub claims: u64,
    pub connections: usize,
    pub rounds: u32,
}

/// What came of it.
pub struct Grown {
    /// Empty and grown, round by round.
    pub rounds: Vec<(Figures, Figures)>,
    /// Pools and claim status, asked beside a few claims.
    pub beside: Figures,
    /// A page of fifty open claims in the order of filing: median, and 99 of a hundred.
    pub page_ms: (f64, f64),
}

/// Plays it to its end and cleans up behind it.
pub fn measure(growth: &Growth<'_>) -> Fallible<Grown> {
    let place = Place::make(growth.url)?;
    // Makes the tables.
    drop(place.engine()?);
    earlier::fill(&place.target()?, growth.earlier)?;
    let grown = grown(&place, growth);
    place.clear()?;
    grown
}

fn grown(place: &Place, growth: &Growth<'_>) -> Fallible<Grown> {
    let engine = place.engine()?;
    let stage = set_up(&engine, growth.claims * u64::from(growth.rounds) * 2)?;
    let service = Background::start(engine.clone())?;
    while engine.key_filter.generation() == 0 {
        sleep(Duration::from_millis(100));
    }
    let mut rounds = Vec::new();
    let mut filed = 0;
    for round in 1..=growth.rounds {
        let seed = u64::from(round);
        let empty = play(&Run {
            way: Way::Service,
            url: growth.url,
            rhythm: Rhythm::Closed,
            connections: growth.connections,
            claims: growth.claims,
            seed,
        })?;
        let full = measured(&load(&engine, &service, &stage, growth, seed)?)?;
        filed += full.verdicts;
        eprintln!(
            "round {round}: {:.0} claims/s on an empty database, {:.0} on one with {}",
            empty.claims_per_second, full.claims_per_second, growth.earlier
        );
        rounds.push((empty, full));
    }
    let few = Load {
        rhythm: Rhythm::Open {
            rate: READS,
            seconds: 10,
        },
        readers: Some(READS),
        ..load(&engine, &service, &stage, growth, 1_000)?
    };
    let beside = measured(&few)?;
    filed += beside.verdicts + beside.before;
    let page_ms = pages(&engine)?;
    service.stop()?;
    earlier::clear(&place.target()?)?;
    verified(&engine, filed, Spent::Perhaps)?;
    Ok(Grown {
        rounds,
        beside,
        page_ms,
    })
}

fn load(
    engine: &Engine,
    service: &Background,
    stage: &Stage,
    growth: &Growth<'_>,
    seed: u64,
) -> Fallible<Load> {
    let rows = pools::all(&mut *engine.database.get()?)?;
    let row = rows.iter().find(|row| row.name == POOL).ok_or("no pool")?;
    Ok(Load {
        urls: vec![service.url().to_owned()],
        programme: PROGRAMME.to_owned(),
        claims: growth.claims,
        rhythm: Rhythm::Closed,
        connections: growth.connections,
        seed,
        dealers: stage.dealers.clone(),
        cap_fen: row.free,
        first_position: row.next_position,
        readers: None,
    })
}

/// Milliseconds of server time for a page of open claims: median, and 99 of a hundred.
fn pages(engine: &Engine) -> Fallible<(f64, f64)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut took = Vec::with_capacity(PAGES);
    for _ in 0..PAGES {
        let begun = clock::monotonic_ns();
        let filter = ListFilter {
            state: Some(ClaimState::Reserved),
            programme: None,
            cursor: None,
            limit: 50,
        };
        let page = runtime.block_on(list(engine, &Viewer::Bureau, filter, Lang::Zh))?;
        took.push((clock::monotonic_ns() - begun) as f64 / 1e6);
        if page.items.len() != 50 {
            return Err("a page of open claims is not full".into());
        }
    }
    took.sort_by(f64::total_cmp);
    Ok((took[PAGES / 2], took[PAGES * 99 / 100]))
}
