//! Numbers of persons and organisations.

use chrono::{Datelike, NaiveDate};

use super::normal::{is_digits, normal_form};
use super::normal_form_type;
use crate::domain::defect::DefectCode;

normal_form_type! {
    /// A person's or organisation's number: resident ID, permit, or credit code.
    IdNumber
}

normal_form_type! {
    /// Unified social credit code (GB 32100-2015).
    Uscc
}

/// GB 11643-1999: the weight of each of the first seventeen places.
const RESIDENT_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check character for each remainder by eleven.
const RESIDENT_CHECKS: &[u8; 11] = b"10X98765432";
/// The 31 symbols of a credit code, each at the place of its value.
const USCC_SYMBOLS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Nobody who was born earlier is alive.
const FIRST_BIRTH_YEAR: i32 = 1900;

impl IdNumber {
    /// A number whose kind is not told: eighteen characters are a resident ID or a credit code,
    /// other lengths from 5 to 20 are taken as they are.
    ///
    /// # Errors
    /// The defect of form. `today` is the day in Beijing, before which a birth date must lie.
    pub fn parse(text: &str, today: NaiveDate) -> Result<Self, DefectCode> {
        let normal = normal_form(text)?;
        if !normal.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(DefectCode::Format);
        }
        match normal.len() {
            18 => match (check_resident(&normal, today), check_uscc(&normal)) {
                (Ok(()), _) | (_, Ok(())) => Ok(Self(normal)),
                (Err(DefectCode::Format), Err(defect)) | (Err(defect), _) => Err(defect),
            },
            5..=20 => Ok(Self(normal)),
            _ => Err(DefectCode::Length),
        }
    }

    /// A resident identity card's number (GB 11643-1999).
    ///
    /// # Errors
    /// [`DefectCode::Format`], [`DefectCode::CheckDigit`], or [`DefectCode::BirthDate`] when the
    /// day of birth does not exist or is not before `today`.
    pub fn parse_resident_id(text: &str, today: NaiveDate) -> Result<Self, DefectCode> {
        let normal = normal_form(text)?;
        check_resident(&normal, today)?;
        Ok(Self(normal))
    }

    /// A travel permit of Hong Kong and Macau residents, `H` or `M` and 8 or 10 digits, or their
    /// residence permit, a number as GB 11643 has it that begins with 81 or 82.
    ///
    /// # Errors
    /// As [`IdNumber::parse_resident_id`].
    pub fn parse_hk_macau_permit(text: &str, today: NaiveDate) -> Result<Self, DefectCode> {
        let normal = normal_form(text)?;
        if normal.starts_with("81") || normal.starts_with("82") {
            check_resident(&normal, today)?;
            return Ok(Self(normal));
        }
        match normal.strip_prefix(['H', 'M']) {
            Some(digits) if is_digits(digits, 8..=10) && digits.len() != 9 => Ok(Self(normal)),
            _ => Err(DefectCode::Format),
        }
    }

    /// A travel permit of Taiwan residents, 8 or 10 digits, in the older form with a letter after
    /// ten, or their residence permit, a number as GB 11643 has it that begins with 83.
    ///
    /// # Errors
    /// As [`IdNumber::parse_resident_id`].
    pub fn parse_taiwan_permit(text: &str, today: NaiveDate) -> Result<Self, DefectCode> {
        let normal = normal_form(text)?;
        if normal.len() == 18 && normal.starts_with("83") {
            check_resident(&normal, today)?;
            return Ok(Self(normal));
        }
        let older = normal.strip_suffix(|c: char| c.is_ascii_uppercase());
        let fits = match older {
            Some(digits) => is_digits(digits, 10..=10),
            None => is_digits(&normal, 8..=8) || is_digits(&normal, 10..=10),
        };
        if fits {
            Ok(Self(normal))
        } else {
            Err(DefectCode::Format)
        }
    }

    /// A foreigner's permanent residence card: three letters and twelve digits, or since 2023 a
    /// number as GB 11643 has it that begins with 9.
    ///
    /// # Errors
    /// As [`IdNumber::parse_resident_id`].
    pub fn parse_foreign_residence(text: &str, today: NaiveDate) -> Result<Self, DefectCode> {
        let normal = normal_form(text)?;
        if normal.starts_with('9') {
            check_resident(&normal, today)?;
            return Ok(Self(normal));
        }
        let older = normal.split_at_checked(3).is_some_and(|(state, digits)| {
            state.bytes().all(|b| b.is_ascii_uppercase()) && is_digits(digits, 12..=12)
        });
        if older {
            Ok(Self(normal))
        } else {
            Err(DefectCode::Format)
        }
    }
}

