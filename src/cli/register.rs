//! `tradein register …`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{DatabaseArg, Outcome, engine};
use crate::operations::register_file::{ImportError, RefusedLine};
use crate::operations::screening::voided;
use crate::operations::{Engine, register};

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

fn awards(file: &Path, json: bool, database: &DatabaseArg) -> Outcome {
    let (content, engine) = opened(file, database)?;
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
    tell(file, json, done, |done| {
        if done.repeated {
            return REPEATED.to_owned();
        }
        format!(
            "{} lines, {} new awards, {} live claims flagged for review",
            done.lines, done.new, done.flagged
        )
    })
}

fn voided(file: &Path, json: bool, database: &DatabaseArg) -> Outcome {
    let (content, engine) = opened(file, database)?;
    let done = voided::import(&engine, &mut *engine.database.get()?, None, &content);
    tell(file, json, done, |done| {
        if done.repeated {
            return REPEATED.to_owned();
        }
        format!(
            "{} lines, {} newly voided invoices, {} claims flagged, {} of them paid",
            done.lines, done.new, done.flagged, done.paid
        )
    })
}

/// Told of a file that came before.
const REPEATED: &str = "imported before, nothing changed";

fn opened(
    file: &Path,
    database: &DatabaseArg,
) -> Result<(Vec<u8>, Engine), Box<dyn Error + Send + Sync>> {
    let content = std::fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
    Ok((content, engine(database)?))
}

/// What came of a file, for people or for machines.
fn tell<T: Serialize>(
    file: &Path,
    json: bool,
    done: Result<T, ImportError>,
    said: impl FnOnce(&T) -> String,
) -> Outcome {
    match done {
        Ok(done) if json => println!("{}", serde_json::to_string(&done)?),
        Ok(done) => println!("{}: {}", file.display(), said(&done)),
        Err(error) => {
            if let ImportError::Lines(refused) = &error {
                tell_refused(file, json, refused);
            }
            return Err(error.into());
        }
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
