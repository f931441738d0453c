//! Invoice numbers.

use chrono::{Datelike, NaiveDate};

use super::normal::{is_hyphen, narrow};
use super::normal_form_type;
use crate::domain::defect::DefectCode;

normal_form_type! {
    /// Invoice number: the twenty digits of an e-invoice, or the code and the number of an older
    /// paper invoice with a hyphen between them.
    InvoiceNumber
}

/// Fully digital invoices began in 2021.
const FIRST_E_INVOICE_YEAR: i32 = 21;

impl InvoiceNumber {
    /// Reads and normalises; `today` says which years an e-invoice can be of.
    ///
    /// Twenty digits that make an e-invoice's number are one however they are spaced, so that no
    /// spacing makes a second invoice of it. A paper code of twelve digits needs something between
    /// it and the number.
    ///
    /// # Errors
    /// [`DefectCode::Format`], or [`DefectCode::Length`] when there is nothing.
    pub fn parse(text: &str, today: NaiveDate) -> Result<Self, DefectCode> {
        let written = Written::read(text)?;
        let digits = written.digits;
        let code_length = match digits.len() {
            0 => return Err(DefectCode::Length),
            20 if is_e_invoice(&digits, today) => return Ok(Self(digits)),
            20 if written.parted_after_twelve => 12,
            18 => 10,
            _ => return Err(DefectCode::Format),
        };
        let mut normal = digits;
        normal.insert(code_length, '-');
        Ok(Self(normal))
    }
}

/// The digits of a number, and whether something stood where a paper code of twelve ends.
struct Written {
    digits: String,
    parted_after_twelve: bool,
}

impl Written {
    fn read(text: &str) -> Result<Self, DefectCode> {
        let mut digits = String::with_capacity(21);
        let mut parted_after_twelve = false;
        for c in text.chars().map(narrow) {
            match c {
                '0'..='9' if digits.len() < 20 => digits.push(c),
                '/' => parted_after_twelve |= digits.len() == 12,
                c if c.is_whitespace() || is_hyphen(c) => {
                    parted_after_twelve |= digits.len() == 12;
                }
                _ => return Err(DefectCode::Format),
            }
        }
        Ok(Self {
            digits,
            parted_after_twelve,
        })
    }
}

/// Year of 21 to this one, and a region that is not 00 (State Taxation Administration notice
/// 2024 no. 11, on the number's structure). There is no check digit.
fn is_e_invoice(digits: &str, today: NaiveDate) -> bool {
    let (year, rest) = digits.split_at(2);
    let this_year = today.year().rem_euclid(100);
    year.parse()
        .is_ok_and(|year: i32| (FIRST_E_INVOICE_YEAR..=this_year).contains(&year))
        && !rest.starts_with("00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invoice_numbers() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let check = |input: &str, expect: Result<&str, DefectCode>| {
            let read = InvoiceNumber::parse(input, today).map(|n| n.as_str().to_owned());
            assert_eq!(read, expect.map(str::to_owned), "{input}");
        };
        let format = Err(DefectCode::Format);
        check("25412000000012345678", Ok("25412000000012345678"));
        check("2541 2000 0000 1234 5678", Ok("25412000000012345678"));
        check("254120000000-12345678", Ok("25412000000012345678"));
        check(
            "２５４１２０００００００１２３４５６７８",
            Ok("25412000000012345678"),
        );
        check("21412000000012345678", Ok("21412000000012345678"));
        check("26412000000012345678", Ok("26412000000012345678"));
        check("27412000000012345678", format);
        check("20412000000012345678", format);
        check("25002000000012345678", format);
        check("410020413012345678", Ok("4100204130-12345678"));
        check("4100204130 12345678", Ok("4100204130-12345678"));
        check("4100204130/12345678", Ok("4100204130-12345678"));
        check("041002000104-12345678", Ok("041002000104-12345678"));
        check("041002000104　12345678", Ok("041002000104-12345678"));
        check("04100200010412345678", format);
        check("0410020001041-2345678", format);
        check("12345678", format);
        check("254120000000123456789", format);
        check("2541200000001234567A", format);
        check("", Err(DefectCode::Length));
        check(" - ", Err(DefectCode::Length));
    }

    #[test]
    fn the_normal_form_reads_as_itself() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        for input in ["410020413012345678", "041002000104/12345678"] {
            let once = InvoiceNumber::parse(input, today).unwrap();
            assert_eq!(InvoiceNumber::parse(once.as_str(), today), Ok(once));
        }
    }
}
