//! One run: an empty database, the service or what it is compared with on a thread, the load, and
//! the journal verified.

use std::fmt;
use std::sync::Arc;

use tradein::http::Background;
use tradein::operations::Engine;
use tradein::operations::verify::verify;
use tradein::storage::pools as pool_rows;

use crate::cpu;
use crate::load::{self, Figures, Load, Rhythm};
use crate::naive::Naive;
use crate::one_call::OneCall;
use crate::place::{Place, Stage, set_up};
use crate::raw;
use crate::redis::{self, Redis};
use crate::workers::Workers;

pub type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

pub const PROGRAMME: &str = "henan-car-replacement-2025";
pub const POOL: &str = "click-day";

/// Who admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The program as it is.
    Service,
    /// Two instances of it on one database.
    Two,
    /// One claim, one transaction.
    Naive,
    /// One claim, one stored procedure.
    OneCall,
    /// One claim, one script of Redis.
    Redis,
    /// The database alone, with the same rows in the same batches.
    Raw,
}

impl Way {
    /// What takes a transaction for each claim gets fewer claims, so that all take about as long;
    /// smaller tables are no disadvantage.
    pub const fn claims(self, claims: u64) -> u64 {
        match self {
            Way::Service | Way::Two | Way::Redis | Way::Raw => claims,
            Way::Naive | Way::OneCall => claims / 5,
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::Service => "service",
            Way::Two => "two instances",
            Way::Naive => "naive",
            Way::OneCall => "one call",
            Way::Redis => "redis",
            Way::Raw => "raw",
        })
    }
}

/// What is run.
pub struct Run<'a> {
    pub way: Way,
    /// PostgreSQL; SQLite without.
    pub url: Option<&'a str>,
    pub rhythm: Rhythm,
    pub connections: usize,
    pub claims: u64,
    pub seed: u64,
}

/// Plays a run to its end and cleans up behind it.
pub fn play(run: &Run<'_>) -> Fallible<Figures> {
    let place = Place::make(run.url)?;
    let figures = day(place.engine()?, run, &place);
    place.clear()?;
    figures
}

fn day(mut engine: Engine, run: &Run<'_>, place: &Place) -> Fallible<Figures> {
    let stage = set_up(&engine, run.claims)?;
    let queue = engine.settings.sizes.queue;
    // Ends with this value, after the service.
    let mut server = None;
    let mut services = Vec::new();
    match run.way {
        Way::Service => {}
        Way::Two => services.push(Background::start(place.engine()?)?),
        Way::Naive => {
            engine.admission = Arc::new(Workers::start(queue, Naive::workers(&engine)?));
        }
        Way::OneCall => {
            let workers = OneCall::workers(&engine, POOL)?;
            engine.admission = Arc::new(Workers::start(queue, workers));
        }
        Way::Redis => {
            let started = redis::Server::start(&place.directory.join("redis"))?;
            let workers = Redis::workers(&engine, server.insert(started), POOL)?;
            engine.admission = Arc::new(Workers::start(queue, workers));
        }
        Way::Raw => return raw_day(&engine, run, &stage),
    }
    services.push(Background::start(engine.clone())?);
    let load = Load {
        urls: services.iter().map(|s| s.url().to_owned()).collect(),
        programme: PROGRAMME.to_owned(),
        claims: run.claims,
        rhythm: run.rhythm,
        connections: run.connections,
        seed: run.seed,
        dealers: stage.dealers,
        cap_fen: stage.cap.fen(),
        first_position: 1,
        readers: None,
    };
    let figures = measured(&load);
    for service in services {
        service.stop()?;
    }
    let figures = figures?;
    let answered = figures.verdicts + figures.turned_away.claims;
    // Who waits for an answer is never turned away, unless a thousand come at once.
    let may_turn = matches!(run.rhythm, Rhythm::Opening);
    if answered != run.claims || (!may_turn && figures.turned_away.claims > 0) {
        return Err(format!(
            "{} of {} claims got a verdict",
            figures.verdicts, run.claims
        )
        .into());
    }
    drop(server);
    match run.way {
        Way::Service | Way::Two | Way::Naive | Way::Raw => {
            verified(&engine, figures.verdicts, Spent::Yes)?;
        }
        Way::OneCall => counted(&engine, run.claims)?,
        // Its rows lie elsewhere, and went with the server.
        Way::Redis => {}
    }
    Ok(figures)
}

/// Runs a load and notes what it cost.
pub fn measured(load: &Load) -> Fallible<Figures> {
    let before = cpu::used();
    let mut figures = load::start(load)?;
    let used = cpu::used() - before;
    figures.server_us = used.own * 1e6 / figures.claims.max(1) as f64;
    figures.client_us = used.children * 1e6 / figures.claims.max(1) as f64;
    Ok(figures)
}

fn raw_day(engine: &Engine, run: &Run<'_>, stage: &Stage) -> Fallible<Figures> {
    let dealers = stage.dealers.iter();
    let sellers: Vec<String> = dealers.map(|(_, _, uscc)| uscc.clone()).collect();
    // A closed loop has half of its claims with the database and half on their way.
    let batch = (run.connections / 2).clamp(1, engine.settings.sizes.batch);
    let load = (run.claims, batch, run.seed);
    let figures = raw::play(engine, (PROGRAMME, POOL), &sellers, load)?;
    verified(engine, run.claims, Spent::Yes)?;
    Ok(figures)
}

/// Whether the claims must have used the pool's money up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spent {
    Yes,
    Perhaps,
}

/// Every claim is in the journal, the pool is spent, and the journal verifies.
pub fn verified(engine: &Engine, claims: u64, spent: Spent) -> Fallible<()> {
    let verified = verify(&mut *engine.database.get()?, &engine.keys)?;
    let found: usize = verified.iter().map(|pool| pool.claims).sum();
    let waits = verified
        .iter()
        .any(|pool| pool.pool == POOL && pool.waiting > 0);
    if found as u64 == claims && (waits || spent == Spent::Perhaps) {
        Ok(())
    } else {
        Err("the journal does not tell of this click day".into())
    }
}

/// As much as can be said where the journal is no real one: the row adds up, and everybody has a
/// number.
fn counted(engine: &Engine, claims: u64) -> Fallible<()> {
    let rows = pool_rows::all(&mut *engine.database.get()?)?;
    let row = rows.into_iter().find(|row| row.name == POOL);
    let row = row.ok_or("no pool")?;
    let adds_up = row.free + row.reserved == row.cap && row.waiting > 0;
    // The first entry opens the pool.
    if adds_up && row.head_seq as u64 == claims + 1 && row.next_ordinal as u64 == claims + 1 {
        Ok(())
    } else {
        Err("the pool does not tell of this click day".into())
    }
}
