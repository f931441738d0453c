//! The SQLite side of [`super::dialect`].

use std::marker::PhantomData;

use diesel::dsl::max;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::LoadQuery;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{BigInt, Binary, Text};
use diesel::sqlite::{Sqlite, SqliteConnection};

use super::StorageError;
use super::batch::{
    HeldKey, KeyHash, NewAnswer, PoolRow, Probe, Probed, StoredAnswer, StoredAward, Writes,
};
use super::dialect::Written;
use super::schema::{answers, catalogue, claim_keys, claims, journal, key_moves, pools};
use super::stored::{bytes16, dealer_id};
use crate::clock;
use crate::domain::ids::PoolId;

pub(super) fn probe(
    conn: &mut SqliteConnection,
    pool: PoolId,
    probe: &Probe,
) -> Result<Probed, StorageError> {
    let mut found = Probed {
        // The file is on this machine, so its clock is the database's clock.
        now_us: clock::now().0,
        catalogue_version: catalogue::table.select(catalogue::version).first(conn)?,
        key_moves: key_moves::table
            .select(max(key_moves::generation))
            .first::<Option<i64>>(conn)?
            .unwrap_or(0),
        ..Probed::default()
    };
    probe_keys(conn, probe, &mut found)?;
    probe_answers(conn, probe, &mut found)?;
    probe_awards(conn, probe, &mut found)?;
    let dealers = probe.dealers.iter().map(|d| &d.0.as_bytes()[..]);
    let held = "SELECT dealer_id, held FROM dealer_usage WHERE pool_id = ? AND dealer_id IN ";
    for (dealer, held) in
        among::<(Binary, BigInt), (Vec<u8>, i64)>(conn, held, Some(pool), dealers)?
    {
        found.dealers.insert(dealer_id(&dealer)?, held);
    }
    Ok(found)
}

/// Rows whose key is in a list. A list as one parameter, so that the statement is the same for
/// each and prepared once: statements with a parameter a key were parsed anew for every batch.
struct Among<T> {
    before: &'static str,
    pool: Option<PoolId>,
    list: String,
    row: PhantomData<T>,
}

impl<T> QueryId for Among<T> {
    type QueryId = ();
    // The statement is found again by its text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> Query for Among<T> {
    type SqlType = T;
}

impl<T> RunQueryDsl<SqliteConnection> for Among<T> {}

impl<T> QueryFragment<Sqlite> for Among<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        match &self.pool {
            None => out.push_sql(self.before),
            Some(pool) => {
                let (before, after) = self.before.split_once('?').unwrap_or((self.before, ""));
                out.push_sql(before);
                out.push_bind_param::<Binary, [u8]>(pool.0.as_bytes())?;
                out.push_sql(after);
            }
        }
        out.push_sql("(SELECT unhex(value) FROM json_each(");
        out.push_bind_param::<Text, _>(&self.list)?;
        out.push_sql("))");
        Ok(())
    }
}

/// Loads the rows whose key is in a list; asks nothing where it is empty.
fn among<'k, T, U>(
    conn: &mut SqliteConnection,
    before: &'static str,
    pool: Option<PoolId>,
    keys: impl Iterator<Item = &'k [u8]>,
) -> Result<Vec<U>, StorageError>
where
    Among<T>: for<'q> LoadQuery<'q, SqliteConnection, U>,
{
    let mut list = String::from("[");
    for key in keys {
        list.push_str(if list.len() > 1 { ",\"" } else { "\"" });
        list.extend(key.iter().flat_map(|byte| {
            [byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16).unwrap_or('0'))
        }));
        list.push('"');
    }
    if list.len() == 1 {
        return Ok(Vec::new());
    }
    list.push(']');
    let query: Among<T> = Among {
        before,
        pool,
        list,
        row: PhantomData,
    };
    Ok(query.load(conn)?)
}

fn slices(hashes: &[KeyHash]) -> impl Iterator<Item = &[u8]> {
    hashes.iter().map(|hash| &hash[..])
}

