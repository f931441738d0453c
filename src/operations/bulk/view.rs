//! Bulk approvals as approvers and auditors see them.

use serde::Serialize;

use super::examination::{Examined, examined};
use crate::domain::ids::{BulkId, ClaimId};
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::journal::canonical::hex;
use crate::operations::denial::{ActError, Ended};
use crate::storage::batch::PoolRow;
use crate::storage::bulk::{self, BulkRow, BulkState, Standing};
use crate::storage::{Db, pools as rows};

/// A bulk approval as approvers and auditors see it.
#[derive(Debug, Clone, Serialize)]
pub struct BulkView {
    /// The id.
    pub id: BulkId,
    /// The pool.
    pub pool: String,
    /// `committed`, `drawn`, `approved` or `void`.
    pub state: &'static str,
    /// The most claims that the list may have.
    pub limit: i64,
    /// The largest amount of a claim on the list, where there is a bound.
    pub most_amount: Option<Fen>,
    /// What stands for the seed in the public journal, in hexadecimal.
    pub commitment: String,
    /// When it was begun.
    pub committed_at: Timestamp,
    /// The entry that committed to the seed.
    pub committed_seq: i64,
    /// When the list was frozen.
    pub drawn_at: Option<Timestamp>,
    /// The entry that committed to the list; the next one tells the seed.
    pub drawn_seq: Option<i64>,
    /// The hash of the list, in hexadecimal.
    pub list_hash: Option<String>,
    /// The seed, in hexadecimal; told once the list is frozen.
    pub seed: Option<String>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The list, in the order of review.
    pub claims: Vec<ListedClaim>,
}

/// A claim on the list.
#[derive(Debug, Clone, Serialize)]
pub struct ListedClaim {
    /// The claim.
    pub id: ClaimId,
    /// Its number.
    pub number: String,
    /// What stands for it in the public journal, in hexadecimal.
    pub commitment: String,
    /// The revision that it had when the list was frozen.
    pub revision: i64,
    /// Whether it is examined one by one.
    pub sampled: bool,
    /// Of a sampled claim: `to_examine`, `examined`, `failed`; of any other: `open`, `approved`,
    /// `skipped`.
    pub standing: &'static str,
    /// Why it was skipped: `changed`, or the code of what forbade it.
    pub why: Option<String>,
}

/// A bulk approval in a list.
#[derive(Debug, Clone)]
pub struct BulkBrief {
    /// The id.
    pub id: BulkId,
    /// The pool.
    pub pool: String,
    /// `committed`, `drawn`, `approved` or `void`, as it was noted last.
    pub state: &'static str,
    /// The most claims that the list may have.
    pub limit: i64,
    /// When it was begun.
    pub committed_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

pub(super) fn brief(row: &BulkRow, pools: &[PoolRow]) -> BulkBrief {
    let pool = pools.iter().find(|pool| pool.id == row.pool);
    BulkBrief {
        id: row.id,
        pool: pool.map_or_else(String::new, |pool| pool.name.clone()),
        state: row.state.as_str(),
        limit: row.most_claims,
        committed_at: row.committed,
        ended_at: row.ended,
    }
}

pub(super) fn look(conn: &mut Db, id: BulkId) -> Result<BulkView, Ended> {
    let row = bulk::find(conn, id)?.ok_or(ActError::NotFound)?;
    view(conn, &row)
}

pub(super) fn view(conn: &mut Db, row: &BulkRow) -> Result<BulkView, Ended> {
    let list = bulk::standing(conn, row.id)?;
    let examined = examined(conn, row, &list)?;
    // It is void from the moment a sampled claim fails, whoever asks first.
    let failed = examined.contains(&Some(Examined::Failed));
    let state = match row.state {
        BulkState::Drawn if failed => BulkState::Void,
        state => state,
    };
    let pool = rows::read(conn, row.pool)?.ok_or(ActError::NotFound)?;
    let claims = list.into_iter().zip(examined);
    Ok(BulkView {
        id: row.id,
        pool: pool.name,
        state: state.as_str(),
        limit: row.most_claims,
        most_amount: row.most_amount.and_then(Fen::new),
        commitment: hex(&row.commitment),
        committed_at: row.committed,
        committed_seq: row.committed_seq,
        drawn_at: row.drawn.map(|d| d.at),
        drawn_seq: row.drawn.map(|d| d.seq),
        list_hash: row.drawn.map(|d| hex(&d.list_hash)),
        seed: row.drawn.map(|d| hex(&d.seed)),
        ended_at: row.ended,
        claims: claims.map(|(s, examined)| listed(s, examined)).collect(),
    })
}

fn listed(standing: Standing, examined: Option<Examined>) -> ListedClaim {
    let row = standing.row;
    ListedClaim {
        id: row.claim,
        number: standing.number,
        commitment: hex(&row.commitment),
        revision: row.revision,
        sampled: row.sampled,
        standing: match (examined, row.outcome.as_deref()) {
            (Some(Examined::Waits), _) => "to_examine",
            (Some(Examined::Approved), _) => "examined",
            (Some(Examined::Failed), _) => "failed",
            (None, Some("approved")) => "approved",
            (None, Some(_)) => "skipped",
            (None, None) => "open",
        },
        why: row.why,
    }
}
