//! Approvals of many claims after a sample: the seed, the frozen list, what became of each.

use diesel::prelude::*;

use super::StorageError;
use super::batch::KeyHash;
use super::db::Db;
use super::schema::{bulk_approvals, bulk_claims, claims, journal};
use super::stored::{bytes32, claim_id, pool_id, staff_id};
use crate::domain::claim::ClaimState;
use crate::domain::ids::{BulkId, ClaimId, PoolId, StaffId};
use crate::domain::time::Timestamp;
use crate::journal::entry::EntryKind;

/// How far a bulk approval has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkState {
    /// The seed is committed to; there is no list.
    Committed,
    /// The list is frozen and the seed told.
    Drawn,
    /// Whatever still stood was approved.
    Approved,
    /// A sampled claim was not approved: the rest is not either.
    Void,
}

impl BulkState {
    /// The word in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            BulkState::Committed => "committed",
            BulkState::Drawn => "drawn",
            BulkState::Approved => "approved",
            BulkState::Void => "void",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        match word {
            "committed" => Some(BulkState::Committed),
            "drawn" => Some(BulkState::Drawn),
            "approved" => Some(BulkState::Approved),
            "void" => Some(BulkState::Void),
            _ => None,
        }
    }
}

/// What is known once the list is frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    /// The seed, told.
    pub seed: [u8; 32],
    /// The hash of the list.
    pub list_hash: [u8; 32],
    /// When.
    pub at: Timestamp,
    /// The entry that says so; the next one tells the seed.
    pub seq: i64,
}

/// A bulk approval.
#[derive(Debug, Clone)]
pub struct BulkRow {
    /// The id.
    pub id: BulkId,
    /// The pool.
    pub pool: PoolId,
    /// How far it has come.
    pub state: BulkState,
    /// The most claims that the list may have.
    pub most_claims: i64,
    /// The largest amount that a claim on the list may have, fen.
    pub most_amount: Option<i64>,
    /// Who began it.
    pub staff: StaffId,
    /// The sealed seed.
    pub sealed: Vec<u8>,
    /// What stands for the seed in public.
    pub commitment: [u8; 32],
    /// When it was begun.
    pub committed: Timestamp,
    /// The entry that committed to the seed.
    pub committed_seq: i64,
    /// The draw, once there was one.
    pub drawn: Option<Drawn>,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

type BulkTuple = (
    (Vec<u8>, Vec<u8>, String, Vec<u8>),
    (i64, Option<i64>),
    (Vec<u8>, Vec<u8>, i64, i64),
    (Option<Vec<u8>>, Option<Vec<u8>>, Option<i64>, Option<i64>),
    Option<i64>,
);

macro_rules! bulk_columns {
    () => {
        (
            (
                bulk_approvals::id,
                bulk_approvals::pool_id,
                bulk_approvals::state,
                bulk_approvals::staff_id,
            ),
            (bulk_approvals::most_claims, bulk_approvals::most_amount),
            (
                bulk_approvals::sealed,
                bulk_approvals::commitment,
                bulk_approvals::committed_us,
                bulk_approvals::committed_seq,
            ),
            (
                bulk_approvals::seed,
                bulk_approvals::list_hash,
                bulk_approvals::drawn_us,
                bulk_approvals::drawn_seq,
            ),
            bulk_approvals::ended_us,
        )
    };
}

fn bulk(row: BulkTuple) -> Result<BulkRow, StorageError> {
    let ((id, pool, state, staff), (most_claims, most_amount), begun, draw, ended) = row;
    let corrupt = |what: &str| StorageError::Corrupt(format!("bulk approval: {what}"));
    let drawn = match draw {
        (Some(seed), Some(list), Some(at), Some(seq)) => Some(Drawn {
            seed: bytes32(&seed)?,
            list_hash: bytes32(&list)?,
            at: Timestamp(at),
            seq,
        }),
        (None, None, None, None) => None,
        _ => return Err(corrupt("half a draw")),
    };
    Ok(BulkRow {
        id: BulkId::from_slice(&id).ok_or_else(|| corrupt("id"))?,
        pool: pool_id(&pool)?,
        state: BulkState::parse(&state).ok_or_else(|| corrupt("state"))?,
        most_claims,
        most_amount,
        staff: staff_id(&staff)?,
        sealed: begun.0,
        commitment: bytes32(&begun.1)?,
        committed: Timestamp(begun.2),
        committed_seq: begun.3,
        drawn,
        ended: ended.map(Timestamp),
    })
}

/// Keeps a bulk approval that is begun, under the idempotency key of who asked for it.
///
/// # Errors
/// The database's; a key that was used before violates a unique constraint.
pub fn insert(conn: &mut Db, row: &BulkRow, key: Option<&KeyHash>) -> Result<(), StorageError> {
    diesel::insert_into(bulk_approvals::table)
        .values((
            bulk_approvals::id.eq(row.id.to_vec()),
            bulk_approvals::pool_id.eq(row.pool.to_vec()),
            bulk_approvals::state.eq(row.state.as_str()),
            bulk_approvals::most_claims.eq(row.most_claims),
            bulk_approvals::most_amount.eq(row.most_amount),
            bulk_approvals::staff_id.eq(row.staff.to_vec()),
            bulk_approvals::sealed.eq(&row.sealed),
            bulk_approvals::commitment.eq(&row.commitment[..]),
            bulk_approvals::committed_us.eq(row.committed.0),
            bulk_approvals::committed_seq.eq(row.committed_seq),
            bulk_approvals::key_hash.eq(key.map(|key| &key[..])),
        ))
        .execute(conn)?;
    Ok(())
}

/// A bulk approval by its id.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut Db, id: BulkId) -> Result<Option<BulkRow>, StorageError> {
    let row: Option<BulkTuple> = bulk_approvals::table
        .filter(bulk_approvals::id.eq(id.to_vec()))
        .select(bulk_columns!())
        .first(conn)
        .optional()?;
    row.map(bulk).transpose()
}

