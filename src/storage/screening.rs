//! How far claims are screened, and what was found.

use std::collections::HashSet;

use diesel::prelude::*;

use super::StorageError;
use super::batch::KeyHash;
use super::claims::{ClaimTuple, StoredClaim, claim_columns, stored};
use super::db::Db;
use super::events;
use super::schema::{claims, journal};
use super::schema_of_screening::{
    screening_findings, screening_read, screening_turn, voided_imports, voided_invoices,
};
use super::stored::{claim_id, staff_id};
use crate::domain::ids::{ClaimId, PoolId, StaffId};
use crate::domain::screening::{Finding, Weight};
use crate::domain::text::Text;
use crate::domain::time::Timestamp;
use crate::journal::entry::EntryKind;

/// Entries after which a claim must be screened: it came, it says something else, or it lives again.
const SCREENED: [EntryKind; 7] = [
    EntryKind::Reserved,
    EntryKind::Waiting,
    EntryKind::Filed,
    EntryKind::Corrected,
    EntryKind::Invoiced,
    EntryKind::WithdrawalUndone,
    EntryKind::AppealWon,
];

/// Part of a pool's journal that nobody has screened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// The pool.
    pub pool: PoolId,
    /// The last entry before it.
    pub after: i64,
    /// Its last entry.
    pub upto: i64,
}

/// A part of a journal that nobody has screened, of this pool or of any, with at most `limit` entries
/// after which a claim must be.
///
/// # Errors
/// The database's.
pub fn behind(
    conn: &mut Db,
    only: Option<PoolId>,
    limit: i64,
) -> Result<Option<Stretch>, StorageError> {
    let heads = events::heads(conn)?;
    let read: Vec<(Vec<u8>, i64)> = screening_read::table.load(conn)?;
    let begins = |head: &events::Head| {
        let id = head.pool.to_vec();
        let found = read.iter().find(|(pool, _)| *pool == id);
        let after = found.map_or(0, |(_, seq)| *seq);
        (after < head.seq).then_some((head.pool, after, head.seq))
    };
    let mut wanted = heads.iter().filter(|h| only.is_none_or(|p| p == h.pool));
    let Some((pool, after, head)) = wanted.find_map(begins) else {
        return Ok(None);
    };
    let last: Option<i64> = journal::table
        .filter(journal::pool_id.eq(pool.to_vec()))
        .filter(journal::seq.gt(after))
        .filter(journal::seq.le(head))
        .filter(journal::kind.eq_any(SCREENED.map(EntryKind::as_str)))
        .order(journal::seq)
        .offset(limit - 1)
        .select(journal::seq)
        .first(conn)
        .optional()?;
    let upto = last.unwrap_or(head);
    Ok(Some(Stretch { pool, after, upto }))
}

/// Takes the turn: until the end of the transaction nobody else screens.
///
/// # Errors
/// The database's.
pub fn take_turn(conn: &mut Db) -> Result<(), StorageError> {
    diesel::update(screening_turn::table)
        .set(screening_turn::turns.eq(screening_turn::turns + 1))
        .execute(conn)?;
    Ok(())
}

/// The claims that a stretch is about, in the order of filing.
///
/// # Errors
/// The database's.
pub fn claims_of(conn: &mut Db, stretch: &Stretch) -> Result<Vec<StoredClaim>, StorageError> {
    let named = journal::table
        .filter(journal::pool_id.eq(stretch.pool.to_vec()))
        .filter(journal::seq.gt(stretch.after))
        .filter(journal::seq.le(stretch.upto))
        .filter(journal::kind.eq_any(SCREENED.map(EntryKind::as_str)))
        .select(journal::claim_id);
    let rows: Vec<ClaimTuple> = claims::table
        .filter(claims::id.nullable().eq_any(named))
        .order(claims::id)
        .select(claim_columns!())
        .load(conn)?;
    rows.into_iter().map(stored).collect()
}

