//! Records of comma-separated files (RFC 4180), each within bounds that hold before memory is
//! asked for: a file of nothing but commas is no record of ten million cells here.

use csv_core::{ReadFieldResult, Reader};

/// The records of a file.
pub struct Records<'a> {
    reader: Reader,
    rest: &'a [u8],
    read: u64,
    most_cells: usize,
    longest: usize,
    /// One byte more than a cell may have, which tells that it has more.
    cell: Vec<u8>,
}

/// One record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// The byte at which the record before it has ended; empty lines are still to come there.
    pub after: u64,
    /// Its cells, as many as may be.
    pub cells: Vec<Vec<u8>>,
    /// It has more cells.
    pub too_many: bool,
    /// A cell has more bytes than one may have, and is cut.
    pub too_long: bool,
}

impl<'a> Records<'a> {
    /// Of a file. A record keeps at most `most_cells` cells of at most `longest` bytes.
    pub fn of(bytes: &'a [u8], most_cells: usize, longest: usize) -> Self {
        Self {
            reader: Reader::new(),
            rest: bytes,
            read: 0,
            most_cells,
            longest,
            cell: vec![0; longest + 1],
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        let mut record = Record {
            after: self.read,
            ..Record::default()
        };
        let mut filled = 0;
        loop {
            let room = &mut self.cell[filled..];
            let (result, used, written) = self.reader.read_field(self.rest, room);
            self.rest = &self.rest[used..];
            self.read += u64::try_from(used).unwrap_or(u64::MAX);
            filled += written;
            match result {
                // The next call says that there is no more.
                ReadFieldResult::InputEmpty => {}
                ReadFieldResult::OutputFull => {
                    record.too_long = true;
                    // What stands beyond goes over the one byte more.
                    filled = self.longest;
                }
                ReadFieldResult::Field { record_end } => {
                    record.too_long |= filled > self.longest;
                    if record.cells.len() < self.most_cells {
                        let kept = filled.min(self.longest);
                        record.cells.push(self.cell[..kept].to_vec());
                    } else {
                        record.too_many = true;
                    }
                    filled = 0;
                    if record_end {
                        return Some(record);
                    }
                }
                ReadFieldResult::End => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u64, Vec<String>)> {
        let text_of = |cell: &Vec<u8>| String::from_utf8(cell.clone()).unwrap();
        Records::of(text.as_bytes(), 3, 8)
            .map(|record| (record.after, record.cells.iter().map(text_of).collect()))
            .collect()
    }

    /// What the reader says that has no bounds.
    fn unbounded(text: &str) -> Vec<(u64, Vec<String>)> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let records = reader.records().map(Result::unwrap);
        records
            .map(|record| {
                let after = record.position().unwrap().byte();
                (after, record.iter().map(str::to_owned).collect())
            })
            .collect()
    }

    #[test]
    fn within_the_bounds_it_reads_what_others_read() {
        let pieces = [
            "a", ",", "\n", "\r\n", "\r", "\"", "\"\"", " ", "b,c", "\n\n", "某",
        ];
        for number in 0..pieces.len().pow(4) {
            let piece = |place: u32| pieces[number / pieces.len().pow(place) % pieces.len()];
            let text = [piece(0), piece(1), piece(2), piece(3)].concat();
            let expected = unbounded(&text);
            let fits = |cells: &[String]| cells.len() <= 3 && cells.iter().all(|c| c.len() <= 8);
            if expected.iter().all(|(_, cells)| fits(cells)) {
                assert_eq!(read(&text), expected, "{text:?}");
                assert!(!Records::of(text.as_bytes(), 3, 8).any(|r| r.too_long || r.too_many));
            }
        }
    }

    #[test]
    fn what_is_beyond_the_bounds_is_cut_and_told() {
        let text = format!(
            "{}\n1,2,3,4\n\"{}\",x\nend",
            ",".repeat(1_000_000),
            "y".repeat(1_000)
        );
        let all: Vec<Record> = Records::of(text.as_bytes(), 3, 8).collect();
        let told = |r: &Record| (r.cells.len(), r.too_many, r.too_long);
        let told: Vec<_> = all.iter().map(told).collect();
        assert_eq!(
            told,
            [
                (3, true, false),
                (3, true, false),
                (2, false, true),
                (1, false, false)
            ]
        );
        assert_eq!(all[2].cells[0].len(), 8);
        assert_eq!(
            (&all[2].cells[1][..], &all[3].cells[0][..]),
            (&b"x"[..], &b"end"[..])
        );
    }
}
