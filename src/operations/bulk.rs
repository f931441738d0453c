//! Many low-risk claims are approved together after a sample of them was examined one by one.
//!
//! Four acts, in this order, each of which only the one before makes possible: the seed is drawn
//! and committed to in the pool's journal; the list is frozen and committed to, and the seed told;
//! the sampled claims are approved one by one by the ordinary calls; the rest is approved. A
//! sampled claim that goes any other way than to approval ends it, even when its dealer took it
//! back: who could take back what was sampled would get everything else through.

mod examination;
mod view;

use aws_lc_rs::{digest, rand};

use self::examination::end_failed;
pub use self::examination::{approve, has_failed};
pub use self::view::{BulkBrief, BulkView, ListedClaim};
use self::view::{brief, look, view};
use crate::catalogue::NO_POOL;
use crate::clock;
use crate::domain::ids::{BulkId, DealerId, PoolId, StaffId};
use crate::domain::money::Fen;
use crate::domain::sample::{self, SEED_BYTES, Seed};
use crate::journal::canonical::hex;
use crate::journal::entry::{EntryActor, EntryKind, claim_commitment};
use crate::ledger::{Ledger, Line, Private, act_record};
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::scene::{settle, with_retries};
use crate::operations::{Engine, StaffCaller, pools};
use crate::storage::bulk::{self, BulkClaim, BulkRow, BulkState, Drawn};
use crate::storage::claims::StoredClaim;
use crate::storage::{Db, StorageError, claim_queues, dealers, pools as rows};
use crate::vault::seed_aad;

/// The most claims on one list.
pub const MOST_CLAIMS: u32 = 1_000;
/// How many recommended claims are read at a time.
const PAGE: i64 = 500;

/// What shall be approved together.
#[derive(Debug, Clone)]
pub struct NewBulk {
    /// The pool's name.
    pub pool: String,
    /// The most claims on the list.
    pub limit: u32,
    /// The largest amount of a claim on it.
    pub most_amount: Option<Fen>,
    /// Names this attempt: the same key and wish give the same bulk approval, and no second one.
    pub key: Option<String>,
}

impl NewBulk {
    /// At most `limit` claims of a pool, however large, without a key.
    pub fn of(pool: &str, limit: u32) -> Self {
        Self {
            pool: pool.to_owned(),
            limit,
            most_amount: None,
            key: None,
        }
    }

    /// Whether a bulk approval was begun by this wish.
    fn is_wish_of(&self, row: &BulkRow, pool: PoolId) -> bool {
        row.pool == pool
            && row.most_claims == i64::from(self.limit)
            && row.most_amount == self.most_amount.map(Fen::fen)
    }
}

/// Begins a bulk approval: draws a seed and commits to it, before there is anything to sample.
/// What was begun under the same key is told as it stands now.
///
/// # Errors
/// [`ActError::NotFound`] for the pool; [`Denial::KeyReused`].
pub async fn begin(
    engine: &Engine,
    caller: &StaffCaller,
    wanted: NewBulk,
) -> Result<BulkView, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.write_db(move |conn| -> Result<BulkView, Ended> {
        let found = rows::all(conn)?
            .into_iter()
            .find(|p| p.name == wanted.pool && p.name != NO_POOL);
        let id = found.ok_or(ActError::NotFound)?.id;
        let row = with_retries(conn, |conn| begin_within(&worker, conn, staff, id, &wanted))?;
        view(conn, &row)
    });
    done.await.map_err(Ended::into_act)
}

