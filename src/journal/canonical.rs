//! Canonical JSON (JCS, RFC 8785), written straight into a string.
//!
//! The fields of an object must be given in the order of their names. Only what the journal
//! needs is here: strings, integers within ±(2^53 - 1), bytes in hex, null.

/// The largest integer that every reader of JSON keeps exactly (RFC 7493, 2.2).
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Writes one flat object.
pub(super) struct ObjectWriter {
    out: String,
}

impl ObjectWriter {
    /// Starts after `prefix`, with room for `capacity` bytes.
    pub(super) fn new(prefix: &str, capacity: usize) -> Self {
        let mut out = String::with_capacity(capacity);
        out.push_str(prefix);
        out.push('{');
        Self { out }
    }

    fn name(&mut self, name: &'static str) {
        if !self.out.ends_with('{') {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
    }

    /// A string that needs escaping looked for.
    pub(super) fn text(&mut self, name: &'static str, value: &str) {
        self.name(name);
        push_string(&mut self.out, value);
    }

    /// A string or null.
    pub(super) fn optional_text(&mut self, name: &'static str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value),
            None => self.null(name),
        }
    }

    /// A number.
    pub(super) fn integer(&mut self, name: &'static str, value: i64) {
        debug_assert!(value.abs() <= MAX_INTEGER, "{name} is {value}");
        self.name(name);
        push_integer(&mut self.out, value);
    }

    /// A number or null.
    pub(super) fn optional_integer(&mut self, name: &'static str, value: Option<i64>) {
        match value {
            Some(value) => self.integer(name, value),
            None => self.null(name),
        }
    }

    /// Bytes as a string of lower-case hex.
    pub(super) fn hex(&mut self, name: &'static str, value: &[u8]) {
        self.name(name);
        self.out.push('"');
        push_hex(&mut self.out, value);
        self.out.push('"');
    }

    /// Nothing.
    pub(super) fn null(&mut self, name: &'static str) {
        self.name(name);
        self.out.push_str("null");
    }

    /// The text, closed.
    pub(super) fn finish(mut self) -> String {
        self.out.push('}');
        self.out
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    push_hex(&mut out, bytes);
    out
}

/// Reads lower-case hex of exactly 32 bytes.
pub fn parse_hex32(text: &str) -> Option<[u8; 32]> {
    let text: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let digit = |c: u8| match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        _ => None,
    };
    let mut out = [0; 32];
    for (byte, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(out)
}

fn push_hex(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        out.push(char::from(HEX[usize::from(byte >> 4)]));
        out.push(char::from(HEX[usize::from(byte & 15)]));
    }
}

fn push_integer(out: &mut String, value: i64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        // A remainder of ten is one digit.
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push('-');
    }
    out.extend(digits[at..].iter().map(|digit| char::from(*digit)));
}

/// RFC 8785, 3.2.2.2: the two-character escapes, `\u00xx` for other controls, all else as it is.
fn push_string(out: &mut String, value: &str) {
    out.push('"');
    let plain = |b: u8| b >= 0x20 && b != b'"' && b != b'\\';
    if value.bytes().all(plain) {
        out.push_str(value);
    } else {
        value.chars().for_each(|c| push_escaped(out, c));
    }
    out.push('"');
}

fn push_escaped(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\t' => out.push_str("\\t"),
        '\n' => out.push_str("\\n"),
        '\u{c}' => out.push_str("\\f"),
        '\r' => out.push_str("\\r"),
        c if (c as u32) < 0x20 => {
            out.push_str("\\u00");
            push_hex(out, &[c as u8]);
        }
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_written_as_serde_json_does() {
        let all: String = (0..0x2030).filter_map(char::from_u32).collect();
        for text in ["", "济源 2025", "a\"b\\c/d", &all, "\u{10348}"] {
            let mut out = String::new();
            push_string(&mut out, text);
            assert_eq!(out, serde_json::to_string(text).unwrap());
        }
    }

    #[test]
    fn integers_are_written_in_full() {
        for value in [0, 7, 10, -1, 1_234_567_890, MAX_INTEGER, -MAX_INTEGER] {
            let mut out = String::new();
            push_integer(&mut out, value);
            assert_eq!(out, value.to_string());
        }
    }

    #[test]
    fn hex_comes_back_and_only_in_one_form() {
        let bytes: [u8; 32] = std::array::from_fn(|i| (i * 37) as u8);
        let text = hex(&bytes);
        assert_eq!(parse_hex32(&text), Some(bytes));
        assert_eq!(parse_hex32(&text.to_uppercase()), None);
        assert_eq!(parse_hex32(&text[1..]), None);
        assert_eq!(parse_hex32(&format!("{}g", &text[..63])), None);
    }
}
