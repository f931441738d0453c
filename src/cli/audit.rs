//! `tradein audit export`.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};

use super::{DatabaseArg, Fallible, Outcome};
use crate::operations::Engine;
use crate::operations::denial::Ended;
use crate::operations::export::{self, MOST_ROWS};

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Write everything about a pool into a file, with personal data masked
    Export {
        /// The pool
        #[arg(long, value_name = "NAME")]
        pool: String,
        /// The file, which must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// JSON lines, or a workbook
        #[arg(long, value_enum, default_value = "jsonl")]
        format: Format,
        #[command(flatten)]
        database: DatabaseArg,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Jsonl,
    Xlsx,
}

pub fn run(command: &AuditCommand) -> Outcome {
    let AuditCommand::Export {
        pool,
        out,
        format,
        database,
    } = command;
    let engine = super::engine(database)?;
    let written = write(&engine, pool, out, *format);
    engine.stop();
    written?;
    println!("{}", out.display());
    Ok(ExitCode::SUCCESS)
}

fn write(engine: &Engine, pool: &str, out: &Path, format: Format) -> Fallible<()> {
    let mut conn = engine.database.get()?;
    let row = match export::find(&mut conn, pool) {
        Ok(row) => row,
        Err(Ended::Failed(error)) => return Err(error.into()),
        Err(Ended::Act(_)) => {
            return Err(format!("there is no pool named {pool}: tradein pool show").into());
        }
    };
    let file = create(out)?;
    let done = match format {
        Format::Jsonl => {
            let mut file = BufWriter::new(file);
            let written = export::write_lines(engine, &mut conn, &row, false, &mut file);
            written.and_then(|_| Ok(file.flush()?))
        }
        Format::Xlsx => export::workbook(engine, &mut conn, &row, false, MOST_ROWS)
            .and_then(|bytes| Ok((&file).write_all(&bytes)?)),
    };
    if done.is_err() {
        // Half an export would pass for a whole one.
        let _ = std::fs::remove_file(out);
    }
    Ok(done?)
}

/// A new file that only its owner reads: evidence is not written over.
fn create(path: &Path) -> Fallible<File> {
    let mut options = OpenOptions::new();
    let made = options.write(true).create_new(true).mode(0o600).open(path);
    Ok(made.map_err(|e| format!("{}: {e}", path.display()))?)
}