impl Uscc {
    /// Reads and normalises.
    ///
    /// # Errors
    /// [`DefectCode::Format`] for other characters than the 31, [`DefectCode::CheckDigit`].
    pub fn parse(text: &str) -> Result<Self, DefectCode> {
        let normal = normal_form(text)?;
        check_uscc(&normal)?;
        Ok(Self(normal))
    }
}

/// GB 11643-1999. The area is not looked up: places are merged and renamed, and the
/// numbers stay.
fn check_resident(normal: &str, today: NaiveDate) -> Result<(), DefectCode> {
    let Some((digits, check)) = normal.split_at_checked(17) else {
        return Err(DefectCode::Format);
    };
    let [check @ (b'0'..=b'9' | b'X')] = *check.as_bytes() else {
        return Err(DefectCode::Format);
    };
    if !is_digits(digits, 17..=17) {
        return Err(DefectCode::Format);
    }
    let sum: u32 = digits
        .bytes()
        .zip(RESIDENT_WEIGHTS)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    if RESIDENT_CHECKS[(sum % 11) as usize] != check {
        return Err(DefectCode::CheckDigit);
    }
    match birth_date(digits) {
        Some(day) if day.year() >= FIRST_BIRTH_YEAR && day < today => Ok(()),
        _ => Err(DefectCode::BirthDate),
    }
}

fn birth_date(digits: &str) -> Option<NaiveDate> {
    let number = |from, to| digits.get(from..to)?.parse::<u32>().ok();
    NaiveDate::from_ymd_opt(
        i32::try_from(number(6, 10)?).ok()?,
        number(10, 12)?,
        number(12, 14)?,
    )
}

