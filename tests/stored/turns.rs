//! Those who write to one SQLite file from one process take turns.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use tradein::storage::{DatabaseError, Db, Target};

use crate::support::{Backend, TestDatabase};

const WRITE: &str = "INSERT INTO written (n) VALUES (1)";

/// How a transaction is done; an error where its turn never came.
type Transaction = fn(&mut Db, Duration) -> Result<(), DatabaseError>;

/// As the program does it.
fn in_turn(conn: &mut Db, takes: Duration) -> Result<(), DatabaseError> {
    conn.write(|conn| {
        sleep(takes);
        conn.batch_execute(WRITE)
    })
}

/// Before SQLite's lock alone.
fn out_of_turn(conn: &mut Db, takes: Duration) -> Result<(), DatabaseError> {
    conn.batch_execute("BEGIN IMMEDIATE")?;
    sleep(takes);
    conn.batch_execute(WRITE)?;
    conn.batch_execute("COMMIT")
}

/// How many transactions of somebody who does one after another pass while one is waited for: the
/// median of 15.
fn passed(target: &Target, transaction: Transaction) -> u64 {
    let (count, ended) = (AtomicU64::new(0), AtomicBool::new(false));
    scope(|scope| {
        scope.spawn(|| {
            let mut conn = target.open().unwrap();
            while !ended.load(Ordering::SeqCst) {
                if transaction(&mut conn, Duration::from_millis(5)).is_ok() {
                    count.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        let mut conn = target.open().unwrap();
        // It would be passed all the time that it has.
        conn.batch_execute("PRAGMA busy_timeout = 500").unwrap();
        let mut passed: Vec<u64> = (0..15)
            .map(|_| {
                sleep(Duration::from_millis(20));
                let before = count.load(Ordering::SeqCst);
                // Whose turn never came has been passed all the same.
                let _ = transaction(&mut conn, Duration::ZERO);
                count.load(Ordering::SeqCst) - before
            })
            .collect();
        ended.store(true, Ordering::SeqCst);
        passed.sort_unstable();
        passed[passed.len() / 2]
    })
}

#[test]
fn who_writes_all_the_time_holds_nobody_up() {
    let database = TestDatabase::new(Backend::Sqlite);
    let target = Target::parse(database.url()).unwrap();
    let mut conn = target.open().unwrap();
    conn.batch_execute("CREATE TABLE written (n INTEGER)")
        .unwrap();
    let (alone, fair) = (passed(&target, out_of_turn), passed(&target, in_turn));
    println!("passed by {fair} in turn, by {alone} before the lock alone");
    // The one that is on, and one that asked before.
    assert!(fair <= 2, "{fair} passed");
    // What is looked for is there to be found.
    assert!(alone > 2, "{alone} passed");
}
