//! The journal outside the hot path: entries of single acts, and reading it back.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::StorageError;
use super::batch::{NewEntry, PoolRow, Writes};
use super::db::Db;
use super::dialect::{self, Written};
use super::schema::{answers, journal};
use super::stored::{bytes16, bytes32, claim_id};
use super::waiting_line::Line;
use crate::domain::claim::Bucket;
use crate::domain::ids::{ClaimId, PoolId};
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::journal::entry::{Entry, EntryActor, EntryKind};

/// How many entries are read at a time where a journal is read backwards.
const BACK: i64 = 200;

/// Writes the entries of an act, the pool's new row and how its line changed, under the pool's lock.
///
/// # Errors
/// The database's.
pub fn save(
    conn: &mut Db,
    pool: &PoolRow,
    entries: Vec<NewEntry>,
    line: Line,
) -> Result<(), StorageError> {
    let writes = Writes {
        entries,
        line,
        ..Writes::default()
    };
    match dialect::write(conn, pool.id, pool.head_us, &writes)? {
        Written::All => dialect::conclude(conn, pool, &[]),
        Written::Raced | Written::Standing => Err(StorageError::Corrupt(
            "an entry without keys raced for one".into(),
        )),
    }
}

/// An entry as it is stored.
#[derive(Debug, Clone)]
pub struct StoredEntry {
    /// The public part.
    pub entry: Entry,
    /// The claim it is about.
    pub claim: Option<ClaimId>,
    /// The private record, where it cannot be made again from the claim.
    pub private: Option<String>,
    /// The stored hash.
    pub hash: [u8; 32],
}

type EntryTuple = (
    (i64, i64, String, String, Option<Vec<u8>>, Option<Vec<u8>>),
    (
        Option<i64>,
        i64,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
    ),
    (Vec<u8>, Vec<u8>, Vec<u8>),
);

macro_rules! entry_columns {
    () => {
        (
            (
                journal::seq,
                journal::at_us,
                journal::kind,
                journal::actor,
                journal::claim_id,
                journal::commitment,
            ),
            (
                journal::position,
                journal::amount,
                journal::detail,
                journal::from_bucket,
                journal::to_bucket,
                journal::private,
            ),
            (journal::private_hash, journal::prev_hash, journal::hash),
        )
    };
}

/// At most `limit` entries of a pool after `after`, in order.
///
/// # Errors
/// The database's; [`StorageError::Corrupt`] names the entry that cannot be read.
pub fn after(
    conn: &mut Db,
    pool: PoolId,
    name: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<StoredEntry>, StorageError> {
    let rows: Vec<EntryTuple> = journal::table
        .filter(journal::pool_id.eq(pool.to_vec()))
        .filter(journal::seq.gt(after))
        .order(journal::seq)
        .limit(limit)
        .select(entry_columns!())
        .load(conn)?;
    rows.into_iter().map(|row| stored(name, row)).collect()
}

/// At most `limit` entries that are about a pool and no claim, among those after `after` and
/// before `before`, the last first. All entries between the two are looked at: nothing lists the
/// few among the many.
///
/// # Errors
/// As [`after`].
pub fn about_pool(
    conn: &mut Db,
    pool: PoolId,
    name: &str,
    (after, before): (i64, i64),
    limit: i64,
) -> Result<Vec<StoredEntry>, StorageError> {
    let rows: Vec<EntryTuple> = journal::table
        .filter(journal::pool_id.eq(pool.to_vec()))
        .filter(journal::seq.gt(after))
        .filter(journal::seq.lt(before))
        .filter(journal::claim_id.is_null())
        .order(journal::seq.desc())
        .limit(limit)
        .select(entry_columns!())
        .load(conn)?;
    rows.into_iter().map(|row| stored(name, row)).collect()
}

fn stored(pool: &str, row: EntryTuple) -> Result<StoredEntry, StorageError> {
    let ((seq, at, kind, actor, claim, commitment), money, (private_hash, prev, hash)) = row;
    let (position, amount, detail, from, to, private) = money;
    let corrupt = |what: &str| StorageError::Corrupt(format!("pool {pool} entry {seq}: {what}"));
    let bucket = |word: Option<String>| match word {
        None => Ok(None),
        Some(word) => Bucket::parse(&word)
            .map(Some)
            .ok_or_else(|| corrupt("bucket")),
    };
    let moved = match (bucket(from)?, bucket(to)?) {
        (Some(from), Some(to)) => Some((from, to)),
        (None, None) => None,
        _ => return Err(corrupt("half a move")),
    };
    Ok(StoredEntry {
        claim: claim.map(|c| claim_id(&c)).transpose()?,
        private,
        hash: bytes32(&hash)?,
        entry: Entry {
            pool: pool.to_owned(),
            seq,
            at: Timestamp(at),
            kind: EntryKind::parse(&kind).ok_or_else(|| corrupt("kind"))?,
            actor: EntryActor::parse(&actor).ok_or_else(|| corrupt("actor"))?,
            detail,
            claim: commitment.map(|c| bytes32(&c)).transpose()?,
            position,
            amount: Fen::new(amount).ok_or_else(|| corrupt("amount"))?,
            moved,
            private: bytes32(&private_hash)?,
            prev: bytes32(&prev)?,
        },
    })
}

/// What happened to a claim after its verdict.
#[derive(Debug, Clone)]
pub struct LaterEntry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EntryKind,
    /// The public word, where the kind has one.
    pub detail: Option<String>,
}