fn begin_within(
    engine: &Engine,
    conn: &mut Db,
    staff: StaffId,
    pool: PoolId,
    wanted: &NewBulk,
) -> Result<BulkRow, Ended> {
    let mut ledger = pools::lock(conn, pool)?;
    let vault = &engine.keys.vault;
    let key = wanted.key.as_ref();
    let key = key.map(|key| vault.keyed_hash("bulk_key", &[&staff.to_string(), key]));
    let before = key.as_ref().map(|key| bulk::begun_under(conn, key));
    match before.transpose()?.flatten() {
        Some(row) if wanted.is_wish_of(&row, pool) => return Ok(row),
        Some(_) => return Err(Denial::KeyReused.into()),
        None => {}
    }
    let id = BulkId(clock::new_uuid());
    let seed = new_seed();
    let commitment = sample::seed_commitment(&seed);
    let most_amount = wanted.most_amount;
    let amount = most_amount.map_or_else(String::new, |most| most.to_string());
    let committed_seq = entry(
        &mut ledger,
        EntryKind::SampleCommitted,
        hex(&commitment),
        &[
            ("bulk", &id.to_string()),
            ("limit", &wanted.limit.to_string()),
            ("most_amount", &amount),
            ("staff", &staff.to_string()),
        ],
    )?;
    let row = BulkRow {
        id,
        pool,
        state: BulkState::Committed,
        most_claims: i64::from(wanted.limit),
        most_amount: most_amount.map(Fen::fen),
        staff,
        sealed: vault.seal(&seed_aad(id), &seed),
        commitment,
        committed: ledger.at,
        committed_seq,
        drawn: None,
        ended: None,
    };
    bulk::insert(conn, &row, key.as_ref())?;
    settle(conn, ledger)?;
    Ok(row)
}

#[expect(
    clippy::expect_used,
    reason = "the library stops the process rather than give weak random bytes"
)]
fn new_seed() -> Seed {
    let mut seed = [0; SEED_BYTES];
    rand::fill(&mut seed).expect("random bytes");
    seed
}

/// An entry about the pool; returns its number.
fn entry(
    ledger: &mut Ledger,
    kind: EntryKind,
    detail: String,
    record: &[(&str, &str)],
) -> Result<i64, StorageError> {
    let fields = [&[("act", kind.as_str())], record].concat();
    let line = Line {
        kind,
        actor: EntryActor::Staff,
        about: None,
        amount: Fen::ZERO,
        moved: None,
        detail: Some(detail),
        private: Private::Kept(act_record(&fields)),
    };
    let appended = ledger.append(line);
    let (seq, _) = appended.map_err(|e| StorageError::Corrupt(e.to_string()))?;
    Ok(seq)
}

/// Freezes the list of low-risk claims, commits to it, and tells the seed: the sample follows.
///
/// # Errors
/// [`Denial::AlreadyDrawn`]; [`Denial::NothingToApprove`] when no claim is low-risk, after which
/// it may be tried again.
pub async fn draw(engine: &Engine, caller: &StaffCaller, id: BulkId) -> Result<BulkView, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.write_db(move |conn| -> Result<BulkView, Ended> {
        with_retries(conn, |conn| draw_within(&worker, conn, staff, id))?;
        look(conn, id)
    });
    done.await.map_err(Ended::into_act)
}

fn draw_within(engine: &Engine, conn: &mut Db, staff: StaffId, id: BulkId) -> Result<(), Ended> {
    let (mut ledger, row) = locked(conn, id)?;
    if row.state != BulkState::Committed {
        return Err(Denial::AlreadyDrawn.into());
    }
    end_failed(conn, &ledger)?;
    let list = low_risk(conn, &row, staff)?;
    if list.is_empty() {
        return Err(Denial::NothingToApprove.into());
    }
    let seed = told(engine, &row)?;
    let marks: Vec<[u8; 32]> = list
        .iter()
        .map(|claim| claim_commitment(&claim.nonce, &claim.number))
        .collect();
    let list_hash = sample::list_hash(&marks);
    let revisions: Vec<i64> = list.iter().map(|claim| claim.revision).collect();
    let record = [
        ("bulk", id.to_string()),
        ("claims", list.len().to_string()),
        ("revisions", revisions_hash(&marks, &revisions)),
        ("staff", staff.to_string()),
    ];
    let record = record.each_ref().map(|(k, v)| (*k, v.as_str()));
    let seq = entry(
        &mut ledger,
        EntryKind::SampleDrawn,
        hex(&list_hash),
        &record,
    )?;
    let record = [("bulk", &*id.to_string()), ("staff", &*staff.to_string())];
    entry(&mut ledger, EntryKind::SampleRevealed, hex(&seed), &record)?;
    let drawn = Drawn {
        seed,
        list_hash,
        at: ledger.at,
        seq,
    };
    if !bulk::draw(conn, id, &drawn)? {
        return Err(Denial::AlreadyDrawn.into());
    }
    let sampled = sample::sample(&seed, &marks);
    for (at, (claim, sampled)) in list.iter().zip(sampled).enumerate() {
        let row = BulkClaim {
            line: at as i64 + 1,
            claim: claim.id,
            commitment: marks[at],
            revision: claim.revision,
            sampled,
            outcome: None,
            why: None,
        };
        bulk::insert_claim(conn, id, &row)?;
    }
    settle(conn, ledger)
}

