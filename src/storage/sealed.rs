//! Everything sealed in the database, place by place, for the change of keys.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use super::StorageError;
use super::db::Db;

/// A column of sealed bytes.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The table.
    pub table: &'static str,
    /// The first column of its primary key.
    pub id: &'static str,
    /// Whether that column is text and not bytes.
    pub text: bool,
    /// The second column of its primary key, a number, where there are two.
    pub number: Option<&'static str>,
    /// The column that is sealed; NULL where there is nothing.
    pub column: &'static str,
}

/// A primary key: its first column, as bytes, and its number or 0.
pub type RowKey = (Vec<u8>, i64);

/// A row's sealed bytes.
#[derive(QueryableByName)]
pub struct SealedRow {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    number: i64,
    /// What it holds.
    #[diesel(sql_type = Binary)]
    pub sealed: Vec<u8>,
}

impl SealedRow {
    /// Which row.
    pub fn key(&self) -> RowKey {
        (self.id.clone(), self.number)
    }
}

impl Place {
    /// The first column as bytes.
    fn id_as_bytes(&self, conn: &Db) -> String {
        match (conn, self.text) {
            (_, false) => self.id.to_owned(),
            (Db::Sqlite(_), true) => format!("CAST({} AS BLOB)", self.id),
            (Db::Postgres(_), true) => format!("convert_to({}, 'UTF8')", self.id),
        }
    }

    /// The `n`th parameter as a value of the first column: the index is used as it is.
    fn id_from(&self, conn: &Db, n: u8) -> String {
        match (conn, self.text) {
            (Db::Sqlite(_), false) => "?".to_owned(),
            (Db::Sqlite(_), true) => "CAST(? AS TEXT)".to_owned(),
            (Db::Postgres(_), false) => format!("${n}"),
            (Db::Postgres(_), true) => format!("convert_from(${n}, 'UTF8')"),
        }
    }
}

/// At most `limit` rows after a key, in the order of keys, whatever sealed them.
///
/// # Errors
/// The database's.
pub fn after(
    conn: &mut Db,
    place: &Place,
    after: &RowKey,
    limit: i64,
) -> Result<Vec<SealedRow>, StorageError> {
    let Place {
        table, id, column, ..
    } = place;
    let bytes = place.id_as_bytes(conn);
    let from = place.id_from(conn, 1);
    let (number, behind, order) = match place.number {
        Some(number) => (
            number,
            format!("({id}, {number}) > ({from}, {})", after.1),
            format!("{id}, {number}"),
        ),
        None => (
            "CAST(0 AS BIGINT)",
            format!("{id} > {from}"),
            (*id).to_owned(),
        ),
    };
    let text = format!(
        "SELECT {bytes} AS id, {number} AS number, {column} AS sealed FROM {table}
            WHERE {behind} AND {column} IS NOT NULL ORDER BY {order} LIMIT {limit}"
    );
    let query = diesel::sql_query(text).bind::<Binary, _>(&after.0);
    Ok(query.load(conn)?)
}

/// Puts `fresh` in the place of what a row was read with; false where something else stands there
/// by now, or where somebody is changing the row: whoever re-seals waits for nobody, so that
/// nobody can wait for him in a circle.
///
/// # Errors
/// The database's.
pub fn replace(
    conn: &mut Db,
    place: &Place,
    row: &SealedRow,
    fresh: &[u8],
) -> Result<bool, StorageError> {
    let Place {
        table, id, column, ..
    } = place;
    let (one, is, was, locked) = match conn {
        Db::Sqlite(_) => ("?", place.id_from(conn, 2), "?", ""),
        Db::Postgres(_) => (
            "$1",
            place.id_from(conn, 2),
            "$3",
            " FOR UPDATE SKIP LOCKED",
        ),
    };
    let number = place
        .number
        .map_or(String::new(), |n| format!(" AND {n} = {}", row.number));
    let text = format!(
        "UPDATE {table} SET {column} = {one} WHERE {id} =
            (SELECT {id} FROM {table} WHERE {id} = {is}{number} AND {column} = {was}{locked}){number}"
    );
    let changed = diesel::sql_query(text)
        .bind::<Binary, _>(fresh)
        .bind::<Binary, _>(&row.id)
        .bind::<Binary, _>(&row.sealed)
        .execute(conn)?;
    Ok(changed == 1)
}

/// How many rows hold something that does not begin with `header`.
///
/// # Errors
/// The database's.
pub fn count_without(conn: &mut Db, place: &Place, header: &[u8]) -> Result<i64, StorageError> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let mark = match conn {
        Db::Sqlite(_) => "?",
        Db::Postgres(_) => "$1",
    };
    let Place { table, column, .. } = place;
    let text = format!(
        "SELECT count(*) AS count FROM {table} WHERE substr({column}, 1, {}) <> {mark}",
        header.len()
    );
    let found: Count = diesel::sql_query(text)
        .bind::<Binary, _>(header)
        .get_result(conn)?;
    Ok(found.count)
}
