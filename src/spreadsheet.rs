//! Workbooks (Office Open XML) for people who check lists in a spreadsheet.
//!
//! A text is written as a text, whatever it begins with: `=cmd|…` in a name is a name. Where a
//! spreadsheet would take it for a formula once somebody edits the cell or saves it as CSV, the
//! cell also carries the mark that Excel sets for a typed apostrophe. Money stands there twice: as
//! text, which no reader rounds, and as a number, which can be added up.

use rust_xlsxwriter::{Format, Workbook as Book, XlsxError};

/// What a cell holds in UTF-16 units (Excel's specifications and limits), less what marks a cut.
const LONGEST: usize = 32_700;
/// What stands at the end of a text that was cut.
const CUT: &str = " […]";
/// Above it a spreadsheet does not keep every digit of a number.
const LARGEST_EXACT: u64 = 999_999_999_999_999;

/// Where the rows are until the workbook is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// In a nameless file of the system's folder for such: for long lists.
    OnDisk,
    /// In memory: for what must not lie on a disk unsealed.
    InMemory,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// An amount in fen, written as a number of yuan with two places.
    Yuan(i64),
}

/// Why a workbook cannot be written: no room on the disk, or more rows than a sheet takes.
#[derive(Debug, thiserror::Error)]
#[error("the workbook cannot be written: {0}")]
pub struct SpreadsheetError(String);

impl From<XlsxError> for SpreadsheetError {
    fn from(error: XlsxError) -> Self {
        Self(error.to_string())
    }
}

/// A workbook while it is written: sheets in their order, each row by row.
pub struct Workbook {
    book: Book,
    rows: Rows,
    written: Vec<u32>,
    head: Format,
    literal: Format,
    yuan: Format,
}

impl Workbook {
    /// An empty one.
    pub fn new(rows: Rows) -> Self {
        Self {
            book: Book::new(),
            rows,
            written: Vec::new(),
            head: Format::new().set_bold(),
            literal: Format::new().set_quote_prefix(),
            yuan: Format::new().set_num_format("0.00"),
        }
    }

    /// Adds a sheet and the names of its columns; returns the number by which it is written to.
    ///
    /// # Errors
    /// [`SpreadsheetError`] for a name that a sheet cannot have.
    pub fn sheet(&mut self, name: &str, columns: &[&str]) -> Result<usize, SpreadsheetError> {
        let sheet = match self.rows {
            Rows::OnDisk => self.book.add_worksheet_with_constant_memory()?,
            Rows::InMemory => self.book.add_worksheet(),
        };
        sheet.set_name(name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, title) in (0..).zip(columns) {
            sheet.write_string_with_format(0, column, *title, &self.head)?;
        }
        self.written.push(1);
        Ok(self.written.len() - 1)
    }

    /// Adds a row to a sheet.
    ///
    /// # Errors
    /// [`SpreadsheetError`] when the sheet is full or the disk is.
    pub fn row(&mut self, sheet: usize, cells: &[Cell]) -> Result<(), SpreadsheetError> {
        let full = || SpreadsheetError("there is no such sheet".to_owned());
        let row = self.written.get_mut(sheet).ok_or_else(full)?;
        let at = *row;
        *row += 1;
        let sheet = self.book.worksheet_from_index(sheet)?;
        for (column, cell) in (0..).zip(cells) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) if text.is_empty() => {}
                Cell::Text(text) => {
                    let text = cut(text);
                    if is_formula(&text) {
                        sheet.write_string_with_format(at, column, text, &self.literal)?;
                    } else {
                        sheet.write_string(at, column, text)?;
                    }
                }
                Cell::Whole(number) if number.unsigned_abs() <= LARGEST_EXACT => {
                    sheet.write_number(at, column, *number as f64)?;
                }
                Cell::Whole(number) => drop(sheet.write_string(at, column, number.to_string())?),
                Cell::Yuan(fen) if fen.unsigned_abs() <= LARGEST_EXACT => {
                    sheet.write_number_with_format(at, column, *fen as f64 / 100.0, &self.yuan)?;
                }
                // The text beside it says it exactly.
                Cell::Yuan(_) => {}
            }
        }
        Ok(())
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// [`SpreadsheetError`] when the disk is full.
    pub fn finish(mut self) -> Result<Vec<u8>, SpreadsheetError> {
        Ok(self.book.save_to_buffer()?)
    }
}

/// At most what a cell takes; what is longer ends with a mark.
fn cut(text: &str) -> String {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units > LONGEST {
            return format!("{}{CUT}", &text[..at]);
        }
    }
    text.to_owned()
}

/// Whether a spreadsheet would reckon the text out if somebody typed it. What nobody sees is
/// passed over, as some readers drop it.
fn is_formula(text: &str) -> bool {
    let unseen = |c: char| {
        c.is_control()
            || c.is_whitespace()
            || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    text.trim_start_matches(unseen)
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_a_character_and_says_so() {
        let whole = "济".repeat(LONGEST);
        assert_eq!(cut(&whole), whole);
        let longer = format!("{whole}源");
        assert_eq!(cut(&longer), format!("{whole}{CUT}"));
        // Two units each: the last one does not fit in half.
        let odd = format!("a{}", "😀".repeat(LONGEST));
        assert!(cut(&odd).encode_utf16().count() <= 32_767);
    }

    #[test]
    fn formulas_are_known_by_their_first_visible_character() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\u{200B}=1", "＝1"] {
            assert!(is_formula(text), "{text:?}");
        }
        for text in ["", "王小明", "1-2", "a=b", "'=1"] {
            assert!(!is_formula(text), "{text:?}");
        }
    }
}