fn probe_keys(
    conn: &mut SqliteConnection,
    probe: &Probe,
    found: &mut Probed,
) -> Result<(), StorageError> {
    let hot = "SELECT k.key_hash, k.ordinal, c.programme FROM claim_keys k
        JOIN claims c ON c.id = k.claim_id WHERE k.kind <> 'request' AND k.key_hash IN ";
    let cold = "SELECT k.key_hash, k.ordinal, c.programme FROM claim_keys_cold k
        JOIN claims c ON c.id = k.claim_id WHERE k.kind <> 'request' AND k.key_hash IN ";
    let keys = &probe.keys;
    for (text, keys) in [(hot, probe.hot(keys)), (cold, probe.cold(keys))] {
        let rows = among::<(Binary, BigInt, Text), (Vec<u8>, i64, String)>(
            conn,
            text,
            None,
            slices(keys),
        )?;
        for (hash, ordinal, programme) in rows {
            let held = HeldKey { ordinal, programme };
            found.keys.entry(bytes16(&hash)?).or_default().push(held);
        }
    }
    Ok(())
}

fn probe_answers(
    conn: &mut SqliteConnection,
    probe: &Probe,
    found: &mut Probed,
) -> Result<(), StorageError> {
    let hot = "SELECT k.key_hash, a.fingerprint, a.body FROM claim_keys k
        JOIN answers a ON a.claim_id = k.claim_id WHERE k.kind = 'request' AND k.key_hash IN ";
    let cold = "SELECT k.key_hash, a.fingerprint, a.body FROM claim_keys_cold k
        JOIN answers a ON a.claim_id = k.claim_id WHERE k.kind = 'request' AND k.key_hash IN ";
    let keys = &probe.answers;
    for (text, keys) in [(hot, probe.hot(keys)), (cold, probe.cold(keys))] {
        let rows = among::<(Binary, Binary, Text), (Vec<u8>, Vec<u8>, String)>(
            conn,
            text,
            None,
            slices(keys),
        )?;
        for (hash, fingerprint, body) in rows {
            let fingerprint = bytes16(&fingerprint)?;
            let answer = StoredAnswer { fingerprint, body };
            found.answers.insert(bytes16(&hash)?, answer);
        }
    }
    Ok(())
}

fn probe_awards(
    conn: &mut SqliteConnection,
    probe: &Probe,
    found: &mut Probed,
) -> Result<(), StorageError> {
    let persons = "SELECT person_hash, kind, awarded_on FROM awards WHERE person_hash IN ";
    let vins = "SELECT vin_hash, kind, awarded_on FROM awards WHERE vin_hash IN ";
    for (text, keys, side) in [
        (persons, &probe.persons, &mut found.persons),
        (vins, &probe.vins, &mut found.vins),
    ] {
        let rows = among::<(Binary, Text, Text), (Vec<u8>, String, String)>(
            conn,
            text,
            None,
            slices(keys),
        )?;
        for (hash, kind, awarded_on) in rows {
            let award = StoredAward { kind, awarded_on };
            side.entry(bytes16(&hash)?).or_default().push(award);
        }
    }
    Ok(())
}

pub(super) fn write(
    conn: &mut SqliteConnection,
    pool: PoolId,
    at_us: i64,
    writes: &Writes,
) -> Result<Written, StorageError> {
    match write_claims(conn, pool, at_us, writes) {
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, info))
            if info.message().ends_with(" claims.id") =>
        {
            return Ok(Written::Standing);
        }
        written => written?,
    }
    for k in &writes.keys {
        // The unique index refuses a key that was not asked for because nobody was thought to
        // have it.
        let taken = diesel::insert_into(claim_keys::table)
            .values((
                claim_keys::key_hash.eq(&k.hash[..]),
                claim_keys::ordinal.eq(k.ordinal),
                claim_keys::claim_id.eq(k.claim.to_vec()),
                claim_keys::kind.eq(k.kind),
            ))
            .execute(conn);
        match taken {
            Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
                return Ok(Written::Raced);
            }
            taken => taken?,
        };
    }
    write_entries(conn, pool, writes)?;
    for (dealer, change) in &writes.usage {
        let add = AddUsage {
            pool: pool.0.as_bytes(),
            dealer: dealer.0.as_bytes(),
            change: *change,
        };
        add.execute(conn)?;
    }
    Ok(Written::All)
}

pub(super) fn conclude(
    conn: &mut SqliteConnection,
    pool: &PoolRow,
    answers: &[NewAnswer],
) -> Result<(), StorageError> {
    for a in answers {
        diesel::insert_into(answers::table)
            .values((
                answers::key_hash.eq(&a.key[..]),
                answers::fingerprint.eq(&a.fingerprint[..]),
                answers::claim_id.eq(a.claim.to_vec()),
                answers::body.eq(&a.body),
                answers::mac.eq(&a.mac[..]),
            ))
            .execute(conn)?;
    }
    save_pool(conn, pool)
}

