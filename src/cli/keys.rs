//! `tradein keys new`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::Outcome;
use crate::clock;
use crate::keys::Keys;

#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a key file (mode 0600); an existing file is never overwritten
    New {
        /// Where to
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

pub fn run(command: &KeysCommand) -> Outcome {
    let KeysCommand::New { out } = command;
    Keys::create(out, clock::now())?;
    println!(
        "{}: new keys. Without this file sealed data cannot be read: keep a copy safe.",
        out.display()
    );
    Ok(ExitCode::SUCCESS)
}
