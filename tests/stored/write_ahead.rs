//! SQLite's write-ahead log is written back beside the writer, and begun anew when it is long.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Integer;
use tradein::storage::{Db, Target};

use crate::support::{Backend, TestDatabase};

#[derive(QueryableByName)]
struct Log {
    #[diesel(sql_type = Integer)]
    log: i32,
    #[diesel(sql_type = Integer)]
    checkpointed: i32,
}

fn run(conn: &mut Db, text: &str) {
    conn.batch_execute(text).unwrap();
}

/// Pages in the log, and how many of them are in the file.
fn log(conn: &mut Db) -> (i32, i32) {
    let Db::Sqlite(conn) = conn else {
        panic!("not SQLite");
    };
    let text = "PRAGMA wal_checkpoint(NOOP)";
    let found: Log = diesel::sql_query(text).get_result(conn).unwrap();
    (found.log, found.checkpointed)
}

/// About 110 MB.
fn write_much(conn: &mut Db) {
    for _ in 0..9 {
        run(
            conn,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
             INSERT INTO much SELECT randomblob(4000) FROM n;",
        );
    }
}

#[test]
fn the_log_is_written_back_and_begun_anew_when_it_is_long() {
    let database = TestDatabase::new(Backend::Sqlite);
    let target = Target::parse(database.url()).unwrap();
    let (mut writer, mut other) = (target.open().unwrap(), target.open().unwrap());
    run(&mut writer, "CREATE TABLE much (bytes BLOB NOT NULL)");
    write_much(&mut writer);
    let (long, back) = log(&mut other);
    assert!(long > 20_000 && back < long, "{long} pages, {back} back");

    // A reader of the state before keeps the log from being begun anew, but not from going on.
    let mut reader = target.open().unwrap();
    run(&mut reader, "BEGIN; SELECT count(*) FROM much");
    run(&mut writer, "INSERT INTO much VALUES (randomblob(4000))");
    other.write_log_back().unwrap();
    run(&mut writer, "INSERT INTO much VALUES (randomblob(4000))");
    assert!(log(&mut other).0 >= long);
    run(&mut reader, "ROLLBACK");

    other.write_log_back().unwrap();
    let (all, back) = log(&mut other);
    assert_eq!(all, back);
    run(&mut writer, "INSERT INTO much VALUES (randomblob(4000))");
    let (short, _) = log(&mut other);
    assert!(short < 100, "{short} pages");
}
