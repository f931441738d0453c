//! An export as a workbook: one sheet each for claims, journal, payouts and receivables.

use serde_json::Value;

use super::ExportError;
use super::payouts::{BatchRecord, LineRecord};
use super::records::{ClaimRecord, EntryRecord, ReceivableRecord, Record, Sink, walk};
use crate::domain::money::Fen;
use crate::domain::time::Timestamp;
use crate::journal::canonical::hex;
use crate::operations::Engine;
use crate::spreadsheet::{Cell, Rows, Workbook};
use crate::storage::batch::PoolRow;
use crate::storage::{Db, StorageError, payouts, receivables};

/// The most rows of a workbook. A sheet takes a million, but no desk machine opens that.
pub const MOST_ROWS: i64 = 200_000;
/// The most rows of a workbook with personal data unmasked: it is put together in memory, so that
/// nothing of it lies on a disk unsealed.
pub const MOST_ROWS_UNSEALED: i64 = 20_000;
/// Rows counted at a time.
const PAGE: i64 = 2_000;

const CLAIMS: &[&str] = &[
    "number",
    "id",
    "commitment",
    "state",
    "programme",
    "programme_version",
    "dealer_uscc",
    "dealer_name",
    "amount",
    "amount_yuan",
    "position",
    "revision",
    "submitted_at",
    "held_at",
    "changed_at",
    "deadline",
    "rounds",
    "prepared_by",
    "approved_by",
    "approved_at",
    "approval_seq",
    "pay_by",
    "flags",
    "reasons",
    "warnings",
    "papers",
    "consumer_name",
    "consumer_id_number",
    "consumer_mobile",
    "consumer_account",
    "consumer_bank",
    "old_item",
    "new_item",
    "invoice",
];
const JOURNAL: &[&str] = &[
    "seq",
    "at",
    "kind",
    "actor",
    "detail",
    "claim",
    "claim_id",
    "position",
    "amount",
    "amount_yuan",
    "from",
    "to",
    "private",
    "private_hash",
    "prev",
    "hash",
];
const PAYOUTS: &[&str] = &[
    "end_to_end_id",
    "batch_number",
    "batch",
    "batch_hash",
    "sealed_by",
    "sealed_at",
    "released_by",
    "released_at",
    "discarded_by",
    "discarded_at",
    "line",
    "claim_number",
    "claim_id",
    "attempt",
    "payee",
    "payee_name",
    "payee_account",
    "payee_bank",
    "gross",
    "gross_yuan",
    "set_off",
    "set_off_yuan",
    "net",
    "net_yuan",
    "centre",
    "centre_yuan",
    "province",
    "province_yuan",
    "zone",
    "zone_yuan",
    "local",
    "local_yuan",
    "state",
    "reason",
    "outcome_at",
];
const RECEIVABLES: &[&str] = &[
    "id",
    "claim_number",
    "claim_id",
    "payee",
    "reason",
    "amount",
    "amount_yuan",
    "settled",
    "settled_yuan",
    "pending",
    "pending_yuan",
    "raised_at",
];

/// The workbook of a pool, on the caller's snapshot.
pub(super) fn workbook(
    engine: &Engine,
    conn: &mut Db,
    pool: &PoolRow,
    unsealed: bool,
    most_rows: i64,
) -> Result<Vec<u8>, ExportError> {
    if rows_of(conn, pool)? > most_rows {
        return Err(ExportError::TooLarge);
    }
    let mut book = Workbook::new(if unsealed {
        Rows::InMemory
    } else {
        Rows::OnDisk
    });
    let mut sheets = Sheets {
        claims: book.sheet("claims", CLAIMS)?,
        journal: book.sheet("journal", JOURNAL)?,
        payouts: book.sheet("payouts", PAYOUTS)?,
        receivables: book.sheet("receivables", RECEIVABLES)?,
        book,
        batch: None,
    };
    walk(engine, conn, pool, unsealed, &mut sheets)?;
    Ok(sheets.book.finish()?)
}

