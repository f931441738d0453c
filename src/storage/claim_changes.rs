//! Changing one claim under its pool's lock: compare and set, with the past kept.

use diesel::prelude::*;

use super::StorageError;
use super::batch::PoolRow;
use super::claims::StoredClaim;
use super::db::Db;
use super::schema::{claim_notes, claim_past, claims, dealer_usage, withdrawn_claims};
use super::stored::{bytes16, bytes32, claim_id, staff_id};
use crate::domain::claim::ClaimState;
use crate::domain::ids::{ClaimId, DealerId, StaffId};
use crate::domain::time::Timestamp;

/// Moves a claim from `before` to `after` if it still stands as `before` says: compare and
/// set. `false` when it does not. The revision grows by one.
///
/// # Errors
/// The database's.
pub fn advance(
    conn: &mut Db,
    before: &StoredClaim,
    after: &StoredClaim,
) -> Result<bool, StorageError> {
    let p = &after.progress;
    let changed = diesel::update(
        claims::table
            .filter(claims::id.eq(before.id.to_vec()))
            .filter(claims::state.eq(before.state.as_str()))
            .filter(claims::revision.eq(before.revision)),
    )
    .set((
        (
            claims::state.eq(after.state.as_str()),
            claims::position.eq(after.position),
            claims::amount.eq(after.amount.fen()),
            claims::reasons.eq(&after.reasons_json),
            claims::held_us.eq(after.held.map(|t| t.0)),
            claims::changed_us.eq(after.changed.0),
            claims::revision.eq(before.revision + 1),
        ),
        (
            claims::invoice_due.eq(i64::from(after.invoice_due)),
            claims::deadline_us.eq(p.deadline.map(|t| t.0)),
            claims::review_us.eq(p.review.map(|t| t.0)),
            claims::lease_staff.eq(p.lease.map(|(staff, _)| staff.to_vec())),
            claims::lease_until_us.eq(p.lease.map(|(_, until)| until.0)),
            claims::rounds.eq(p.rounds),
            claims::prepared_by.eq(p.prepared_by.map(StaffId::to_vec)),
            claims::approved_by.eq(p.approved_by.map(StaffId::to_vec)),
            claims::approval_seq.eq(p.approval_seq),
            claims::approved_us.eq(p.approved.map(|t| t.0)),
            claims::pay_by_us.eq(p.pay_by.map(|t| t.0)),
        ),
    ))
    .execute(conn)?;
    Ok(changed == 1)
}

/// Replaces what a claim says, after [`advance`] in the same transaction; what it said before
/// is kept under the revision that it had.
///
/// # Errors
/// The database's.
pub fn amend(conn: &mut Db, before: &StoredClaim, after: &StoredClaim) -> Result<(), StorageError> {
    diesel::insert_into(claim_past::table)
        .values((
            claim_past::claim_id.eq(before.id.to_vec()),
            claim_past::revision.eq(before.revision),
            claim_past::amount.eq(before.amount.fen()),
            claim_past::sealed.eq(&before.sealed),
            claim_past::content_mac.eq(&before.content_mac[..]),
            claim_past::person_hash.eq(&before.person_hash[..]),
            claim_past::keys.eq(&before.keys),
            claim_past::warnings.eq(&before.warnings_json),
        ))
        .execute(conn)?;
    diesel::update(claims::table.filter(claims::id.eq(after.id.to_vec())))
        .set((
            claims::sealed.eq(&after.sealed),
            claims::content_mac.eq(&after.content_mac[..]),
            claims::person_hash.eq(&after.person_hash[..]),
            claims::keys.eq(&after.keys),
            claims::warnings.eq(&after.warnings_json),
        ))
        .execute(conn)?;
    Ok(())
}

/// What a claim said before it was amended.
#[derive(Debug, Clone)]
pub struct PastClaim {
    /// The claim.
    pub claim: ClaimId,
    /// The revision that it had.
    pub revision: i64,
    /// What it held or asked for.
    pub amount: i64,
    /// Sealed content.
    pub sealed: Vec<u8>,
    /// Keyed MAC of the content.
    pub content_mac: [u8; 32],
    /// Keyed hash of the applicant.
    pub person_hash: [u8; 16],
    /// The keys it took.
    pub keys: Vec<u8>,
    /// Warnings as JSON.
    pub warnings_json: String,
}

type PastTuple = (
    Vec<u8>,
    i64,
    i64,
    Vec<u8>,
    Vec<u8>,
    Vec<u8>,
    Vec<u8>,
    String,
);

