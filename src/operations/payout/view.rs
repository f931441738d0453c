//! Batches as people of finance read them: who did what, and a page of lines with accounts masked.

use super::{BatchView, PayeeAccount, shown, shown_whole};
use crate::domain::ids::{BatchId, ClaimId, StaffId};
use crate::domain::mask;
use crate::domain::money::Fen;
use crate::operations::denial::{ActError, Denial, Ended};
use crate::operations::{Engine, StaffCaller, payment_reason};
use crate::storage::batch::PoolRow;
use crate::storage::payout_lines::{LineRow, LineState};
use crate::storage::payouts::{BatchRow, Which};
use crate::storage::{Db, StorageError, access, payout_lines, payouts, pools as rows};

/// A batch with a page of its lines.
#[derive(Debug, Clone)]
pub struct BatchDossier {
    /// The batch.
    pub batch: BatchView,
    /// The login of who sealed it.
    pub sealed_by: String,
    /// The login of who released or discarded it.
    pub ended_by: Option<String>,
    /// What hinders this person from releasing it.
    pub release: Option<Denial>,
    /// The numbers of its claims that a flag keeps apart; while it is sealed.
    pub kept_apart: Vec<String>,
    /// How many lines stand how: pending, paid, returned, discarded.
    pub fates: [usize; 4],
    /// Some of its lines.
    pub lines: Vec<LineView>,
    /// The line after which the next page starts.
    pub next: Option<i64>,
}

/// A line of a batch.
#[derive(Debug, Clone)]
pub struct LineView {
    /// 1, 2, 3 … in the batch.
    pub line: i64,
    /// The name that the bank knows the payment by.
    pub end_to_end_id: String,
    /// The claim.
    pub claim: ClaimId,
    /// Its number.
    pub claim_number: String,
    /// `dealer` or `consumer`.
    pub payee: String,
    /// The holder of the account, masked.
    pub name: String,
    /// The account, masked.
    pub account: String,
    /// What the claim is owed.
    pub gross: Fen,
    /// What of it is set off.
    pub set_off: Fen,
    /// What the bank pays.
    pub net: Fen,
    /// What became of it.
    pub state: LineState,
    /// Why it came back.
    pub reason: Option<String>,
}

/// A batch for somebody who may see payouts, with at most `limit` lines after one.
///
/// # Errors
/// [`ActError::NotFound`].
pub async fn dossier(
    engine: &Engine,
    caller: &StaffCaller,
    id: BatchId,
    after: i64,
    limit: usize,
) -> Result<BatchDossier, ActError> {
    let (worker, staff) = (engine.clone(), caller.staff);
    let done = engine.with_db(move |conn| -> Result<BatchDossier, Ended> {
        conn.snapshot(|conn| within(&worker, conn, staff, id, after, limit))
    });
    done.await.map_err(Ended::into_act)
}

fn within(
    engine: &Engine,
    conn: &mut Db,
    staff: StaffId,
    id: BatchId,
    after: i64,
    limit: usize,
) -> Result<BatchDossier, Ended> {
    let row = payouts::find_batch(conn, id)?.ok_or(ActError::NotFound)?;
    let pool = rows::read(conn, row.pool)?.ok_or(ActError::NotFound)?;
    let all = payout_lines::lines_of(conn, id)?;
    let mut page = payout_lines::page_of(conn, id, after, limit as i64 + 1)?;
    let more = page.len() > limit;
    page.truncate(limit);
    let lines: Result<Vec<LineView>, StorageError> = page
        .into_iter()
        .map(|(line, number)| masked(engine, line, number))
        .collect();
    let lines = lines?;
    let ended = row.released.or(row.discarded).map(|(who, _)| who);
    let persons: Vec<StaffId> = [Some(row.sealed_by), ended].into_iter().flatten().collect();
    let logins = access::logins(conn, &persons)?;
    let login = |who: StaffId| {
        let found = logins.iter().find(|(id, _)| *id == who);
        found.map_or_else(String::new, |(_, login)| login.clone())
    };
    let sealed = row.released.is_none() && row.discarded.is_none();
    let count = |state| all.iter().filter(|line| line.state == state).count();
    Ok(BatchDossier {
        sealed_by: login(row.sealed_by),
        ended_by: ended.map(login),
        release: hindrance(&row, &pool, staff),
        kept_apart: if sealed {
            payout_lines::kept_apart(conn, id)?
        } else {
            Vec::new()
        },
        fates: [
            LineState::Pending,
            LineState::Paid,
            LineState::Returned,
            LineState::Discarded,
        ]
        .map(count),
        next: lines.last().filter(|_| more).map(|line| line.line),
        batch: shown_whole(engine, &row, &all, pool.name)?,
        lines,
    })
}

/// What hinders a person from releasing a sealed batch, told before he tries.
fn hindrance(row: &BatchRow, pool: &PoolRow, staff: StaffId) -> Option<Denial> {
    if row.sealed_by == staff {
        return Some(Denial::SecondPersonRequired);
    }
    (pool.payout != "open").then_some(Denial::StageStopped)
}

fn masked(engine: &Engine, row: LineRow, claim_number: String) -> Result<LineView, StorageError> {
    let (vault, id) = (&engine.keys.vault, &row.end_to_end_id);
    let account = PayeeAccount::open(vault, id, &row.sealed)?;
    let reason = payment_reason::open(vault, id, row.reason.as_deref())?;
    let reason = reason.map(|reason| payment_reason::masked(&reason, &account));
    let fen = |amount: i64| Fen::new(amount).unwrap_or_default();
    // A dealer's name is public; a person's is not.
    let name = if row.payee == "dealer" {
        account.name
    } else {
        mask::middle(&account.name, 1, 0)
    };
    Ok(LineView {
        line: row.line,
        claim: row.claim,
        claim_number,
        name,
        account: mask::middle(&account.number, 4, 4),
        gross: fen(row.gross),
        set_off: fen(row.set_off),
        net: fen(row.net),
        payee: row.payee,
        state: row.state,
        reason,
        end_to_end_id: row.end_to_end_id,
    })
}

/// At most `limit` batches before one, the last sealed first; of one pool, or of all.
///
/// # Errors
/// [`ActError::NotFound`] for the pool.
pub async fn latest(
    engine: &Engine,
    pool: Option<String>,
    before: Option<BatchId>,
    limit: i64,
) -> Result<Vec<BatchView>, ActError> {
    let done = engine.with_db(move |conn| -> Result<Vec<BatchView>, Ended> {
        let pools = rows::all(conn)?;
        let wanted = match pool {
            None => Which::All,
            Some(name) => {
                let found = pools.iter().find(|pool| pool.name == name);
                Which::Of(found.ok_or(ActError::NotFound)?.id)
            }
        };
        let found = payouts::latest(conn, wanted, before, limit)?;
        Ok(found.iter().map(|row| named(row, &pools)).collect())
    });
    done.await.map_err(Ended::into_act)
}

/// The last `limit` batches that wait for a second person.
///
/// # Errors
/// The database's.
pub fn waiting(conn: &mut Db, limit: i64) -> Result<Vec<BatchRow>, StorageError> {
    payouts::latest(conn, Which::Waiting, None, limit)
}

/// A batch with the name of its pool.
pub fn named(row: &BatchRow, pools: &[PoolRow]) -> BatchView {
    let pool = pools.iter().find(|pool| pool.id == row.pool);
    shown(row, pool.map_or_else(String::new, |pool| pool.name.clone()))
}