/// GB 32100-2015: weights are the powers of three, and all eighteen values together
/// are a multiple of 31 where the check character is right, which covers the zero case too.
fn check_uscc(normal: &str) -> Result<(), DefectCode> {
    if normal.len() != 18 {
        return Err(DefectCode::Format);
    }
    let mut sum = 0;
    let mut weight = 1;
    for (place, symbol) in normal.bytes().enumerate() {
        let value = USCC_SYMBOLS
            .iter()
            .position(|s| *s == symbol)
            .ok_or(DefectCode::Format)?;
        sum += if place < 17 { value * weight } else { value };
        weight = weight * 3 % 31;
    }
    if sum % 31 == 0 {
        Ok(())
    } else {
        Err(DefectCode::CheckDigit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
    }

    fn seen(result: Result<IdNumber, DefectCode>) -> Result<String, DefectCode> {
        result.map(|number| number.as_str().to_owned())
    }

    #[test]
    fn resident_ids() {
        let check = |input: &str, expect: Result<&str, DefectCode>| {
            let read = seen(IdNumber::parse_resident_id(input, today()));
            assert_eq!(read, expect.map(str::to_owned), "{input}");
        };
        check("419099199001010014", Ok("419099199001010014"));
        check("41909919820707182x", Ok("41909919820707182X"));
        check("４１９０９９ 19900101-0014", Ok("419099199001010014"));
        check("419099199001010015", Err(DefectCode::CheckDigit));
        check("419099199001010041", Err(DefectCode::CheckDigit));
        check("41909919900101001", Err(DefectCode::Format));
        check("4190991990010100144", Err(DefectCode::Format));
        check("41909919900101X014", Err(DefectCode::Format));
        check("41909919900101001é", Err(DefectCode::Format));
        check("", Err(DefectCode::Length));
    }

    #[test]
    fn birth_dates_exist_and_are_past() {
        let check = |input: &str, expect: Result<(), DefectCode>| {
            let digits = check_character(input);
            let read = IdNumber::parse_resident_id(&digits, today()).map(drop);
            assert_eq!(read, expect, "{digits}");
        };
        check("41909920000229001", Ok(()));
        check("41909920010229001", Err(DefectCode::BirthDate));
        check("41909919901301001", Err(DefectCode::BirthDate));
        check("41909919900100001", Err(DefectCode::BirthDate));
        check("41909920261122001", Ok(()));
        check("41909920261123001", Err(DefectCode::BirthDate));
        check("41909918991231001", Err(DefectCode::BirthDate));
    }

    /// Finds the check character by trying all eleven.
    fn check_character(digits: &str) -> String {
        let far = NaiveDate::from_ymd_opt(9999, 1, 1).unwrap();
        "0123456789X"
            .chars()
            .map(|check| format!("{digits}{check}"))
            .find(|n| check_resident(n, far) != Err(DefectCode::CheckDigit))
            .unwrap()
    }

    #[test]
    fn permits() {
        let (format, digit) = (Err(DefectCode::Format), Err(DefectCode::CheckDigit));
        let check = |read: Result<IdNumber, DefectCode>, expect| {
            assert_eq!(read.clone().map(drop), expect, "{read:?}");
        };
        let hk = |text: &str| IdNumber::parse_hk_macau_permit(text, today());
        check(hk("H12345678"), Ok(()));
        check(hk("m1234567801"), Ok(()));
        check(hk("H123456789"), format);
        check(hk("K12345678"), format);
        check(hk("12345678"), format);
        check(hk(&check_character("81000019900101001")), Ok(()));
        check(hk("810000199001010010"), digit);
        let taiwan = |text: &str| IdNumber::parse_taiwan_permit(text, today());
        check(taiwan("12345678"), Ok(()));
        check(taiwan("83345678"), Ok(()));
        check(taiwan("1234567890"), Ok(()));
        check(taiwan("1234567890B"), Ok(()));
        check(taiwan("12345678B"), format);
        check(taiwan("123456789"), format);
        check(taiwan(&check_character("83000019900101001")), Ok(()));
        let foreign = |text: &str| IdNumber::parse_foreign_residence(text, today());
        check(foreign("FRA410012345678"), Ok(()));
        check(foreign("FR1410012345678"), format);
        check(foreign("FRA41001234567"), format);
        check(foreign(&check_character("91109919900101001")), Ok(()));
        check(foreign("419099199001010014"), format);
        check(foreign("法国A410012345678"), format);
    }

    #[test]
    fn numbers_of_no_told_kind() {
        let check = |input: &str, expect: Result<&str, DefectCode>| {
            let read = seen(IdNumber::parse(input, today()));
            assert_eq!(read, expect.map(str::to_owned), "{input}");
        };
        check("419099199001010014", Ok("419099199001010014"));
        check("91419001MA0000001N", Ok("91419001MA0000001N"));
        check("419099199001010015", Err(DefectCode::CheckDigit));
        check("91419001MA0000001P", Err(DefectCode::CheckDigit));
        check("91419001MI0000001N", Err(DefectCode::Format));
        check("h1234567801", Ok("H1234567801"));
        check("1234", Err(DefectCode::Length));
        check("123456789012345678901", Err(DefectCode::Length));
        check("H1234567(8)", Err(DefectCode::Format));
    }

    #[test]
    fn credit_codes() {
        let check = |input: &str, expect: Result<(), DefectCode>| {
            assert_eq!(Uscc::parse(input).map(drop), expect, "{input}");
        };
        check("91419001MA0000001N", Ok(()));
        check("91419001ma0000001n", Ok(()));
        check("91419001MA00000040", Ok(()));
        check("91419001MA00000041", Err(DefectCode::CheckDigit));
        check("91419001MA0000001", Err(DefectCode::Format));
        for letter in ["I", "O", "S", "V", "Z"] {
            check(
                &format!("91419001M{letter}0000001N"),
                Err(DefectCode::Format),
            );
        }
    }
}
