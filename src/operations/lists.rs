//! Lists of the bureau as workbooks.

use crate::domain::money::Fen;
use crate::operations::dealer_list::{DealerLine, Search};
use crate::operations::denial::ActError;
use crate::operations::{Engine, ReadError, dealer_list, payout, public};
use crate::spreadsheet::{Cell, Rows, SpreadsheetError, Workbook};

/// Batches that are read at a time.
const PAGE: i64 = 200;
/// The most batches of a workbook: some two every working day of ten years.
const MOST_BATCHES: usize = 5_000;

/// A list that can be had as a workbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Dealers.
    Dealers,
    /// Pools.
    Pools,
    /// Payout batches.
    Batches,
}

/// The workbook of a list.
///
/// # Errors
/// [`ActError::Unavailable`], [`ActError::Broken`].
pub async fn workbook(engine: &Engine, list: List) -> Result<Vec<u8>, ActError> {
    let (columns, rows) = match list {
        List::Dealers => (DEALERS, dealer_rows(engine).await?),
        List::Pools => (POOLS, pool_rows(engine).await?),
        List::Batches => (BATCHES, batch_rows(engine).await?),
    };
    written(columns, &rows).map_err(|error| {
        tracing::error!(%error, "a list could not be written");
        ActError::Broken
    })
}

fn written(columns: &[&str], rows: &[Vec<Cell>]) -> Result<Vec<u8>, SpreadsheetError> {
    let mut book = Workbook::new(Rows::InMemory);
    let sheet = book.sheet("tradein", columns)?;
    for row in rows {
        book.row(sheet, row)?;
    }
    book.finish()
}

const DEALERS: &[&str] = &[
    "统一社会信用代码 USCC",
    "名称 name",
    "状态 status",
    "活动 programmes",
];

async fn dealer_rows(engine: &Engine) -> Result<Vec<Vec<Cell>>, ActError> {
    let all = dealer_list::list(engine, Search::default()).await?;
    let row = |dealer: DealerLine| {
        vec![
            Cell::Text(dealer.uscc),
            Cell::Text(dealer.name),
            Cell::Text(dealer.status),
            Cell::Text(dealer.programmes.join(", ")),
        ]
    };
    Ok(all.into_iter().map(row).collect())
}

const POOLS: &[&str] = &[
    "资金池 pool",
    "受理 intake",
    "分配 allocation",
    "拨付 payout",
    "总额 cap",
    "总额 cap (number)",
    "可用 free",
    "可用 free (number)",
    "预留 reserved",
    "预留 reserved (number)",
    "待付 committed",
    "待付 committed (number)",
    "已付 paid",
    "已付 paid (number)",
    "候补 waiting",
    "时间 as of",
];

async fn pool_rows(engine: &Engine) -> Result<Vec<Vec<Cell>>, ActError> {
    let pools = public::pools(engine).await.map_err(unread)?;
    let row = |pool: public::PoolView| {
        let mut cells = vec![
            Cell::Text(pool.name),
            Cell::Text(pool.intake),
            Cell::Text(pool.allocation),
            Cell::Text(pool.payout),
        ];
        for amount in [
            pool.cap,
            pool.free,
            pool.reserved,
            pool.committed,
            pool.paid,
        ] {
            cells.extend(money(amount));
        }
        cells.push(Cell::Whole(pool.waiting));
        cells.push(Cell::Text(pool.as_of.beijing_minute()));
        cells
    };
    Ok(pools.into_iter().map(row).collect())
}

const BATCHES: &[&str] = &[
    "批次 batch",
    "资金池 pool",
    "序号 number",
    "状态 state",
    "笔数 lines",
    "应付 gross",
    "应付 gross (number)",
    "抵扣 set off",
    "抵扣 set off (number)",
    "实付 net",
    "实付 net (number)",
    "封存时间 sealed at",
];

async fn batch_rows(engine: &Engine) -> Result<Vec<Vec<Cell>>, ActError> {
    let mut rows = Vec::new();
    let mut after = None;
    while rows.len() < MOST_BATCHES {
        let page = payout::list(engine, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for batch in page {
            let mut cells = vec![
                Cell::Text(batch.id.to_string()),
                Cell::Text(batch.pool),
                Cell::Whole(batch.number),
                Cell::Text(batch.state.to_owned()),
                Cell::Whole(batch.lines),
            ];
            for amount in [batch.gross, batch.set_off, batch.total] {
                cells.extend(money(amount));
            }
            cells.push(Cell::Text(batch.sealed_at.beijing_minute()));
            rows.push(cells);
        }
    }
    Ok(rows)
}

/// An amount as text, which no reader rounds, and as a number, which can be added up.
fn money(amount: Fen) -> [Cell; 2] {
    [Cell::Text(amount.to_string()), Cell::Yuan(amount.fen())]
}

fn unread(error: ReadError) -> ActError {
    match error {
        ReadError::NotFound => ActError::NotFound,
        ReadError::Unavailable => ActError::Unavailable,
        ReadError::Broken => ActError::Broken,
    }
}