/// The bulk approval that was begun under an idempotency key.
///
/// # Errors
/// The database's.
pub fn begun_under(conn: &mut Db, key: &KeyHash) -> Result<Option<BulkRow>, StorageError> {
    let row: Option<BulkTuple> = bulk_approvals::table
        .filter(bulk_approvals::key_hash.eq(&key[..]))
        .select(bulk_columns!())
        .first(conn)
        .optional()?;
    row.map(bulk).transpose()
}

/// The bulk approvals of a pool, the oldest first.
///
/// # Errors
/// The database's.
pub fn of_pool(conn: &mut Db, pool: PoolId) -> Result<Vec<BulkRow>, StorageError> {
    let rows: Vec<BulkTuple> = bulk_approvals::table
        .filter(bulk_approvals::pool_id.eq(pool.to_vec()))
        .order(bulk_approvals::id)
        .select(bulk_columns!())
        .load(conn)?;
    rows.into_iter().map(bulk).collect()
}

/// The last `limit` bulk approvals of all pools, the last begun first.
///
/// # Errors
/// The database's.
pub fn latest(conn: &mut Db, limit: i64) -> Result<Vec<BulkRow>, StorageError> {
    let rows: Vec<BulkTuple> = bulk_approvals::table
        .order(bulk_approvals::id.desc())
        .limit(limit)
        .select(bulk_columns!())
        .load(conn)?;
    rows.into_iter().map(bulk).collect()
}

/// The bulk approvals of a pool whose sample is drawn and that have not ended.
///
/// # Errors
/// The database's.
pub fn undecided(conn: &mut Db, pool: PoolId) -> Result<Vec<BulkRow>, StorageError> {
    let rows: Vec<BulkTuple> = bulk_approvals::table
        .filter(bulk_approvals::pool_id.eq(pool.to_vec()))
        .filter(bulk_approvals::state.eq(BulkState::Drawn.as_str()))
        .order(bulk_approvals::id)
        .select(bulk_columns!())
        .load(conn)?;
    rows.into_iter().map(bulk).collect()
}

