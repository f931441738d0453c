//! Tables that people fill in and send: XLSX or CSV, read and written with every cell a text.
//!
//! Nothing is ever reckoned out. What a spreadsheet has reckoned itself is read as it shows it, and
//! a text that begins like a formula is written so that it stays a text.

mod read;
mod write;

pub use read::read;
pub use write::write;

/// The largest file, in bytes.
pub const LARGEST: usize = 10 << 20;
/// Rows of a table, with its head and its hints.
pub const MOST_ROWS: usize = 5_010;
/// Columns of a table.
pub const MOST_COLUMNS: usize = 100;
/// Characters of a cell.
const MOST_CHARACTERS: usize = 2_000;
/// What all parts of a workbook may come to when they are unpacked, in bytes.
const MOST_UNPACKED: u64 = 100 << 20;
/// Parts of a workbook.
const MOST_PARTS: usize = 1_000;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Office Open XML.
    Xlsx,
    /// Comma-separated values (RFC 4180).
    Csv,
}

impl Format {
    /// The word in addresses and names of files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Format::Xlsx => "xlsx",
            Format::Csv => "csv",
        }
    }

    /// The format that `word` names.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Xlsx, Self::Csv]
            .into_iter()
            .find(|format| format.as_str() == word)
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// A row: its number in the file, from 1, and its cells.
pub type Row = (i64, Vec<String>);

/// A table that was read; rows in which nothing stands are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// How it was written.
    pub format: Format,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// Why a file is no table that is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// More than [`LARGEST`] bytes.
    #[error("the file is too large")]
    TooLarge,
    /// A workbook that comes to too much when it is unpacked.
    #[error("the workbook is too large when it is unpacked")]
    Bomb,
    /// More rows than [`MOST_ROWS`].
    #[error("the table has too many rows")]
    TooManyRows,
    /// More columns than [`MOST_COLUMNS`].
    #[error("the table has too many columns")]
    TooManyColumns,
    /// A cell holds too many characters.
    #[error("row {0} has a cell that is too long")]
    CellTooLong(i64),
    /// Neither a workbook nor text.
    #[error("the file can not be read")]
    Unreadable,
}

/// Whether a spreadsheet would reckon a text out (OWASP, CSV injection). What nobody sees is passed
/// over, as some readers drop it.
fn is_formula(text: &str) -> bool {
    let unseen = |c: char| {
        c.is_control()
            || c.is_whitespace()
            || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    let seen = text.trim_start_matches(unseen);
    seen.starts_with([
        '=', '+', '-', '@', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}', '\u{FE66}', '\u{FE62}',
        '\u{FE63}', '\u{FE6B}', '\u{2212}',
    ])
}

#[cfg(test)]
mod tests;
