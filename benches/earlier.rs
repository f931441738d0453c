//! A database in which millions of claims are there already: rows as the service writes them, made
//! by the database itself, with their keys where keys of a while ago are.

use diesel::connection::SimpleConnection;
use tradein::storage::{Db, Target};

use crate::scene::Fallible;

/// The pool of the claims that were there before; it is no row of `pools`, so nothing of them is
/// anybody's to decide.
const POOL: &str = "00000000000000000000000000000000";

/// No claim of before has a higher id, and none that the service makes a lower one.
const LAST: &str = "000000000000000000000000ffffffff";

/// Fills an empty database.
pub fn fill(target: &Target, claims: u64) -> Fallible<()> {
    let mut conn = target.open()?;
    let script = match conn {
        Db::Sqlite(_) => include_str!("earlier/sqlite.sql"),
        Db::Postgres(_) => include_str!("earlier/postgres.sql"),
    };
    for statement in script.split(";\n").filter(|text| !text.trim().is_empty()) {
        let statement = statement.replace(":claims", &claims.to_string());
        conn.batch_execute(&statement.replace(":pool", POOL))?;
    }
    Ok(())
}

/// Takes out again what [`fill`] put in, so that the rest can be verified. Nothing else may have
/// been moved to where cold keys are.
pub fn clear(target: &Target) -> Fallible<()> {
    let mut conn = target.open()?;
    let (empty, pool, last) = match conn {
        Db::Sqlite(_) => ("DELETE FROM", format!("x'{POOL}'"), format!("x'{LAST}'")),
        Db::Postgres(_) => ("TRUNCATE", format!("'\\x{POOL}'"), format!("'\\x{LAST}'")),
    };
    conn.batch_execute(&format!("{empty} claim_keys_cold; {empty} key_moves;"))?;
    // What is kept is little beside what goes.
    for (table, kept) in [
        ("claims", format!("pool_id <> {pool}")),
        ("journal", format!("pool_id <> {pool}")),
        ("answers", format!("claim_id > {last}")),
    ] {
        conn.batch_execute(&format!(
            "CREATE TABLE bench_kept AS SELECT * FROM {table} WHERE {kept};
             {empty} {table};
             INSERT INTO {table} SELECT * FROM bench_kept;
             DROP TABLE bench_kept;"
        ))?;
    }
    Ok(())
}
