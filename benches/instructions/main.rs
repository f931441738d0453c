//! Instructions a claim: the real service under callgrind, its whole way from the socket to the
//! answer, for claims one at a time and in bursts. `cargo bench --bench instructions` compares
//! with what `benches/instructions.txt` keeps and fails when a claim costs 5 % more.
//!
//! Counts do not depend on how busy or how fast the machine is, so a change of a few percent shows
//! where a clock would only flicker. What the kernel does, and a database server, is not counted.

mod drive;
mod gate;
mod kept;
mod place;
mod profile;
mod service;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use self::kept::{Counted, Kept};
use self::place::Place;
use self::service::Service;

type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// PostgreSQL servers by preference: one meant for measuring, or the one of the tests.
const VARIABLES: [&str; 2] = ["TRADEIN_BENCH_DATABASE_URL", "TRADEIN_TEST_DATABASE_URL"];

/// What is compared with.
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.txt");

/// So much more fails, in percent.
const MARGIN: f64 = 5.0;

/// How claims come.
#[derive(Debug, Clone, Copy)]
struct Mode {
    /// The word in the table.
    pub name: &'static str,
    /// Claims that are sent at once; the next are sent when all of them are answered.
    pub burst: usize,
    /// Bursts that are counted.
    pub bursts: usize,
    /// Bursts before that.
    pub warm_up: usize,
}

const MODES: [Mode; 2] = [
    Mode {
        name: "alone",
        burst: 1,
        bursts: 768,
        warm_up: 64,
    },
    Mode {
        name: "burst-64",
        burst: 64,
        bursts: 48,
        warm_up: 4,
    },
];

/// Counts the instructions that a claim costs the service.
#[derive(Debug, Parser)]
struct Arguments {
    /// Keep what is counted now
    #[arg(long)]
    save: bool,
    /// How often everything is counted; the smallest counts
    #[arg(long, value_name = "N", default_value_t = 1)]
    rounds: u32,
    /// Only the databases whose name begins so
    #[arg(long, value_name = "NAME", default_value = "")]
    database: String,
    /// Only the mode of this name
    #[arg(long, value_name = "NAME", default_value = "")]
    mode: String,
    /// How many functions of a profile are shown
    #[arg(long, value_name = "N", default_value_t = 12)]
    functions: usize,
    /// `cargo bench` says this
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    match measure(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing became dearer than the margin.
fn measure(arguments: &Arguments) -> Fallible<bool> {
    service::check_tools()?;
    let mut kept = Kept::read(Path::new(KEPT))?;
    let mut within = true;
    for (database, url) in databases() {
        for mode in MODES {
            if !database.starts_with(&arguments.database) || !mode.name.starts_with(&arguments.mode)
            {
                continue;
            }
            let (counted, profile) = count(arguments.rounds, url.as_deref(), mode)?;
            println!("{}", kept.compare(database, mode.name, counted));
            println!("{}", profile.table(arguments.functions));
            println!("{} allocations a claim", profile.allocations());
            within &= !kept.is_dearer(database, mode.name, counted, MARGIN);
            kept.note(database, mode.name, counted);
        }
    }
    if arguments.save {
        kept.write(Path::new(KEPT))?;
        return Ok(true);
    }
    if !within {
        eprintln!("dearer by more than {MARGIN} %: mend it, or keep the new figures with --save");
    }
    Ok(within)
}

/// The cheapest of several rounds, each on a fresh database: what disturbs only adds.
fn count(rounds: u32, url: Option<&str>, mode: Mode) -> Fallible<(Counted, profile::Profile)> {
    let mut best = None;
    for _ in 0..rounds.max(1) {
        let place = Place::make(url)?;
        let played = play(&place, mode);
        place.clear()?;
        let (counted, profile) = played?;
        eprintln!(
            "{}: {} instructions a claim, {:.1} claims a batch",
            mode.name, counted.instructions, counted.batch
        );
        if best
            .as_ref()
            .is_none_or(|(least, _): &(Counted, _)| counted.instructions < least.instructions)
        {
            best = Some((counted, profile));
        }
    }
    best.ok_or_else(|| "nothing was counted".into())
}

fn play(place: &Place, mode: Mode) -> Fallible<(Counted, profile::Profile)> {
    let sellers = place.set_up(((mode.bursts + mode.warm_up) * mode.burst) as u64)?;
    let service = Service::start(place)?;
    let gate = (mode.burst > 1).then(|| place.gate()).transpose()?;
    let mut load = drive::Load::new(service.address(), &sellers, mode.burst, gate)?;
    for _ in 0..mode.warm_up {
        load.burst()?;
    }
    let before = load.batches()?;
    service.count(true)?;
    for _ in 0..mode.bursts {
        load.burst()?;
    }
    service.count(false)?;
    let batches = load.batches()? - before;
    let claims = mode.bursts * mode.burst;
    let profile = profile::Profile::read(&service.stop()?, claims)?;
    let counted = Counted {
        instructions: profile.instructions(),
        batch: claims as f64 / batches as f64,
    };
    Ok((counted, profile))
}

/// What can be measured here: SQLite always, PostgreSQL where a server is named.
fn databases() -> Vec<(&'static str, Option<String>)> {
    let named = VARIABLES.iter().find_map(|name| std::env::var(name).ok());
    let mut found = vec![("SQLite", None)];
    match named.filter(|url| !url.is_empty()) {
        Some(url) => found.push(("PostgreSQL", Some(url))),
        None => eprintln!(
            "PostgreSQL is not measured: set {} to a server where schemas may be made, such as\n\
             postgres://user@localhost/database (apt-get install postgresql brings one).",
            VARIABLES[0]
        ),
    }
    found
}
