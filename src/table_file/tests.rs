use std::io::Write as _;

use rust_xlsxwriter::{Formula, Workbook};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

#[test]
fn what_is_written_is_read_as_it_was() {
    let head = row(&["/consumer/name", "messages"]);
    let rows = vec![
        row(&["王小明", "a,\"b\"\nc"]),
        row(&["=cmd|' /C calc'!A0", "-1"]),
        row(&["419099199001010014", "\u{202E}@x"]),
    ];
    for format in [Format::Xlsx, Format::Csv] {
        let table = read(&write(format, &head, &rows).unwrap()).unwrap();
        assert_eq!(table.format, format);
        let cells: Vec<_> = table.rows.into_iter().map(|(_, cells)| cells).collect();
        assert_eq!(cells[0], head, "{format:?}");
        assert_eq!(cells[1..], rows, "{format:?}");
    }
    let csv = String::from_utf8(write(Format::Csv, &head, &rows).unwrap()).unwrap();
    assert!(csv.contains("'=cmd") && csv.contains("'-1"), "{csv}");
}

#[test]
fn text_is_read_in_both_encodings() {
    let utf8 = read("name\n王小明\n".as_bytes()).unwrap();
    let (gb, _, lossy) = encoding_rs::GB18030.encode("name\n王小明\n");
    assert!(!lossy);
    assert_eq!(read(&gb).unwrap(), utf8);
    let marked = [b"\xEF\xBB\xBF".as_slice(), "name\n王小明\n".as_bytes()].concat();
    assert_eq!(read(&marked).unwrap(), utf8);
    assert_eq!(utf8.rows, [(1, row(&["name"])), (2, row(&["王小明"]))]);
    for bad in [b"\xFF\xFF\xFF".as_slice(), b"a\0b"] {
        assert_eq!(read(bad), Err(TableError::Unreadable), "{bad:?}");
    }
}

#[test]
fn rows_of_nothing_are_left_out_and_keep_their_numbers() {
    let table = read(b"a,b\n,\n \nc,d\n").unwrap();
    assert_eq!(table.rows, [(1, row(&["a", "b"])), (4, row(&["c", "d"]))]);
    for end in ["\n", "\r\n", "\r"] {
        let text = format!("a{end}{end}\"b{end}b\"{end}c{end}{end}{end}d");
        let numbers: Vec<i64> = read(text.as_bytes())
            .unwrap()
            .rows
            .iter()
            .map(|r| r.0)
            .collect();
        assert_eq!(numbers, [1, 3, 4, 7], "{end:?}");
    }
}

#[test]
fn cells_of_other_kinds_are_what_people_see() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let date = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    sheet.write_number(0, 0, 13_800_138_000.0).unwrap();
    sheet.write_number(0, 1, 166_666.5).unwrap();
    sheet.write_number(0, 2, 4.190_991_990_010_1e17).unwrap();
    sheet
        .write_number_with_format(0, 3, 45_718.0, &date)
        .unwrap();
    let formula = Formula::new("=1+1").set_result("2");
    sheet.write_formula(0, 4, formula).unwrap();
    let table = read(&book.save_to_buffer().unwrap()).unwrap();
    let cells = &table.rows[0].1;
    assert_eq!(cells[..2], row(&["13800138000", "166666.5"]));
    assert!(
        cells[2].contains('E'),
        "lost digits are not hidden: {}",
        cells[2]
    );
    assert_eq!(cells[3..], row(&["2025-03-02", "2"]));
}

#[test]
fn limits_hold() {
    assert_eq!(read(&vec![b'a'; LARGEST + 1]), Err(TableError::TooLarge));
    let rows = "a\n".repeat(MOST_ROWS + 1);
    assert_eq!(read(rows.as_bytes()), Err(TableError::TooManyRows));
    let columns = ",".repeat(MOST_COLUMNS);
    assert_eq!(read(columns.as_bytes()), Err(TableError::TooManyColumns));
    let cell = format!("a\n{}", "字".repeat(MOST_CHARACTERS + 1));
    assert_eq!(read(cell.as_bytes()), Err(TableError::CellTooLong(2)));
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 16_000, "far").unwrap();
    let far = book.save_to_buffer().unwrap();
    assert_eq!(read(&far), Err(TableError::TooManyColumns));
    assert_eq!(read(b"PK\x03\x04 nothing"), Err(TableError::Unreadable));
}

#[test]
fn a_workbook_that_swells_is_not_unpacked() {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("xl/worksheets/sheet1.xml", SimpleFileOptions::default())
        .unwrap();
    let zeros = vec![b'0'; 1 << 20];
    for _ in 0..101 {
        zip.write_all(&zeros).unwrap();
    }
    let bomb = zip.finish().unwrap().into_inner();
    assert!(bomb.len() < LARGEST / 10);
    assert_eq!(read(&bomb), Err(TableError::Bomb));
}
