//! `tradein programme check` and `tradein programme load`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::{DatabaseArg, Outcome, programme_check, proposal};
use crate::operations::author::Author;
use crate::operations::proposals::{self, Asked, PackError};

#[derive(Debug, Subcommand)]
pub enum ProgrammeCommand {
    /// Find every mistake in packs, with its place
    Check {
        /// Pack files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Load and publish packs, or propose them where a second person is needed; the same content
    /// again makes no new version
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
/// Where two persons are needed each is proposed.
fn load(files: &[PathBuf], database: &DatabaseArg) -> Outcome {
    if !programme_check::check(files, &mut std::io::sink())? {
        programme_check::check(files, &mut std::io::stderr().lock())?;
        return Err("nothing was loaded".into());
    }
    let limit = database.settings()?.two_persons_above;
    let opened = super::database(database)?;
    let mut conn = opened.get()?;
    for file in files {
        let source = std::fs::read_to_string(file)?;
        match proposals::ask_pack(&mut conn, limit, &source, Author::CommandLine) {
            Ok(Asked::Proposed(asked)) => proposal::announce(&asked),
            Ok(Asked::Done(loaded)) => {
                let what = if loaded.new { "published" } else { "unchanged" };
                println!("{}: {what} {}", loaded.programme, loaded.digest);
                if loaded.grade != "A" {
                    println!(
                        "{}: grade {}, check against the original before opening",
                        loaded.programme, loaded.grade
                    );
                }
            }
            Err(PackError::Mistakes(_)) => {
                return Err(format!("{}: changed meanwhile", file.display()).into());
            }
            Err(PackError::Ended(ended)) => return Err(ended.into()),
        }
    }
    Ok(ExitCode::SUCCESS)
}
