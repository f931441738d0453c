//! The keys that claims hold: what makes a vehicle, an article, an invoice and a person's place
//! count once.

use diesel::prelude::*;

use super::StorageError;
use super::batch::{HeldKey, KeyHash, NewKey};
use super::claims::StoredClaim;
use super::db::Db;
use super::schema::claim_keys;
use super::stored::{bytes16, claim_id};
use crate::domain::ids::ClaimId;

/// The kinds of keys that are a person's places, not things.
pub const PLACES: [&str; 2] = ["unit", "group"];

/// Which of a claim's keys are given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// All of them.
    All,
    /// The things; the person's place stays used.
    Things,
}

/// Gives back keys of a claim; says how many there were.
///
/// # Errors
/// The database's.
pub fn release(conn: &mut Db, claim: &StoredClaim, which: Release) -> Result<usize, StorageError> {
    let held = claim_keys::table
        .filter(claim_keys::key_hash.eq_any(hashes(&claim.keys)))
        .filter(claim_keys::claim_id.eq(claim.id.to_vec()));
    Ok(match which {
        Release::All => diesel::delete(held).execute(conn)?,
        Release::Things => {
            diesel::delete(held.filter(claim_keys::kind.ne_all(PLACES))).execute(conn)?
        }
    })
}

/// In the order of hashes, as all keys are taken and given back.
fn hashes(packed: &[u8]) -> Vec<Vec<u8>> {
    let hashes = packed.chunks_exact(17).map(|k| k[..16].to_vec());
    let mut hashes: Vec<_> = hashes.collect();
    hashes.sort_unstable();
    hashes
}

/// Takes keys. The unique index refuses what somebody else holds. In the order of hashes, as
/// admission takes them: the locks of pools do not keep two pools' transactions from waiting
/// for each other's keys.
///
/// # Errors
/// The database's.
pub fn take(conn: &mut Db, keys: &[NewKey]) -> Result<(), StorageError> {
    let mut keys: Vec<&NewKey> = keys.iter().collect();
    keys.sort_by_key(|key| (key.hash, key.ordinal));
    for key in keys {
        diesel::insert_into(claim_keys::table)
            .values((
                claim_keys::key_hash.eq(&key.hash[..]),
                claim_keys::ordinal.eq(key.ordinal),
                claim_keys::claim_id.eq(key.claim.to_vec()),
                claim_keys::kind.eq(key.kind),
                claim_keys::programme.eq(&key.programme),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// A held key with its holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The hash.
    pub hash: KeyHash,
    /// Which of the allowed ones, and of which programme.
    pub held: HeldKey,
    /// The claim.
    pub claim: ClaimId,
}

/// Who holds these keys.
///
/// # Errors
/// The database's.
pub fn holders(conn: &mut Db, keys: &[KeyHash]) -> Result<Vec<Holder>, StorageError> {
    let rows: Vec<(Vec<u8>, i64, Vec<u8>, String)> = claim_keys::table
        .filter(claim_keys::key_hash.eq_any(keys.iter().map(|k| k.to_vec())))
        .select((
            claim_keys::key_hash,
            claim_keys::ordinal,
            claim_keys::claim_id,
            claim_keys::programme,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(hash, ordinal, claim, programme)| {
            Ok(Holder {
                hash: bytes16(&hash)?,
                held: HeldKey { ordinal, programme },
                claim: claim_id(&claim)?,
            })
        })
        .collect()
}

/// A key as it is held: hash, ordinal, holder, kind.
pub type KeyHeld = ([u8; 16], i64, ClaimId, String);

/// At most `limit` held keys after a place, in the order of hash and ordinal.
///
/// # Errors
/// The database's.
pub fn after(
    conn: &mut Db,
    after: Option<([u8; 16], i64)>,
    limit: i64,
) -> Result<Vec<KeyHeld>, StorageError> {
    let mut query = claim_keys::table
        .select((
            claim_keys::key_hash,
            claim_keys::ordinal,
            claim_keys::claim_id,
            claim_keys::kind,
        ))
        .order((claim_keys::key_hash, claim_keys::ordinal))
        .limit(limit)
        .into_boxed();
    if let Some((hash, ordinal)) = after {
        // The first condition tells the database where in the index to begin; without it
        // every page was read from the first key on.
        query = query.filter(claim_keys::key_hash.ge(hash.to_vec())).filter(
            claim_keys::key_hash
                .gt(hash.to_vec())
                .or(claim_keys::ordinal.gt(ordinal)),
        );
    }
    let rows: Vec<(Vec<u8>, i64, Vec<u8>, String)> = query.load(conn)?;
    rows.into_iter()
        .map(|(h, o, c, kind)| Ok((bytes16(&h)?, o, claim_id(&c)?, kind)))
        .collect()
}

/// The hashes and ordinals in a claim's packed keys.
pub fn unpack(packed: &[u8]) -> impl Iterator<Item = (KeyHash, i64)> + '_ {
    packed.chunks_exact(17).map(|key| {
        let mut hash = [0; 16];
        hash.copy_from_slice(&key[..16]);
        (hash, i64::from(key[16]))
    })
}

/// Gives back the keys of a claim that are not among `kept`.
///
/// # Errors
/// The database's.
pub fn release_others(
    conn: &mut Db,
    claim: &StoredClaim,
    kept: &[u8],
) -> Result<usize, StorageError> {
    let kept: Vec<Vec<u8>> = hashes(kept);
    let gone = hashes(&claim.keys)
        .into_iter()
        .filter(|h| !kept.contains(h));
    Ok(diesel::delete(
        claim_keys::table
            .filter(claim_keys::key_hash.eq_any(gone))
            .filter(claim_keys::claim_id.eq(claim.id.to_vec())),
    )
    .execute(conn)?)
}
