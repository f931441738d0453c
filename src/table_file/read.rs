//! Reading, within limits that hold before memory is asked for.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use encoding_rs::GB18030;
use zip::ZipArchive;

use super::{
    Format, LARGEST, MOST_CHARACTERS, MOST_COLUMNS, MOST_PARTS, MOST_ROWS, MOST_UNPACKED, Row,
    Table, TableError, is_formula,
};
use crate::domain::records::Records;

/// Bytes of a cell of a text: those of [`MOST_CHARACTERS`] of the longest, and one more.
const LONGEST_CELL: usize = MOST_CHARACTERS * 4 + 1;
/// From here on a floating-point number does not keep every digit.
const LARGEST_EXACT: f64 = 1e15;

/// Reads a file: a workbook by its first bytes, else text in UTF-8 or GB 18030.
///
/// # Errors
/// [`TableError`].
pub fn read(bytes: &[u8]) -> Result<Table, TableError> {
    if bytes.len() > LARGEST {
        return Err(TableError::TooLarge);
    }
    let (format, mut rows) = if bytes.starts_with(b"PK") {
        (Format::Xlsx, workbook(bytes)?)
    } else {
        (Format::Csv, text(bytes)?)
    };
    rows.retain(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty()));
    Ok(Table { format, rows })
}

/// Unpacks everything once and counts: what an archive says of its own sizes may be wrong.
fn check_sizes(bytes: &[u8]) -> Result<(), TableError> {
    let unreadable = |_| TableError::Unreadable;
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    if archive.len() > MOST_PARTS {
        return Err(TableError::Bomb);
    }
    let mut left = MOST_UNPACKED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(unreadable)?;
        if part.size() > left {
            return Err(TableError::Bomb);
        }
        let mut limited = part.take(left + 1);
        let unpacked = std::io::copy(&mut limited, &mut std::io::sink());
        let unpacked = unpacked.map_err(|_| TableError::Unreadable)?;
        left = left.checked_sub(unpacked).ok_or(TableError::Bomb)?;
    }
    Ok(())
}

fn workbook(bytes: &[u8]) -> Result<Vec<Row>, TableError> {
    check_sizes(bytes)?;
    let unreadable = |_| TableError::Unreadable;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let name = book.sheet_names().into_iter().next();
    let name = name.ok_or(TableError::Unreadable)?;
    // Cell by cell: a sheet with one cell at either end would be read as all that lie between.
    let mut cells = book.worksheet_cells_reader(&name).map_err(unreadable)?;
    let mut rows: Vec<Row> = Vec::new();
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        let (row, column) = cell.get_position();
        let text = shown(cell.get_value());
        if text.is_empty() {
            continue;
        }
        let number = i64::from(row) + 1;
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= MOST_COLUMNS {
            return Err(TableError::TooManyColumns);
        }
        check_length(number, &text)?;
        match rows.last() {
            Some((last, _)) if *last == number => {}
            Some((last, _)) if *last > number => return Err(TableError::Unreadable),
            _ if rows.len() >= MOST_ROWS => return Err(TableError::TooManyRows),
            _ => rows.push((number, Vec::new())),
        }
        if let Some((_, cells)) = rows.last_mut() {
            if cells.len() <= column {
                cells.resize(column + 1, String::new());
            }
            cells[column] = text;
        }
    }
    Ok(rows)
}

/// A cell as people see it, but for numbers that have lost digits: those are written so that
/// nobody takes them for what was typed.
fn shown(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) if number.abs() >= LARGEST_EXACT => format!("{number:E}"),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(at) => day(at),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

fn day(at: &ExcelDateTime) -> String {
    let (year, month, day, ..) = at.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}

fn check_length(row: i64, text: &str) -> Result<(), TableError> {
    if text.chars().nth(MOST_CHARACTERS).is_some() {
        return Err(TableError::CellTooLong(row));
    }
    Ok(())
}

fn text(bytes: &[u8]) -> Result<Vec<Row>, TableError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => GB18030
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or(TableError::Unreadable)?,
    };
    if text.contains('\0') {
        return Err(TableError::Unreadable);
    }
    let mut rows = Vec::new();
    let mut number = 0;
    for record in Records::of(text.as_bytes(), MOST_COLUMNS, LONGEST_CELL) {
        if rows.len() >= MOST_ROWS {
            return Err(TableError::TooManyRows);
        }
        if record.too_many {
            return Err(TableError::TooManyColumns);
        }
        let start = usize::try_from(record.after).unwrap_or(usize::MAX);
        number += 1 + empty_lines(text.as_bytes(), start);
        if record.too_long {
            return Err(TableError::CellTooLong(number));
        }
        let mut cells = Vec::with_capacity(record.cells.len());
        for cell in &record.cells {
            let cell = std::str::from_utf8(cell).map_err(|_| TableError::Unreadable)?;
            check_length(number, cell)?;
            cells.push(without_mark(cell).to_owned());
        }
        rows.push((number, cells));
    }
    Ok(rows)
}

/// How many lines without anything the reader has passed over at a record that it says begins at
/// `start`. Spreadsheets count them, and count a record of several lines as one row.
fn empty_lines(text: &[u8], start: usize) -> i64 {
    let mut at = start;
    let byte = |at: usize| text.get(at).copied();
    // The second half of the end of the record before.
    if at > 0 && byte(at - 1) == Some(b'\r') && byte(at) == Some(b'\n') {
        at += 1;
    }
    let mut lines = 0;
    loop {
        match (byte(at), byte(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => at += 2,
            (Some(b'\r' | b'\n'), _) => at += 1,
            _ => return lines,
        }
        lines += 1;
    }
}

/// The apostrophe goes that keeps a text from being a formula, as [`super::write`] sets it.
fn without_mark(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest,
        _ => cell,
    }
}