/// How many rows a workbook of a pool would have.
fn rows_of(conn: &mut Db, pool: &PoolRow) -> Result<i64, StorageError> {
    // Every claim of the pool took a number.
    let mut rows = pool.next_ordinal - 1 + pool.head_seq;
    let mut after = None;
    loop {
        let page = payouts::batches(conn, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        let mine = page.iter().filter(|batch| batch.pool == pool.id);
        rows += mine.map(|batch| batch.lines).sum::<i64>();
    }
    let mut after = None;
    loop {
        let page = receivables::list(conn, None, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        rows += page.iter().filter(|row| row.pool == pool.id).count() as i64;
    }
    Ok(rows)
}

struct Sheets {
    book: Workbook,
    claims: usize,
    journal: usize,
    payouts: usize,
    receivables: usize,
    /// The batch whose lines come.
    batch: Option<BatchRecord>,
}

impl Sink for Sheets {
    fn take(&mut self, record: Record) -> Result<(), ExportError> {
        let (sheet, cells) = match record {
            Record::Claim(record) => (self.claims, claim(&record)),
            Record::Entry(record) => (self.journal, entry(&record)),
            Record::PayoutBatch(record) => {
                self.batch = Some(record);
                return Ok(());
            }
            Record::PayoutLine(record) => (self.payouts, line(self.batch.as_ref(), &record)),
            Record::Receivable(record) => (self.receivables, receivable(&record)),
        };
        Ok(self.book.row(sheet, &cells)?)
    }
}

fn text(value: impl ToString) -> Cell {
    Cell::Text(value.to_string())
}

fn maybe(value: Option<impl ToString>) -> Cell {
    value.map_or(Cell::Empty, text)
}

fn number(value: Option<i64>) -> Cell {
    value.map_or(Cell::Empty, Cell::Whole)
}

fn moment(value: Option<Timestamp>) -> Cell {
    maybe(value)
}

/// The two cells of an amount.
fn money(amount: Fen) -> [Cell; 2] {
    [text(amount), Cell::Yuan(amount.fen())]
}

/// A member of an object as text; what is no text is written as JSON.
fn member(value: &Value, pointer: &str) -> Cell {
    match value.pointer(pointer) {
        None | Some(Value::Null) => Cell::Empty,
        Some(Value::String(word)) => text(word),
        Some(other) => text(other),
    }
}

/// A part of a claim as JSON.
fn part(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        value => text(value),
    }
}

fn claim(c: &ClaimRecord) -> Vec<Cell> {
    let papers: Vec<String> = c
        .papers
        .iter()
        .map(|p| format!("{} {}", p.paper, p.sha256))
        .collect();
    let mut cells = vec![
        text(&c.number),
        text(c.id),
        text(&c.commitment),
        text(c.state),
        text(&c.programme),
        text(&c.programme_version),
        text(&c.dealer_uscc),
        text(&c.dealer_name),
    ];
    cells.extend(money(c.amount));
    cells.extend([
        number(c.position),
        Cell::Whole(c.revision),
        text(c.submitted_at),
        moment(c.held_at),
        text(c.changed_at),
        moment(c.deadline),
        Cell::Whole(c.rounds),
        maybe(c.prepared_by),
        maybe(c.approved_by),
        moment(c.approved_at),
        number(c.approval_seq),
        moment(c.pay_by),
        text(c.flags.join(" ")),
        part(&c.reasons),
        part(&c.warnings),
        text(papers.join("; ")),
        member(&c.consumer, "/name"),
        member(&c.consumer, "/id_number"),
        member(&c.consumer, "/mobile"),
        member(&c.consumer, "/bank_account/number"),
        member(&c.consumer, "/bank_account/bank"),
        part(&c.old_item),
        part(&c.new_item),
        part(&c.invoice),
    ]);
    cells
}

fn entry(record: &EntryRecord) -> Vec<Cell> {
    let e = &record.entry;
    let mut cells = vec![
        Cell::Whole(e.seq),
        text(e.at.to_rfc3339_micros()),
        text(e.kind),
        text(e.actor),
        maybe(e.detail.as_ref()),
        maybe(e.claim.map(|claim| hex(&claim))),
        maybe(record.claim_id),
        number(e.position),
    ];
    cells.extend(money(e.amount));
    cells.extend([
        maybe(e.moved.map(|(from, _)| from.as_str())),
        maybe(e.moved.map(|(_, to)| to.as_str())),
        maybe(record.private.as_ref()),
        text(hex(&e.private)),
        text(hex(&e.prev)),
        text(hex(&record.hash)),
    ]);
    cells
}

fn line(batch: Option<&BatchRecord>, l: &LineRecord) -> Vec<Cell> {
    let mut cells = vec![
        text(&l.end_to_end_id),
        number(batch.map(|b| b.number)),
        text(l.batch),
        maybe(batch.map(|b| &b.hash)),
        maybe(batch.map(|b| b.sealed_by)),
        moment(batch.map(|b| b.sealed_at)),
        maybe(batch.and_then(|b| b.released_by)),
        moment(batch.and_then(|b| b.released_at)),
        maybe(batch.and_then(|b| b.discarded_by)),
        moment(batch.and_then(|b| b.discarded_at)),
        Cell::Whole(l.line),
        text(&l.claim_number),
        text(l.claim),
        Cell::Whole(l.attempt),
        text(&l.payee),
        text(&l.payee_name),
        text(&l.payee_account),
        text(&l.payee_bank),
    ];
    for amount in [
        l.gross, l.set_off, l.net, l.centre, l.province, l.zone, l.local,
    ] {
        cells.extend(money(amount));
    }
    cells.extend([
        text(l.state),
        maybe(l.reason.as_ref()),
        moment(l.outcome_at),
    ]);
    cells
}

fn receivable(r: &ReceivableRecord) -> Vec<Cell> {
    let mut cells = vec![
        text(r.id),
        text(&r.claim_number),
        text(r.claim),
        text(&r.payee),
        text(&r.reason),
    ];
    for amount in [r.amount, r.settled, r.pending] {
        cells.extend(money(amount));
    }
    cells.push(text(r.raised_at));
    cells
}
