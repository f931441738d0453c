//! Payout batches: sealed from approved claims in the order of approval, released by a second
//! person, handed to the bank as a file; or discarded before anything was sent.

mod end;
mod file;
mod seal;
mod view;

use serde::Serialize;

pub use self::end::{discard, release};
pub use self::file::{FileFormat, NO_PAYMENTS, file};
pub use self::seal::{
    LeftOut, NewBatch, PayeeAccount, Sealed, dealer_account, dealer_debtor, seal, set_offs_told,
};
pub use self::view::{BatchDossier, LineView, dossier, latest, named, waiting};

use crate::domain::ids::{BatchId, PoolId, StaffId};
use crate::domain::money::Fen;
use crate::domain::split::Split;
use crate::domain::time::Timestamp;
use crate::journal::canonical::hex;
use crate::journal::entry::{EntryActor, EntryKind};
use crate::ledger::{Ledger, Line, Private, act_record};
use crate::operations::Engine;
use crate::operations::denial::{ActError, Ended};
use crate::storage::payout_lines::LineRow;
use crate::storage::payouts::BatchRow;
use crate::storage::{StorageError, payout_lines, payouts, pools as rows};
use crate::vault::salt_aad;

/// The most claims in one batch.
pub const MOST_LINES: i64 = 1_000;

/// A batch as finance and auditors see it.
#[derive(Debug, Clone, Serialize)]
pub struct BatchView {
    /// The id.
    pub id: BatchId,
    /// The pool that pays.
    pub pool: String,
    /// 1, 2, 3 … in the pool.
    pub number: i64,
    /// `sealed`, `released` or `discarded`.
    pub state: &'static str,
    /// How many claims.
    pub lines: i64,
    /// What the claims are owed.
    pub gross: Fen,
    /// What of it is set off against what is owed back.
    pub set_off: Fen,
    /// What the bank pays.
    pub total: Fen,
    /// Whose money it is: the shares of each claim by largest remainder, added up. Not told in
    /// lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sources: Option<Split>,
    /// What stands for the CSV file in public: SHA-256 over a salt and its bytes, in
    /// hexadecimal.
    pub hash: String,
    /// The salt, in hexadecimal: of a released batch, and not told in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// When it was sealed.
    pub sealed_at: Timestamp,
    /// When it was released.
    pub released_at: Option<Timestamp>,
    /// When it was discarded.
    pub discarded_at: Option<Timestamp>,
    /// Approved claims that were left out, and why; only in the answer that sealed it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// How many more were left out and are not named.
    #[serde(skip_serializing_if = "is_zero")]
    pub left_out_more: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The salt in a batch's public hash, in hexadecimal.
///
/// # Errors
/// [`StorageError::Corrupt`] when it does not open.
pub fn file_salt(engine: &Engine, row: &BatchRow) -> Result<String, StorageError> {
    let corrupt = || StorageError::Corrupt(format!("batch {}: its salt", row.id));
    let plain = engine.keys.vault.open(&salt_aad(row.id), &row.salt);
    String::from_utf8(plain.map_err(|_| corrupt())?).map_err(|_| corrupt())
}

/// A batch with what lists do not tell: whose money it is and, once there is a file, the salt.
fn shown_whole(
    engine: &Engine,
    row: &BatchRow,
    lines: &[LineRow],
    pool: String,
) -> Result<BatchView, StorageError> {
    let salt = row.released.map(|_| file_salt(engine, row)).transpose()?;
    Ok(BatchView {
        sources: Some(sources(lines)),
        salt,
        ..shown(row, pool)
    })
}

fn batch_entry(
    ledger: &mut Ledger,
    kind: EntryKind,
    row: &BatchRow,
    staff: StaffId,
) -> Result<(), Ended> {
    let record = act_record(&[
        ("act", kind.as_str()),
        ("batch", &row.id.to_string()),
        ("gross", &row.gross.to_string()),
        ("lines", &row.lines.to_string()),
        ("set_off", &row.set_off.to_string()),
        ("staff", &staff.to_string()),
    ]);
    let line = Line {
        kind,
        actor: EntryActor::Staff,
        about: None,
        amount: Fen::new(row.net).unwrap_or_default(),
        moved: None,
        detail: Some(hex(&row.hash)),
        private: Private::Kept(record),
    };
    let appended = ledger.append(line);
    appended.map_err(|e| StorageError::Corrupt(e.to_string()))?;
    Ok(())
}

/// A batch, for who may see payouts.
///
/// # Errors
/// [`ActError::NotFound`].
pub async fn get(engine: &Engine, id: BatchId) -> Result<BatchView, ActError> {
    let worker = engine.clone();
    let done = engine.with_db(move |conn| -> Result<BatchView, Ended> {
        let row = payouts::find_batch(conn, id)?.ok_or(ActError::NotFound)?;
        let pool = rows::read(conn, row.pool)?.ok_or(ActError::NotFound)?;
        let lines = payout_lines::lines_of(conn, id)?;
        Ok(shown_whole(&worker, &row, &lines, pool.name)?)
    });
    done.await.map_err(Ended::into_act)
}

/// Whose money the lines of a batch are.
fn sources(lines: &[LineRow]) -> Split {
    let sum = |n: usize| {
        let fen: i64 = lines.iter().map(|line| line.sources[n]).sum();
        Fen::new(fen).unwrap_or_default()
    };
    Split {
        centre: sum(0),
        province: sum(1),
        zone: sum(2),
        local: sum(3),
    }
}

/// Batches in the order of sealing.
///
/// # Errors
/// [`ActError::Unavailable`].
pub async fn list(
    engine: &Engine,
    after: Option<BatchId>,
    limit: i64,
) -> Result<Vec<BatchView>, ActError> {
    let done = engine.with_db(move |conn| -> Result<Vec<BatchView>, Ended> {
        let pools = rows::all(conn)?;
        let name = |id: PoolId| {
            let found = pools.iter().find(|p| p.id == id);
            found.map_or_else(String::new, |p| p.name.clone())
        };
        let found = payouts::batches(conn, after, limit)?;
        Ok(found.iter().map(|row| shown(row, name(row.pool))).collect())
    });
    done.await.map_err(Ended::into_act)
}

fn shown(row: &BatchRow, pool: String) -> BatchView {
    let fen = |amount: i64| Fen::new(amount).unwrap_or_default();
    BatchView {
        id: row.id,
        pool,
        number: row.number,
        state: match (row.released, row.discarded) {
            (None, None) => "sealed",
            (Some(_), _) => "released",
            (None, Some(_)) => "discarded",
        },
        lines: row.lines,
        gross: fen(row.gross),
        set_off: fen(row.set_off),
        total: fen(row.net),
        sources: None,
        hash: hex(&row.hash),
        salt: None,
        sealed_at: row.sealed,
        released_at: row.released.map(|(_, at)| at),
        discarded_at: row.discarded.map(|(_, at)| at),
        left_out: Vec::new(),
        left_out_more: 0,
    }
}
