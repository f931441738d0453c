//! The connection that is one of two. Alone in its file, because the derive writes
//! undocumented items beside it.
#![allow(missing_docs)]

/// A connection to whichever database is in use.
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// Embedded SQLite.
    Sqlite(diesel::sqlite::SqliteConnection),
    /// PostgreSQL.
    Postgres(diesel::pg::PgConnection),
}
