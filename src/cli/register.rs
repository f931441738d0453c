//! `tradein register import`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use super::{DatabaseArg, Outcome, engine};
use crate::operations::register::{self, ImportError, RefusedLine};
use crate::operations::screening::{self, VoidedError};

#[derive(Debug, Subcommand)]
pub enum RegisterCommand {
    /// Import national awards (columns kind,id_number,vin,awarded_on), all or nothing
    Import {
        /// The file
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        /// For machines
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
    /// Import invoices that were voided (columns invoice_number,voided_on), all or nothing
    Voided {
        /// The file
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        /// For machines
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

/// Refused lines that are printed; the rest is counted.
const SHOWN: usize = 100;

pub fn run(command: &RegisterCommand) -> Outcome {
    match command {
        RegisterCommand::Import {
            file,
            json,
            database,
        } => awards(file, *json, database),
        RegisterCommand::Voided {
            file,
            json,
            database,
        } => voided(file, *json, database),
    }
}

fn voided(file: &Path, json: bool, database: &DatabaseArg) -> Outcome {
    let content = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let engine = engine(database)?;
    match screening::import_voided(&engine, &mut *engine.database.get()?, &content) {
        Ok(done) if json => println!("{}", serde_json::to_string(&done)?),
        Ok(done) if done.repeated => {
            println!("{}: imported before, nothing changed", file.display());
        }
        Ok(done) => println!(
            "{}: {} lines, {} newly voided invoices, {} claims flagged, {} of them paid",
            file.display(),
            done.lines,
            done.new,
            done.flagged,
            done.paid
        ),
        Err(VoidedError::Lines(refused)) => {
            tell_refused(file, json, &refused);
            return Err(VoidedError::Lines(refused).into());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn tell_refused(file: &Path, json: bool, refused: &[RefusedLine]) {
    if json {
        println!("{}", serde_json::json!({ "refused": refused }));
    }
    for line in refused.iter().take(SHOWN) {
        eprintln!("{}:{}: {}", file.display(), line.line, line.problem);
    }
    if refused.len() > SHOWN {
        eprintln!("… and {} more lines", refused.len() - SHOWN);
    }
}

fn awards(file: &Path, json: bool, database: &DatabaseArg) -> Outcome {
    let content = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let engine = engine(database)?;
    let lines = content.iter().filter(|b| **b == b'\n').count();
    let bar = ProgressBar::new(lines as u64).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} awards, {per_sec}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let mut progress = |done: usize| bar.set_position(done as u64);
    let done = register::import(
        &engine,
        &mut *engine.database.get()?,
        &content,
        &mut progress,
    );
    bar.finish_and_clear();
    match done {
        Ok(imported) if json => println!("{}", serde_json::to_string(&imported)?),
        Ok(imported) if imported.repeated => {
            println!("{}: imported before, nothing changed", file.display());
        }
        Ok(imported) => println!(
            "{}: {} lines, {} new awards, {} live claims flagged for review",
            file.display(),
            imported.lines,
            imported.new,
            imported.flagged
        ),
        Err(ImportError::Lines(refused)) => {
            tell_refused(file, json, &refused);
            return Err(ImportError::Lines(refused).into());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}