/// Adds to what a dealer holds in a pool. Written out, because diesel prepares its own
/// `ON CONFLICT … DO UPDATE` anew for every row.
struct AddUsage<'a> {
    pool: &'a [u8],
    dealer: &'a [u8],
    change: i64,
}

impl QueryId for AddUsage<'_> {
    type QueryId = AddUsage<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl RunQueryDsl<SqliteConnection> for AddUsage<'_> {}

impl QueryFragment<Sqlite> for AddUsage<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("INSERT INTO dealer_usage (pool_id, dealer_id, held) VALUES (");
        out.push_bind_param::<Binary, _>(&self.pool)?;
        out.push_sql(", ");
        out.push_bind_param::<Binary, _>(&self.dealer)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.change)?;
        out.push_sql(
            ") ON CONFLICT (pool_id, dealer_id)
                DO UPDATE SET held = dealer_usage.held + excluded.held",
        );
        Ok(())
    }
}

fn write_claims(
    conn: &mut SqliteConnection,
    pool: PoolId,
    at_us: i64,
    writes: &Writes,
) -> Result<(), Error> {
    for c in &writes.claims {
        diesel::insert_into(claims::table)
            .values((
                claims::id.eq(c.id.to_vec()),
                claims::pool_id.eq(pool.to_vec()),
                claims::number.eq(&c.number),
                claims::position.eq(c.position),
                claims::programme.eq(&c.programme),
                claims::version_id.eq(c.version_id),
                claims::dealer_id.eq(c.dealer.to_vec()),
                claims::state.eq(c.state),
                claims::amount.eq(c.amount),
                claims::sealed.eq(&c.sealed),
                claims::content_mac.eq(&c.content_mac[..]),
                claims::nonce.eq(&c.nonce[..]),
                claims::person_hash.eq(&c.person_hash[..]),
                claims::keys.eq(&c.keys),
                claims::reasons.eq(&c.reasons),
                claims::warnings.eq(&c.warnings),
                claims::submitted_us.eq(at_us),
                claims::held_us.eq(c.held_us),
                claims::invoice_due.eq(i64::from(c.invoice_due)),
                claims::deadline_us.eq(c.deadline_us),
                claims::review_us.eq(c.review_us),
                claims::changed_us.eq(at_us),
                claims::revision.eq(1),
            ))
            .execute(conn)?;
    }
    Ok(())
}

fn write_entries(
    conn: &mut SqliteConnection,
    pool: PoolId,
    writes: &Writes,
) -> Result<(), StorageError> {
    for e in &writes.entries {
        diesel::insert_into(journal::table)
            .values((
                journal::pool_id.eq(pool.to_vec()),
                journal::seq.eq(e.seq),
                journal::at_us.eq(e.at_us),
                journal::kind.eq(e.kind),
                journal::actor.eq(e.actor),
                journal::claim_id.eq(e.claim.map(|c| c.to_vec())),
                journal::commitment.eq(e.commitment.as_ref().map(|c| &c[..])),
                journal::position.eq(e.position),
                journal::amount.eq(e.amount),
                journal::detail.eq(e.detail.as_deref()),
                journal::from_bucket.eq(e.from),
                journal::to_bucket.eq(e.to),
                journal::private.eq(e.private.as_deref()),
                journal::private_hash.eq(&e.private_hash[..]),
                journal::prev_hash.eq(&e.prev[..]),
                journal::hash.eq(&e.hash[..]),
            ))
            .execute(conn)?;
    }
    Ok(())
}

fn save_pool(conn: &mut SqliteConnection, pool: &PoolRow) -> Result<(), StorageError> {
    let changed = diesel::update(pools::table.filter(pools::id.eq(pool.id.to_vec())))
        .set((
            pools::intake.eq(&pool.intake),
            pools::allocation.eq(&pool.allocation),
            pools::payout.eq(&pool.payout),
            pools::cap.eq(pool.cap),
            pools::free.eq(pool.free),
            pools::reserved.eq(pool.reserved),
            pools::committed.eq(pool.committed),
            pools::paid.eq(pool.paid),
            pools::disputes.eq(pool.disputes),
            pools::waiting.eq(pool.waiting),
            pools::next_ordinal.eq(pool.next_ordinal),
            pools::next_position.eq(pool.next_position),
            pools::head_seq.eq(pool.head_seq),
            pools::head_us.eq(pool.head_us),
            pools::head_hash.eq(&pool.head_hash[..]),
        ))
        .execute(conn)?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StorageError::Corrupt("the locked pool is gone".into()))
    }
}
