//! How the applicant is reached and paid.

use super::normal::{is_digits, normal_form};
use super::{luhn, normal_form_type};
use crate::domain::defect::DefectCode;

normal_form_type! {
    /// Mobile telephone number, eleven digits.
    Mobile
}

normal_form_type! {
    /// Bank account or card number.
    BankAccountNumber
}

impl Mobile {
    /// Reads and normalises; `+86` is dropped.
    ///
    /// # Errors
    /// [`DefectCode::Format`].
    pub fn parse(text: &str) -> Result<Self, DefectCode> {
        let mut normal = normal_form(text)?;
        if normal.starts_with("+86") {
            normal.drain(..3);
        }
        let fits =
            is_digits(&normal, 11..=11) && matches!(normal.as_bytes(), [b'1', b'3'..=b'9', ..]);
        if fits {
            Ok(Self(normal))
        } else {
            Err(DefectCode::Format)
        }
    }
}

impl BankAccountNumber {
    /// Reads and normalises: 16 to 19 digits. The Luhn sum does not refuse, see
    /// [`BankAccountNumber::check_digit_agrees`].
    ///
    /// # Errors
    /// [`DefectCode::Format`].
    pub fn parse(text: &str) -> Result<Self, DefectCode> {
        let normal = normal_form(text)?;
        if is_digits(&normal, 16..=19) {
            Ok(Self(normal))
        } else {
            Err(DefectCode::Format)
        }
    }

    /// Whether the Luhn sum agrees. Passbook accounts and some older cards do not keep to it.
    pub fn check_digit_agrees(&self) -> bool {
        luhn::agrees(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobiles() {
        let check = |input: &str, expect: Result<&str, DefectCode>| {
            let read = Mobile::parse(input).map(|m| m.as_str().to_owned());
            assert_eq!(read, expect.map(str::to_owned), "{input}");
        };
        check("13800138000", Ok("13800138000"));
        check("+86 138-0013-8000", Ok("13800138000"));
        check("＋８６１３８００１３８０００", Ok("13800138000"));
        check("19912345678", Ok("19912345678"));
        check("12800138000", Err(DefectCode::Format));
        check("23800138000", Err(DefectCode::Format));
        check("1380013800", Err(DefectCode::Format));
        check("138001380000", Err(DefectCode::Format));
        check("+8513800138000", Err(DefectCode::Format));
        check("+86", Err(DefectCode::Format));
    }

    #[test]
    fn bank_cards() {
        let check = |input: &str, expect: Result<bool, DefectCode>| {
            let read = BankAccountNumber::parse(input).map(|n| n.check_digit_agrees());
            assert_eq!(read, expect, "{input}");
        };
        check("6225881414207430", Ok(true));
        check("6225 8814 1420 7430", Ok(true));
        check("6225881414207431", Ok(false));
        check("6217000000000011746", Ok(true));
        check("622588141420743", Err(DefectCode::Format));
        check("62170000000000117466", Err(DefectCode::Format));
        check("622588141420743X", Err(DefectCode::Format));
    }
}
