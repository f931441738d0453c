//! Free text that people read: names and reasons.

/// The text without what is not seen or does not fit in a file: each run of blanks and line ends
/// is one blank, there is none at the ends, and no control characters nor the two code points
/// that XML 1.0 (2.2) forbids besides.
pub(super) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let before = clean.len();
        clean.extend(word.chars().filter(|c| is_printed(*c)));
        if before > 0 && clean.len() > before {
            clean.insert(before, ' ');
        }
    }
    clean
}

/// [`clean`], cut to `most` characters.
pub(super) fn clean_and_cut(text: &str, most: usize) -> String {
    let mut clean = clean(text);
    if let Some((end, _)) = clean.char_indices().nth(most) {
        clean.truncate(end);
        clean.truncate(clean.trim_end().len());
    }
    clean
}

fn is_printed(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_is_read() {
        for (text, expected) in [
            ("", ""),
            (" \t\r\n\u{3000}", ""),
            ("王小明", "王小明"),
            ("  a \r\n b\u{3000}c ", "a b c"),
            ("a\u{0}b\u{1b}[31mc", "ab[31mc"),
            ("a \u{7f} b \u{7}", "a b"),
            ("\u{FFFE}a\u{FFFF}\u{85}b", "a b"),
            ("𠮷野", "𠮷野"),
        ] {
            assert_eq!(clean(text), expected, "{text:?}");
        }
    }

    #[test]
    fn cuts_at_characters_and_leaves_no_blank_behind() {
        assert_eq!(clean_and_cut("户名不符", 4), "户名不符");
        assert_eq!(clean_and_cut("户名不符", 3), "户名不");
        assert_eq!(clean_and_cut("ab cd", 3), "ab");
    }
}
