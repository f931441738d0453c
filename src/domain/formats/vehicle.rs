//! Numbers of vehicles.

use super::normal::normal_form;
use super::normal_form_type;
use crate::domain::defect::DefectCode;

normal_form_type! {
    /// Vehicle identification number (GB 16735-2019, ISO 3779).
    Vin
}

normal_form_type! {
    /// Number plate (GA 36-2018), without the middle dot.
    Plate
}

/// GB 16735-2019: the weight of each place; the ninth is the check digit's own.
const VIN_WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
const VIN_CHECK_PLACE: usize = 8;

/// The signs of the 31 provinces.
const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";

impl Vin {
    /// Reads and normalises. The check digit refuses only vehicles made in China, whose numbers
    /// begin with `L`; for others see [`Vin::check_digit_agrees`].
    ///
    /// # Errors
    /// [`DefectCode::Format`], also for one character repeated, which passes the sum;
    /// [`DefectCode::CheckDigit`].
    pub fn parse(text: &str) -> Result<Self, DefectCode> {
        let normal = normal_form(text)?;
        let bytes = normal.as_bytes();
        if bytes.len() != 17 || !bytes.iter().all(|b| vin_value(*b).is_some()) {
            return Err(DefectCode::Format);
        }
        if bytes.iter().all(|b| *b == bytes[0]) {
            return Err(DefectCode::Format);
        }
        let vin = Self(normal);
        if vin.0.starts_with('L') && !vin.check_digit_agrees() {
            return Err(DefectCode::CheckDigit);
        }
        Ok(vin)
    }

    /// Whether the ninth character agrees with the others. Makers outside China and North America
    /// need not keep to it.
    pub fn check_digit_agrees(&self) -> bool {
        let sum: u32 = self
            .0
            .bytes()
            .zip(VIN_WEIGHTS)
            .map(|(b, weight)| vin_value(b).unwrap_or(0) * weight)
            .sum();
        let expected = b"0123456789X"[(sum % 11) as usize];
        self.0.as_bytes().get(VIN_CHECK_PLACE) == Some(&expected)
    }
}

/// The number that stands for a character; `I`, `O` and `Q` have none.
const fn vin_value(b: u8) -> Option<u32> {
    Some(match b {
        b'0'..=b'9' => (b - b'0') as u32,
        b'A' | b'J' => 1,
        b'B' | b'K' | b'S' => 2,
        b'C' | b'L' | b'T' => 3,
        b'D' | b'M' | b'U' => 4,
        b'E' | b'N' | b'V' => 5,
        b'F' | b'W' => 6,
        b'G' | b'P' | b'X' => 7,
        b'H' | b'Y' => 8,
        b'R' | b'Z' => 9,
        _ => return None,
    })
}

impl Plate {
    /// Reads and normalises an ordinary plate or one of a new-energy vehicle. Plates of special
    /// kinds (police, embassies, trailers, training) are not consumers' and are refused.
    ///
    /// # Errors
    /// [`DefectCode::Format`].
    pub fn parse(text: &str) -> Result<Self, DefectCode> {
        let mut normal = normal_form(text)?;
        normal.retain(|c| !is_middle_dot(c));
        let mut chars = normal.chars();
        let province = chars.next().is_some_and(|c| PROVINCES.contains(c));
        let rest = chars.as_str().as_bytes();
        let fits = match rest {
            [office, serial @ ..] if is_plate_letter(*office) => {
                is_ordinary(serial) || is_small_nev(serial) || is_large_nev(serial)
            }
            _ => false,
        };
        if province && fits {
            Ok(Self(normal))
        } else {
            Err(DefectCode::Format)
        }
    }
}

/// The dot between office and serial, in the forms that input methods give.
fn is_middle_dot(c: char) -> bool {
    matches!(
        c,
        '\u{B7}' | '\u{2022}' | '\u{2027}' | '\u{22C5}' | '\u{30FB}' | '\u{FF65}'
    )
}

