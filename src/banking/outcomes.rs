//! What became of payments, and the table in which people tell it.

use std::collections::HashMap;
use std::fmt;

use super::EndToEndId;
use super::label::clean_and_cut;
use crate::domain::line_numbers::LineNumbers;
use crate::domain::records::{Record, Records};

/// Problems that are told of one file.
const MOST_PROBLEMS: usize = 100;
/// Cells of a line that are looked at: more than any may have.
const MOST_CELLS: usize = 4;
/// Bytes of a cell that are looked at. Reasons are cut much earlier.
const LONGEST_CELL: usize = 64 * 1024;
/// Characters that are kept of a reason.
const LONGEST_REASON: usize = 140;

/// What became of one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The end-to-end id as the file says it; whether there is such a payment is another
    /// question.
    pub id: String,
    /// What became of it.
    pub fate: Fate,
    /// The line of the file where it stands, from 1.
    pub line: u64,
}

/// How a payment ended.
#[derive(Clone, PartialEq, Eq)]
pub enum Fate {
    /// The money is with the payee.
    Paid,
    /// The money is with the bureau.
    Returned {
        /// The bank's reason: at most 140 characters of one line, or nothing.
        reason: String,
    },
}

impl Fate {
    /// Returned for this reason, see [`reason`].
    pub(super) fn returned(text: &str) -> Self {
        Fate::Returned {
            reason: reason(text),
        }
    }
}

/// A reason as it is kept: one line without control characters, cut to its longest.
pub(super) fn reason(text: &str) -> String {
    clean_and_cut(text, LONGEST_REASON)
}

impl fmt::Debug for Fate {
    /// A reason is a stranger's free text that may name a person, so it stays unsaid.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fate::Paid => f.write_str("Paid"),
            Fate::Returned { .. } => f.write_str("Returned { .. }"),
        }
    }
}

/// A line that was refused. It says which, never what stood in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct LineProblem {
    /// Its number; the names of the columns are on line 1.
    pub line: u64,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The first line does not name the columns.
    #[error("the first line must be end_to_end_id,outcome,reason")]
    Header,
    /// The file has no outcomes.
    #[error("the file has no outcomes")]
    Empty,
    /// Another encoding, such as GBK.
    #[error("the line is not UTF-8")]
    NotUtf8,
    /// Too few or too many cells.
    #[error("the line must have end_to_end_id, outcome and, where there is one, a reason")]
    Cells,
    /// A cell goes on over the end of its line. An open quote would make one reason of all that
    /// follows, so no cell may.
    #[error("a cell goes on over the end of the line: a quote is open")]
    LineEnd,
    /// Not an end-to-end id.
    #[error("end_to_end_id is malformed")]
    Id,
    /// The payment stands on an earlier line, too.
    #[error("the payment stands on line {first} already")]
    Repeated {
        /// The earlier line.
        first: u64,
    },
    /// Another word.
    #[error("outcome must be paid or returned")]
    Outcome,
}

impl Problem {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Problem::Header => "outcomes_header",
            Problem::Empty => "outcomes_empty",
            Problem::NotUtf8 => "outcomes_not_utf8",
            Problem::Cells => "outcomes_cells",
            Problem::LineEnd => "outcomes_line_end",
            Problem::Id => "outcomes_id",
            Problem::Repeated { .. } => "outcomes_repeated",
            Problem::Outcome => "outcomes_outcome",
        }
    }
}

