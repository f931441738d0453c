//! The PostgreSQL side of [`super::dialect`].

use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{Array, BigInt, Binary, Nullable, SmallInt, Text};

use super::StorageError;
use super::batch::{
    HeldKey, KeyHash, NewAnswer, NewClaim, NewEntry, NewKey, PoolRow, Probe, Probed, StoredAnswer,
    StoredAward, Writes,
};
use super::dialect::Written;
use super::postgres_array::PostgresArray;
use super::stored::{bytes16, dealer_id};
use crate::domain::ids::PoolId;

/// Text with parameters in between: a statement that diesel prepares once for a
/// connection, which it does not do for `sql_query`.
macro_rules! statement {
    ($name:ident) => {
        impl QueryId for $name<'_> {
            type QueryId = ();
            // The statement is found again by its text.
            const HAS_STATIC_QUERY_ID: bool = false;
        }

        impl RunQueryDsl<PgConnection> for $name<'_> {}
    };
    // One that gives rows.
    ($name:ident, $sql_type:ty) => {
        statement!($name);

        impl Query for $name<'_> {
            type SqlType = $sql_type;
        }
    };
}

struct ProbeQuery<'a> {
    pool: &'a [u8],
    keys: Vec<&'a [u8]>,
    answers: Vec<&'a [u8]>,
    persons: Vec<&'a [u8]>,
    vins: Vec<&'a [u8]>,
    dealers: Vec<&'a [u8]>,
    cold_keys: Vec<&'a [u8]>,
    cold_answers: Vec<&'a [u8]>,
}

// What a row is (see `take`), a hash or id, a number, and what else it carries.
statement!(
    ProbeQuery,
    (
        SmallInt,
        Binary,
        BigInt,
        Nullable<Text>,
        Nullable<Text>,
        Nullable<Binary>
    )
);

impl QueryFragment<Pg> for ProbeQuery<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT 0::int2, ''::bytea, version, NULL::text, NULL::text, NULL::bytea FROM catalogue
             UNION ALL SELECT 1::int2, ''::bytea,
                (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, NULL, NULL, NULL
             UNION ALL SELECT 7::int2, ''::bytea, coalesce(max(generation), 0), NULL, NULL, NULL
                FROM key_moves",
        );
        for (table, keys, answers) in [
            ("claim_keys", &self.keys, &self.answers),
            ("claim_keys_cold", &self.cold_keys, &self.cold_answers),
        ] {
            out.push_sql(
                " UNION ALL SELECT 2::int2, k.key_hash, ordinal, programme, NULL, NULL FROM ",
            );
            out.push_sql(table);
            out.push_sql(" k JOIN claims c ON c.id = k.claim_id WHERE k.key_hash = ANY(");
            out.push_bind_param::<Array<Binary>, _>(keys)?;
            out.push_sql(
                ") AND kind <> 'request'
                UNION ALL SELECT 3::int2, k.key_hash, 0, body, NULL, fingerprint FROM ",
            );
            out.push_sql(table);
            out.push_sql(" k JOIN answers a ON a.claim_id = k.claim_id WHERE k.key_hash = ANY(");
            out.push_bind_param::<Array<Binary>, _>(answers)?;
            out.push_sql(") AND kind = 'request'");
        }
        out.push_sql(
            " UNION ALL SELECT 4::int2, person_hash, 0, kind, awarded_on, NULL
                FROM awards WHERE person_hash = ANY(",
        );
        out.push_bind_param::<Array<Binary>, _>(&self.persons)?;
        out.push_sql(
            ") UNION ALL SELECT 5::int2, vin_hash, 0, kind, awarded_on, NULL
                FROM awards WHERE vin_hash = ANY(",
        );
        out.push_bind_param::<Array<Binary>, _>(&self.vins)?;
        out.push_sql(
            ") UNION ALL SELECT 6::int2, dealer_id, held, NULL, NULL, NULL
                FROM dealer_usage WHERE pool_id = ",
        );
        out.push_bind_param::<Binary, _>(&self.pool)?;
        out.push_sql(" AND dealer_id = ANY(");
        out.push_bind_param::<Array<Binary>, _>(&self.dealers)?;
        out.push_sql(")");
        Ok(())
    }
}

type ProbeRow = (
    i16,
    Vec<u8>,
    i64,
    Option<String>,
    Option<String>,
    Option<Vec<u8>>,
);

