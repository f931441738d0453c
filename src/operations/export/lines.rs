//! An export as JSON lines, and the pipe from the thread that reads to whoever asked.

use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::mpsc::Sender;

use super::records::{Record, Sink, Totals};
use super::{ExportError, ReadError};
use crate::domain::time::Timestamp;
use crate::storage::batch::PoolRow;
use crate::storage::{Db, dialect};

/// Bytes of a piece that is handed on.
const PIECE: usize = 64 * 1024;
/// How long a reader may take nothing. A snapshot that is held keeps the database from clearing
/// what is old, and PostgreSQL ends a transaction that rests for a minute.
const PATIENCE: Duration = Duration::from_secs(30);

/// Writes records as JSON lines.
pub(super) struct Lines<'a> {
    out: &'a mut dyn Write,
}

/// The first line.
#[derive(Serialize)]
struct Head<'a> {
    record: &'static str,
    version: u8,
    pool: &'a str,
    as_of: Timestamp,
    unsealed: bool,
    journal_seq: i64,
}

/// The last line.
#[derive(Serialize)]
struct End<'a> {
    record: &'static str,
    #[serde(flatten)]
    totals: &'a Totals,
}

impl<'a> Lines<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        Self { out }
    }

    pub(super) fn begin(
        &mut self,
        conn: &mut Db,
        pool: &PoolRow,
        unsealed: bool,
    ) -> Result<(), ExportError> {
        self.line(&Head {
            record: "export",
            version: 1,
            pool: &pool.name,
            as_of: dialect::now(conn)?,
            unsealed,
            journal_seq: pool.head_seq,
        })
    }

    pub(super) fn end(&mut self, totals: &Totals) -> Result<(), ExportError> {
        self.line(&End {
            record: "end",
            totals,
        })
    }

    fn line(&mut self, value: &impl Serialize) -> Result<(), ExportError> {
        let mut line = serde_json::to_vec(value).map_err(io::Error::from)?;
        line.push(b'\n');
        Ok(self.out.write_all(&line)?)
    }
}

impl Sink for Lines<'_> {
    fn take(&mut self, record: Record) -> Result<(), ExportError> {
        self.line(&record)
    }
}

/// Hands bytes from a thread that blocks to a reader that does not.
pub(super) struct Pipe {
    sender: Sender<Result<Vec<u8>, ReadError>>,
    runtime: Handle,
    piece: Vec<u8>,
}

impl Pipe {
    pub(super) fn new(sender: Sender<Result<Vec<u8>, ReadError>>, runtime: Handle) -> Self {
        Self {
            sender,
            runtime,
            piece: Vec::with_capacity(PIECE),
        }
    }

    /// Tells the reader that the rest is missing.
    pub(super) fn fail(self) {
        // A reader that has gone needs to be told nothing.
        drop(self.sender.blocking_send(Err(ReadError::Unavailable)));
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        let sent = self.sender.send_timeout(Ok(piece), PATIENCE);
        self.runtime.block_on(sent).map_err(|_| {
            io::Error::new(
                ErrorKind::BrokenPipe,
                "the reader went away or took nothing",
            )
        })
    }
}
