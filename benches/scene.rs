//! One run: an empty database, a pool and dealers as in the demo, the service on a thread,
//! the load, and the journal verified.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use tradein::clock;
use tradein::domain::money::Fen;
use tradein::http::Background;
use tradein::keys::Keys;
use tradein::operations::pools::NewPool;
use tradein::operations::shipped::SHIPPED;
use tradein::operations::verify::verify;
use tradein::operations::{Engine, dealers, packs, pools};
use tradein::rehearse::generate;
use tradein::settings::Settings;
use tradein::startup;
use tradein::storage::pools as pool_rows;
use tradein::storage::schema_of_ones_own as schema;

use crate::cpu;
use crate::load::{self, Figures, Load};
use crate::naive::Naive;
use crate::one_call::OneCall;
use crate::raw;
use crate::redis::{self, Redis};
use crate::workers::Workers;

pub type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const PROGRAMME: &str = "henan-car-replacement-2025";
const POOL: &str = "click-day";
/// As in the demo: too little for all of them.
const YUAN_A_CLAIM: u64 = 7_500;
const DEALERS: u64 = 40;

/// Who admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The program as it is.
    Service,
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
            Way::Service | Way::Redis | Way::Raw => claims,
            Way::Naive | Way::OneCall => claims / 5,
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::Service => "service",
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
    pub connections: usize,
    pub claims: u64,
    pub seed: u64,
}

/// Plays a run to its end and cleans up behind it.
pub fn play(run: &Run<'_>) -> Fallible<Figures> {
    let place = Place::make(run.url)?;
    let engine = startup::start_with(place.settings.clone(), Keys::generate(clock::now())?)?;
    let figures = day(engine, run, &place);
    place.clear()?;
    figures
}

fn day(mut engine: Engine, run: &Run<'_>, place: &Place) -> Fallible<Figures> {
    let dealers = set_up(&engine, run.claims)?;
    let queue = engine.settings.sizes.queue;
    // Ends with this value, after the service.
    let mut server = None;
    match run.way {
        Way::Service => {}
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
        Way::Raw => return raw_day(&engine, run, &dealers),
    }
    let service = Background::start(engine.clone())?;
    let load = Load {
        programme: PROGRAMME.to_owned(),
        claims: run.claims,
        connections: run.connections,
        seed: run.seed,
        dealers,
    };
    let before = cpu::used();
    let figures = load::start(service.url(), &load);
    let used = cpu::used() - before;
    service.stop()?;
    let mut figures = figures?;
    figures.server_us = used.own * 1e6 / run.claims as f64;
    figures.client_us = used.children * 1e6 / run.claims as f64;
    if figures.verdicts != run.claims {
        return Err(format!(
            "{} of {} claims got a verdict",
            figures.verdicts, run.claims
        )
        .into());
    }
    drop(server);
    match run.way {
        Way::Service | Way::Naive | Way::Raw => verified(&engine, run.claims)?,
        Way::OneCall => counted(&engine, run.claims)?,
        // Its rows lie elsewhere, and went with the server.
        Way::Redis => {}
    }
    Ok(figures)
}

fn raw_day(
    engine: &Engine,
    run: &Run<'_>,
    dealers: &[(String, String, String)],
) -> Fallible<Figures> {
    let sellers: Vec<String> = dealers.iter().map(|(_, _, uscc)| uscc.clone()).collect();
    // A closed loop has half of its claims with the database and half on their way.
    let batch = (run.connections / 2).clamp(1, engine.settings.sizes.batch);
    let load = (run.claims, batch, run.seed);
    let figures = raw::play(engine, (PROGRAMME, POOL), &sellers, load)?;
    verified(engine, run.claims)?;
    Ok(figures)
}

/// Every claim is in the journal, the pool is spent, and the journal verifies.
fn verified(engine: &Engine, claims: u64) -> Fallible<()> {
    let verified = verify(&mut *engine.database.get()?, &engine.keys)?;
    let found: usize = verified.iter().map(|pool| pool.claims).sum();
    let spent = verified
        .iter()
        .any(|pool| pool.pool == POOL && pool.waiting > 0);
    if found as u64 == claims && spent {
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

/// A directory or a schema of one's own.
struct Place {
    settings: Settings,
    directory: PathBuf,
    schema: Option<(String, String)>,
}

impl Place {
    fn make(url: Option<&str>) -> Fallible<Self> {
        let mut settings = Settings::load("config/tradein.toml".as_ref(), |name| {
            std::env::var(name).ok()
        })?;
        let name = format!("tradein_bench_{}", clock::new_uuid().simple());
        let directory = std::env::temp_dir().join(&name);
        settings.data_dir.clone_from(&directory);
        // Figures that a power cut could take back are worth nothing.
        settings.production = true;
        settings.database = None;
        let mut schema = None;
        if let Some(url) = url {
            schema::create(url, &name)?;
            let mark = if url.contains('?') { '&' } else { '?' };
            settings.database = Some(format!("{url}{mark}options=-csearch_path%3D{name}"));
            schema = Some((url.to_owned(), name));
        }
        Ok(Self {
            settings,
            directory,
            schema,
        })
    }

    fn clear(self) -> Fallible<()> {
        if let Some((url, name)) = &self.schema {
            schema::drop(url, name)?;
        }
        if self.directory.exists() {
            std::fs::remove_dir_all(&self.directory)?;
        }
        Ok(())
    }
}

/// Packs, a pool, and dealers; one of them takes part in another programme only. Gives
/// client id, secret and credit code of each.
fn set_up(engine: &Engine, claims: u64) -> Fallible<Vec<(String, String, String)>> {
    let mut conn = engine.database.get()?;
    for source in SHIPPED {
        packs::load(&mut conn, source)?;
    }
    let new = NewPool {
        name: POOL.to_owned(),
        cap: Fen::from_yuan(u32::try_from(claims * YUAN_A_CLAIM)?),
        programmes: vec![PROGRAMME.to_owned()],
        remainder: None,
        opens: None,
        closes: None,
    };
    pools::create(&mut conn, &new)?;
    let mut access = Vec::new();
    for n in 0..DEALERS {
        let uscc = generate::uscc(n);
        let programme = if n + 1 == DEALERS {
            "national-digital-2025"
        } else {
            PROGRAMME
        };
        let name = format!("示例经销商{n:02}");
        let (_, issued) = dealers::add(&mut conn, &uscc, &name, &[programme.to_owned()])?;
        access.push((issued.client_id, issued.client_secret, uscc));
    }
    engine.catalogue.refresh(&mut conn)?;
    Ok(access)
}
