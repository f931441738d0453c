//! The database behind the program's back.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, SqliteConnection};

use crate::support::{Backend, TestDatabase};

/// Runs statements that must succeed.
pub fn run(database: &TestDatabase, statements: &str) {
    match database.backend() {
        Backend::Sqlite => {
            let file = database.file();
            let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
            // The service may be writing.
            conn.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
            conn.batch_execute(statements).unwrap();
        }
        Backend::Postgres => PgConnection::establish(database.url())
            .unwrap()
            .batch_execute(statements)
            .unwrap(),
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    row: String,
}

/// Bytes as either database writes them in a statement.
pub fn blob(database: &TestDatabase, hex: &str) -> String {
    match database.backend() {
        Backend::Sqlite => format!("x'{hex}'"),
        Backend::Postgres => format!("'\\x{hex}'::bytea"),
    }
}

/// Every column of every row of the tables that a seed could be in, bytes in hexadecimal and as
/// text where they are text.
pub fn everything(database: &TestDatabase) -> String {
    let mut all = String::new();
    match database.backend() {
        Backend::Sqlite => {
            for suffix in ["", "-wal"] {
                let file = format!("{}{suffix}", database.file().display());
                let bytes = std::fs::read(file).unwrap_or_default();
                all.push_str(&String::from_utf8_lossy(&bytes));
                all.extend(bytes.iter().map(|b| format!("{b:02x}")));
            }
        }
        Backend::Postgres => {
            let mut conn = PgConnection::establish(database.url()).unwrap();
            let tables: Vec<Row> = diesel::sql_query(
                "SELECT tablename::text AS row FROM pg_tables WHERE schemaname = 'public'",
            )
            .load(&mut conn)
            .unwrap();
            for table in tables {
                let sql = format!("SELECT row_to_json(t)::text AS row FROM {} t", table.row);
                let rows: Vec<Row> = diesel::sql_query(sql).load(&mut conn).unwrap();
                all.extend(rows.into_iter().map(|r| r.row));
            }
        }
    }
    all
}