/// What the journal keeps of the revisions at which the list was frozen: SHA-256 over a line for
/// each claim, its commitment in hexadecimal, a blank and the revision.
pub fn revisions_hash(marks: &[[u8; 32]], revisions: &[i64]) -> String {
    let lines = marks.iter().zip(revisions);
    let text: String = lines
        .map(|(mark, revision)| format!("{} {revision}\n", hex(mark)))
        .collect();
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

/// The pool's ledger under its lock, and the bulk approval read under it.
fn locked(conn: &mut Db, id: BulkId) -> Result<(Ledger, BulkRow), Ended> {
    let pool = bulk::find(conn, id)?.ok_or(ActError::NotFound)?.pool;
    let ledger = pools::lock(conn, pool)?;
    let row = bulk::find(conn, id)?.ok_or(ActError::NotFound)?;
    Ok((ledger, row))
}

fn told(engine: &Engine, row: &BulkRow) -> Result<Seed, StorageError> {
    let corrupt = || StorageError::Corrupt(format!("bulk approval {}: its seed", row.id));
    let plain = engine.keys.vault.open(&seed_aad(row.id), &row.sealed);
    let seed = Seed::try_from(plain.map_err(|_| corrupt())?).map_err(|_| corrupt())?;
    if sample::seed_commitment(&seed) == row.commitment {
        Ok(seed)
    } else {
        Err(corrupt())
    }
}

/// Recommended claims in the order of review that nothing speaks against: no warnings, no flags,
/// no larger than the bound, not prepared by the caller, of dealers that he did not change, and
/// on no other list that waits for its examination.
fn low_risk(conn: &mut Db, row: &BulkRow, staff: StaffId) -> Result<Vec<StoredClaim>, Ended> {
    let elsewhere = bulk::listed(conn, row.pool)?;
    let mut conflicts: Vec<(DealerId, bool)> = Vec::new();
    let mut list = Vec::new();
    let mut after = None;
    loop {
        let page = claim_queues::recommended(conn, row.pool, after, PAGE)?;
        let Some(last) = page.last() else {
            return Ok(list);
        };
        after = Some((last.progress.review.unwrap_or(last.changed), last.id));
        for claim in page {
            if list.len() as i64 >= row.most_claims {
                return Ok(list);
            }
            let small = row
                .most_amount
                .is_none_or(|most| claim.amount.fen() <= most);
            let plain = claim.warnings_json == "[]" && claim.progress.apart == 0;
            let his = claim.progress.prepared_by.is_none_or(|by| by == staff);
            if !small || !plain || his || elsewhere.contains(&claim.id) {
                continue;
            }
            let known = conflicts.iter().find(|(dealer, _)| *dealer == claim.dealer);
            let conflict = match known {
                Some((_, conflict)) => *conflict,
                None => {
                    let changed = dealers::was_changed_by(conn, claim.dealer, staff)?;
                    conflicts.push((claim.dealer, changed));
                    changed
                }
            };
            if !conflict {
                list.push(claim);
            }
        }
    }
}

/// A bulk approval with its list, for approvers and auditors.
///
/// # Errors
/// [`ActError::NotFound`].
pub async fn get(engine: &Engine, id: BulkId) -> Result<BulkView, ActError> {
    let done = engine.with_db(move |conn| conn.snapshot(|conn| look(conn, id)));
    done.await.map_err(Ended::into_act)
}

/// The last `limit` bulk approvals, each without its list.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn latest(engine: &Engine, limit: i64) -> Result<Vec<BulkBrief>, ActError> {
    let done = engine.with_db(move |conn| -> Result<Vec<BulkBrief>, Ended> {
        let pools = rows::all(conn)?;
        let found = bulk::latest(conn, limit)?;
        Ok(found.iter().map(|row| brief(row, &pools)).collect())
    });
    done.await.map_err(Ended::into_act)
}
