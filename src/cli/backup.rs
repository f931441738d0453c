//! `tradein backup`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::{DatabaseArg, Outcome};
use crate::storage::Target;
use crate::storage::backup::copy_sqlite;

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The file to make; one that is there is not overwritten
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    database: DatabaseArg,
}

pub fn run(args: &BackupArgs) -> Outcome {
    super::log_quietly()?;
    let settings = args.database.settings()?;
    let Target::Sqlite(database) = settings.target()? else {
        return Err(
            "this is PostgreSQL, which is backed up by its own tools: pg_basebackup and the \
             archive of its log; see \"Backup and restore\" in docs/operating.md"
                .into(),
        );
    };
    let bytes = copy_sqlite(&database, &args.file)?;
    println!("backup         {} ({bytes} bytes)", args.file.display());
    println!("keys           {}", settings.keys_path().display());
    println!("papers         {}", settings.papers_location()?);
    println!(
        "Only the database is in the backup. Keep copies of the keys, apart from it, and of the"
    );
    println!("papers, taken after it.");
    Ok(ExitCode::SUCCESS)
}
