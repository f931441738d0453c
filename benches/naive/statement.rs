//! A statement with its parameters, for both databases. It is prepared once for each
//! connection, as the service's own are: the naive version is slow by its shape, not by
//! parsing the same text again and again.

use std::borrow::Cow;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel::sqlite::Sqlite;
use tradein::storage::Db;

/// A parameter.
pub enum Bind<'a> {
    Bytes(&'a [u8]),
    MaybeBytes(Option<&'a [u8]>),
    Int(i64),
    MaybeInt(Option<i64>),
    Text(&'a str),
    MaybeText(Option<&'a str>),
}

/// Text with a `?` for each parameter.
pub struct Statement<'a> {
    pub text: Cow<'static, str>,
    pub binds: Vec<Bind<'a>>,
}

/// What a changed pool returns: cap, free, reserved, committed, paid, waiting, next ordinal,
/// next position, head number, head time, head hash.
pub type Counters = (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, Vec<u8>);

impl QueryId for Statement<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Statement<'_> {
    type SqlType = (
        BigInt,
        BigInt,
        BigInt,
        BigInt,
        BigInt,
        BigInt,
        BigInt,
        BigInt,
        BigInt,
        BigInt,
        Binary,
    );
}

impl<C> RunQueryDsl<C> for Statement<'_> {}

macro_rules! fragment {
    ($backend:ty) => {
        impl QueryFragment<$backend> for Statement<'_> {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, $backend>) -> QueryResult<()> {
                let mut binds = self.binds.iter();
                for (i, piece) in self.text.split('?').enumerate() {
                    if i > 0 {
                        match binds.next() {
                            Some(Bind::Bytes(v)) => out.push_bind_param::<Binary, _>(v)?,
                            Some(Bind::MaybeBytes(v)) => {
                                out.push_bind_param::<Nullable<Binary>, _>(v)?;
                            }
                            Some(Bind::Int(v)) => out.push_bind_param::<BigInt, _>(v)?,
                            Some(Bind::MaybeInt(v)) => {
                                out.push_bind_param::<Nullable<BigInt>, _>(v)?;
                            }
                            Some(Bind::Text(v)) => out.push_bind_param::<Text, _>(v)?,
                            Some(Bind::MaybeText(v)) => {
                                out.push_bind_param::<Nullable<Text>, _>(v)?;
                            }
                            None => return Err(diesel::result::Error::NotFound),
                        }
                    }
                    out.push_sql(piece);
                }
                Ok(())
            }
        }
    };
}

fragment!(Pg);
fragment!(Sqlite);

impl Statement<'_> {
    /// Runs it; how many rows it touched.
    pub fn run(self, conn: &mut Db) -> QueryResult<usize> {
        match conn {
            Db::Sqlite(conn) => self.execute(conn),
            Db::Postgres(conn) => self.execute(conn),
        }
    }

    /// Runs it and reads the pool's counters, if its condition held.
    pub fn counters(self, conn: &mut Db) -> QueryResult<Option<Counters>> {
        match conn {
            Db::Sqlite(conn) => self.get_result(conn).optional(),
            Db::Postgres(conn) => self.get_result(conn).optional(),
        }
    }
}
