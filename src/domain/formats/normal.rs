//! The normal form that numbers are compared in.

use crate::domain::defect::DefectCode;

/// No number is longer in bytes, however it is spaced and however wide its characters are.
const LONGEST: usize = 256;

/// The text without blanks and hyphens, in upper case, with ASCII for full-width characters.
///
/// # Errors
/// [`DefectCode::Length`] when nothing is left, or when the text is longer than any number is.
pub(super) fn normal_form(text: &str) -> Result<String, DefectCode> {
    if text.len() > LONGEST {
        return Err(DefectCode::Length);
    }
    let mut normal = String::with_capacity(text.len());
    normal.extend(
        text.chars()
            .map(narrow)
            .filter(|c| !c.is_whitespace() && !is_hyphen(*c))
            .map(|c| c.to_ascii_uppercase()),
    );
    if normal.is_empty() {
        return Err(DefectCode::Length);
    }
    Ok(normal)
}

/// The ASCII character that a full-width one stands for.
pub(super) fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// Hyphens, dashes and the minus sign: whatever an input method puts where a hyphen was meant.
pub(super) fn is_hyphen(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}'
    )
}

/// Whether the text has `lengths` digits and nothing else.
pub(super) fn is_digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_of_writing_meet() {
        let check = |input: &str| assert_eq!(normal_form(input).as_deref(), Ok("SN12A"), "{input}");
        check("SN12A");
        check(" sn12a ");
        check("SN-12-A");
        check("S N\u{3000}1\u{A0}2 A");
        check("ＳＮ１２ａ");
        check("SN－12—A");
        check("SN\u{2212}12\u{2013}A");
    }

    #[test]
    fn nothing_and_too_much_are_defects_of_length() {
        for input in ["", " ", "--", "\u{3000}", &"1".repeat(LONGEST + 1)] {
            assert_eq!(normal_form(input), Err(DefectCode::Length), "{input}");
        }
    }
}
