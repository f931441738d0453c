//! The masked lists of who is to be paid (公示): of every payout batch that was not discarded.

use crate::clock;
use crate::domain::draft::NewItem;
use crate::domain::ids::BatchId;
use crate::domain::mask;
use crate::domain::money::Fen;
use crate::domain::policy::words::{category, kind_of_item};
use crate::domain::text::Text;
use crate::domain::time::Timestamp;
use crate::operations::claims::{open, versions_and_dealer};
use crate::operations::{Engine, ReadError};
use crate::storage::claims::StoredClaim;
use crate::storage::payouts::{BatchRow, Which};
use crate::storage::{Db, StorageError, payout_lines, payouts, pools};

/// Batches on one page.
const BATCHES: i64 = 30;
/// Lines on one page.
const LINES: i64 = 100;

/// A list, without its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The batch.
    pub batch: BatchId,
    /// The pool that pays.
    pub pool: String,
    /// 1, 2, 3 … in the pool.
    pub number: i64,
    /// How many claims.
    pub lines: i64,
    /// What they are owed together.
    pub amount: Fen,
    /// Since when it can be seen.
    pub from: Timestamp,
    /// Until when it may be objected to.
    pub until: Timestamp,
    /// Whether it still may be.
    pub is_open: bool,
    /// Whether the money is on its way.
    pub is_released: bool,
}

/// A line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeLine {
    /// Its number in the list.
    pub line: i64,
    /// The claim's number.
    pub number: String,
    /// The applicant's name, masked but for its first character.
    pub applicant: String,
    /// Who filed the claim.
    pub dealer: String,
    /// What was bought.
    pub item: Text,
    /// What the claim is owed.
    pub amount: Fen,
}

/// A page of lists.
#[derive(Debug, Clone)]
pub struct Notices {
    /// The last first.
    pub items: Vec<Notice>,
    /// Where the next page begins.
    pub next: Option<BatchId>,
}

/// A page of one list.
#[derive(Debug, Clone)]
pub struct NoticePage {
    /// The list.
    pub notice: Notice,
    /// Its lines, in their order.
    pub lines: Vec<NoticeLine>,
    /// The line after which the next page begins.
    pub next: Option<i64>,
}

/// The lists, the last first.
///
/// # Errors
/// [`ReadError::Unavailable`].
pub async fn list(engine: &Engine, before: Option<BatchId>) -> Result<Notices, ReadError> {
    let worker = engine.clone();
    let found = engine.with_db(move |conn| -> Result<Notices, StorageError> {
        let names = pools::all(conn)?;
        let mut rows = payouts::latest(conn, Which::Standing, before, BATCHES + 1)?;
        let more = rows.len() > BATCHES as usize;
        rows.truncate(BATCHES as usize);
        let next = rows.last().filter(|_| more).map(|row| row.id);
        let name = |row: &BatchRow| {
            let found = names.iter().find(|pool| pool.id == row.pool);
            found.map_or_else(String::new, |pool| pool.name.clone())
        };
        let items = rows
            .iter()
            .map(|row| notice(&worker, row, name(row)))
            .collect();
        Ok(Notices { items, next })
    });
    Ok(found.await?)
}

/// One list, from the line after `after` on.
///
/// # Errors
/// [`ReadError`].
pub async fn get(engine: &Engine, batch: BatchId, after: i64) -> Result<NoticePage, ReadError> {
    let worker = engine.clone();
    let found = engine.with_db(move |conn| -> Result<_, StorageError> {
        let row = payouts::find_batch(conn, batch)?.filter(|row| row.discarded.is_none());
        let Some(row) = row else { return Ok(None) };
        let pool = pools::read(conn, row.pool)?;
        let pool = pool.map_or_else(String::new, |pool| pool.name);
        let mut claims = payout_lines::claims_of(conn, batch, after, LINES + 1)?;
        let more = claims.len() > LINES as usize;
        claims.truncate(LINES as usize);
        let next = claims.last().filter(|_| more).map(|(line, ..)| *line);
        let mut lines = Vec::with_capacity(claims.len());
        for (line, gross, claim) in claims {
            lines.push(shown(&worker, conn, line, gross, &claim)?);
        }
        Ok(Some(NoticePage {
            notice: notice(&worker, &row, pool),
            lines,
            next,
        }))
    });
    found.await?.ok_or(ReadError::NotFound)
}

fn notice(engine: &Engine, row: &BatchRow, pool: String) -> Notice {
    let until = row
        .sealed
        .end_of_day_after(engine.settings.bureau.notice_days);
    Notice {
        batch: row.id,
        pool,
        number: row.number,
        lines: row.lines,
        amount: Fen::new(row.gross).unwrap_or_default(),
        from: row.sealed,
        until,
        is_open: clock::now() < until,
        is_released: row.released.is_some(),
    }
}

fn shown(
    engine: &Engine,
    conn: &mut Db,
    line: i64,
    gross: i64,
    claim: &StoredClaim,
) -> Result<NoticeLine, StorageError> {
    let draft = open(engine, claim)?;
    let (published, dealer) = versions_and_dealer(engine, conn, claim)?;
    let item = match &draft.new_item {
        NewItem::Vehicle(_) => kind_of_item(published.pack.kind),
        NewItem::Goods(goods) => category(&goods.category),
    };
    Ok(NoticeLine {
        line,
        number: claim.number.clone(),
        applicant: mask::middle(&draft.consumer.name, 1, 0),
        dealer: dealer.name.clone(),
        item,
        amount: Fen::new(gross).unwrap_or_default(),
    })
}
