//! Both migration directories yield the same tables, columns and constraints.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use tradein::storage::{Database, Db, Target};

use crate::support::{Backend, TestDatabase};

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    tab: String,
    #[diesel(sql_type = Text)]
    col: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    nullable: i64,
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    tab: String,
    #[diesel(sql_type = Text)]
    what: String,
}

/// Table, then column with its type and whether it may be null, or a name of a constraint
/// or index.
type Shape = BTreeMap<String, BTreeSet<String>>;

const POSTGRES_COLUMNS: &str = "SELECT table_name::text AS tab, column_name::text AS col,
    data_type::text AS kind, (CASE is_nullable WHEN 'YES' THEN 1 ELSE 0 END)::bigint AS nullable
    FROM information_schema.columns WHERE table_schema = 'public'";
const POSTGRES_NAMES: &str = "SELECT c.relname::text AS tab, k.conname::text AS what
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND k.contype IN ('c', 'u', 'f')
    UNION SELECT tablename::text, indexname::text FROM pg_indexes
    WHERE schemaname = 'public' AND indexname NOT LIKE '%_pkey'";
const SQLITE_COLUMNS: &str = "SELECT m.name AS tab, c.name AS col, c.type AS kind,
    1 - c.\"notnull\" AS nullable FROM sqlite_master m, pragma_table_info(m.name) c
    WHERE m.type = 'table'";
const SQLITE_NAMES: &str = "SELECT tbl_name AS tab, CASE type WHEN 'table' THEN sql ELSE name END
    AS what FROM sqlite_master WHERE type IN ('table', 'index')";

fn shape(conn: &mut Db) -> Shape {
    let (columns, names): (Vec<Column>, Vec<Named>) = match conn {
        Db::Postgres(c) => (
            diesel::sql_query(POSTGRES_COLUMNS).load(c).unwrap(),
            diesel::sql_query(POSTGRES_NAMES).load(c).unwrap(),
        ),
        Db::Sqlite(c) => (
            diesel::sql_query(SQLITE_COLUMNS).load(c).unwrap(),
            diesel::sql_query(SQLITE_NAMES).load(c).unwrap(),
        ),
    };
    let mut shape = Shape::new();
    let ours = |table: &str| !table.starts_with("__diesel") && !table.starts_with("sqlite_");
    for c in columns.into_iter().filter(|c| ours(&c.tab)) {
        let kind = match c.kind.to_ascii_uppercase().as_str() {
            "BIGINT" | "INTEGER" => "integer",
            "BYTEA" | "BLOB" => "bytes",
            "TEXT" => "text",
            other => panic!("{}.{} is {other}: not of the common subset", c.tab, c.col),
        };
        let null = if c.nullable == 1 { " or null" } else { "" };
        shape
            .entry(c.tab)
            .or_default()
            .insert(format!("{} {kind}{null}", c.col));
    }
    for named in names.into_iter().filter(|n| ours(&n.tab)) {
        let found = match named.what.strip_prefix("CREATE TABLE") {
            Some(sql) => constraints_in(sql),
            None => vec![named.what],
        };
        shape
            .entry(named.tab)
            .or_default()
            .extend(found.into_iter().map(|n| format!("named {n}")));
    }
    for members in shape.values_mut() {
        members.retain(|m| !m.contains("sqlite_autoindex"));
    }
    shape
}

fn constraints_in(sql: &str) -> Vec<String> {
    let mut words = sql.split_whitespace();
    let mut names = Vec::new();
    while let Some(word) = words.next() {
        if word == "CONSTRAINT" {
            names.extend(words.next().map(str::to_owned));
        }
    }
    names
}

fn migrated(database: &TestDatabase) -> Database {
    Database::open(Target::parse(database.url()).unwrap(), 1).unwrap()
}

#[test]
fn both_databases_have_the_same_tables_columns_and_constraints() {
    let (one, other) = (
        TestDatabase::new(Backend::Sqlite),
        TestDatabase::new(Backend::Postgres),
    );
    let (sqlite, postgres) = (migrated(&one), migrated(&other));
    let expected = shape(&mut sqlite.get().unwrap());
    assert!(expected.len() > 10 && expected["pools"].contains("named pools_sum_is_cap"));
    assert_eq!(expected, shape(&mut postgres.get().unwrap()));

    // Planted: a column, a constraint and an index that only one of them has.
    for change in [
        "ALTER TABLE claims ADD COLUMN extra TEXT",
        "ALTER TABLE pools DROP CONSTRAINT pools_sum_is_cap",
        "CREATE INDEX extra ON journal (at_us)",
    ] {
        let mut conn = postgres.get().unwrap();
        let Db::Postgres(c) = &mut *conn else {
            panic!("not PostgreSQL")
        };
        diesel::sql_query(change).execute(c).unwrap();
        assert_ne!(expected, shape(&mut conn), "{change}");
    }
}
