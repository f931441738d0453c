//! The database as it lies on the disk.

use diesel::connection::SimpleConnection;
use diesel::deserialize::QueryableByName;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};

use super::canary::Canary;
use super::support::{Backend, TestDatabase};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Every file below a folder, papers too.
fn read_below(folder: &std::path::Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_below(&path, all);
        } else {
            *all += &String::from_utf8_lossy(&std::fs::read(path).unwrap());
        }
    }
}

/// All that the database holds, as text: the files of SQLite, every row of PostgreSQL with its
/// bytes both as they are and in hexadecimal.
pub fn everything(database: &TestDatabase) -> String {
    let mut all = String::new();
    if database.backend() == Backend::Sqlite {
        let mut conn = SqliteConnection::establish(database.file().to_str().unwrap()).unwrap();
        conn.batch_execute("PRAGMA wal_checkpoint(PASSIVE)")
            .unwrap();
        read_below(database.data_dir(), &mut all);
        return all;
    }
    let mut conn = PgConnection::establish(database.url()).unwrap();
    let tables: Vec<Row> = diesel::sql_query(
        "SELECT table_name::text AS line FROM information_schema.tables WHERE table_schema = 'public'",
    )
    .load(&mut conn)
    .unwrap();
    assert!(tables.len() > 10);
    for Row { line: table } in tables {
        let rows: Vec<Row> = diesel::sql_query(format!(
            "SELECT row_to_json(t)::text AS line FROM {table} t"
        ))
        .load(&mut conn)
        .unwrap();
        for Row { line } in rows {
            all.push_str(&line);
            all.push('\n');
            all += &readable(&line);
        }
    }
    all
}

/// The bytes behind each `\x…` of a row.
pub fn readable(row: &str) -> String {
    let mut all = String::new();
    for part in row.split("\\x").skip(1) {
        let digits: Vec<u8> = part.bytes().take_while(u8::is_ascii_hexdigit).collect();
        let bytes: Vec<u8> = digits
            .chunks_exact(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        all += &String::from_utf8_lossy(&bytes);
        all.push('\n');
    }
    all
}

/// A person where none must be: the search has to find it.
pub fn plant(database: &TestDatabase, person: &Canary) {
    let statement = format!("UPDATE dealers SET name = '{}'", person.name);
    match database.backend() {
        Backend::Sqlite => {
            let mut conn = SqliteConnection::establish(database.file().to_str().unwrap()).unwrap();
            conn.batch_execute(&statement).unwrap();
        }
        Backend::Postgres => {
            let mut conn = PgConnection::establish(database.url()).unwrap();
            conn.batch_execute(&statement).unwrap();
        }
    }
}
