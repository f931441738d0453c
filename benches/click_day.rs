//! A click day, measured: the service, and the usual ways to do the same work, through the
//! same HTTP, on PostgreSQL and on SQLite, in one run. `cargo bench` prints the table.
//!
//! The ways stand side by side in time, so that a busy machine is busy for all, and ratios
//! are taken within a round. The load comes from a process of its own. After
//! each run every claim must have a verdict, the history of the load must be in order, and the
//! journal must verify.

mod answered;
mod cpu;
mod earlier;
mod growth;
mod load;
mod memory;
mod naive;
mod one_call;
mod place;
mod raw;
mod redis;
mod scene;
mod steady;
mod table;
mod workers;

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use self::growth::Growth;
use self::load::Rhythm;
use self::scene::{Fallible, Run, Way};
use self::steady::Steady;
use self::table::{Key, Table};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const POSTGRESQL: &str = "PostgreSQL";

/// PostgreSQL servers by preference: one meant for measuring, or the one of the tests.
const VARIABLES: [&str; 2] = ["TRADEIN_BENCH_DATABASE_URL", "TRADEIN_TEST_DATABASE_URL"];

/// Connections at an opening.
const OPENING: usize = 1_000;
/// A claim that is taken waits up to half a second, and each that waits has a connection.
const OVERLOAD: usize = 6_000;
/// Rounds in which the service is overloaded: a minute each, enough for a median.
const OVERLOADS: u32 = 3;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// As fast as the answers come
    Closed,
    /// All claims at one instant on a thousand connections
    Opening,
    /// Two instances on one PostgreSQL, beside one
    TwoInstances,
    /// Half of what the closed loop reached, with readers
    Half,
    /// Three times what the closed loop reached, with readers
    Overload,
    /// Millions of claims that are there already, beside an empty database; takes its time and
    /// 4 GB of disk a million, so only where it is named
    Growth,
}

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
    /// Connections of the closed loop, each way of them a line of the table
    #[arg(long, value_name = "N", default_values_t = [64, 256])]
    connections: Vec<usize>,
    /// What is measured; everything without
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    scenario: Vec<Scenario>,
    /// Claims that are there already, where growth is measured
    #[arg(long, value_name = "N", default_value_t = 5_000_000)]
    earlier: u64,
    /// Only the databases whose name begins so
    #[arg(long, value_name = "NAME", default_value = "")]
    database: String,
    /// Only the service
    #[arg(long)]
    service_only: bool,
    /// Keeps the table in this file too
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// `cargo bench` says this
    #[arg(long, hide = true)]
    bench: bool,
    /// The other process
    #[arg(long, hide = true)]
    load: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = if arguments.load {
        load::run()
    } else {
        measure(&arguments)
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
    let rounds = arguments
        .rounds
        .unwrap_or(if arguments.quick { 1 } else { 5 });
    let mut databases = databases();
    databases.retain(|(name, _)| name.starts_with(&arguments.database));
    let mut table = Table::default();
    for round in 1..=rounds {
        for (database, url) in &databases {
            let mut round = Round {
                arguments,
                round,
                database,
                url: url.as_deref(),
                best: 0.0,
                table: &mut table,
            };
            round.play()?;
        }
    }
    if arguments.scenario.contains(&Scenario::Growth) {
        for (database, url) in &databases {
            let grown = growth::measure(&Growth {
                url: url.as_deref(),
                earlier: arguments.earlier,
                claims: arguments.claims.unwrap_or(20_000),
                connections: arguments.connections.iter().copied().max().unwrap_or(1),
                rounds,
            })?;
            table.note_growth(database, arguments.earlier, grown);
        }
    }
    println!("\n{table}");
    if let Some(path) = &arguments.save {
        std::fs::write(path, kept(&table, rounds)?)?;
    }
    Ok(())
}

/// One database in one round.
struct Round<'a> {
    arguments: &'a Arguments,
    round: u32,
    database: &'static str,
    url: Option<&'a str>,
    /// The best closed loop of the service so far, in claims a second.
    best: f64,
    table: &'a mut Table,
}