fn is_plate_letter(b: u8) -> bool {
    b.is_ascii_uppercase() && b != b'I' && b != b'O'
}

/// The letters that mark a new-energy vehicle (GA 36-2018).
fn is_nev_letter(b: u8) -> bool {
    matches!(b, b'A'..=b'K') && b != b'I'
}

fn is_ordinary(serial: &[u8]) -> bool {
    let letters = serial.iter().filter(|b| is_plate_letter(**b)).count();
    let digits = serial.iter().filter(|b| b.is_ascii_digit()).count();
    serial.len() == 5 && letters + digits == 5 && letters <= 2
}

fn is_small_nev(serial: &[u8]) -> bool {
    match serial {
        [mark, second, digits @ ..] => {
            is_nev_letter(*mark)
                && (second.is_ascii_digit() || is_plate_letter(*second))
                && digits.len() == 4
                && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

fn is_large_nev(serial: &[u8]) -> bool {
    match serial {
        [digits @ .., mark] => {
            is_nev_letter(*mark) && digits.len() == 5 && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vins() {
        let check = |input: &str, expect: Result<&str, DefectCode>| {
            let read = Vin::parse(input).map(|vin| vin.as_str().to_owned());
            assert_eq!(read, expect.map(str::to_owned), "{input}");
        };
        check("LSVAA4182E2184847", Ok("LSVAA4182E2184847"));
        check("lsvaa4182e2184847", Ok("LSVAA4182E2184847"));
        check("LSV AA4182-E2184847", Ok("LSVAA4182E2184847"));
        check("LSVAA4187E2184847", Err(DefectCode::CheckDigit));
        check("WVWZZZ1KZ6W000001", Ok("WVWZZZ1KZ6W000001"));
        check("11111111111111111", Err(DefectCode::Format));
        check("LLLLLLLLLLLLLLLLL", Err(DefectCode::Format));
        check("LSVAA4182E218484", Err(DefectCode::Format));
        check("LSVAA4182E21848477", Err(DefectCode::Format));
        for letter in ["I", "O", "Q"] {
            check(
                &format!("LSV{letter}A4182E2184847"),
                Err(DefectCode::Format),
            );
        }
    }

    #[test]
    fn a_foreign_check_digit_is_told_not_refused() {
        let check = |input: &str, expect: bool| {
            let vin = Vin::parse(input).unwrap();
            assert_eq!(vin.check_digit_agrees(), expect, "{input}");
        };
        check("1M8GDM9AXKP042788", true);
        check("1M8GDM9A1KP042788", false);
        check("WVWZZZ1KZ6W000001", false);
    }

    #[test]
    fn plates() {
        let check = |input: &str, expect: Result<&str, DefectCode>| {
            let read = Plate::parse(input).map(|plate| plate.as_str().to_owned());
            assert_eq!(read, expect.map(str::to_owned), "{input}");
        };
        check("豫U12345", Ok("豫U12345"));
        check("豫U·12345", Ok("豫U12345"));
        check("豫u 1234５", Ok("豫U12345"));
        check("豫U•12345", Ok("豫U12345"));
        check("豫UD1234", Ok("豫UD1234"));
        check("豫UAB123", Ok("豫UAB123"));
        check("豫UABC12", Err(DefectCode::Format));
        check("豫UD12345", Ok("豫UD12345"));
        check("豫UDA2345", Ok("豫UDA2345"));
        check("豫UL12345", Err(DefectCode::Format));
        check("豫U12345D", Ok("豫U12345D"));
        check("豫U12345L", Err(DefectCode::Format));
        check("豫UI2345D", Err(DefectCode::Format));
        check("豫U1234O", Err(DefectCode::Format));
        check("豫O12345", Err(DefectCode::Format));
        check("中U12345", Err(DefectCode::Format));
        check("豫U1234", Err(DefectCode::Format));
        check("豫U123456", Err(DefectCode::Format));
        check("豫U1234警", Err(DefectCode::Format));
        check("豫", Err(DefectCode::Format));
        check("·", Err(DefectCode::Format));
    }
}
