//! Which papers came for a claim; the files themselves lie in the paper store.

use diesel::prelude::*;

use super::StorageError;
use super::db::Db;
use super::schema::papers;
use super::stored::{bytes32, claim_id};
use crate::domain::ids::ClaimId;
use crate::domain::time::Timestamp;

/// A paper that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperRow {
    /// The journal entry that took it.
    pub seq: i64,
    /// The paper's word.
    pub paper: String,
    /// The word of its medium.
    pub media: String,
    /// How large it is.
    pub bytes: i64,
    /// SHA-256 of its content.
    pub sha256: [u8; 32],
    /// Where the store keeps it.
    pub object: String,
    /// When it came.
    pub at: Timestamp,
}

/// Notes a paper, under the pool's lock.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut Db, claim: ClaimId, row: &PaperRow) -> Result<(), StorageError> {
    diesel::insert_into(papers::table)
        .values((
            papers::claim_id.eq(claim.to_vec()),
            papers::seq.eq(row.seq),
            papers::paper.eq(&row.paper),
            papers::media.eq(&row.media),
            papers::bytes.eq(row.bytes),
            papers::sha256.eq(&row.sha256[..]),
            papers::object.eq(&row.object),
            papers::at_us.eq(row.at.0),
        ))
        .execute(conn)?;
    Ok(())
}

type PaperTuple = (i64, String, String, i64, Vec<u8>, String, i64);

/// Everything that came for a claim, the oldest first; of a paper that came twice the last counts.
///
/// # Errors
/// The database's.
pub fn of(conn: &mut Db, claim: ClaimId) -> Result<Vec<PaperRow>, StorageError> {
    let rows: Vec<PaperTuple> = papers::table
        .filter(papers::claim_id.eq(claim.to_vec()))
        .order(papers::seq)
        .select((
            papers::seq,
            papers::paper,
            papers::media,
            papers::bytes,
            papers::sha256,
            papers::object,
            papers::at_us,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(seq, paper, media, bytes, sha256, object, at)| {
            Ok(PaperRow {
                seq,
                paper,
                media,
                bytes,
                sha256: bytes32(&sha256)?,
                object,
                at: Timestamp(at),
            })
        })
        .collect()
}

/// Where the paper of a claim lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPaper {
    /// The claim.
    pub claim: ClaimId,
    /// The journal entry that took it.
    pub seq: i64,
    /// The paper's word.
    pub paper: String,
    /// SHA-256 of its content.
    pub sha256: [u8; 32],
    /// Where the store keeps it.
    pub object: String,
}

type StoredTuple = (Vec<u8>, i64, String, Vec<u8>, String);

/// At most `limit` papers of all claims after one, in the order of claims and entries.
///
/// # Errors
/// The database's.
pub fn after(
    conn: &mut Db,
    after: Option<&(ClaimId, i64)>,
    limit: i64,
) -> Result<Vec<StoredPaper>, StorageError> {
    let (claim, seq) = after.map_or((Vec::new(), 0), |(claim, seq)| (claim.to_vec(), *seq));
    let same = papers::claim_id.eq(claim.clone()).and(papers::seq.gt(seq));
    let rows: Vec<StoredTuple> = papers::table
        .filter(papers::claim_id.gt(claim).or(same))
        .order((papers::claim_id, papers::seq))
        .limit(limit)
        .select((
            papers::claim_id,
            papers::seq,
            papers::paper,
            papers::sha256,
            papers::object,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(claim, seq, paper, sha256, object)| {
            Ok(StoredPaper {
                claim: claim_id(&claim)?,
                seq,
                paper,
                sha256: bytes32(&sha256)?,
                object,
            })
        })
        .collect()
}

/// How many papers came for all claims.
///
/// # Errors
/// The database's.
pub fn count(conn: &mut Db) -> Result<i64, StorageError> {
    Ok(papers::table.count().get_result(conn)?)
}
