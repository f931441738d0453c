//! The SQLite side of [`super::dialect`].

use diesel::dsl::max;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary};
use diesel::sqlite::{Sqlite, SqliteConnection};

use super::StorageError;
use super::batch::{HeldKey, KeyHash, PoolRow, Probe, Probed, StoredAnswer, StoredAward, Writes};
use super::claim_keys::REQUEST;
use super::dialect::Written;
use super::schema::{
    answers, awards, catalogue, claim_keys, claim_keys_cold, claims, dealer_usage, journal,
    key_moves, pools,
};
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
    if !probe.dealers.is_empty() {
        let rows: Vec<(Vec<u8>, i64)> = dealer_usage::table
            .filter(dealer_usage::pool_id.eq(pool.to_vec()))
            .filter(dealer_usage::dealer_id.eq_any(probe.dealers.iter().map(|d| d.to_vec())))
            .select((dealer_usage::dealer_id, dealer_usage::held))
            .load(conn)?;
        for (dealer, held) in rows {
            found.dealers.insert(dealer_id(&dealer)?, held);
        }
    }
    Ok(found)
}

fn probe_keys(
    conn: &mut SqliteConnection,
    probe: &Probe,
    found: &mut Probed,
) -> Result<(), StorageError> {
    macro_rules! held {
        ($table:ident, $asked:expr) => {{
            let asked: &[KeyHash] = $asked;
            if asked.is_empty() {
                Vec::new()
            } else {
                $table::table
                    .inner_join(claims::table.on(claims::id.eq($table::claim_id)))
                    .filter($table::key_hash.eq_any(asked.iter().map(|k| &k[..])))
                    .filter($table::kind.ne(REQUEST))
                    .select(($table::key_hash, $table::ordinal, claims::programme))
                    .load::<(Vec<u8>, i64, String)>(conn)?
            }
        }};
    }
    let hot = held!(claim_keys, &probe.keys);
    let cold = held!(claim_keys_cold, probe.cold(&probe.keys));
    for (hash, ordinal, programme) in hot.into_iter().chain(cold) {
        let held = HeldKey { ordinal, programme };
        found.keys.entry(bytes16(&hash)?).or_default().push(held);
    }
    Ok(())
}

fn probe_answers(
    conn: &mut SqliteConnection,
    probe: &Probe,
    found: &mut Probed,
) -> Result<(), StorageError> {
    macro_rules! given {
        ($table:ident, $asked:expr) => {{
            let asked: &[KeyHash] = $asked;
            if asked.is_empty() {
                Vec::new()
            } else {
                $table::table
                    .inner_join(answers::table.on(answers::claim_id.eq($table::claim_id)))
                    .filter($table::key_hash.eq_any(asked.iter().map(|k| &k[..])))
                    .filter($table::kind.eq(REQUEST))
                    .select(($table::key_hash, answers::fingerprint, answers::body))
                    .load::<(Vec<u8>, Vec<u8>, String)>(conn)?
            }
        }};
    }
    let hot = given!(claim_keys, &probe.answers);
    let cold = given!(claim_keys_cold, probe.cold(&probe.answers));
    for (hash, fingerprint, body) in hot.into_iter().chain(cold) {
        let fingerprint = bytes16(&fingerprint)?;
        let answer = StoredAnswer { fingerprint, body };
        found.answers.insert(bytes16(&hash)?, answer);
    }
    Ok(())
}

fn probe_awards(
    conn: &mut SqliteConnection,
    probe: &Probe,
    found: &mut Probed,
) -> Result<(), StorageError> {
    if !probe.persons.is_empty() {
        let rows: Vec<(Vec<u8>, String, String)> = awards::table
            .filter(awards::person_hash.eq_any(probe.persons.iter().map(|k| &k[..])))
            .select((awards::person_hash, awards::kind, awards::awarded_on))
            .load(conn)?;
        for (hash, kind, awarded_on) in rows {
            found
                .persons
                .entry(bytes16(&hash)?)
                .or_default()
                .push(StoredAward { kind, awarded_on });
        }
    }
    if !probe.vins.is_empty() {
        let rows: Vec<(Vec<u8>, String, String)> = awards::table
            .filter(awards::vin_hash.eq_any(probe.vins.iter().map(|k| &k[..])))
            .select((awards::vin_hash, awards::kind, awards::awarded_on))
            .load(conn)?;
        for (hash, kind, awarded_on) in rows {
            found
                .vins
                .entry(bytes16(&hash)?)
                .or_default()
                .push(StoredAward { kind, awarded_on });
        }
    }
    Ok(())
}

pub(super) fn write(
    conn: &mut SqliteConnection,
    pool: &PoolRow,
    at_us: i64,
    writes: &Writes,
) -> Result<Written, StorageError> {
    write_claims(conn, pool, at_us, writes)?;
    for k in &writes.keys {
        // No other writer can have come between the probe and here, so a key that is
        // there already is a fault and the unique index refuses it.
        diesel::insert_into(claim_keys::table)
            .values((
                claim_keys::key_hash.eq(&k.hash[..]),
                claim_keys::ordinal.eq(k.ordinal),
                claim_keys::claim_id.eq(k.claim.to_vec()),
                claim_keys::kind.eq(k.kind),
            ))
            .execute(conn)?;
    }
    for a in &writes.answers {
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
    write_entries(conn, pool, writes)?;
    for (dealer, change) in &writes.usage {
        let add = AddUsage {
            pool: pool.id.0.as_bytes(),
            dealer: dealer.0.as_bytes(),
            change: *change,
        };
        add.execute(conn)?;
    }
    save_pool(conn, pool)?;
    Ok(Written::All)
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
    pool: &PoolRow,
    at_us: i64,
    writes: &Writes,
) -> Result<(), StorageError> {
    for c in &writes.claims {
        diesel::insert_into(claims::table)
            .values((
                claims::id.eq(c.id.to_vec()),
                claims::pool_id.eq(pool.id.to_vec()),
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
    pool: &PoolRow,
    writes: &Writes,
) -> Result<(), StorageError> {
    for e in &writes.entries {
        diesel::insert_into(journal::table)
            .values((
                journal::pool_id.eq(pool.id.to_vec()),
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
