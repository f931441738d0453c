//! QR codes as a path of squares, drawn by the page.

use std::fmt::Write as _;

use fast_qr::qr::QRBuilder;

/// Squares of white around a code (ISO/IEC 18004, 5.3.8).
const MARGIN: usize = 4;

/// A code, drawn in squares of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Units in a row, with the white around it.
    pub side: usize,
    /// What `<path d="…">` needs.
    pub path: String,
}

/// The code of a text; `None` when it is too long for any.
pub fn picture(text: &str) -> Option<Picture> {
    let code = QRBuilder::new(text.as_bytes()).build().ok()?;
    let mut path = String::new();
    for row in 0..code.size {
        for column in 0..code.size {
            if code[row][column].value() {
                // Writing into a string fails never.
                let _written = write!(path, "M{} {}h1v1h-1z", column + MARGIN, row + MARGIN);
            }
        }
    }
    Some(Picture {
        side: code.size + 2 * MARGIN,
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_corners_and_white_around_it() {
        let picture = picture("https://example.test/?number=JY25-0000123-7").unwrap();
        assert!(picture.side >= 21 + 2 * MARGIN && picture.side % 4 == 1);
        assert!(picture.path.starts_with("M4 4h1v1h-1zM5 4h1v1h-1z"));
        assert_eq!(super::picture(&"x".repeat(10_000)), None);
    }
}
