//! What is in the database, and how it differs from what was there before.
//!
//! Two runs of an act are compared by what they changed: which rows of which tables came, went or
//! changed in which columns, with the words that were written (states, kinds), but without
//! instants, ids, amounts and what is sealed. That the amounts are right is for `verify` and the
//! sums.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use serde_json::{Map, Value};

use crate::support::{Backend, TestDatabase};

/// What the service writes by the clock, behind the acts: what it has copied from the journal, and
/// what is on its way to webhooks.
const BESIDE: [&str; 10] = [
    "__diesel_schema_migrations",
    "claim_persons",
    "claim_persons_read",
    "screened_claims",
    "screening_days",
    "screening_findings",
    "screening_read",
    "screening_turn",
    "webhook_cursors",
    "webhook_deliveries",
];

/// Columns of the same kind: when a session was last used, how often somebody has tried to sign in
/// since he did, and how far the lines of an upload are.
const BESIDE_COLUMNS: [(&str, &[&str]); 4] = [
    ("sessions", &["seen_us"]),
    ("logins", &["failures", "locked_until_us"]),
    (
        "uploads",
        &[
            "filed",
            "refused",
            "defective",
            "state",
            "worker",
            "beat_us",
            "ended_us",
        ],
    ),
    ("upload_lines", &["state", "claim_id", "messages"]),
];

/// What an act changed, and how often it did each.
pub type Delta = BTreeMap<String, usize>;

/// Every row of every table, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content(Vec<(String, String)>);

/// Reads a database.
pub struct Tables {
    conn: Conn,
    /// One statement for everything.
    query: String,
    /// The primary key of each table.
    keys: BTreeMap<String, Vec<String>>,
}

enum Conn {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    of: String,
    #[diesel(sql_type = Text)]
    name: String,
    /// Whether it is of the primary key.
    #[diesel(sql_type = Integer)]
    key: i32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    of: String,
    #[diesel(sql_type = Text)]
    content: String,
}

const SQLITE_COLUMNS: &str = "SELECT m.name AS of, c.name AS name, c.pk AS key
    FROM sqlite_master m, pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, 2";

const POSTGRES_COLUMNS: &str = "SELECT t.relname::text AS of, a.attname::text AS name,
        (coalesce(a.attnum = ANY (i.indkey), false))::int AS key
    FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
    WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace ORDER BY 1, 2";

impl Tables {
    /// Of a database, past whatever is between it and the service.
    pub fn of(database: &TestDatabase) -> Self {
        let (mut conn, columns) = match database.backend() {
            Backend::Sqlite => {
                let file = database.file();
                let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
                conn.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
                (Conn::Sqlite(conn), SQLITE_COLUMNS)
            }
            Backend::Postgres => {
                let conn = PgConnection::establish(database.url()).unwrap();
                (Conn::Postgres(conn), POSTGRES_COLUMNS)
            }
        };
        let columns: Vec<Column> = conn.load(columns);
        let mut all: BTreeMap<String, Vec<Column>> = BTreeMap::new();
        for column in columns {
            if !BESIDE.contains(&column.of.as_str()) {
                all.entry(column.of.clone()).or_default().push(column);
            }
        }
        let selects = all.iter().map(|(table, columns)| match &conn {
            Conn::Sqlite(_) => sqlite_rows(table, columns),
            Conn::Postgres(_) => {
                format!("SELECT '{table}' AS of, to_jsonb(x)::text AS content FROM {table} x")
            }
        });
        let query: Vec<String> = selects.collect();
        let keys = all.into_iter().map(|(table, columns)| {
            let key = columns.into_iter().filter(|column| column.key > 0);
            (table, key.map(|column| column.name).collect())
        });
        Self {
            conn,
            query: query.join(" UNION ALL "),
            keys: keys.collect(),
        }
    }

    /// What is there now, as one snapshot.
    pub fn read(&mut self) -> Content {
        let rows: Vec<Row> = self.conn.load(&self.query);
        let mut rows: Vec<_> = rows.into_iter().map(|row| (row.of, row.content)).collect();
        rows.sort_unstable();
        Content(rows)
    }