/// What happened to a claim after its verdict, in order.
///
/// # Errors
/// The database's.
pub fn later_of(conn: &mut Db, claim: ClaimId) -> Result<Vec<LaterEntry>, StorageError> {
    let rows: Vec<(i64, String, Option<String>)> = journal::table
        .filter(journal::claim_id.eq(claim.to_vec()))
        // Written out as in the index: SQLite uses one of some rows only then.
        .filter(sql::<Bool>(
            "journal.kind NOT IN ('reserved', 'waiting', 'filed', 'refused')",
        ))
        .order(journal::seq)
        .select((journal::at_us, journal::kind, journal::detail))
        .load(conn)?;
    rows.into_iter()
        .map(|(at, kind, detail)| {
            Ok(LaterEntry {
                at: Timestamp(at),
                kind: EntryKind::parse(&kind)
                    .ok_or_else(|| StorageError::Corrupt(format!("kind {kind}")))?,
                detail,
            })
        })
        .collect()
}

/// Whether somebody who waited in a pool was given money after an instant. Reads back from the
/// head to the instant and no further: the entries stand in the order of time.
///
/// # Errors
/// The database's.
pub fn promoted_since(conn: &mut Db, pool: PoolId, since: Timestamp) -> Result<bool, StorageError> {
    let mut before = i64::MAX;
    loop {
        let page: Vec<(i64, i64, String)> = journal::table
            .filter(journal::pool_id.eq(pool.to_vec()))
            .filter(journal::seq.lt(before))
            .order(journal::seq.desc())
            .limit(BACK)
            .select((journal::seq, journal::at_us, journal::kind))
            .load(conn)?;
        for (seq, at_us, kind) in &page {
            if *at_us < since.0 {
                return Ok(false);
            }
            if kind == EntryKind::Promoted.as_str() {
                return Ok(true);
            }
            before = *seq;
        }
        if page.is_empty() {
            return Ok(false);
        }
    }
}

/// The claims that a pool's entries after `after` are about.
///
/// # Errors
/// The database's.
pub fn claims_after(conn: &mut Db, pool: PoolId, after: i64) -> Result<Vec<ClaimId>, StorageError> {
    let ids: Vec<Option<Vec<u8>>> = journal::table
        .filter(journal::pool_id.eq(pool.to_vec()))
        .filter(journal::seq.gt(after))
        .filter(journal::claim_id.is_not_null())
        .select(journal::claim_id)
        .distinct()
        .load(conn)?;
    ids.into_iter().flatten().map(|id| claim_id(&id)).collect()
}

/// Whether a payment of this name was ever entered as paid. Reads the whole journal of the pool:
/// for contradictions, which are rare.
///
/// # Errors
/// The database's.
pub fn was_paid(
    conn: &mut Db,
    pool: PoolId,
    claim: ClaimId,
    end_to_end_id: &str,
) -> Result<bool, StorageError> {
    let records: Vec<Option<String>> = journal::table
        .filter(journal::pool_id.eq(pool.to_vec()))
        .filter(journal::kind.eq(EntryKind::Paid.as_str()))
        .filter(journal::claim_id.eq(claim.to_vec()))
        .select(journal::private)
        .load(conn)?;
    let named = format!("\"payment\":\"{end_to_end_id}\"");
    Ok(records.iter().flatten().any(|r| r.contains(&named)))
}

/// What the entries of a pool leave in each bucket, in fen: sums of what moved in and out.
///
/// # Errors
/// The database's.
pub fn balances(conn: &mut Db, pool: PoolId) -> Result<HashMap<Bucket, i64>, StorageError> {
    type Row = (Option<String>, Option<String>, i64, i64);
    let rows: Vec<Row> = journal::table
        .filter(journal::pool_id.eq(pool.to_vec()))
        .filter(journal::from_bucket.is_not_null())
        .group_by((journal::from_bucket, journal::to_bucket, journal::amount))
        .select((
            journal::from_bucket,
            journal::to_bucket,
            journal::amount,
            diesel::dsl::count_star(),
        ))
        .load(conn)?;
    let mut balances = HashMap::new();
    for (from, to, amount, count) in rows {
        let bucket = |word: Option<String>| word.as_deref().and_then(Bucket::parse);
        let (Some(from), Some(to)) = (bucket(from), bucket(to)) else {
            return Err(StorageError::Corrupt("a bucket in the journal".into()));
        };
        *balances.entry(from).or_default() -= amount * count;
        *balances.entry(to).or_default() += amount * count;
    }
    Ok(balances)
}

/// How many entries there are in all journals.
///
/// # Errors
/// The database's.
pub fn count(conn: &mut Db) -> Result<i64, StorageError> {
    Ok(journal::table.count().get_result(conn)?)
}

/// A stored answer: key, fingerprint, claim, body, MAC.
pub type AnswerRow = ([u8; 16], [u8; 16], ClaimId, String, [u8; 32]);

type AnswerTuple = (Vec<u8>, Vec<u8>, Vec<u8>, String, Vec<u8>);

/// At most `limit` answers after a claim, in the order of claims.
///
/// # Errors
/// The database's.
pub fn answers_after(
    conn: &mut Db,
    after: Option<ClaimId>,
    limit: i64,
) -> Result<Vec<AnswerRow>, StorageError> {
    let mut query = answers::table
        .select((
            answers::key_hash,
            answers::fingerprint,
            answers::claim_id,
            answers::body,
            answers::mac,
        ))
        .order(answers::claim_id)
        .limit(limit)
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(answers::claim_id.gt(after.to_vec()));
    }
    let rows: Vec<AnswerTuple> = query.load(conn)?;
    rows.into_iter()
        .map(|(k, f, c, body, mac)| {
            Ok((
                bytes16(&k)?,
                bytes16(&f)?,
                claim_id(&c)?,
                body,
                bytes32(&mac)?,
            ))
        })
        .collect()
}