/// What a claim said before, the oldest first.
///
/// # Errors
/// The database's.
pub fn past(conn: &mut Db, claim: ClaimId) -> Result<Vec<PastClaim>, StorageError> {
    let rows: Vec<PastTuple> = claim_past::table
        .filter(claim_past::claim_id.eq(claim.to_vec()))
        .order(claim_past::revision)
        .select((
            claim_past::claim_id,
            claim_past::revision,
            claim_past::amount,
            claim_past::sealed,
            claim_past::content_mac,
            claim_past::person_hash,
            claim_past::keys,
            claim_past::warnings,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(
            |(claim, revision, amount, sealed, mac, person, keys, warnings)| {
                Ok(PastClaim {
                    claim: claim_id(&claim)?,
                    revision,
                    amount,
                    sealed,
                    content_mac: bytes32(&mac)?,
                    person_hash: bytes16(&person)?,
                    keys,
                    warnings_json: warnings,
                })
            },
        )
        .collect()
}

/// Lowers what a dealer holds in a pool, or raises it by a negative amount.
///
/// # Errors
/// The database's; a CHECK refuses less than nothing.
pub fn release_share(
    conn: &mut Db,
    pool: &PoolRow,
    dealer: DealerId,
    fen: i64,
) -> Result<(), StorageError> {
    let row = dealer_usage::table
        .filter(dealer_usage::pool_id.eq(pool.id.to_vec()))
        .filter(dealer_usage::dealer_id.eq(dealer.to_vec()));
    let changed = diesel::update(row)
        .set(dealer_usage::held.eq(dealer_usage::held - fen))
        .execute(conn)?;
    if changed == 0 && fen < 0 {
        diesel::insert_into(dealer_usage::table)
            .values((
                dealer_usage::pool_id.eq(pool.id.to_vec()),
                dealer_usage::dealer_id.eq(dealer.to_vec()),
                dealer_usage::held.eq(-fen),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Words about a claim that only some may read: defects, the ground of a rejection, an appeal.
#[derive(Debug, Clone)]
pub struct Note {
    /// The journal entry that it belongs to.
    pub seq: i64,
    /// What it is: the entry's kind.
    pub kind: String,
    /// Who of the bureau wrote it; none when the dealer did.
    pub staff: Option<StaffId>,
    /// When.
    pub at: Timestamp,
    /// Sealed JSON.
    pub sealed: Vec<u8>,
}

/// Keeps a note.
///
/// # Errors
/// The database's.
pub fn insert_note(conn: &mut Db, claim: ClaimId, note: &Note) -> Result<(), StorageError> {
    diesel::insert_into(claim_notes::table)
        .values((
            claim_notes::claim_id.eq(claim.to_vec()),
            claim_notes::seq.eq(note.seq),
            claim_notes::kind.eq(&note.kind),
            claim_notes::staff_id.eq(note.staff.map(StaffId::to_vec)),
            claim_notes::at_us.eq(note.at.0),
            claim_notes::sealed.eq(&note.sealed),
        ))
        .execute(conn)?;
    Ok(())
}

type NoteTuple = (i64, String, Option<Vec<u8>>, i64, Vec<u8>);

/// The notes on a claim, the oldest first.
///
/// # Errors
/// The database's.
pub fn notes(conn: &mut Db, claim: ClaimId) -> Result<Vec<Note>, StorageError> {
    let rows: Vec<NoteTuple> = claim_notes::table
        .filter(claim_notes::claim_id.eq(claim.to_vec()))
        .order(claim_notes::seq)
        .select((
            claim_notes::seq,
            claim_notes::kind,
            claim_notes::staff_id,
            claim_notes::at_us,
            claim_notes::sealed,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(seq, kind, staff, at, sealed)| {
            Ok(Note {
                seq,
                kind,
                staff: staff.map(|s| staff_id(&s)).transpose()?,
                at: Timestamp(at),
                sealed,
            })
        })
        .collect()
}

/// How many notes there are on all claims.
///
/// # Errors
/// The database's.
pub fn count_notes(conn: &mut Db) -> Result<i64, StorageError> {
    Ok(claim_notes::table.count().get_result(conn)?)
}

/// What a claim was before it was withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// The state.
    pub state: ClaimState,
    /// When it would have lapsed.
    pub deadline: Option<Timestamp>,
}

/// Keeps what a claim was that is withdrawn.
///
/// # Errors
/// The database's.
pub fn insert_before(conn: &mut Db, claim: ClaimId, before: Before) -> Result<(), StorageError> {
    diesel::insert_into(withdrawn_claims::table)
        .values((
            withdrawn_claims::claim_id.eq(claim.to_vec()),
            withdrawn_claims::state.eq(before.state.as_str()),
            withdrawn_claims::deadline_us.eq(before.deadline.map(|t| t.0)),
        ))
        .execute(conn)?;
    Ok(())
}

/// What a withdrawn claim was; none for any other.
///
/// # Errors
/// The database's.
pub fn before(conn: &mut Db, claim: ClaimId) -> Result<Option<Before>, StorageError> {
    let row: Option<(String, Option<i64>)> = withdrawn_claims::table
        .filter(withdrawn_claims::claim_id.eq(claim.to_vec()))
        .select((withdrawn_claims::state, withdrawn_claims::deadline_us))
        .first(conn)
        .optional()?;
    row.map(|(state, deadline)| {
        let unknown = || StorageError::Corrupt("the state of a claim that was withdrawn".into());
        Ok(Before {
            state: ClaimState::parse(&state).ok_or_else(unknown)?,
            deadline: deadline.map(Timestamp),
        })
    })
    .transpose()
}

/// Forgets what a claim was that is withdrawn no more.
///
/// # Errors
/// The database's.
pub fn delete_before(conn: &mut Db, claim: ClaimId) -> Result<(), StorageError> {
    let row = withdrawn_claims::table.filter(withdrawn_claims::claim_id.eq(claim.to_vec()));
    diesel::delete(row).execute(conn)?;
    Ok(())
}

/// Of how many claims it is known what they were.
///
/// # Errors
/// The database's.
pub fn count_before(conn: &mut Db) -> Result<i64, StorageError> {
    Ok(withdrawn_claims::table.count().get_result(conn)?)
}
