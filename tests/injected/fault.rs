//! What is injected, and what was seen meanwhile.

use std::fmt;

use crate::support::Backend;

/// A kind of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// PostgreSQL: 40001.
    Serialization,
    /// PostgreSQL: 40P01.
    Deadlock,
    /// PostgreSQL: 55P03.
    LockTimeout,
    /// PostgreSQL: 57P01, and the session ends.
    Shutdown,
    /// PostgreSQL: the statement is carried out, and the connection ends before anybody is told.
    Lost,
    /// No room: 53100, or ENOSPC.
    Full,
    /// SQLite: EIO.
    Broken,
    /// SQLite: somebody else has the lock.
    Busy,
    /// PostgreSQL: XX000, an error that nobody knows.
    Strange,
}

impl Kind {
    /// Those of PostgreSQL that have a class.
    pub const POSTGRES: [Kind; 6] = [
        Kind::Serialization,
        Kind::Deadlock,
        Kind::LockTimeout,
        Kind::Shutdown,
        Kind::Lost,
        Kind::Full,
    ];
    /// Those of SQLite.
    pub const SQLITE: [Kind; 3] = [Kind::Full, Kind::Broken, Kind::Busy];

    /// Those of a database.
    pub const fn of(backend: Backend) -> &'static [Self] {
        match backend {
            Backend::Sqlite => &Self::SQLITE,
            Backend::Postgres => &Self::POSTGRES,
        }
    }
}

/// An error at the n-th statement (PostgreSQL) or call of the system (SQLite), counted from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strike {
    /// Which.
    pub kind: Kind,
    /// Where.
    pub nth: u64,
    /// Only of the statements that begin so.
    pub of: &'static str,
    /// Whether everything that writes fails from there on.
    pub lasting: bool,
}

impl fmt::Display for Strike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lasting = if self.lasting { " from there on" } else { "" };
        let of = if self.of.is_empty() { "" } else { " of " };
        write!(f, "{:?} at {}{of}{}{lasting}", self.kind, self.nth, self.of)
    }
}

/// What passed while it was counted.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Statements, or calls of the system.
    pub passed: u64,
    /// Those of them that failed.
    pub struck: u64,
    /// Transactions that write; only PostgreSQL's are seen.
    pub begun: u64,
    /// What was said; only PostgreSQL's is seen.
    pub statements: Vec<String>,
}
