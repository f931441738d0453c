//! What stands in the database, asked beside the service.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use tradein::storage::{Db, Target};

use crate::support::TestDatabase;

/// Counts of one database with one pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Standing {
    /// Claims.
    #[diesel(sql_type = BigInt)]
    pub claims: i64,
    /// Entries of the journal.
    #[diesel(sql_type = BigInt)]
    pub entries: i64,
    /// Held money, in fen.
    #[diesel(sql_type = BigInt)]
    pub reserved: i64,
    /// Claims that wait.
    #[diesel(sql_type = BigInt)]
    pub waiting: i64,
    /// The place that comes next.
    #[diesel(sql_type = BigInt)]
    pub next_position: i64,
}

impl Standing {
    /// Reads it.
    pub fn read(conn: &mut Db, pool: &str) -> Self {
        let query = format!(
            "SELECT (SELECT count(*) FROM claims) AS claims,
                (SELECT count(*) FROM journal) AS entries, reserved, waiting, next_position
             FROM pools WHERE name = '{pool}'"
        );
        diesel::sql_query(query).get_result(conn).unwrap()
    }
}

/// A connection with the service's own settings.
pub fn open(database: &TestDatabase) -> Db {
    Target::parse(database.url()).unwrap().open().unwrap()
}