fn slices(hashes: &[KeyHash]) -> Vec<&[u8]> {
    hashes.iter().map(|hash| &hash[..]).collect()
}

pub(super) fn probe(
    conn: &mut PgConnection,
    pool: PoolId,
    probe: &Probe,
) -> Result<Probed, StorageError> {
    let query = ProbeQuery {
        pool: pool.0.as_bytes(),
        keys: slices(probe.hot(&probe.keys)),
        answers: slices(probe.hot(&probe.answers)),
        persons: slices(&probe.persons),
        vins: slices(&probe.vins),
        cold_keys: slices(probe.cold(&probe.keys)),
        cold_answers: slices(probe.cold(&probe.answers)),
        dealers: probe.dealers.iter().map(|d| &d.0.as_bytes()[..]).collect(),
    };
    let mut found = Probed::default();
    for row in query.load::<ProbeRow>(conn)? {
        take(&mut found, row)?;
    }
    Ok(found)
}

fn take(found: &mut Probed, row: ProbeRow) -> Result<(), StorageError> {
    let (what, hash, number, first, second, bytes) = row;
    let text = |t: Option<String>| t.unwrap_or_default();
    match what {
        0 => found.catalogue_version = number,
        1 => found.now_us = number,
        7 => found.key_moves = number,
        2 => {
            let held = HeldKey {
                ordinal: number,
                programme: text(first),
            };
            found.keys.entry(bytes16(&hash)?).or_default().push(held);
        }
        3 => {
            let fingerprint = bytes16(&bytes.unwrap_or_default())?;
            found.answers.insert(
                bytes16(&hash)?,
                StoredAnswer {
                    fingerprint,
                    body: text(first),
                },
            );
        }
        4 | 5 => {
            let award = StoredAward {
                kind: text(first),
                awarded_on: text(second),
            };
            let side = if what == 4 {
                &mut found.persons
            } else {
                &mut found.vins
            };
            side.entry(bytes16(&hash)?).or_default().push(award);
        }
        _ => {
            found.dealers.insert(dealer_id(&hash)?, number);
        }
    }
    Ok(())
}

/// One column of a batch, sent as an array.
enum Column {
    Bytes(PostgresArray),
    Int(PostgresArray),
    Text(PostgresArray),
}

fn bytes<'a>(values: impl Iterator<Item = &'a [u8]> + Clone) -> Column {
    Column::Bytes(PostgresArray::bytes(values.map(Some)))
}

fn maybe_bytes<'a>(values: impl Iterator<Item = Option<&'a [u8]>> + Clone) -> Column {
    Column::Bytes(PostgresArray::bytes(values))
}

fn ints(values: impl Iterator<Item = i64> + Clone) -> Column {
    Column::Int(PostgresArray::ints(values.map(Some)))
}

fn maybe_ints(values: impl Iterator<Item = Option<i64>> + Clone) -> Column {
    Column::Int(PostgresArray::ints(values))
}

fn texts<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Column {
    Column::Text(PostgresArray::text(values.map(Some)))
}

fn maybe_texts<'a>(values: impl Iterator<Item = Option<&'a str>> + Clone) -> Column {
    Column::Text(PostgresArray::text(values))
}

/// The arrays as rows. In the list of columns and not as a table: a table of arrays is first
/// written out, column by column, which took PostgreSQL twice as long.
fn unnest<'b>(out: &mut AstPass<'_, 'b, Pg>, columns: &'b [Column]) -> QueryResult<()> {
    for (i, column) in columns.iter().enumerate() {
        out.push_sql(if i == 0 { "unnest(" } else { "), unnest(" });
        match column {
            Column::Bytes(array) => out.push_bind_param::<Array<Binary>, _>(array)?,
            Column::Int(array) => out.push_bind_param::<Array<BigInt>, _>(array)?,
            Column::Text(array) => out.push_bind_param::<Array<Text>, _>(array)?,
        }
    }
    out.push_sql(")");
    Ok(())
}

/// A batch, all but its answers and the pool's row.
struct WriteQuery<'a> {
    pool: &'a [u8],
    at_us: i64,
    claims: Vec<Column>,
    keys: Vec<Column>,
    entries: Vec<Column>,
    usage: Vec<Column>,
}

statement!(WriteQuery);

