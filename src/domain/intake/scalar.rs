//! Single values: text, words, days, money, numbers.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::json::Json;
use crate::domain::defect::DefectCode;
use crate::domain::money::{Fen, MoneyError};

/// Days of documents that anybody can still hold, and no typing errors far ahead.
const YEARS: RangeInclusive<i32> = 1900..=2100;

/// A string without control characters.
pub(crate) fn string<'j>(json: &'j Json<'j>) -> Result<&'j str, DefectCode> {
    let seen = |text: &str| text.bytes().all(|b| matches!(b, b' '..=b'~'));
    match json {
        Json::String(text) if seen(text) => Ok(text),
        Json::String(text) if text.chars().any(is_unseen) => Err(DefectCode::ControlCharacter),
        Json::String(text) => Ok(text),
        _ => Err(DefectCode::WrongType),
    }
}

/// Text for people, trimmed, of 1 to `most` characters.
pub(crate) fn text(json: &Json<'_>, most: usize) -> Result<String, DefectCode> {
    let trimmed = string(json)?.trim();
    if trimmed.is_empty() || trimmed.chars().nth(most).is_some() {
        return Err(DefectCode::Length);
    }
    Ok(trimmed.to_owned())
}

/// A word that a pack defines: a small letter, then small letters, digits and `_`, at most 40.
pub(crate) fn word(json: &Json<'_>) -> Result<String, DefectCode> {
    let text = string(json)?;
    match text.as_bytes() {
        [] => Err(DefectCode::Length),
        [first, rest @ ..] => {
            let fits = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_';
            if text.len() > 40 {
                Err(DefectCode::Length)
            } else if first.is_ascii_lowercase() && rest.iter().all(fits) {
                Ok(text.to_owned())
            } else {
                Err(DefectCode::Format)
            }
        }
    }
}

/// One of a closed list of words.
pub(crate) fn one_of<T: Copy>(json: &Json<'_>, list: &[(&str, T)]) -> Result<T, DefectCode> {
    let text = string(json)?;
    list.iter()
        .find(|(word, _)| *word == text)
        .map(|(_, value)| *value)
        .ok_or(DefectCode::NotInList)
}

/// A day that exists, written `YYYY-MM-DD`.
pub(crate) fn day(json: &Json<'_>) -> Result<NaiveDate, DefectCode> {
    let text = string(json)?.as_bytes();
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else {
        return Err(DefectCode::DateMalformed);
    };
    let number = |digits: &[&u8]| {
        digits.iter().try_fold(0_u32, |sum, b| {
            b.is_ascii_digit().then(|| sum * 10 + u32::from(**b - b'0'))
        })
    };
    let read = || {
        let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
        NaiveDate::from_ymd_opt(year, number(&[m1, m2])?, number(&[d1, d2])?)
    };
    read()
        .filter(|day| YEARS.contains(&day.year()))
        .ok_or(DefectCode::DateMalformed)
}

/// An amount in yuan as a string.
pub(crate) fn money(json: &Json<'_>) -> Result<Fen, DefectCode> {
    match json {
        Json::Integer(_) | Json::Number => Err(DefectCode::MoneyAsNumber),
        _ => Fen::parse_yuan(string(json)?).map_err(|error| match error {
            MoneyError::Malformed => DefectCode::MoneyMalformed,
            MoneyError::TooPrecise => DefectCode::MoneyTooPrecise,
            MoneyError::OutOfRange => DefectCode::MoneyOutOfRange,
        }),
    }
}

/// Engine size in litres: a decimal string of 0.1 to 10 with at most three places.
pub(crate) fn litres(json: &Json<'_>) -> Result<Decimal, DefectCode> {
    let text = string(json)?;
    let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |s: &str, most: usize| {
        (1..=most).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit())
    };
    if !digits(whole, 3) || !digits(places, 3) {
        return Err(DefectCode::Format);
    }
    let litres: Decimal = text.parse().map_err(|_| DefectCode::Format)?;
    if litres < Decimal::new(1, 1) || litres > Decimal::TEN {
        return Err(DefectCode::OutOfRange);
    }
    Ok(litres.normalize())
}

/// Energy or water level, 1 to 5 (GB 12021 and its kin have five at most).
pub(crate) fn energy_level(json: &Json<'_>) -> Result<u8, DefectCode> {
    match json {
        Json::Integer(level @ 1..=5) => u8::try_from(*level).map_err(|_| DefectCode::OutOfRange),
        Json::Integer(_) => Err(DefectCode::OutOfRange),
        _ => Err(DefectCode::WrongType),
    }
}

