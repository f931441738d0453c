//! `tradein programme check` and `tradein programme load`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::{DatabaseArg, Outcome, programme_check};
use crate::operations::packs::{self, LoadError};

#[derive(Debug, Subcommand)]
pub enum ProgrammeCommand {
    /// Find every mistake in packs, with its place
    Check {
        /// Pack files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Load and publish packs; the same content again makes no new version
    Load {
        /// Pack files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

pub fn run(command: &ProgrammeCommand) -> Outcome {
    match command {
        ProgrammeCommand::Check { files } => {
            let clean = programme_check::check(files, &mut std::io::stdout().lock())?;
            Ok(if clean {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        ProgrammeCommand::Load { files, database } => load(files, database),
    }
}

/// Reads all files before any is published, so that a mistake in the last leaves none behind.
fn load(files: &[PathBuf], database: &DatabaseArg) -> Outcome {
    if !programme_check::check(files, &mut std::io::sink())? {
        programme_check::check(files, &mut std::io::stderr().lock())?;
        return Err("nothing was loaded".into());
    }
    let opened = super::database(database)?;
    let mut conn = opened.get()?;
    for file in files {
        let source = std::fs::read_to_string(file)?;
        match packs::load(&mut conn, &source) {
            Ok(loaded) => {
                let what = if loaded.new { "published" } else { "unchanged" };
                println!("{}: {what} {}", loaded.programme, loaded.digest);
                if loaded.grade != "A" {
                    println!(
                        "{}: grade {}, check against the original before opening",
                        loaded.programme, loaded.grade
                    );
                }
            }
            Err(LoadError::Mistakes(_)) => {
                return Err(format!("{}: changed meanwhile", file.display()).into());
            }
            Err(LoadError::Operation(error)) => return Err(error.into()),
        }
    }
    Ok(ExitCode::SUCCESS)
}
