//! On which line of a file something stands, as a person counts them in an editor.

/// Counts the lines of a file of records once, from its beginning.
///
/// The reader of comma-separated files numbers a record by where the record before it ended:
/// empty lines, and the line feed behind a carriage return, are still to come there.
#[derive(Debug)]
pub struct LineNumbers<'a> {
    bytes: &'a [u8],
    counted: usize,
    line: u64,
}

impl<'a> LineNumbers<'a> {
    /// Of a file, from its first byte.
    pub const fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            counted: 0,
            line: 1,
        }
    }

    /// The number of the line on which the record begins that follows this byte. Bytes are asked
    /// for in their order.
    pub fn after(&mut self, end_of_last: u64) -> u64 {
        let end_of_last = usize::try_from(end_of_last).unwrap_or(usize::MAX);
        while let Some(byte) = self.bytes.get(self.counted) {
            let is_end = matches!(byte, b'\r' | b'\n');
            if self.counted >= end_of_last && !is_end {
                break;
            }
            self.counted += 1;
            let goes_on = *byte == b'\r' && self.bytes.get(self.counted) == Some(&b'\n');
            self.line += u64::from(is_end && !goes_on);
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_and_both_line_ends_count_once() {
        for (text, ends, lines) in [
            ("a\nb\nc", &[0, 2, 4][..], &[1, 2, 3][..]),
            ("a\r\nb\r\nc", &[0, 2, 5], &[1, 2, 3]),
            ("\n\na\n\nb", &[0, 3], &[3, 5]),
            ("\r\n\r\na\rb", &[0, 5], &[3, 4]),
        ] {
            let mut numbers = LineNumbers::of(text.as_bytes());
            let found: Vec<u64> = ends.iter().map(|end| numbers.after(*end)).collect();
            assert_eq!(found, lines, "{text:?}");
        }
    }
}
