//! Everything about a pool for an auditor: its claims, its journal with the private records, its
//! payments and what is owed back.
//!
//! All of it is read on one snapshot of the database, so that the sums of one part fit those of
//! another. JSON lines are written while they are read; their last line counts the others, so
//! that a file that was cut short is known. A workbook is made in whole and bounded.

mod lines;
mod payouts;
mod records;
mod sheets;

use std::io::Write;

use futures_util::stream::{self, BoxStream, StreamExt};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use self::lines::{Lines, Pipe};
pub use self::records::{Record, Sink, Totals, walk};
pub use self::sheets::{MOST_ROWS, MOST_ROWS_UNSEALED};
use crate::catalogue::NO_POOL;
use crate::operations::access;
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::{Engine, ReadError, StaffCaller};
use crate::spreadsheet::SpreadsheetError;
use crate::storage::batch::PoolRow;
use crate::storage::{DatabaseError, Db, StorageError, dialect, pools};

/// Pieces of an export that wait for a reader.
const PIECES: usize = 4;

/// Why an export stopped.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Where it is written to: a full disk, a reader who went away.
    #[error("the export cannot be written: {0}")]
    Output(#[from] std::io::Error),
    /// The workbook.
    #[error(transparent)]
    Spreadsheet(#[from] SpreadsheetError),
    /// More rows than a workbook is made for.
    #[error("the pool has more records than a workbook is made for; JSON lines have no bound")]
    TooLarge,
}

impl From<DatabaseError> for ExportError {
    fn from(error: DatabaseError) -> Self {
        StorageError::from(error).into()
    }
}

/// Writes the JSON lines of a pool.
///
/// # Errors
/// [`ExportError`].
pub fn write_lines(
    engine: &Engine,
    conn: &mut Db,
    pool: &PoolRow,
    unsealed: bool,
    out: &mut dyn Write,
) -> Result<Totals, ExportError> {
    conn.snapshot(|conn| {
        let pool = again(conn, pool)?;
        let mut lines = Lines::new(out);
        lines.begin(conn, &pool, unsealed)?;
        let totals = walk(engine, conn, &pool, unsealed, &mut lines)?;
        lines.end(&totals)?;
        Ok(totals)
    })
}

/// The workbook of a pool of at most so many rows.
///
/// # Errors
/// [`ExportError`]; [`ExportError::TooLarge`].
pub fn workbook(
    engine: &Engine,
    conn: &mut Db,
    pool: &PoolRow,
    unsealed: bool,
    most_rows: i64,
) -> Result<Vec<u8>, ExportError> {
    conn.snapshot(|conn| {
        let pool = again(conn, pool)?;
        sheets::workbook(engine, conn, &pool, unsealed, most_rows)
    })
}

/// A pool's row as the snapshot has it.
fn again(conn: &mut Db, pool: &PoolRow) -> Result<PoolRow, StorageError> {
    let gone = || StorageError::Corrupt("the pool is gone".into());
    pools::read(conn, pool.id)?.ok_or_else(gone)
}

/// A pool by its name.
///
/// # Errors
/// [`ActError::NotFound`], and the database's.
pub fn find(conn: &mut Db, name: &str) -> Result<PoolRow, Ended> {
    let found = pools::all(conn)?
        .into_iter()
        .find(|p| p.name == name && name != NO_POOL);
    Ok(found.ok_or(ActError::NotFound)?)
}

/// Finds the pool; where personal data is to be opened, that it is, by whom and why is committed
/// before anything is read.
async fn admitted(
    engine: &Engine,
    caller: &StaffCaller,
    pool: String,
    why: Option<String>,
) -> Result<PoolRow, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.write_db(move |conn| -> Result<PoolRow, Ended> {
        let row = find(conn, &pool)?;
        if let Some(why) = why {
            conn.write(|conn| -> Result<(), Ended> {
                let at = dialect::now(conn)?;
                let what = format!("export of pool {pool}");
                Ok(access::note(&worker, conn, staff, None, (&what, &why), at)?)
            })?;
        }
        Ok(row)
    });
    done.await.map_err(Ended::into_act)
}

/// The JSON lines of a pool while they are written; `why` opens personal data. A reader who takes
/// nothing for half a minute ends it, because the snapshot is held for him.
///
/// # Errors
/// [`ActError::NotFound`] for the pool.
pub async fn stream(
    engine: &Engine,
    caller: &StaffCaller,
    pool: String,
    why: Option<String>,
) -> Result<BoxStream<'static, Result<Vec<u8>, ReadError>>, ActError> {
    let unsealed = why.is_some();
    let row = admitted(engine, caller, pool, why).await?;
    let (sender, receiver) = mpsc::channel(PIECES);
    let (worker, runtime) = (engine.clone(), Handle::current());
    tokio::task::spawn_blocking(move || {
        let mut pipe = Pipe::new(sender, runtime);
        // A connection of its own: an export takes minutes, and others need those of the pool.
        let conn = worker.database.open_connection();
        let done = conn.map_err(ExportError::from).and_then(|mut conn| {
            write_lines(&worker, &mut conn, &row, unsealed, &mut pipe)?;
            Ok(pipe.flush()?)
        });
        if let Err(error) = done {
            tracing::warn!(%error, "an export stopped");
            pipe.fail();
        }
    });
    let pieces = stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    Ok(pieces.boxed())
}

/// The workbook of a pool; `why` opens personal data.
///
/// # Errors
/// [`ActError::NotFound`] for the pool; [`Denial::ExportTooLarge`].
pub async fn download(
    engine: &Engine,
    caller: &StaffCaller,
    pool: String,
    why: Option<String>,
) -> Result<Vec<u8>, ActError> {
    let unsealed = why.is_some();
    let row = admitted(engine, caller, pool, why).await?;
    let worker = engine.clone();
    let most = if unsealed {
        MOST_ROWS_UNSEALED
    } else {
        MOST_ROWS
    };
    let made = tokio::task::spawn_blocking(move || {
        let mut conn = worker.database.open_connection()?;
        workbook(&worker, &mut conn, &row, unsealed, most)
    });
    match made.await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(ExportError::TooLarge)) => Err(Denial::ExportTooLarge.into()),
        Ok(Err(error)) => {
            tracing::warn!(%error, "an export stopped");
            Err(ActError::Unavailable)
        }
        Err(_) => Err(ActError::Unavailable),
    }
}