/// Notes the draw of a bulk approval, once: `false` when there was one before.
///
/// # Errors
/// The database's.
pub fn draw(conn: &mut Db, id: BulkId, drawn: &Drawn) -> Result<bool, StorageError> {
    let changed = diesel::update(
        bulk_approvals::table
            .filter(bulk_approvals::id.eq(id.to_vec()))
            .filter(bulk_approvals::state.eq(BulkState::Committed.as_str())),
    )
    .set((
        bulk_approvals::state.eq(BulkState::Drawn.as_str()),
        bulk_approvals::seed.eq(Some(drawn.seed.to_vec())),
        bulk_approvals::list_hash.eq(Some(drawn.list_hash.to_vec())),
        bulk_approvals::drawn_us.eq(Some(drawn.at.0)),
        bulk_approvals::drawn_seq.eq(Some(drawn.seq)),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Ends a bulk approval whose sample is drawn.
///
/// # Errors
/// The database's.
pub fn end(conn: &mut Db, id: BulkId, state: BulkState, at: Timestamp) -> Result<(), StorageError> {
    diesel::update(
        bulk_approvals::table
            .filter(bulk_approvals::id.eq(id.to_vec()))
            .filter(bulk_approvals::state.eq(BulkState::Drawn.as_str())),
    )
    .set((
        bulk_approvals::state.eq(state.as_str()),
        bulk_approvals::ended_us.eq(at.0),
    ))
    .execute(conn)?;
    Ok(())
}

/// A claim on the frozen list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkClaim {
    /// 1, 2, 3 … on the list: the order of review.
    pub line: i64,
    /// The claim.
    pub claim: ClaimId,
    /// What stands for it in the public journal.
    pub commitment: [u8; 32],
    /// The revision that it had.
    pub revision: i64,
    /// Whether it is examined one by one.
    pub sampled: bool,
    /// `approved` or `skipped`, once it was its turn; none for those examined one by one.
    pub outcome: Option<String>,
    /// Why it was skipped.
    pub why: Option<String>,
}

/// Keeps a claim of the list.
///
/// # Errors
/// The database's.
pub fn insert_claim(conn: &mut Db, id: BulkId, row: &BulkClaim) -> Result<(), StorageError> {
    diesel::insert_into(bulk_claims::table)
        .values((
            bulk_claims::bulk_id.eq(id.to_vec()),
            bulk_claims::line.eq(row.line),
            bulk_claims::claim_id.eq(row.claim.to_vec()),
            bulk_claims::commitment.eq(&row.commitment[..]),
            bulk_claims::revision.eq(row.revision),
            bulk_claims::sampled.eq(i64::from(row.sampled)),
        ))
        .execute(conn)?;
    Ok(())
}

/// A claim on the list as it stands now.
#[derive(Debug, Clone)]
pub struct Standing {
    /// As it was frozen.
    pub row: BulkClaim,
    /// Its number.
    pub number: String,
    /// Its state.
    pub state: ClaimState,
    /// Its revision.
    pub revision: i64,
    /// The entry that approved it last.
    pub approval_seq: Option<i64>,
}

type ClaimTuple = (
    (i64, Vec<u8>, Vec<u8>, i64, i64),
    (Option<String>, Option<String>),
    (String, String, i64, Option<i64>),
);

/// The list in its order, each claim as it stands now.
///
/// # Errors
/// The database's.
pub fn standing(conn: &mut Db, id: BulkId) -> Result<Vec<Standing>, StorageError> {
    let rows: Vec<ClaimTuple> = bulk_claims::table
        .inner_join(claims::table)
        .filter(bulk_claims::bulk_id.eq(id.to_vec()))
        .order(bulk_claims::line)
        .select((
            (
                bulk_claims::line,
                bulk_claims::claim_id,
                bulk_claims::commitment,
                bulk_claims::revision,
                bulk_claims::sampled,
            ),
            (bulk_claims::outcome, bulk_claims::why),
            (
                claims::number,
                claims::state,
                claims::revision,
                claims::approval_seq,
            ),
        ))
        .load(conn)?;
    rows.into_iter()
        .map(
            |((line, claim, mark, then, sampled), (outcome, why), now)| {
                let (number, state, revision, approval_seq) = now;
                let corrupt = || StorageError::Corrupt(format!("claim {number}: state"));
                Ok(Standing {
                    row: BulkClaim {
                        line,
                        claim: claim_id(&claim)?,
                        commitment: bytes32(&mark)?,
                        revision: then,
                        sampled: sampled != 0,
                        outcome,
                        why,
                    },
                    state: ClaimState::parse(&state).ok_or_else(corrupt)?,
                    revision,
                    approval_seq,
                    number,
                })
            },
        )
        .collect()
}

/// The claims on lists of a pool whose sample is drawn and that have not ended.
///
/// # Errors
/// The database's.
pub fn listed(conn: &mut Db, pool: PoolId) -> Result<Vec<ClaimId>, StorageError> {
    let rows: Vec<Vec<u8>> = bulk_claims::table
        .inner_join(bulk_approvals::table)
        .filter(bulk_approvals::pool_id.eq(pool.to_vec()))
        .filter(bulk_approvals::state.eq(BulkState::Drawn.as_str()))
        .select(bulk_claims::claim_id)
        .load(conn)?;
    rows.iter().map(|id| claim_id(id)).collect()
}

/// Says what became of a claim of the list.
///
/// # Errors
/// The database's.
pub fn decide(
    conn: &mut Db,
    id: BulkId,
    line: i64,
    outcome: &str,
    why: Option<&str>,
) -> Result<(), StorageError> {
    diesel::update(
        bulk_claims::table
            .filter(bulk_claims::bulk_id.eq(id.to_vec()))
            .filter(bulk_claims::line.eq(line)),
    )
    .set((bulk_claims::outcome.eq(outcome), bulk_claims::why.eq(why)))
    .execute(conn)?;
    Ok(())
}

/// What happened to these claims after one entry of their pool and before another, but for
/// flags: the claim and the number of the entry.
///
/// # Errors
/// The database's.
pub fn steps_between(
    conn: &mut Db,
    pool: PoolId,
    after: i64,
    before: i64,
    of: &[ClaimId],
) -> Result<Vec<(ClaimId, i64)>, StorageError> {
    let flags = [EntryKind::Flagged, EntryKind::FlagCleared].map(EntryKind::as_str);
    let rows: Vec<(Option<Vec<u8>>, i64)> = journal::table
        .filter(journal::pool_id.eq(pool.to_vec()))
        .filter(journal::seq.gt(after))
        .filter(journal::seq.lt(before))
        .filter(journal::kind.ne_all(flags))
        .filter(journal::claim_id.eq_any(of.iter().map(|id| id.to_vec())))
        .select((journal::claim_id, journal::seq))
        .load(conn)?;
    rows.into_iter()
        .filter_map(|(claim, seq)| Some((claim?, seq)))
        .map(|(claim, seq)| Ok((claim_id(&claim)?, seq)))
        .collect()
}

/// How many bulk approvals, and how many claims on their lists, there are.
///
/// # Errors
/// The database's.
pub fn counts(conn: &mut Db) -> Result<(i64, i64), StorageError> {
    Ok((
        bulk_approvals::table.count().get_result(conn)?,
        bulk_claims::table.count().get_result(conn)?,
    ))
}
