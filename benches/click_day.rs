//! A click day, measured: the service, and the usual ways to do the same work, through the
//! same HTTP, on PostgreSQL and on SQLite, in one run. `cargo bench` prints the table.
//!
//! The ways stand side by side in time, so that a busy machine is busy for all, and ratios
//! are taken within a round. The load comes from a process of its own. After
//! each run every claim must have a verdict and the journal must verify.

mod answered;
mod cpu;
mod load;
mod naive;
mod one_call;
mod raw;
mod redis;
mod scene;
mod table;
mod workers;

use std::process::ExitCode;

use clap::Parser;

use self::scene::{Fallible, Run, Way};
use self::table::Table;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const POSTGRESQL: &str = "PostgreSQL";

/// PostgreSQL servers by preference: one meant for measuring, or the one of the tests.
const VARIABLES: [&str; 2] = ["TRADEIN_BENCH_DATABASE_URL", "TRADEIN_TEST_DATABASE_URL"];

/// Measures the service beside the usual ways, behind the same HTTP.
#[derive(Debug, Parser)]
struct Arguments {
    /// Fewer claims, one round: shows that it works, measures little
    #[arg(long)]
    quick: bool,
    /// How often everything is measured
    #[arg(long, value_name = "N")]
    rounds: Option<u32>,
    /// Claims of one run of the service
    #[arg(long, value_name = "N")]
    claims: Option<u64>,
    /// Connections, each way of them a line of the table
    #[arg(long, value_name = "N", default_values_t = [64, 256])]
    connections: Vec<usize>,
    /// Only the databases whose name begins so
    #[arg(long, value_name = "NAME", default_value = "")]
    database: String,
    /// Only the service
    #[arg(long)]
    service_only: bool,
    /// `cargo bench` says this
    #[arg(long, hide = true)]
    bench: bool,
    /// The other process: loads the service at this address
    #[arg(long, hide = true, value_name = "URL")]
    load: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.load {
        Some(url) => load::run(url),
        None => measure(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Fallible<()> {
    let claims = arguments
        .claims
        .unwrap_or(if arguments.quick { 4_000 } else { 20_000 });
    let rounds = arguments
        .rounds
        .unwrap_or(if arguments.quick { 1 } else { 5 });
    let mut databases = databases();
    databases.retain(|(name, _)| name.starts_with(&arguments.database));
    let mut table = Table::default();
    for round in 1..=rounds {
        for (database, url) in &databases {
            for connections in &arguments.connections {
                for way in ways(arguments, database) {
                    let run = Run {
                        way,
                        url: url.as_deref(),
                        connections: *connections,
                        claims: way.claims(claims),
                        seed: u64::from(round),
                    };
                    let figures = scene::play(&run)?;
                    eprintln!(
                        "round {round}: {database}, {connections} connections, {way}: {:.0} claims/s",
                        figures.claims_per_second
                    );
                    table.note(database, *connections, way, figures);
                }
            }
        }
    }
    println!("{table}");
    Ok(())
}

/// What stands side by side. Redis is beside PostgreSQL, where bureaus look for it.
fn ways(arguments: &Arguments, database: &str) -> Vec<Way> {
    let mut ways = vec![Way::Service];
    if arguments.service_only {
        return ways;
    }
    ways.extend([Way::Naive, Way::Raw]);
    if database == POSTGRESQL {
        ways.push(Way::OneCall);
        if redis::is_installed() {
            ways.push(Way::Redis);
        }
    }
    ways
}

/// What can be measured here: SQLite always, PostgreSQL where a server is named.
fn databases() -> Vec<(&'static str, Option<String>)> {
    let named = VARIABLES.iter().find_map(|name| std::env::var(name).ok());
    let mut found = Vec::new();
    match named.filter(|url| !url.is_empty()) {
        Some(url) => found.push((POSTGRESQL, Some(url))),
        None => eprintln!(
            "PostgreSQL is not measured: set {} to a server where schemas may be made, such as\n\
             postgres://user@localhost/database (apt-get install postgresql brings one).",
            VARIABLES[0]
        ),
    }
    found.push(("SQLite", None));
    found
}