impl<'a> WriteQuery<'a> {
    fn new(pool: &'a [u8], at_us: i64, writes: &Writes) -> Self {
        Self {
            pool,
            at_us,
            claims: claim_columns(&writes.claims),
            keys: key_columns(&writes.keys),
            entries: entry_columns(&writes.entries),
            usage: vec![
                bytes(writes.usage.iter().map(|(d, _)| &d.0.as_bytes()[..])),
                ints(writes.usage.iter().map(|(_, change)| *change)),
            ],
        }
    }
}

/// The answers and the pool's row.
struct ConcludeQuery<'a> {
    pool: &'a PoolRow,
    pool_id: &'a [u8],
    answers: Vec<Column>,
}

statement!(ConcludeQuery);

fn claim_columns(rows: &[NewClaim]) -> Vec<Column> {
    vec![
        bytes(rows.iter().map(|c| &c.id.0.as_bytes()[..])),
        texts(rows.iter().map(|c| c.number.as_str())),
        maybe_ints(rows.iter().map(|c| c.position)),
        texts(rows.iter().map(|c| c.programme.as_str())),
        ints(rows.iter().map(|c| c.version_id)),
        bytes(rows.iter().map(|c| &c.dealer.0.as_bytes()[..])),
        texts(rows.iter().map(|c| c.state)),
        ints(rows.iter().map(|c| c.amount)),
        bytes(rows.iter().map(|c| c.sealed.as_slice())),
        bytes(rows.iter().map(|c| &c.content_mac[..])),
        bytes(rows.iter().map(|c| &c.nonce[..])),
        bytes(rows.iter().map(|c| &c.person_hash[..])),
        bytes(rows.iter().map(|c| c.keys.as_slice())),
        texts(rows.iter().map(|c| c.reasons.as_str())),
        texts(rows.iter().map(|c| c.warnings.as_str())),
        maybe_ints(rows.iter().map(|c| c.held_us)),
        ints(rows.iter().map(|c| i64::from(c.invoice_due))),
        maybe_ints(rows.iter().map(|c| c.deadline_us)),
        maybe_ints(rows.iter().map(|c| c.review_us)),
    ]
}

fn key_columns(rows: &[NewKey]) -> Vec<Column> {
    vec![
        bytes(rows.iter().map(|k| &k.hash[..])),
        ints(rows.iter().map(|k| k.ordinal)),
        bytes(rows.iter().map(|k| &k.claim.0.as_bytes()[..])),
        texts(rows.iter().map(|k| k.kind)),
    ]
}

fn answer_columns(rows: &[NewAnswer]) -> Vec<Column> {
    vec![
        bytes(rows.iter().map(|a| &a.key[..])),
        bytes(rows.iter().map(|a| &a.fingerprint[..])),
        bytes(rows.iter().map(|a| &a.claim.0.as_bytes()[..])),
        texts(rows.iter().map(|a| a.body.as_str())),
        bytes(rows.iter().map(|a| &a.mac[..])),
    ]
}

fn entry_columns(rows: &[NewEntry]) -> Vec<Column> {
    vec![
        ints(rows.iter().map(|e| e.seq)),
        ints(rows.iter().map(|e| e.at_us)),
        texts(rows.iter().map(|e| e.kind)),
        texts(rows.iter().map(|e| e.actor)),
        maybe_bytes(
            rows.iter()
                .map(|e| e.claim.as_ref().map(|c| &c.0.as_bytes()[..])),
        ),
        maybe_bytes(rows.iter().map(|e| e.commitment.as_ref().map(|c| &c[..]))),
        maybe_ints(rows.iter().map(|e| e.position)),
        ints(rows.iter().map(|e| e.amount)),
        maybe_texts(rows.iter().map(|e| e.detail.as_deref())),
        maybe_texts(rows.iter().map(|e| e.from)),
        maybe_texts(rows.iter().map(|e| e.to)),
        maybe_texts(rows.iter().map(|e| e.private.as_deref())),
        bytes(rows.iter().map(|e| &e.private_hash[..])),
        bytes(rows.iter().map(|e| &e.prev[..])),
        bytes(rows.iter().map(|e| &e.hash[..])),
    ]
}

