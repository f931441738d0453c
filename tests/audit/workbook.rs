//! Workbooks, read back by a reader that shares no code with the writer.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use tradein::spreadsheet::{Cell, Rows, Workbook};

fn read(rows: Rows, cells: &[Vec<Cell>]) -> Vec<Vec<Data>> {
    let mut book = Workbook::new(rows);
    let sheet = book.sheet("names", &["a", "b"]).unwrap();
    for row in cells {
        book.row(sheet, row).unwrap();
    }
    let bytes = book.finish().unwrap();
    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
    let formulas = book.worksheet_formula("names").unwrap();
    assert!(formulas.cells().all(|(_, _, formula)| formula.is_empty()));
    let range = book.worksheet_range("names").unwrap();
    range.rows().skip(1).map(<[Data]>::to_vec).collect()
}

#[test]
fn hostile_texts_come_back_as_texts() {
    let long = "济源".repeat(2500);
    let texts = [
        "=cmd|' /C calc'!A0",
        "=HYPERLINK(\"http://example.com\")",
        "+1+1",
        "-2+3",
        "@SUM(A1:A9)",
        "\t=1+1",
        " =1+1",
        "＝1+1",
        "\u{200B}=1+1",
        "\u{202E}=1+1",
        "\u{FEFF}王小明",
        "'=1",
        "12345678901234567890",
        "0012",
        "1E5",
        "TRUE",
        "2025-01-01",
        "a\nb",
        "<b>&amp;\"'",
        "_x0041_",
        "😀",
        &long,
    ];
    for rows in [Rows::OnDisk, Rows::InMemory] {
        let cells: Vec<Vec<Cell>> = texts
            .iter()
            .map(|text| vec![Cell::Text((*text).to_owned()), Cell::Whole(1)])
            .collect();
        let back = read(rows, &cells);
        assert_eq!(back.len(), texts.len());
        for (row, text) in back.iter().zip(texts) {
            assert_eq!(row[0], Data::String(text.to_owned()), "{rows:?}");
        }
    }
}

#[test]
fn money_and_numbers_keep_every_digit() {
    let cells = [
        vec![Cell::Yuan(1_400_000), Cell::Whole(-7)],
        vec![Cell::Yuan(1), Cell::Whole(999_999_999_999_999)],
        // More than a spreadsheet keeps: the text stands alone, and the whole number is a text.
        vec![Cell::Yuan(i64::MAX), Cell::Whole(i64::MAX)],
        vec![Cell::Empty, Cell::Text(String::new())],
        vec![Cell::Yuan(10_000_000_000_000), Cell::Whole(0)],
    ];
    let back = read(Rows::OnDisk, &cells);
    assert_eq!(back[0], [Data::Float(14_000.0), Data::Float(-7.0)]);
    assert_eq!(
        back[1],
        [Data::Float(0.01), Data::Float(999_999_999_999_999.0)]
    );
    assert_eq!(back[2][0], Data::Empty);
    assert_eq!(back[2][1], Data::String(i64::MAX.to_string()));
    assert_eq!(back[3], [Data::Empty, Data::Empty]);
    assert_eq!(back[4][0], Data::Float(100_000_000_000.0));
}
