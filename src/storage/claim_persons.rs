//! Whose claims are whose: found by who asks whether one was filed in his name.
//!
//! Claims know the keyed hash of their applicant, and no index of theirs has it: it would be in
//! random order, and every claim would pay for it. So the hashes are copied from the journal on,
//! behind admission, as far as [`follow`] has come; what came since is looked through when somebody
//! asks, up to a bound.

use diesel::prelude::*;

use super::StorageError;
use super::batch::KeyHash;
use super::claims::StoredClaim;
use super::claims::{ClaimTuple, claim_columns, stored};
use super::db::Db;
use super::events::{self, Head};
use super::journal_days;
use super::schema::{claims, journal};
use super::schema_of_pages::{claim_persons, claim_persons_read};
use super::stored::pool_id;
use crate::domain::time::Timestamp;
use crate::journal::entry::EntryKind;

/// Entries after which a claim may name somebody whom it did not name before.
const NAMING: [EntryKind; 6] = [
    EntryKind::Reserved,
    EntryKind::Waiting,
    EntryKind::Filed,
    EntryKind::Refused,
    EntryKind::Corrected,
    EntryKind::Invoiced,
];

/// The claims that the entries of a journal after one and up to another may name somebody for.
macro_rules! named {
    ($head:expr, $after:expr, $upto:expr) => {
        journal::table
            .filter(journal::pool_id.eq($head.pool.to_vec()))
            .filter(journal::seq.gt($after))
            .filter(journal::seq.le($upto))
            .filter(journal::kind.eq_any(NAMING.map(EntryKind::as_str)))
            .select(journal::claim_id)
    };
}

/// How far each pool's journal has been read: the heads, each with the entry that was read last.
fn read_to(conn: &mut Db) -> Result<Vec<(Head, i64)>, StorageError> {
    let heads = events::heads(conn)?;
    let rows: Vec<(Vec<u8>, i64)> = claim_persons_read::table
        .select((claim_persons_read::pool_id, claim_persons_read::seq))
        .load(conn)?;
    let mut read = Vec::with_capacity(rows.len());
    for (pool, seq) in rows {
        read.push((pool_id(&pool)?, seq));
    }
    let pair = |head: Head| {
        let found = read.iter().find(|(pool, _)| *pool == head.pool);
        let seq = found.map_or(0, |(_, seq)| *seq);
        (head, seq)
    };
    Ok(heads.into_iter().map(pair).collect())
}

/// Reads at most `limit` entries of one journal on; `false` where every journal has been read to
/// its end.
///
/// # Errors
/// The database's.
pub fn follow(conn: &mut Db, limit: i64) -> Result<bool, StorageError> {
    let behind = |(head, seq): &(Head, i64)| head.seq > *seq;
    // A look without a lock: nearly always there is nothing to do.
    let Some((head, seq)) = read_to(conn)?.into_iter().find(behind) else {
        return Ok(false);
    };
    let upto = head.seq.min(seq + limit);
    conn.write(|conn| {
        let mut rows: Vec<(Vec<u8>, Vec<u8>)> = claims::table
            .filter(claims::id.nullable().eq_any(named!(head, seq, upto)))
            .select((claims::person_hash, claims::id))
            .load(conn)?;
        // In the order of the table, so that neighbours go onto one page.
        rows.sort_unstable();
        for (person, claim) in rows {
            let row = diesel::insert_into(claim_persons::table).values((
                claim_persons::person_hash.eq(person),
                claim_persons::claim_id.eq(claim),
            ));
            match conn {
                Db::Sqlite(conn) => row.on_conflict_do_nothing().execute(conn)?,
                Db::Postgres(conn) => row.on_conflict_do_nothing().execute(conn)?,
            };
        }
        let moved = diesel::update(claim_persons_read::table.find(head.pool.to_vec()))
            .set(claim_persons_read::seq.eq(upto))
            .execute(conn)?;
        if moved == 0 {
            diesel::insert_into(claim_persons_read::table)
                .values((
                    claim_persons_read::pool_id.eq(head.pool.to_vec()),
                    claim_persons_read::seq.eq(upto),
                ))
                .execute(conn)?;
        }
        Ok(true)
    })
}

/// The claims of a person.
#[derive(Debug)]
pub struct Found {
    /// At most as many as were asked for, in the order of filing.
    pub claims: Vec<StoredClaim>,
    /// Where not every claim could be looked at: those that were filed later were not.
    pub upto: Option<Timestamp>,
}

/// At most `limit` claims of a person; of what has not been copied yet at most `tail` entries of
/// each journal are looked through.
///
/// # Errors
/// The database's.
pub fn of_person(
    conn: &mut Db,
    person: &KeyHash,
    limit: i64,
    tail: i64,
) -> Result<Found, StorageError> {
    // First of all: what is copied from here on is then found twice, and not passed over.
    let read = read_to(conn)?;
    let mut ids: Vec<Vec<u8>> = claim_persons::table
        .filter(claim_persons::person_hash.eq(&person[..]))
        .order(claim_persons::claim_id)
        .limit(limit)
        .select(claim_persons::claim_id)
        .load(conn)?;
    let mut upto: Option<Timestamp> = None;
    for (head, seq) in read {
        let last = head.seq.min(seq + tail);
        if seq < last {
            let fresh = claims::table
                .filter(claims::id.nullable().eq_any(named!(head, seq, last)))
                .filter(claims::person_hash.eq(&person[..]))
                .select(claims::id);
            ids.extend(fresh.load::<Vec<u8>>(conn)?);
        }
        if last < head.seq {
            let at = journal_days::at(conn, head.pool, last)?;
            upto = upto.into_iter().chain(at).min();
        }
    }
    // A claim that was corrected to name somebody else is not this person's any more.
    let rows: Vec<ClaimTuple> = claims::table
        .filter(claims::id.eq_any(ids))
        .filter(claims::person_hash.eq(&person[..]))
        .order(claims::id)
        .limit(limit)
        .select(claim_columns!())
        .load(conn)?;
    let claims: Result<Vec<StoredClaim>, _> = rows.into_iter().map(stored).collect();
    Ok(Found {
        claims: claims?,
        upto,
    })
}
