//! Money: whole fen (1/100 yuan) in an `i64` behind a type.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount of money in fen; never negative and at most [`Fen::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fen(i64);

/// Why a text is not an amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not digits with at most one point.
    #[error("not an amount of money in yuan, like 15000.00")]
    Malformed,
    /// More than two decimal places.
    #[error("more than two decimal places")]
    TooPrecise,
    /// Above [`Fen::MAX`].
    #[error("amount out of range")]
    OutOfRange,
}

impl Fen {
    /// Nothing.
    pub const ZERO: Fen = Fen(0);
    /// One hundred billion yuan: no pool is larger, and sums of pools stay far inside `i64`.
    pub const MAX: Fen = Fen(10_000_000_000_000);

    /// An amount from fen; `None` when negative or above [`Fen::MAX`].
    pub const fn new(fen: i64) -> Option<Self> {
        if fen >= 0 && fen <= Self::MAX.0 {
            Some(Self(fen))
        } else {
            None
        }
    }

    /// An amount from whole yuan; `None` above [`Fen::MAX`].
    pub const fn from_yuan(yuan: u32) -> Self {
        // u32::MAX * 100 is below Fen::MAX.
        Self(yuan as i64 * 100)
    }

    /// The amount in fen.
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// Reads a decimal string in yuan with at most two places, such as `"15000.00"` or `"15000"`.
    ///
    /// # Errors
    /// [`MoneyError`] for signs, blanks, exponents, a bare point, more than two places, or a value
    /// above [`Fen::MAX`].
    pub fn parse_yuan(text: &str) -> Result<Self, MoneyError> {
        let (whole, part) = match text.split_once('.') {
            Some((whole, part)) => (whole, Some(part)),
            None => (text, None),
        };
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || part.is_some_and(|p| !digits(p)) {
            return Err(MoneyError::Malformed);
        }
        if whole.len() > 1 && whole.starts_with('0') {
            return Err(MoneyError::Malformed);
        }
        let part = part.unwrap_or("0");
        if part.len() > 2 {
            return Err(MoneyError::TooPrecise);
        }
        let yuan: i64 = whole.parse().map_err(|_| MoneyError::OutOfRange)?;
        let cents: i64 = part.parse().map_err(|_| MoneyError::OutOfRange)?;
        let cents = if part.len() == 1 { cents * 10 } else { cents };
        yuan.checked_mul(100)
            .and_then(|fen| fen.checked_add(cents))
            .and_then(Self::new)
            .ok_or(MoneyError::OutOfRange)
    }

    /// The sum, or `None` above [`Fen::MAX`].
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        Self::new(self.0 + other.0)
    }

    /// The difference, or `None` when it would be negative.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        Self::new(self.0 - other.0)
    }
}

impl fmt::Display for Fen {
    /// Yuan with two places: `14000.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl Serialize for Fen {
    /// A decimal string in yuan, never a JSON number.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fen {
    /// Reads the decimal string that [`Fen`] is written as.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse_yuan(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_yuan() {
        for (text, fen) in [
            ("0", 0),
            ("0.5", 50),
            ("12.34", 1234),
            ("166666.00", 16_666_600),
        ] {
            assert_eq!(Fen::parse_yuan(text).unwrap().fen(), fen, "{text}");
        }
        assert_eq!(Fen::new(1_400_000).unwrap().to_string(), "14000.00");
    }

    #[test]
    fn refuses_what_is_not_money() {
        for text in [
            "", ".", "1.", ".5", "-1", "+1", "1e3", " 1", "1,000", "１", "01", "0x1", "NaN",
        ] {
            assert_eq!(Fen::parse_yuan(text), Err(MoneyError::Malformed), "{text}");
        }
        assert_eq!(Fen::parse_yuan("12.345"), Err(MoneyError::TooPrecise));
        assert_eq!(
            Fen::parse_yuan("100000000000.01"),
            Err(MoneyError::OutOfRange)
        );
        assert_eq!(
            Fen::parse_yuan("99999999999999999999"),
            Err(MoneyError::OutOfRange)
        );
    }
}
