//! The register of national awards, hashed, and the files that it came in.

use std::collections::HashSet;

use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, Binary, Text};

use super::StorageError;
use super::batch::{KeyHash, StoredAward};
use super::db::Db;
use super::schema::{award_imports, awards};
use crate::domain::time::Timestamp;

/// Whether a file with this digest was imported; its number of lines.
///
/// # Errors
/// The database's.
pub fn find_import(conn: &mut Db, digest: &[u8]) -> Result<Option<i64>, StorageError> {
    Ok(award_imports::table
        .filter(award_imports::file_digest.eq(digest))
        .select(award_imports::lines)
        .first(conn)
        .optional()?)
}

/// Notes an import that was done at `at`, by which no claim was filed or changed since that these
/// awards were not held against.
///
/// # Errors
/// The database's.
pub fn insert_import(
    conn: &mut Db,
    id: &[u8],
    digest: &[u8],
    lines: i64,
    at: Timestamp,
) -> Result<(), StorageError> {
    diesel::insert_into(award_imports::table)
        .values((
            award_imports::id.eq(id),
            award_imports::file_digest.eq(digest),
            award_imports::lines.eq(lines),
            award_imports::imported_us.eq(at.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// A national award, hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAward {
    /// The person.
    pub person: [u8; 16],
    /// The car.
    pub vin: [u8; 16],
    /// `scrappage` or `replacement`.
    pub kind: &'static str,
    /// `YYYY-MM-DD`.
    pub awarded_on: String,
}

/// Adds awards that are not there yet; says of each row whether it was new. Of a row that is
/// given twice, the first is.
///
/// # Errors
/// The database's.
pub fn insert_awards(
    conn: &mut Db,
    rows: &[NewAward],
    import: &[u8],
) -> Result<Vec<bool>, StorageError> {
    match conn {
        Db::Sqlite(conn) => rows
            .iter()
            .map(|row| {
                let added = diesel::insert_or_ignore_into(awards::table)
                    .values((
                        awards::person_hash.eq(&row.person[..]),
                        awards::vin_hash.eq(&row.vin[..]),
                        awards::kind.eq(row.kind),
                        awards::awarded_on.eq(&row.awarded_on),
                        awards::import_id.eq(import),
                    ))
                    .execute(conn)?;
                Ok(added == 1)
            })
            .collect(),
        Db::Postgres(conn) => {
            let query = InsertAwards {
                person: rows.iter().map(|r| &r.person[..]).collect(),
                vin: rows.iter().map(|r| &r.vin[..]).collect(),
                kind: rows.iter().map(|r| r.kind).collect(),
                awarded_on: rows.iter().map(|r| r.awarded_on.as_str()).collect(),
                import,
            };
            let added: Vec<AwardTuple> = query.load(conn)?;
            let mut added: HashSet<AwardTuple> = added.into_iter().collect();
            let new = |row: &NewAward| {
                let (person, vin) = (row.person.to_vec(), row.vin.to_vec());
                added.remove(&(person, vin, row.kind.to_owned(), row.awarded_on.clone()))
            };
            Ok(rows.iter().map(new).collect())
        }
    }
}

type AwardTuple = (Vec<u8>, Vec<u8>, String, String);

struct InsertAwards<'a> {
    person: Vec<&'a [u8]>,
    vin: Vec<&'a [u8]>,
    kind: Vec<&'a str>,
    awarded_on: Vec<&'a str>,
    import: &'a [u8],
}

impl QueryId for InsertAwards<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for InsertAwards<'_> {
    type SqlType = (Binary, Binary, Text, Text);
}

impl RunQueryDsl<PgConnection> for InsertAwards<'_> {}

impl QueryFragment<Pg> for InsertAwards<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO awards (import_id, person_hash, vin_hash, kind, awarded_on) SELECT ",
        );
        out.push_bind_param::<Binary, _>(&self.import)?;
        out.push_sql(", t.* FROM UNNEST(");
        out.push_bind_param::<Array<Binary>, _>(&self.person)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.vin)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.kind)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.awarded_on)?;
        out.push_sql(
            ") AS t ON CONFLICT DO NOTHING RETURNING person_hash, vin_hash, kind, awarded_on",
        );
        Ok(())
    }
}

/// The awards of a person, or else of a car, whose import was done at `since` or later.
///
/// # Errors
/// The database's.
pub fn since(
    conn: &mut Db,
    of_person: bool,
    hash: &KeyHash,
    since: Timestamp,
) -> Result<Vec<StoredAward>, StorageError> {
    let mut query = awards::table
        .inner_join(award_imports::table.on(award_imports::id.eq(awards::import_id)))
        .filter(award_imports::imported_us.ge(since.0))
        .select((awards::kind, awards::awarded_on))
        .into_boxed();
    query = if of_person {
        query.filter(awards::person_hash.eq(hash.to_vec()))
    } else {
        query.filter(awards::vin_hash.eq(hash.to_vec()))
    };
    let rows: Vec<(String, String)> = query.load(conn)?;
    let award = |(kind, awarded_on)| StoredAward { kind, awarded_on };
    Ok(rows.into_iter().map(award).collect())
}
