//! What the service asks of a database's disk, and which databases it refuses.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use tradein::storage::Db;

use super::standing::open;
use crate::support::{Backend, Cluster, TestDatabase};

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

fn setting(conn: &mut Db, query: &str) -> String {
    let found: Setting = diesel::sql_query(query).get_result(conn).unwrap();
    found.value
}

fn synchronous_commit(conn: &mut Db) -> String {
    setting(
        conn,
        "SELECT current_setting('synchronous_commit') AS value",
    )
}

#[test]
fn sqlite_flushes_each_commit() {
    let database = TestDatabase::new(Backend::Sqlite);
    let mut conn = open(&database);
    let query = "SELECT CAST(synchronous AS TEXT) AS value FROM pragma_synchronous";
    // FULL, in SQLite's numbers; NORMAL, which waits for the next write-back, would be 1.
    assert_eq!(setting(&mut conn, query), "2");
    conn.batch_execute("PRAGMA synchronous = NORMAL").unwrap();
    assert_eq!(setting(&mut conn, query), "1");
}

/// Whatever is set for everybody, before a connection is opened or while it is.
#[test]
fn postgresql_flushes_each_commit_and_is_refused_where_it_cannot() {
    let cluster = Cluster::new(&[]);
    let database = TestDatabase::on(&cluster);
    let mut before = open(&database);
    let mut observer = open(&database);
    observer.batch_execute("RESET synchronous_commit").unwrap();
    let reload = "ALTER SYSTEM SET synchronous_commit = off";
    observer.batch_execute(reload).unwrap();
    observer.batch_execute("SELECT pg_reload_conf()").unwrap();
    // Another statement a time: a session reads the file between two.
    while synchronous_commit(&mut observer) == "on" {
        std::thread::yield_now();
    }
    assert_eq!(synchronous_commit(&mut before), "on");
    assert_eq!(synchronous_commit(&mut open(&database)), "on");
    drop((before, observer));

    for name in ["fsync", "full_page_writes"] {
        cluster.set(name, "off");
    }
    cluster.stop();
    cluster.start();
    let mut serve = database.command(&["serve", "--listen", "127.0.0.1:0"]);
    let refused = serve.env("TRADEIN_PRODUCTION", "true").output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success(), "{said}");
    assert!(
        said.contains("fsync = off, full_page_writes = off"),
        "{said}"
    );
    // Elsewhere it is a warning.
    let server = database.serve();
    let said = server.stderr();
    assert!(said.contains("could lose acknowledged claims"), "{said}");
}