/// The claims of a pool that must be screened and are not, under the pool's lock.
///
/// # Errors
/// The database's.
pub fn unscreened(conn: &mut Db, pool: PoolId) -> Result<Vec<ClaimId>, StorageError> {
    let read: Option<i64> = screening_read::table
        .find(pool.to_vec())
        .select(screening_read::seq)
        .first(conn)
        .optional()?;
    let rows: Vec<Option<Vec<u8>>> = journal::table
        .filter(journal::pool_id.eq(pool.to_vec()))
        .filter(journal::seq.gt(read.unwrap_or(0)))
        .filter(journal::kind.eq_any(SCREENED.map(EntryKind::as_str)))
        .select(journal::claim_id)
        .load(conn)?;
    rows.iter().flatten().map(|id| claim_id(id)).collect()
}

/// A stretch is screened: the next one begins behind it.
///
/// # Errors
/// The database's.
pub fn done(conn: &mut Db, stretch: &Stretch) -> Result<(), StorageError> {
    let moved = diesel::update(screening_read::table.find(stretch.pool.to_vec()))
        .set(screening_read::seq.eq(stretch.upto))
        .execute(conn)?;
    if moved == 0 {
        diesel::insert_into(screening_read::table)
            .values((
                screening_read::pool_id.eq(stretch.pool.to_vec()),
                screening_read::seq.eq(stretch.upto),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Those that a finding names beside its own claim and of whom it is not kept yet, weighing as much.
/// In a run of hundreds each claim finds all the others, and nearly all of them know.
///
/// # Errors
/// The database's.
pub fn not_yet(
    conn: &mut Db,
    finding: &Finding,
    basis: &KeyHash,
) -> Result<Vec<ClaimId>, StorageError> {
    let enough = [Weight::Hold.as_str(), finding.weight.as_str()];
    let known: Vec<Vec<u8>> = screening_findings::table
        .filter(screening_findings::claim_id.eq_any(finding.with.iter().map(|id| id.to_vec())))
        .filter(screening_findings::rule.eq(finding.rule.code()))
        .filter(screening_findings::basis.eq(&basis[..]))
        .filter(screening_findings::weight.eq_any(enough))
        .select(screening_findings::claim_id)
        .load(conn)?;
    let known: HashSet<Vec<u8>> = known.into_iter().collect();
    let mut open = finding.with.clone();
    open.retain(|id| !known.contains(&id.to_vec()));
    Ok(open)
}

/// Keeps what was found. `false` when it was found before and weighed as much, also where somebody
/// cleared it since; a note that has come to hold is kept anew.
///
/// # Errors
/// The database's.
pub fn keep(
    conn: &mut Db,
    claim: ClaimId,
    finding: &Finding,
    basis: &KeyHash,
    at: Timestamp,
) -> Result<bool, StorageError> {
    let key = (claim.to_vec(), finding.rule.code(), &basis[..]);
    let known: Option<String> = screening_findings::table
        .find(key)
        .select(screening_findings::weight)
        .first(conn)
        .optional()?;
    let (hold, weight) = (Weight::Hold.as_str(), finding.weight.as_str());
    if known.is_some_and(|known| known == hold || known == weight) {
        return Ok(false);
    }
    let (claim, rule, basis) = (claim.to_vec(), finding.rule.code(), &basis[..]);
    diesel::delete(screening_findings::table.find((&claim, rule, basis))).execute(conn)?;
    diesel::insert_into(screening_findings::table)
        .values((
            screening_findings::claim_id.eq(claim),
            screening_findings::rule.eq(rule),
            screening_findings::basis.eq(basis),
            screening_findings::weight.eq(weight),
            screening_findings::reason_zh.eq(&finding.reason.zh),
            screening_findings::reason_en.eq(&finding.reason.en),
            screening_findings::found_us.eq(at.0),
        ))
        .execute(conn)?;
    Ok(true)
}

/// What was found of a claim, as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The rule's code.
    pub rule: String,
    /// Whether it held the claim; else it was noted.
    pub held: bool,
    /// Why.
    pub reason: Text,
    /// When.
    pub at: Timestamp,
}

/// Everything that was found of a claim, cleared or not, the first first.
///
/// # Errors
/// The database's.
pub fn found(conn: &mut Db, claim: ClaimId) -> Result<Vec<Found>, StorageError> {
    let rows: Vec<(String, String, String, String, i64)> = screening_findings::table
        .filter(screening_findings::claim_id.eq(claim.to_vec()))
        .order((screening_findings::found_us, screening_findings::rule))
        .select((
            screening_findings::rule,
            screening_findings::weight,
            screening_findings::reason_zh,
            screening_findings::reason_en,
            screening_findings::found_us,
        ))
        .load(conn)?;
    let found = |(rule, weight, zh, en, at): (_, String, String, String, _)| Found {
        rule,
        held: weight == Weight::Hold.as_str(),
        reason: Text::new(zh, en),
        at: Timestamp(at),
    };
    Ok(rows.into_iter().map(found).collect())
}

/// Whether one of these keys is that of an invoice that was voided.
///
/// # Errors
/// The database's.
pub fn is_voided(conn: &mut Db, keys: &[KeyHash]) -> Result<bool, StorageError> {
    let voided: i64 = voided_invoices::table
        .filter(voided_invoices::key_hash.eq_any(keys.iter().map(|key| key.to_vec())))
        .count()
        .get_result(conn)?;
    Ok(voided > 0)
}

/// Whether a file of voided invoices with this digest was imported.
///
/// # Errors
/// The database's.
pub fn was_imported(conn: &mut Db, digest: &[u8]) -> Result<bool, StorageError> {
    let known: i64 = voided_imports::table
        .filter(voided_imports::file_digest.eq(digest))
        .count()
        .get_result(conn)?;
    Ok(known > 0)
}

/// A file of voided invoices that was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Import {
    /// When.
    pub at: Timestamp,
    /// Lines with invoices.
    pub lines: i64,
    /// Who brought it; none where it was the command line.
    pub staff: Option<StaffId>,
}

/// Notes that a file was imported.
///
/// # Errors
/// The database's.
pub fn insert_import(conn: &mut Db, digest: &[u8], import: &Import) -> Result<(), StorageError> {
    diesel::insert_into(voided_imports::table)
        .values((
            voided_imports::file_digest.eq(digest),
            voided_imports::lines.eq(import.lines),
            voided_imports::staff_id.eq(import.staff.map(StaffId::to_vec)),
            voided_imports::imported_us.eq(import.at.0),
        ))
        .execute(conn)?;
    Ok(())
}

/// At most `limit` files that were imported, the last first.
///
/// # Errors
/// The database's.
pub fn imports(conn: &mut Db, limit: i64) -> Result<Vec<Import>, StorageError> {
    let rows: Vec<(i64, i64, Option<Vec<u8>>)> = voided_imports::table
        .order(voided_imports::imported_us.desc())
        .limit(limit)
        .select((
            voided_imports::imported_us,
            voided_imports::lines,
            voided_imports::staff_id,
        ))
        .load(conn)?;
    let import = |(at, lines, staff): (i64, i64, Option<Vec<u8>>)| {
        Ok(Import {
            at: Timestamp(at),
            lines,
            staff: staff.map(|id| staff_id(&id)).transpose()?,
        })
    };
    rows.into_iter().map(import).collect()
}

/// Keeps that an invoice was voided; `false` when that was known.
///
/// # Errors
/// The database's.
pub fn insert_voided(conn: &mut Db, key: &KeyHash, day: &str) -> Result<bool, StorageError> {
    let row = diesel::insert_into(voided_invoices::table).values((
        voided_invoices::key_hash.eq(&key[..]),
        voided_invoices::voided_on.eq(day),
    ));
    let added = match conn {
        Db::Sqlite(conn) => row.on_conflict_do_nothing().execute(conn)?,
        Db::Postgres(conn) => row.on_conflict_do_nothing().execute(conn)?,
    };
    Ok(added > 0)
}