/// Reads a table with the columns `end_to_end_id,outcome,reason`: the outcome is `paid` or
/// `returned`; the reason may be empty or missing, and is left aside for what was paid, where
/// banks like to write that all went well.
///
/// A byte order mark, either line end, blanks around cells and lines without anything are all
/// right.
///
/// # Errors
/// The first hundred of [`LineProblem`], in the order of the lines: all or nothing.
pub fn read_csv(bytes: &[u8]) -> Result<Vec<Outcome>, Vec<LineProblem>> {
    let mut lines = Lines::of(bytes);
    match lines.next() {
        None => return Err(vec![at(1, Problem::Empty)]),
        Some((line, Err(problem))) => return Err(vec![at(line, problem)]),
        Some((line, Ok(cells))) => {
            let named = cells == ["end_to_end_id", "outcome", "reason"]
                || cells == ["end_to_end_id", "outcome"];
            if !named {
                return Err(vec![at(line, Problem::Header)]);
            }
        }
    }
    let mut outcomes = Vec::new();
    let mut problems = Vec::new();
    let mut first_lines: HashMap<String, u64> = HashMap::new();
    for (line, cells) in lines {
        let outcome = cells
            .and_then(|cells| outcome(line, &cells))
            .and_then(
                |outcome| match first_lines.insert(outcome.id.clone(), line) {
                    None => Ok(outcome),
                    Some(first) => Err(Problem::Repeated { first }),
                },
            );
        match outcome {
            Ok(outcome) => outcomes.push(outcome),
            Err(problem) => problems.push(at(line, problem)),
        }
        if problems.len() >= MOST_PROBLEMS {
            break;
        }
    }
    if outcomes.is_empty() && problems.is_empty() {
        problems.push(at(1, Problem::Empty));
    }
    if problems.is_empty() {
        Ok(outcomes)
    } else {
        Err(problems)
    }
}

fn at(line: u64, problem: Problem) -> LineProblem {
    LineProblem { line, problem }
}

fn outcome(line: u64, cells: &[String]) -> Result<Outcome, Problem> {
    let (id, word, reason) = match cells {
        [id, word] => (id, word, ""),
        [id, word, reason] => (id, word, reason.as_str()),
        _ => return Err(Problem::Cells),
    };
    if id.parse::<EndToEndId>().is_err() {
        return Err(Problem::Id);
    }
    let fate = match word.as_str() {
        "paid" => Fate::Paid,
        "returned" => Fate::returned(reason),
        _ => return Err(Problem::Outcome),
    };
    Ok(Outcome {
        id: id.clone(),
        fate,
        line,
    })
}

/// The lines that hold anything, each with its number and its trimmed cells.
struct Lines<'a> {
    records: Records<'a>,
    numbers: LineNumbers<'a>,
}

impl<'a> Lines<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        Self {
            records: Records::of(bytes, MOST_CELLS, LONGEST_CELL),
            numbers: LineNumbers::of(bytes),
        }
    }
}

impl Iterator for Lines<'_> {
    type Item = (u64, Result<Vec<String>, Problem>);

    fn next(&mut self) -> Option<Self::Item> {
        for record in &mut self.records {
            let line = self.numbers.after(record.after);
            match cells(&record) {
                Ok(cells) if cells.iter().all(String::is_empty) => {}
                cells => return Some((line, cells)),
            }
        }
        None
    }
}