impl Round<'_> {
    fn play(&mut self) -> Fallible<()> {
        let asked = |scenario| {
            let named = &self.arguments.scenario;
            named.is_empty() || named.contains(&scenario)
        };
        let closed = asked(Scenario::Closed);
        let opening = asked(Scenario::Opening);
        let two = asked(Scenario::TwoInstances) && self.url.is_some();
        let half = asked(Scenario::Half);
        let overload = asked(Scenario::Overload) && self.round <= OVERLOADS;
        let most = self.arguments.connections.iter().copied().max();
        let most = most.unwrap_or(1);
        if closed {
            for connections in &self.arguments.connections {
                for way in self.ways() {
                    self.run("closed loop", way, *connections, Rhythm::Closed)?;
                }
            }
        }
        if opening {
            let beside = [Way::Service, Way::Naive];
            let ways = beside
                .iter()
                .take(if self.arguments.service_only { 1 } else { 2 });
            for way in ways {
                self.run("opening", *way, OPENING, Rhythm::Opening)?;
            }
        }
        if two {
            for way in [Way::Service, Way::Two] {
                self.run("two instances", way, most, Rhythm::Closed)?;
            }
        }
        if (half || overload) && self.best == 0.0 {
            self.run("closed loop", Way::Service, most, Rhythm::Closed)?;
        }
        if half {
            let seconds = if self.arguments.quick { 3 } else { 10 };
            self.steady("half of that", 0.5, seconds, OPENING)?;
        }
        if overload {
            let seconds = if self.arguments.quick { 10 } else { 60 };
            self.steady("three times that", 3.0, seconds, OVERLOAD)?;
        }
        Ok(())
    }

    /// What stands side by side. Redis is beside PostgreSQL, where bureaus look for it.
    fn ways(&self) -> Vec<Way> {
        let mut ways = vec![Way::Service];
        if self.arguments.service_only {
            return ways;
        }
        ways.extend([Way::Naive, Way::Raw]);
        if self.database == POSTGRESQL {
            ways.push(Way::OneCall);
            if redis::is_installed() {
                ways.push(Way::Redis);
            }
        }
        ways
    }

    fn run(
        &mut self,
        scenario: &'static str,
        way: Way,
        connections: usize,
        rhythm: Rhythm,
    ) -> Fallible<()> {
        let usual = if self.arguments.quick { 4_000 } else { 20_000 };
        let run = Run {
            way,
            url: self.url,
            rhythm,
            connections,
            claims: way.claims(self.arguments.claims.unwrap_or(usual)),
            seed: u64::from(self.round),
        };
        let figures = scene::play(&run)?;
        let (round, database, speed) = (self.round, self.database, figures.claims_per_second);
        eprintln!(
            "round {round}: {database}, {scenario}, {connections} connections, {way}: \
             {speed:.0} claims/s"
        );
        if way == Way::Service && matches!(rhythm, Rhythm::Closed) {
            self.best = self.best.max(speed);
        }
        let key = Key {
            scenario,
            database,
            connections,
        };
        self.table.note(key, way, figures);
        Ok(())
    }

    fn steady(
        &mut self,
        scenario: &'static str,
        times: f64,
        seconds: u64,
        connections: usize,
    ) -> Fallible<()> {
        let come = steady::play(&Steady {
            url: self.url,
            best: self.best,
            times,
            seconds,
            connections,
            seed: u64::from(self.round),
        })?;
        let (round, database) = (self.round, self.database);
        eprintln!(
            "round {round}: {database}, {scenario}: {:.0} claims/s, p99 {:.1} ms",
            come.figures.claims_per_second, come.figures.p99_ms
        );
        self.table.note_steady(scenario, database, come);
        Ok(())
    }
}

/// The table as it is kept.
fn kept(table: &Table, rounds: u32) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let today = tradein::clock::now().beijing_day();
    writeln!(text, "# The last table of `cargo bench`\n")?;
    writeln!(text, "{today}, {cores} cores, {rounds} rounds.\n\n{table}")?;
    Ok(text)
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
