//! Numbers of articles.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize, Serializer};

use super::normal::{is_digits, normal_form};
use super::{luhn, normal_form_type};
use crate::domain::defect::DefectCode;

normal_form_type! {
    /// EAN-13 (GB 12904, ISO/IEC 15420). The prefix 69 is not asked for: imports have others.
    Gtin
}

normal_form_type! {
    /// Fifteen digits with a Luhn sum (3GPP TS 23.003, 6.2).
    Imei
}

/// A maker's serial number. Two that differ only in what people misread are the same one.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "String")]
pub struct Serial {
    written: String,
    compared: String,
}

impl Gtin {
    /// Reads and normalises.
    ///
    /// # Errors
    /// [`DefectCode::Format`] or [`DefectCode::CheckDigit`].
    pub fn parse(text: &str) -> Result<Self, DefectCode> {
        let normal = normal_form(text)?;
        if !is_digits(&normal, 13..=13) {
            return Err(DefectCode::Format);
        }
        let sum: u32 = normal
            .bytes()
            .enumerate()
            .map(|(place, digit)| u32::from(digit - b'0') * if place % 2 == 0 { 1 } else { 3 })
            .sum();
        if sum.is_multiple_of(10) {
            Ok(Self(normal))
        } else {
            Err(DefectCode::CheckDigit)
        }
    }
}

impl Imei {
    /// Reads and normalises.
    ///
    /// # Errors
    /// [`DefectCode::Format`] or [`DefectCode::CheckDigit`].
    pub fn parse(text: &str) -> Result<Self, DefectCode> {
        let normal = normal_form(text)?;
        if !is_digits(&normal, 15..=15) {
            return Err(DefectCode::Format);
        }
        if luhn::agrees(&normal) {
            Ok(Self(normal))
        } else {
            Err(DefectCode::CheckDigit)
        }
    }
}

impl Serial {
    /// Reads and normalises: 4 to 40 letters, digits and `/ . _ : + #`.
    ///
    /// # Errors
    /// [`DefectCode::Length`] or [`DefectCode::Format`].
    pub fn parse(text: &str) -> Result<Self, DefectCode> {
        let normal = normal_form(text)?;
        let fits = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b"/._:+#".contains(&b);
        if !normal.bytes().all(fits) || !normal.bytes().any(|b| b.is_ascii_alphanumeric()) {
            return Err(DefectCode::Format);
        }
        if !(4..=40).contains(&normal.len()) {
            return Err(DefectCode::Length);
        }
        Ok(Self::from(normal))
    }

    /// The form in which serial numbers are compared: `O` is `0` and `I` is `1`.
    pub fn as_str(&self) -> &str {
        &self.compared
    }

    /// The normal form with the letters that the dealer wrote, for people to read.
    pub fn written(&self) -> &str {
        &self.written
    }
}

impl From<String> for Serial {
    fn from(written: String) -> Self {
        let compared = written.replace('O', "0").replace('I', "1");
        Self { written, compared }
    }
}

impl PartialEq for Serial {
    fn eq(&self, other: &Self) -> bool {
        self.compared == other.compared
    }
}

impl Eq for Serial {}

impl Hash for Serial {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.compared.hash(state);
    }
}

impl Serialize for Serial {
    /// As written, so that a reviewer can hold it beside the label.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gtins() {
        let check = |input: &str, expect: Result<(), DefectCode>| {
            assert_eq!(Gtin::parse(input).map(drop), expect, "{input}");
        };
        check("6901234567892", Ok(()));
        check("690-1234-567892", Ok(()));
        check("4006381333931", Ok(()));
        check("6901234567893", Err(DefectCode::CheckDigit));
        check("690123456789", Err(DefectCode::Format));
        check("16901234567899", Err(DefectCode::Format));
        check("690123456789X", Err(DefectCode::Format));
    }

    #[test]
    fn imeis() {
        let check = |input: &str, expect: Result<(), DefectCode>| {
            assert_eq!(Imei::parse(input).map(drop), expect, "{input}");
        };
        check("490154203237518", Ok(()));
        check("49-015420-323751-8", Ok(()));
        check("490154203237519", Err(DefectCode::CheckDigit));
        check("49015420323751", Err(DefectCode::Format));
        check("4901542032375180", Err(DefectCode::Format));
    }

    #[test]
    fn serials() {
        let check = |input: &str, expect: Result<&str, DefectCode>| {
            let read = Serial::parse(input).map(|s| s.as_str().to_owned());
            assert_eq!(read, expect.map(str::to_owned), "{input}");
        };
        check("sn-twice-1 ", Ok("SNTW1CE1"));
        check("SN-TWICE-1", Ok("SNTW1CE1"));
        check("SNO001I", Ok("SN00011"));
        check("ＳＮ００１１", Ok("SN0011"));
        check("A/1.2_3:4+5#6", Ok("A/1.2_3:4+5#6"));
        check("ABC", Err(DefectCode::Length));
        check("A-B-C", Err(DefectCode::Length));
        check(&"A".repeat(40), Ok(&"A".repeat(40)));
        check(&"A".repeat(41), Err(DefectCode::Length));
        check("....", Err(DefectCode::Format));
        check("SN12*4", Err(DefectCode::Format));
        check("序列号1234", Err(DefectCode::Format));
    }

    #[test]
    fn what_was_written_is_kept_beside_what_is_compared() {
        let serial = Serial::parse("sno-1").unwrap();
        assert_eq!((serial.written(), serial.as_str()), ("SNO1", "SN01"));
        assert_eq!(serial, Serial::parse("SN0I").unwrap());
    }
}