/// Characters that nobody sees, and those that change the order in which others are seen: a name
/// with one of these is not the name that a reviewer reads. Noncharacters too (Unicode 23.7), of
/// which no XML file may carry U+FFFE and U+FFFF, and so no file for a bank.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || u32::from(c) & 0xFFFE == 0xFFFE
        || matches!(c,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a JSON text with one of the functions above.
    fn with<T>(
        input: &str,
        read: impl Fn(&Json<'_>) -> Result<T, DefectCode>,
    ) -> Result<T, DefectCode> {
        read(&Json::read(input.as_bytes()).unwrap())
    }

    #[test]
    fn texts() {
        let check = |input: &str, expect: Result<&str, DefectCode>| {
            assert_eq!(
                with(input, |j| text(j, 5)),
                expect.map(str::to_owned),
                "{input}"
            );
        };
        check(r#"" 王小明 ""#, Ok("王小明"));
        check(r#""一二三四五""#, Ok("一二三四五"));
        check(r#""一二三四五六""#, Err(DefectCode::Length));
        check(r#"" ""#, Err(DefectCode::Length));
        check("5", Err(DefectCode::WrongType));
        for unseen in [
            "\\u0000",
            "\\n",
            "\\u007f",
            "\\u0085",
            "\u{200B}",
            "\u{202E}",
            "\u{FEFF}",
            "\u{FFFE}",
            "\\uFFFF",
            "\u{FDD0}",
            "\u{FDEF}",
            "\u{1FFFE}",
            "\u{2FFFF}",
            "\u{10FFFF}",
        ] {
            check(
                &format!(r#""王{unseen}明""#),
                Err(DefectCode::ControlCharacter),
            );
        }
        // Their neighbours, among them rare characters of names.
        for seen in ["\u{FDCF}", "\u{FDF0}", "\u{FFFD}", "\u{20000}", "\u{2FFFD}"] {
            check(&format!(r#""王{seen}""#), Ok(&format!("王{seen}")));
        }
    }

    #[test]
    fn words() {
        let check = |input: &str, expect: Result<(), DefectCode>| {
            assert_eq!(with(input, word).map(drop), expect, "{input}");
        };
        check(r#""air_conditioner2""#, Ok(()));
        check(&format!("\"{}\"", "a".repeat(40)), Ok(()));
        check(&format!("\"{}\"", "a".repeat(41)), Err(DefectCode::Length));
        check(r#""""#, Err(DefectCode::Length));
        check(r#""Fridge""#, Err(DefectCode::Format));
        check(r#""2fridge""#, Err(DefectCode::Format));
        check(r#""a-b""#, Err(DefectCode::Format));
        check(r#""冰箱""#, Err(DefectCode::Format));
    }

    #[test]
    fn days() {
        let check = |input: &str, exists: bool| {
            let expect = if exists {
                Ok(input.to_owned())
            } else {
                Err(DefectCode::DateMalformed)
            };
            let read = with(&format!("\"{input}\""), day).map(|d| d.to_string());
            assert_eq!(read, expect, "{input}");
        };
        check("2024-02-29", true);
        check("1900-01-01", true);
        check("2100-12-31", true);
        for input in [
            "2025-02-29",
            "2025-13-01",
            "2025-00-01",
            "2025-01-00",
            "2025-04-31",
            "1899-12-31",
            "2101-01-01",
            "2025-1-01",
            "20250101",
            "2025/01/01",
            "2025-01-01T00:00:00Z",
            " 2025-01-01",
            "+025-01-01",
            "２０２５-01-01",
            "",
        ] {
            check(input, false);
        }
        assert_eq!(with("20250101", day), Err(DefectCode::WrongType));
    }

    #[test]
    fn amounts() {
        let check = |input: &str, expect: Result<i64, DefectCode>| {
            assert_eq!(with(input, money).map(Fen::fen), expect, "{input}");
        };
        check(r#""15000.00""#, Ok(1_500_000));
        check("15000", Err(DefectCode::MoneyAsNumber));
        check("15000.5", Err(DefectCode::MoneyAsNumber));
        check("true", Err(DefectCode::WrongType));
        check(r#""12.345""#, Err(DefectCode::MoneyTooPrecise));
        check(r#""-1""#, Err(DefectCode::MoneyMalformed));
        check(r#""1e3""#, Err(DefectCode::MoneyMalformed));
        check(r#""999999999999999""#, Err(DefectCode::MoneyOutOfRange));
    }

    #[test]
    fn engine_sizes() {
        let check = |input: &str, expect: Result<&str, DefectCode>| {
            let read = with(input, litres).map(|l| l.to_string());
            assert_eq!(read, expect.map(str::to_owned), "{input}");
        };
        check(r#""1.5""#, Ok("1.5"));
        check(r#""2.000""#, Ok("2"));
        check(r#""1.998""#, Ok("1.998"));
        check(r#""0.1""#, Ok("0.1"));
        check(r#""10""#, Ok("10"));
        check(r#""0.05""#, Err(DefectCode::OutOfRange));
        check(r#""10.001""#, Err(DefectCode::OutOfRange));
        check(r#""1.9999""#, Err(DefectCode::Format));
        check(r#""1.""#, Err(DefectCode::Format));
        check(r#"".5""#, Err(DefectCode::Format));
        check(r#""-1""#, Err(DefectCode::Format));
        check("1.5", Err(DefectCode::WrongType));
    }

    #[test]
    fn energy_levels() {
        let check = |input: &str, expect: Result<u8, DefectCode>| {
            assert_eq!(with(input, energy_level), expect, "{input}");
        };
        check("1", Ok(1));
        check("5", Ok(5));
        check("0", Err(DefectCode::OutOfRange));
        check("6", Err(DefectCode::OutOfRange));
        check("-1", Err(DefectCode::OutOfRange));
        check("1.0", Err(DefectCode::WrongType));
        check(r#""1""#, Err(DefectCode::WrongType));
    }
}
