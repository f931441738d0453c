//! A copy of an SQLite database that is in use.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::connection::Target;
use crate::own_files;

/// Why there is no copy. Nothing that was there has been changed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is no database to copy; opening would make an empty one.
    #[error("{}: there is no database", .0.display())]
    Missing(PathBuf),
    /// The file cannot be made, above all because one of that name is there.
    #[error("{}: {error}", file.display())]
    File {
        /// Which file.
        file: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The database could not be read, or its copy not be written.
    #[error(transparent)]
    Storage(#[from] super::StorageError),
}

/// Copies a database as it is at one moment, while others go on writing, and gives the copy's size in
/// bytes. The copy is one file without a log, for its owner only, and is flushed before it gets its
/// name: until then it is called `….part`, so an interrupted one is not taken for a backup.
///
/// # Errors
/// [`BackupError`].
pub fn copy_sqlite(from: &Path, to: &Path) -> Result<u64, BackupError> {
    if !from.exists() {
        return Err(BackupError::Missing(from.to_owned()));
    }
    let failed = |file: &Path| {
        let file = file.to_owned();
        move |error| BackupError::File { file, error }
    };
    // Absolute, because SQLite would take a name that begins with `file:` for a URI.
    let to = std::path::absolute(to).map_err(failed(to))?;
    let mut part = OsString::from(&to);
    part.push(".part");
    let part = PathBuf::from(part);
    // Takes the name: nobody's file is overwritten, and two backups do not meet.
    own_files::make_file(&to).map_err(failed(&to))?;
    let copied = write(from, &part).and_then(|bytes| {
        fs::rename(&part, &to).map_err(failed(&to))?;
        Ok(bytes)
    });
    if copied.is_err() {
        // The error tells more than what could be said of these.
        let _ = fs::remove_file(&to);
        return copied;
    }
    if let Some(folder) = to.parent() {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed(folder))?;
    }
    copied
}

fn write(from: &Path, part: &Path) -> Result<u64, BackupError> {
    let failed = |error| BackupError::File {
        file: part.to_owned(),
        error,
    };
    // SQLite takes an empty file for none, and would make one for everybody to read.
    let file = own_files::make_file(part).map_err(failed)?;
    let written = Target::Sqlite(from.to_owned()).open().and_then(|mut conn| {
        let copy = diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(part.to_string_lossy());
        Ok(copy.execute(&mut conn)?)
    });
    let flushed = written.map_err(BackupError::from).and_then(|_| {
        file.sync_all().map_err(failed)?;
        Ok(file.metadata().map_err(failed)?.len())
    });
    if flushed.is_err() {
        let _ = fs::remove_file(part);
    }
    flushed
}