    /// Does something past the service.
    pub fn execute(&mut self, sql: &str) {
        match &mut self.conn {
            Conn::Sqlite(conn) => conn.batch_execute(sql).unwrap(),
            Conn::Postgres(conn) => conn.batch_execute(sql).unwrap(),
        }
    }

    /// What came between two contents.
    pub fn delta(&self, before: &Content, after: &Content) -> Delta {
        let (gone, come) = apart(before, after);
        let gone: BTreeMap<_, _> = gone.into_iter().map(|row| self.keyed(row)).collect();
        let come: BTreeMap<_, _> = come.into_iter().map(|row| self.keyed(row)).collect();
        let mut delta = Delta::new();
        for (key, new) in &come {
            let what = match gone.get(key) {
                Some(old) if old == new => continue,
                Some(old) => changed(old, new),
                None => format!("+ {}", words(new, |_, value| !value.is_null())),
            };
            *delta.entry(format!("{} {what}", key.0)).or_default() += 1;
        }
        for key in gone.keys().filter(|key| !come.contains_key(key)) {
            *delta.entry(format!("{} -", key.0)).or_default() += 1;
        }
        delta
    }

    fn keyed(&self, (table, content): &(String, String)) -> ((String, String), Map<String, Value>) {
        let mut row: Map<String, Value> = serde_json::from_str(content).unwrap();
        let beside = BESIDE_COLUMNS.iter().filter(|(of, _)| of == table);
        for name in beside.flat_map(|(_, names)| *names) {
            row.remove(*name).unwrap();
        }
        let key = self.keys[table].iter().map(|name| row[name].to_string());
        let key: Vec<String> = key.collect();
        ((table.clone(), key.join(" ")), row)
    }
}

impl Conn {
    fn load<T>(&mut self, sql: &str) -> Vec<T>
    where
        diesel::query_builder::SqlQuery: for<'q> diesel::query_dsl::LoadQuery<'q, SqliteConnection, T>
            + for<'q> diesel::query_dsl::LoadQuery<'q, PgConnection, T>,
    {
        match self {
            Conn::Sqlite(conn) => diesel::sql_query(sql).load(conn).unwrap(),
            Conn::Postgres(conn) => diesel::sql_query(sql).load(conn).unwrap(),
        }
    }
}

fn sqlite_rows(table: &str, columns: &[Column]) -> String {
    let fields = columns.iter().map(|column| {
        let name = &column.name;
        format!("'{name}', CASE typeof({name}) WHEN 'blob' THEN hex({name}) ELSE {name} END")
    });
    let fields: Vec<String> = fields.collect();
    let fields = fields.join(", ");
    format!("SELECT '{table}' AS of, json_object({fields}) AS content FROM {table}")
}

type Rows<'a> = Vec<&'a (String, String)>;

/// The rows that are only in the one, and only in the other; both are in order.
fn apart<'a>(before: &'a Content, after: &'a Content) -> (Rows<'a>, Rows<'a>) {
    let (mut gone, mut come) = (Rows::new(), Rows::new());
    let (mut old, mut new) = (before.0.iter().peekable(), after.0.iter().peekable());
    loop {
        match (old.peek(), new.peek()) {
            (Some(a), Some(b)) if a == b => {
                old.next();
                new.next();
            }
            (Some(a), Some(b)) if a < b => gone.extend(old.next()),
            (_, Some(_)) => come.extend(new.next()),
            (Some(_), None) => gone.extend(old.next()),
            (None, None) => return (gone, come),
        }
    }
}

fn changed(old: &Map<String, Value>, new: &Map<String, Value>) -> String {
    let what = words(new, |name, value| old.get(name) != Some(value));
    format!("~ {what}")
}

/// The columns of a row that `which` names, with those of their values that are words.
fn words(row: &Map<String, Value>, which: impl Fn(&str, &Value) -> bool) -> String {
    let named = row.iter().filter(|(name, value)| which(name, value));
    let told = named.map(|(name, value)| match value.as_str() {
        Some(text) if is_word(text) => format!("{name}={text}"),
        _ => name.clone(),
    });
    told.collect::<Vec<String>>().join(" ")
}

fn is_word(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    (1..=32).contains(&text.len()) && text.bytes().all(word)
}