impl QueryFragment<Pg> for WriteQuery<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "WITH new_keys AS (INSERT INTO claim_keys (key_hash, ordinal, claim_id, kind)
                SELECT ",
        );
        unnest(&mut out, &self.keys)?;
        #[cfg(feature = "planted-faults")]
        out.push_sql(crate::planted::after_keys());
        out.push_sql(
            "), new_entries AS (INSERT INTO journal (pool_id,
                seq, at_us, kind, actor, claim_id, commitment, position, amount, detail,
                from_bucket, to_bucket, private, private_hash, prev_hash, hash) SELECT ",
        );
        out.push_bind_param::<Binary, _>(&self.pool)?;
        out.push_sql(", ");
        unnest(&mut out, &self.entries)?;
        out.push_sql(
            "), new_usage AS (INSERT INTO dealer_usage (pool_id, dealer_id, held) SELECT ",
        );
        out.push_bind_param::<Binary, _>(&self.pool)?;
        out.push_sql(", ");
        unnest(&mut out, &self.usage)?;
        out.push_sql(
            " ON CONFLICT (pool_id, dealer_id)
                DO UPDATE SET held = dealer_usage.held + excluded.held)
            INSERT INTO claims (pool_id, submitted_us, changed_us, revision,
                id, number, position, programme, version_id, dealer_id, state, amount, sealed,
                content_mac, nonce, person_hash, keys, reasons, warnings, held_us,
                invoice_due, deadline_us, review_us) SELECT ",
        );
        out.push_bind_param::<Binary, _>(&self.pool)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.at_us)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.at_us)?;
        out.push_sql(", 1, ");
        unnest(&mut out, &self.claims)
    }
}

impl QueryFragment<Pg> for ConcludeQuery<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let p = self.pool;
        out.push_sql(
            "WITH new_answers AS (INSERT INTO answers
                (key_hash, fingerprint, claim_id, body, mac) SELECT ",
        );
        unnest(&mut out, &self.answers)?;
        out.push_sql(") UPDATE pools SET head_hash = ");
        out.push_bind_param::<Binary, _>(&p.head_hash)?;
        for (name, value) in [
            (", cap = ", &p.cap),
            (", free = ", &p.free),
            (", reserved = ", &p.reserved),
            (", committed = ", &p.committed),
            (", paid = ", &p.paid),
            (", disputes = ", &p.disputes),
            (", waiting = ", &p.waiting),
            (", next_ordinal = ", &p.next_ordinal),
            (", next_position = ", &p.next_position),
            (", head_seq = ", &p.head_seq),
            (", head_us = ", &p.head_us),
        ] {
            out.push_sql(name);
            out.push_bind_param::<BigInt, _>(value)?;
        }
        for (name, word) in [
            (", intake = ", &p.intake),
            (", allocation = ", &p.allocation),
            (", payout = ", &p.payout),
        ] {
            out.push_sql(name);
            out.push_bind_param::<Text, _>(word)?;
        }
        out.push_sql(" WHERE id = ");
        out.push_bind_param::<Binary, _>(&self.pool_id)
    }
}

pub(super) fn write(
    conn: &mut PgConnection,
    pool: PoolId,
    at_us: i64,
    writes: &Writes,
) -> Result<Written, StorageError> {
    match WriteQuery::new(pool.0.as_bytes(), at_us, writes).execute(conn) {
        Ok(_) => Ok(Written::All),
        Err(error) => there_already(&error).ok_or_else(|| error.into()),
    }
}

pub(super) fn conclude(
    conn: &mut PgConnection,
    pool: &PoolRow,
    answers: &[NewAnswer],
) -> Result<(), StorageError> {
    let query = ConcludeQuery {
        pool,
        pool_id: pool.id.0.as_bytes(),
        answers: answer_columns(answers),
    };
    if query.execute(conn)? != 1 {
        return Err(StorageError::Corrupt("the locked pool is gone".into()));
    }
    Ok(())
}

/// Whether somebody has a key, or a claim stands, of whom the probe did not know. The unique
/// indexes say so; asking row by row (`ON CONFLICT DO NOTHING`) would look into them twice for
/// every row, to spare a batch that has to be folded anew anyway.
fn there_already(error: &Error) -> Option<Written> {
    let Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info) = error else {
        return None;
    };
    match (info.table_name(), info.constraint_name()) {
        (Some("claim_keys"), _) => Some(Written::Raced),
        (_, Some("claims_pkey")) => Some(Written::Standing),
        _ => None,
    }
}