fn cells(record: &Record) -> Result<Vec<String>, Problem> {
    let cells = record.cells.iter();
    cells
        .map(|cell| match std::str::from_utf8(cell).map(str::trim) {
            Ok(text) if text.contains(['\r', '\n']) => Err(Problem::LineEnd),
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err(Problem::NotUtf8),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn returned(reason: &str) -> Fate {
        Fate::Returned {
            reason: reason.to_owned(),
        }
    }

    /// What [`read_csv`] says, to be compared.
    type Plain = Result<Vec<(String, Fate, u64)>, Vec<(u64, Problem)>>;

    fn read(text: &str) -> Plain {
        read_csv(text.as_bytes())
            .map(|all| all.into_iter().map(|o| (o.id, o.fate, o.line)).collect())
            .map_err(|all| all.into_iter().map(|p| (p.line, p.problem)).collect())
    }

    #[test]
    fn reads_outcomes_with_their_lines() {
        let text = "end_to_end_id,outcome,reason\n\
                    A-1/1,paid,\n\
                    A-2/1,returned,户名不符\n\
                    A-3/1,returned,\n\
                    A-4/12,paid,交易成功\n\
                    A-5/1,paid\n\
                    A-6/1,returned\n\
                    A-7/1,returned,\"no such account, \"\"closed\"\"\"\n";
        let expected = [
            ("A-1/1", Fate::Paid),
            ("A-2/1", returned("户名不符")),
            ("A-3/1", returned("")),
            ("A-4/12", Fate::Paid),
            ("A-5/1", Fate::Paid),
            ("A-6/1", returned("")),
            ("A-7/1", returned("no such account, \"closed\"")),
        ];
        let expected: Vec<_> = (2..)
            .zip(expected)
            .map(|(line, (id, fate))| (id.to_owned(), fate, line))
            .collect();
        assert_eq!(read(text), Ok(expected));
    }

    #[test]
    fn spreadsheets_may_dress_it_up() {
        let plain = read("end_to_end_id,outcome\nA-1/1,paid\n").unwrap();
        for text in [
            "\u{FEFF}end_to_end_id,outcome,reason\r\nA-1/1,paid,\r\n",
            "end_to_end_id , outcome\n A-1/1\t, paid \n\n\n",
            "end_to_end_id,outcome,reason\nA-1/1,paid,\n,,\n , ,\u{3000}\r\n",
            "\"end_to_end_id\",\"outcome\"\r\n\"A-1/1\",\"paid\"",
        ] {
            assert_eq!(read(text).as_ref(), Ok(&plain), "{text:?}");
        }
    }

    #[test]
    fn tells_all_mistakes_at_once_with_their_lines() {
        let text = "end_to_end_id,outcome,reason\n\
                    A-1/1,paid,\n\
                    A-2/1,PAID,\n\
                    \n\
                    A-3,paid,\n\
                    ,paid,\n\
                    A-1/1,returned,again\n\
                    A-4/1\n\
                    A-5/1,returned,a,b\n\
                    ,,\n\
                    A-6/1,returned,\"a\n\
                    b\"\n\
                    A-7/1,,\n";
        let expected = vec![
            (3, Problem::Outcome),
            (5, Problem::Id),
            (6, Problem::Id),
            (7, Problem::Repeated { first: 2 }),
            (8, Problem::Cells),
            (9, Problem::Cells),
            (11, Problem::LineEnd),
            (13, Problem::Outcome),
        ];
        for line_end in ["\n", "\r\n", "\r"] {
            let text = text.replace('\n', line_end);
            assert_eq!(read(&text).as_ref(), Err(&expected), "{line_end:?}");
        }
    }

    #[test]
    fn an_open_quote_swallows_no_line() {
        let text = "end_to_end_id,outcome,reason\nA-1/1,returned,\"closed\nA-2/1,paid,\n";
        assert_eq!(read(text), Err(vec![(2, Problem::LineEnd)]));
    }

    #[test]
    fn an_empty_file_is_a_mistake() {
        for text in ["", "\u{FEFF}", "\n\n", " ,\n", "end_to_end_id,outcome\n\n"] {
            assert_eq!(read(text), Err(vec![(1, Problem::Empty)]), "{text:?}");
        }
        for text in ["A-1/1,paid\n", "outcome,end_to_end_id\n", "end_to_end_id\n"] {
            assert_eq!(read(text), Err(vec![(1, Problem::Header)]), "{text:?}");
        }
    }

    #[test]
    fn another_encoding_is_told_for_each_line() {
        // 户名不符 in GBK.
        let gbk = b"\xbb\xa7\xc3\xfb\xb2\xbb\xb7\xfb";
        let text = [
            b"end_to_end_id,outcome,reason\nA-1/1,returned,".as_slice(),
            gbk,
            b"\nA-2/1,paid,\nA-3/1,returned,",
            gbk,
        ]
        .concat();
        let problems = read_csv(&text).unwrap_err();
        assert_eq!(problems, [at(2, Problem::NotUtf8), at(4, Problem::NotUtf8)]);
    }

    #[test]
    fn reasons_are_one_short_line() {
        let reason = format!("a\u{1b}b\t c{}", "户".repeat(200));
        let text = format!("end_to_end_id,outcome,reason\nA-1/1,returned,\"{reason}\"\n");
        let fate = &read_csv(text.as_bytes()).unwrap()[0].fate;
        assert_eq!(*fate, returned(&format!("ab c{}", "户".repeat(136))));
    }

    #[test]
    fn nothing_is_quoted() {
        let text = "end_to_end_id,outcome,reason\n王小明,6225881414207430,419099199001010014\n";
        let problems = read_csv(text.as_bytes()).unwrap_err();
        let said = format!("{problems:?} {}", problems[0]);
        for secret in ["王小明", "6225881414207430", "419099199001010014"] {
            assert!(!said.contains(secret), "{said}");
        }
        assert!(!format!("{:?}", returned("王小明")).contains("王小明"));
    }
}
