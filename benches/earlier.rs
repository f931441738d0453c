//! A database in which millions of claims are there already: rows as the service writes them, made
//! by the database itself, with their keys where keys of a while ago are.

use diesel::connection::SimpleConnection;
use tradein::storage::{Db, Target};

use crate::scene::Fallible;

/// The pool of the claims that were there before; it is no row of `pools`, so nothing of them is
/// anybody's to decide.
const POOL: &str = "00000000000000000000000000000000";

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

/// Takes out again what [`fill`] put in, so that the rest can be verified.
pub fn clear(target: &Target) -> Fallible<()> {
    let mut conn = target.open()?;
    let pool = match conn {
        Db::Sqlite(_) => format!("x'{POOL}'"),
        Db::Postgres(_) => format!("'\\x{POOL}'::bytea"),
    };
    for statement in [
        "DELETE FROM claim_keys_cold WHERE claim_id IN (SELECT id FROM claims WHERE pool_id = :pool)",
        "DELETE FROM answers WHERE claim_id IN (SELECT id FROM claims WHERE pool_id = :pool)",
        "DELETE FROM claims WHERE pool_id = :pool",
        "DELETE FROM journal WHERE pool_id = :pool",
    ] {
        conn.batch_execute(&statement.replace(":pool", &pool))?;
    }
    Ok(())
}
