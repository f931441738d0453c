//! Writing, so that every cell stays the text that it is.

use rust_xlsxwriter::{Format as Style, Workbook, XlsxError};

use super::{Format, is_formula};

/// The width of a column in characters, wide enough for a number on a document.
const WIDTH: f64 = 22.0;

/// Writes a table: a head, then rows. In a workbook the columns are texts, so that a long number
/// that somebody types keeps its digits; text begins with the mark by which spreadsheets know UTF-8.
/// `None` when the system gives no memory for it.
pub fn write(format: Format, head: &[String], rows: &[Vec<String>]) -> Option<Vec<u8>> {
    match format {
        Format::Xlsx => workbook(head, rows).ok(),
        Format::Csv => text(head, rows).ok(),
    }
}

fn workbook(head: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>, XlsxError> {
    let plain = Style::new().set_num_format("@");
    let literal = Style::new().set_num_format("@").set_quote_prefix();
    let bold = Style::new().set_num_format("@").set_bold();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("claims")?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, title) in (0..).zip(head) {
        sheet.set_column_format(column, &plain)?;
        sheet.set_column_width(column, WIDTH)?;
        sheet.write_string_with_format(0, column, title, &bold)?;
    }
    for (number, row) in (1..).zip(rows) {
        for (column, text) in (0..).zip(row).filter(|(_, text)| !text.is_empty()) {
            let style = if is_formula(text) { &literal } else { &plain };
            sheet.write_string_with_format(number, column, text, style)?;
        }
    }
    book.save_to_buffer()
}

fn text(head: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(b"\xEF\xBB\xBF".to_vec());
    writer.write_record(head)?;
    for row in rows {
        let marked = row.iter().map(|text| {
            if is_formula(text) {
                format!("'{text}")
            } else {
                text.clone()
            }
        });
        writer.write_record(marked)?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}
