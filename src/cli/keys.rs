//! `tradein keys …`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use super::{DatabaseArg, Outcome};
use crate::clock;
use crate::keys::Keys;
use crate::operations::reseal;
use crate::vault::Suite;

#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a key file (mode 0600); an existing file is never overwritten
    New {
        /// Where to
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// The algorithms that seal and hash personal data: AES and SHA-256, or SM4 and SM3
        #[arg(long, value_enum, default_value = "standard")]
        suite: Suite,
    },
    /// Add a new sealing key to a key file: it seals from then on, and the old ones still open
    Rotate {
        /// The key file
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// The algorithms that the new key seals with
        #[arg(long, value_enum, default_value = "standard")]
        suite: Suite,
        /// Only open with it until `standby = true` is taken out: where several instances serve
        #[arg(long)]
        standby: bool,
    },
    /// Seal anew whatever an older key sealed, while the service runs
    Reseal {
        /// Only count what an older key sealed
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

pub fn run(command: &KeysCommand) -> Outcome {
    match command {
        KeysCommand::New { out, suite } => {
            Keys::create(out, *suite, clock::now())?;
            println!(
                "{}: new keys. Without this file sealed data cannot be read: keep a copy safe.",
                out.display()
            );
        }
        KeysCommand::Rotate {
            file,
            suite,
            standby,
        } => {
            let id = Keys::rotate(file, *suite, *standby, clock::now())?;
            println!(
                "{}: new sealing key {id}. Keep a copy safe.",
                file.display()
            );
            if *standby {
                println!(
                    "Start every instance again, take out `standby = true`, start them again."
                );
            } else {
                println!("Start the service again, then run `tradein keys reseal`.");
            }
        }
        KeysCommand::Reseal { check, database } => return seal_anew(database, *check),
    }
    Ok(ExitCode::SUCCESS)
}

fn seal_anew(database: &DatabaseArg, check: bool) -> Outcome {
    let engine = super::engine(database)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let done = if check {
        runtime.block_on(reseal::count(&engine))
    } else {
        runtime.block_on(reseal::run(&engine))
    };
    engine.stop();
    let places = done?;
    for place in &places {
        println!(
            "{:<32} sealed anew {:>9}, under another key {:>9}",
            place.name, place.done, place.left
        );
    }
    let left: u64 = places.iter().map(|place| place.left).sum();
    println!("under another key in all: {left}");
    if left == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("The other keys are still needed: run `tradein keys reseal` again.");
    Ok(ExitCode::FAILURE)
}
