//! The command line: one file a command.

mod audit;
mod backup;
mod client;
mod dealer;
mod demo;
mod keys;
mod pool;
mod pool_money;
mod pool_stage;
mod programme;
pub mod programme_check;
mod proposal;
mod reconcile;
mod register;
pub mod rehearse;
mod serve;
mod staff;
mod verify;

use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::operations::Engine;
use crate::settings::{Settings, SettingsError};
use crate::startup;
use crate::storage::Database;

/// A consumer trade-in subsidy claims engine.
#[derive(Debug, Parser)]
#[command(name = "tradein", version, about, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service
    Serve(serve::ServeArgs),
    /// The main job in one command: a click day on an embedded database
    Demo(demo::DemoArgs),
    /// Programme packs
    #[command(subcommand)]
    Programme(programme::ProgrammeCommand),
    /// Pools of money
    #[command(subcommand)]
    Pool(pool::PoolCommand),
    /// What a second person must decide, through the service
    #[command(subcommand)]
    Proposal(proposal::ProposalCommand),
    /// Participating dealers
    #[command(subcommand)]
    Dealer(dealer::DealerCommand),
    /// Users of the bureau
    #[command(subcommand)]
    Staff(staff::StaffCommand),
    /// API credentials
    #[command(subcommand)]
    Client(client::ClientCommand),
    /// The register of national awards
    #[command(subcommand)]
    Register(register::RegisterCommand),
    /// Key files
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Recompute every pool from its journal and compare
    Verify(verify::VerifyArgs),
    /// Hold each pool's row, claims and journal side by side, to the fen
    Reconcile(reconcile::ReconcileArgs),
    /// Copy an SQLite database while the service runs
    Backup(backup::BackupArgs),
    /// What auditors take with them
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Load a running service with valid claims and measure it
    Rehearse(rehearse::RehearseArgs),
    /// Print the OpenAPI 3.1 document
    Openapi,
}

/// Which database a command works on.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArg {
    /// sqlite:///path/file.db or postgres://…; without it data/tradein.db below TRADEIN_DATA_DIR
    #[arg(
        long,
        env = "TRADEIN_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    database: Option<String>,
}

impl DatabaseArg {
    /// The settings with this database.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn settings(&self) -> Result<Settings, SettingsError> {
        let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        let mut settings = Settings::load(Path::new("config/tradein.toml"), variable)?;
        if self.database.as_ref().is_some_and(|url| !url.is_empty()) {
            settings.database.clone_from(&self.database);
        }
        Ok(settings)
    }
}

/// What a command ends with: an error is printed with its causes, and the exit code is 1.
type Outcome = Result<ExitCode, Box<dyn std::error::Error + Send + Sync>>;

/// What a shell says of a program that a broken pipe ended.
const NOBODY_READS: i32 = 141;

/// Tells how somebody who was added sets up his sign-in.
fn tell_enrolment(code: &str) {
    println!("enrol          /enrol?code={code}");
    println!("Open this address of the service within three days, once, to choose a password.");
}

/// What is done about a panic.
///
/// One of `println!` ends the program as other programs end when nobody reads on, such as `head`
/// that has seen enough: what was asked for is done by then. Of any other the place is told, and
/// not what it says: that may quote what was read, and with it a person.
fn meet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.payload().downcast_ref::<String>();
        if text.is_some_and(|text| is_broken_pipe(text)) {
            std::process::exit(NOBODY_READS);
        }
        crate::telemetry::tell_panic(panic);
    }));
}

/// Whether the standard library says this of an output that was closed.
fn is_broken_pipe(text: &str) -> bool {
    text.starts_with("failed printing to std") && text.contains("Broken pipe")
}

/// Runs one command. Wrong usage exits with 2 before this returns.
pub fn run() -> ExitCode {
    meet_panics();
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::Serve(args) => serve::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Programme(command) => programme::run(&command),
        Command::Pool(command) => pool::run(&command),
        Command::Proposal(command) => proposal::run(&command),
        Command::Dealer(command) => dealer::run(&command),
        Command::Staff(command) => staff::run(&command),
        Command::Client(command) => client::run(&command),
        Command::Register(command) => register::run(&command),
        Command::Keys(command) => keys::run(&command),
        Command::Verify(args) => verify::run(&args),
        Command::Reconcile(args) => reconcile::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Audit(command) => audit::run(&command),
        Command::Rehearse(args) => rehearse::run(&args)
            .map(|()| ExitCode::SUCCESS)
            .map_err(Into::into),
        Command::Openapi => {
            println!("{}", crate::http::openapi::document());
            Ok(ExitCode::SUCCESS)
        }
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("tradein: {error}");
        ExitCode::FAILURE
    })
}

type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Starts an engine for a command that works with personal data, and so with keys.
fn engine(database: &DatabaseArg) -> Fallible<Engine> {
    log_quietly()?;
    let mut settings = database.settings()?;
    settings.connections = CONNECTIONS;
    Ok(startup::start(settings)?)
}

/// Opens the database for a command that needs no keys: who loads packs or opens pools
/// need not be able to read claims.
fn database(database: &DatabaseArg) -> Fallible<Database> {
    log_quietly()?;
    let mut settings = database.settings()?;
    settings.connections = CONNECTIONS;
    Ok(startup::open_database(&settings)?)
}

/// A command works alone.
const CONNECTIONS: u32 = 2;

fn log() -> Fallible<()> {
    Ok(crate::telemetry::init(|name| std::env::var(name).ok())?)
}

/// For commands whose output people read: only warnings, unless more is asked for.
fn log_quietly() -> Fallible<()> {
    let variable = |name: &str| {
        let set = std::env::var(name).ok();
        if name == "TRADEIN_LOG" {
            set.or_else(|| Some("warn".to_owned()))
        } else {
            set
        }
    };
    Ok(crate::telemetry::init(variable)?)
}
