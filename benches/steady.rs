//! The service under a load that asks nobody whether it may: half of what it sustains, and three
//! times what it can take, with readers beside it.

use tradein::clock;
use tradein::http::Background;
use tradein::operations::Engine;
use tradein::storage::{DatabaseError, Db};

use crate::load::{Figures, Load, Rhythm};
use crate::memory::Watch;
use crate::naive::statement::{Bind, Statement};
use crate::place::{Place, set_up};
use crate::scene::{Fallible, PROGRAMME, Spent, measured, verified};

/// Questions a second of each reader.
const READS: f64 = 50.0;
/// One-row commits that are timed before the load and after it.
const COMMITS: usize = 300;

/// What is run.
pub struct Steady<'a> {
    /// PostgreSQL; SQLite without.
    pub url: Option<&'a str>,
    /// The best closed loop of this round, in claims a second.
    pub best: f64,
    /// How much of it is sent.
    pub times: f64,
    pub seconds: u64,
    pub connections: usize,
    pub seed: u64,
}

/// What came of it.
pub struct Outcome {
    pub best: f64,
    pub figures: Figures,
    /// Of the service: at the beginning, in the middle and at the end.
    pub memory_mb: [f64; 3],
    /// Ninety-nine in a hundred commits of one row on the same database took no longer.
    pub commit_p99_ms: f64,
}

/// Plays it to its end and cleans up behind it.
pub fn play(steady: &Steady<'_>) -> Fallible<Outcome> {
    let place = Place::make(steady.url)?;
    let outcome = hold(&place, steady);
    place.clear()?;
    outcome
}

fn hold(place: &Place, steady: &Steady<'_>) -> Fallible<Outcome> {
    let engine = place.engine()?;
    let rate = steady.best * steady.times;
    // Money for half of what can be taken, so that there are those who get it and those who wait.
    let taken = steady.best * steady.times.min(1.0) * steady.seconds as f64;
    let stage = set_up(&engine, (taken / 2.0) as u64)?;
    let service = Background::start(engine.clone())?;
    let load = Load {
        urls: vec![service.url().to_owned()],
        programme: PROGRAMME.to_owned(),
        claims: 0,
        rhythm: Rhythm::Open {
            rate,
            seconds: steady.seconds,
        },
        connections: steady.connections,
        seed: steady.seed,
        dealers: stage.dealers,
        cap_fen: stage.cap.fen(),
        first_position: 1,
        readers: Some(READS),
    };
    let mut commits = commits(&engine)?;
    let watch = Watch::start();
    let figures = measured(&load);
    let between = figures.as_ref().map_or((0, 0), |f| f.between_us);
    let memory_mb = watch.stop(between);
    commits.extend(self::commits(&engine)?);
    service.stop()?;
    let figures = figures?;
    commits.sort_by(f64::total_cmp);
    let p99 = commits.get(commits.len() * 99 / 100).copied();
    // Of a claim without an answer nobody knows; there is none as a rule.
    if figures.unanswered == 0 {
        verified(&engine, figures.verdicts + figures.before, Spent::Perhaps)?;
    }
    Ok(Outcome {
        best: steady.best,
        figures,
        memory_mb,
        commit_p99_ms: p99.unwrap_or_default(),
    })
}

/// Milliseconds of commits of one row each, alone on the database that the service uses, in a table
/// of their own.
fn commits(engine: &Engine) -> Fallible<Vec<f64>> {
    let mut conn = engine.database.open_connection()?;
    let run = |conn: &mut Db, text: &'static str, binds: Vec<Bind<'_>>| {
        let text = text.into();
        conn.write(|conn| -> Result<usize, DatabaseError> { Statement { text, binds }.run(conn) })
    };
    let table = "CREATE TABLE IF NOT EXISTS bench_commits (n BIGINT NOT NULL)";
    run(&mut conn, table, Vec::new())?;
    let mut took = Vec::with_capacity(COMMITS);
    for n in 0..COMMITS {
        let begun = clock::monotonic_ns();
        let row = "INSERT INTO bench_commits (n) VALUES (?)";
        run(&mut conn, row, vec![Bind::Int(n as i64)])?;
        took.push((clock::monotonic_ns() - begun) as f64 / 1e6);
    }
    Ok(took)
}
