//! `tradein register import`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use super::{DatabaseArg, Outcome, engine};
use crate::operations::register::{self, ImportError};

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
}

/// Refused lines that are printed; the rest is counted.
const SHOWN: usize = 100;

pub fn run(command: &RegisterCommand) -> Outcome {
    let RegisterCommand::Import {
        file,
        json,
        database,
    } = command;
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
        Ok(imported) if *json => println!("{}", serde_json::to_string(&imported)?),
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
            if *json {
                println!("{}", serde_json::json!({ "refused": refused }));
            }
            for line in refused.iter().take(SHOWN) {
                eprintln!("{}:{}: {}", file.display(), line.line, line.problem);
            }
            if refused.len() > SHOWN {
                eprintln!("… and {} more lines", refused.len() - SHOWN);
            }
            return Err(ImportError::Lines(refused).into());
        }
        Err(error) => return Err(error.into()),
    }
    Ok(ExitCode::SUCCESS)
}
