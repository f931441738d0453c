//! Files of registers that the bureau is given: a table under a fixed first line, read whole and
//! taken all or nothing.

use chrono::NaiveDate;

use crate::domain::line_numbers::LineNumbers;
use crate::operations::OperationError;
use crate::operations::denial::Ended;
use crate::storage::{DatabaseError, StorageError};

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineProblem {
    /// The first line names other columns.
    #[error("the first line must be {0}")]
    Header(&'static str),
    /// A line that is no row of the table.
    #[error("not UTF-8, or not as many columns as the first line")]
    Cells,
    /// A kind of award that there is not.
    #[error("kind must be scrappage or replacement")]
    Kind,
    /// No number of a person.
    #[error("id_number is malformed")]
    IdNumber,
    /// No vehicle's number.
    #[error("vin is malformed")]
    Vin,
    /// No invoice's number.
    #[error("invoice_number is malformed")]
    InvoiceNumber,
    /// No day.
    #[error("{0} must be a day, YYYY-MM-DD")]
    Day(&'static str),
}

impl LineProblem {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            LineProblem::Header(_) => "register_header",
            LineProblem::Cells => "register_cells",
            LineProblem::Kind => "register_kind",
            LineProblem::IdNumber => "register_id_number",
            LineProblem::Vin => "register_vin",
            LineProblem::InvoiceNumber => "register_invoice_number",
            LineProblem::Day(_) => "register_day",
        }
    }
}

/// A line that was refused. It says which, never what stood in it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RefusedLine {
    /// Its number; the header is line 1.
    pub line: u64,
    /// What is wrong: the code of a [`LineProblem`].
    pub code: &'static str,
    /// The same in a sentence.
    pub problem: String,
}

impl RefusedLine {
    fn new(line: u64, problem: LineProblem) -> Self {
        Self {
            line,
            code: problem.code(),
            problem: problem.to_string(),
        }
    }
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Lines were refused; all or nothing.
    #[error("nothing was imported; lines refused: {}", .0.len())]
    Lines(Vec<RefusedLine>),
    /// The database refused.
    #[error(transparent)]
    Ended(#[from] Ended),
}

impl From<OperationError> for ImportError {
    fn from(error: OperationError) -> Self {
        ImportError::Ended(error.into())
    }
}

impl From<StorageError> for ImportError {
    fn from(error: StorageError) -> Self {
        ImportError::Ended(error.into())
    }
}

impl From<DatabaseError> for ImportError {
    fn from(error: DatabaseError) -> Self {
        ImportError::Ended(error.into())
    }
}

/// Reads a table in UTF-8 whose first line is `columns`, each row by `row`.
///
/// # Errors
/// [`ImportError::Lines`] with every line that is refused.
pub fn read<T>(
    file: &[u8],
    columns: &'static str,
    row: impl Fn(&csv::StringRecord) -> Result<T, LineProblem>,
) -> Result<Vec<T>, ImportError> {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(file);
    let headed = reader
        .headers()
        .is_ok_and(|header| header.iter().eq(columns.split(',')));
    if !headed {
        let problem = LineProblem::Header(columns);
        return Err(ImportError::Lines(vec![RefusedLine::new(1, problem)]));
    }
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    let mut numbers = LineNumbers::of(file);
    for record in reader.records() {
        let position = match &record {
            Ok(record) => record.position(),
            Err(error) => error.position(),
        };
        let line = numbers.after(position.map_or(0, csv::Position::byte));
        let record = record.map_err(|_| LineProblem::Cells);
        match record.and_then(|record| row(&record)) {
            Ok(row) => rows.push(row),
            Err(problem) => refused.push(RefusedLine::new(line, problem)),
        }
    }
    if refused.is_empty() {
        Ok(rows)
    } else {
        Err(ImportError::Lines(refused))
    }
}

/// A day of a column, as it is written.
///
/// # Errors
/// [`LineProblem::Day`] unless there is such a day and it is written `YYYY-MM-DD`.
pub fn day(text: &str, column: &'static str) -> Result<String, LineProblem> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .map(|day| day.to_string())
        .filter(|day| day == text)
        .ok_or(LineProblem::Day(column))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &str = "name,day";

    fn rows(file: &[u8]) -> Result<Vec<String>, Vec<(u64, &'static str)>> {
        let read = read(file, COLUMNS, |record| {
            day(record.get(1).unwrap_or_default(), "day")
        });
        read.map_err(|error| match error {
            ImportError::Lines(lines) => lines.iter().map(|l| (l.line, l.code)).collect(),
            ImportError::Ended(error) => panic!("{error}"),
        })
    }

    #[test]
    fn every_refused_line_is_told_with_its_number() {
        let good = "\u{FEFF}name,day\r\n a , 2025-02-01 \r\n\r\nb,2025-02-28\r\n";
        let days = ["2025-02-01", "2025-02-28"].map(str::to_owned);
        assert_eq!(rows(good.as_bytes()), Ok(days.to_vec()));
        let bad = b"name,day\na,2025-02-30\nb\n\nc,2025-2-1\nd,\xff\ne,2025-02-01\n";
        let (no_day, no_row) = ("register_day", "register_cells");
        let refused = vec![(2, no_day), (3, no_row), (5, no_day), (6, no_row)];
        assert_eq!(rows(bad), Err(refused));
        for header in ["", "day,name\n", "name\na\n", "name,day,more\n"] {
            let refused = vec![(1, "register_header")];
            assert_eq!(rows(header.as_bytes()), Err(refused), "{header}");
        }
    }
}
