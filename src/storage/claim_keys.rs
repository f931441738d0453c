//! The keys that claims hold: what makes a vehicle, an article, an invoice, a person's place and a
//! request count once.
//!
//! Keys are taken in `claim_keys`, whose unique index says who was first. A random key in an index
//! of millions costs a page of its own, so keys that were taken a while ago are moved to
//! `claim_keys_cold` (see [`super::key_moves`]), and what is taken now stays in a small index. No
//! key is in both tables. Who takes keys looks into both in the same transaction, and while one
//! does so nothing moves: every write transaction holds a lock that moving excludes
//! ([`Db::write`]).

use std::collections::HashMap;

use diesel::prelude::*;

use super::StorageError;
use super::batch::{HeldKey, KeyHash, NewKey, StoredAnswer};
use super::claims::StoredClaim;
use super::db::Db;
use super::schema::{answers, claim_keys, claim_keys_cold, claims};
use super::stored::{bytes16, claim_id};
use crate::domain::ids::ClaimId;

/// The kinds of keys that are a person's places, not things.
pub const PLACES: [&str; 2] = ["unit", "group"];

/// The kind of a key that is a request: caller and idempotency key. Its ordinal is 1, it is never
/// given back, and the answer stands with the claim.
pub const REQUEST: &str = "request";

/// The same for the hot table and for the cold one, in this order: what moves in between two
/// statements goes from the first to the second and is seen.
macro_rules! on_both {
    ($table:ident, $work:block) => {{
        use claim_keys as $table;
        $work
    }
    {
        use claim_keys_cold as $table;
        $work
    }};
}

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
    let mut gone = 0;
    on_both!(t, {
        let held = t::table
            .filter(t::key_hash.eq_any(hashes(&claim.keys)))
            .filter(t::claim_id.eq(claim.id.to_vec()));
        gone += match which {
            Release::All => diesel::delete(held).execute(conn)?,
            Release::Things => diesel::delete(held.filter(t::kind.ne_all(PLACES))).execute(conn)?,
        };
    });
    Ok(gone)
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
    let mut rows: Vec<(Vec<u8>, i64, Vec<u8>, String)> = Vec::new();
    on_both!(t, {
        let held = t::table
            .inner_join(claims::table.on(claims::id.eq(t::claim_id)))
            .filter(t::key_hash.eq_any(keys.iter().map(|k| k.to_vec())))
            .filter(t::kind.ne(REQUEST))
            .select((t::key_hash, t::ordinal, t::claim_id, claims::programme));
        rows.extend(held.load::<(Vec<u8>, i64, Vec<u8>, String)>(conn)?);
    });
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

/// The answer to a request.
///
/// # Errors
/// The database's.
pub fn answer(conn: &mut Db, key: KeyHash) -> Result<Option<StoredAnswer>, StorageError> {
    let mut row: Option<(Vec<u8>, String)> = None;
    on_both!(t, {
        if row.is_none() {
            row = t::table
                .inner_join(answers::table.on(answers::claim_id.eq(t::claim_id)))
                .filter(t::key_hash.eq(key.to_vec()))
                .filter(t::kind.eq(REQUEST))
                .select((answers::fingerprint, answers::body))
                .first(conn)
                .optional()?;
        }
    });
    row.map(|(fingerprint, body)| {
        Ok(StoredAnswer {
            fingerprint: bytes16(&fingerprint)?,
            body,
        })
    })
    .transpose()
}

/// Which claims answer these requests.
///
/// # Errors
/// The database's.
pub fn requests(
    conn: &mut Db,
    keys: &[KeyHash],
) -> Result<HashMap<KeyHash, ClaimId>, StorageError> {
    let mut found = HashMap::with_capacity(keys.len());
    on_both!(t, {
        let rows: Vec<(Vec<u8>, Vec<u8>)> = t::table
            .filter(t::key_hash.eq_any(keys.iter().map(|k| k.to_vec())))
            .filter(t::kind.eq(REQUEST))
            .select((t::key_hash, t::claim_id))
            .load(conn)?;
        for (hash, claim) in rows {
            found.insert(bytes16(&hash)?, claim_id(&claim)?);
        }
    });
    Ok(found)
}

/// A key as it is held: hash, ordinal, holder, kind.
pub type KeyHeld = ([u8; 16], i64, ClaimId, String);

/// One of the two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Where keys are taken.
    Hot,
    /// Where they are moved to.
    Cold,
}

/// At most `limit` keys of a table after a place, in the order of hash and ordinal.
///
/// # Errors
/// The database's.
pub fn after(
    conn: &mut Db,
    table: Table,
    after: Option<([u8; 16], i64)>,
    limit: i64,
) -> Result<Vec<KeyHeld>, StorageError> {
    macro_rules! page {
        ($table:ident) => {{
            let mut query = $table::table
                .select((
                    $table::key_hash,
                    $table::ordinal,
                    $table::claim_id,
                    $table::kind,
                ))
                .order(($table::key_hash, $table::ordinal))
                .limit(limit)
                .into_boxed();
            if let Some((hash, ordinal)) = after {
                // The first condition tells the database where in the index to begin; without
                // it every page was read from the first key on.
                query = query.filter($table::key_hash.ge(hash.to_vec())).filter(
                    $table::key_hash
                        .gt(hash.to_vec())
                        .or($table::ordinal.gt(ordinal)),
                );
            }
            query.load(conn)?
        }};
    }
    let rows: Vec<(Vec<u8>, i64, Vec<u8>, String)> = match table {
        Table::Hot => page!(claim_keys),
        Table::Cold => page!(claim_keys_cold),
    };
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
    let gone: Vec<Vec<u8>> = gone.collect();
    let mut count = 0;
    on_both!(t, {
        let others = t::table
            .filter(t::key_hash.eq_any(&gone))
            .filter(t::claim_id.eq(claim.id.to_vec()));
        count += diesel::delete(others).execute(conn)?;
    });
    Ok(count)
}

/// Which of these keys are hot, each with its ordinal.
///
/// # Errors
/// The database's.
pub fn hot(conn: &mut Db, keys: &[KeyHash]) -> Result<Vec<(KeyHash, i64)>, StorageError> {
    let rows: Vec<(Vec<u8>, i64)> = claim_keys::table
        .filter(claim_keys::key_hash.eq_any(keys.iter().map(|k| k.to_vec())))
        .select((claim_keys::key_hash, claim_keys::ordinal))
        .load(conn)?;
    rows.into_iter()
        .map(|(hash, ordinal)| Ok((bytes16(&hash)?, ordinal)))
        .collect()
}

/// The claims that hold one of these keys.
///
/// # Errors
/// The database's.
pub fn claims_holding(conn: &mut Db, keys: &[KeyHash]) -> Result<Vec<ClaimId>, StorageError> {
    let holders = holders(conn, keys)?;
    Ok(holders.into_iter().map(|holder| holder.claim).collect())
}
