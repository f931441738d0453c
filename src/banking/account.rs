//! Accounts and the banks that keep them.

use std::fmt;
use std::str::FromStr;

use super::is_reference;
use super::label::clean;
use crate::domain::formats::BankAccountNumber;

/// ISO 20022 `Max34Text`, which an account's number is.
const LONGEST: usize = 34;

/// The number of an account of a person, a dealer or the bureau: at most 34 letters, digits and
/// hyphens with a letter or digit at each end, so that no file takes it for anything else.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AccountNumber(String);

/// The text is no account number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an account number has 1 to 34 letters, digits and hyphens")]
pub struct AccountNumberError;

impl AccountNumberError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        "account_number_malformed"
    }
}

impl AccountNumber {
    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountNumber {
    type Err = AccountNumberError;

    /// Reads the number; blanks are dropped.
    fn from_str(text: &str) -> Result<Self, AccountNumberError> {
        let number: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if number.len() <= LONGEST && is_reference(&number) {
            Ok(Self(number))
        } else {
            Err(AccountNumberError)
        }
    }
}

impl From<&BankAccountNumber> for AccountNumber {
    /// The number of a claim's account has digits only.
    fn from(number: &BankAccountNumber) -> Self {
        Self(number.as_str().to_owned())
    }
}

impl fmt::Debug for AccountNumber {
    /// Shows nothing of the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountNumber(..)")
    }
}

/// A bank, as a payment names it: never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bank(String);

/// What a bank is named by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BankForm {
    /// A business identifier code (ISO 9362) of 8 or 11 characters.
    Bic,
    /// The bank's number in the China National Advanced Payment System, twelve digits.
    Cnaps,
    /// Its name, with the branch.
    Name,
}

impl Bank {
    /// Reads a code, a number or a name; `None` when nothing stands there.
    pub fn read(text: &str) -> Option<Self> {
        Some(clean(text)).filter(|text| !text.is_empty()).map(Self)
    }

    /// The code, number or name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which of them it is, told by how it is written.
    pub fn form(&self) -> BankForm {
        if is_bic(&self.0) {
            BankForm::Bic
        } else if self.0.len() == 12 && self.0.bytes().all(|b| b.is_ascii_digit()) {
            BankForm::Cnaps
        } else {
            BankForm::Name
        }
    }
}

/// The pattern of `BICIdentifier` in the schema of pain.001.001.03.
fn is_bic(text: &str) -> bool {
    let upper = |b: u8| b.is_ascii_uppercase();
    let upper_or_digit = |b: u8| upper(b) || b.is_ascii_digit();
    match text.as_bytes() {
        [party @ .., place, office] if party.len() == 6 => {
            party.iter().copied().all(upper)
                && upper_or_digit(*place)
                && !b"01".contains(place)
                && upper_or_digit(*office)
                && *office != b'O'
        }
        [head @ .., a, b, c] if head.len() == 8 => {
            [*a, *b, *c].into_iter().all(upper_or_digit) && is_bic(&text[..8])
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_numbers() {
        let read = |text: &str| text.parse::<AccountNumber>().map(|n| n.0);
        for (text, number) in [
            ("6225881414207430", "6225881414207430"),
            (" 6225 8814 1420 7430 ", "6225881414207430"),
            ("41-050100040000001", "41-050100040000001"),
            (&"9".repeat(34), &"9".repeat(34)),
        ] {
            assert_eq!(read(text).as_deref(), Ok(number), "{text}");
        }
        for text in [
            "", " ", "-1", "1-", "=1", "+1", "@1", "1/2", "１", "1.5", "账号",
        ] {
            assert_eq!(read(text), Err(AccountNumberError), "{text}");
        }
        assert_eq!(read(&"9".repeat(35)), Err(AccountNumberError));
    }

    #[test]
    fn an_account_number_of_a_claim_is_one() {
        let claim = BankAccountNumber::parse("6225 8814 1420 7430").unwrap();
        let number = AccountNumber::from(&claim);
        assert_eq!("6225881414207430".parse(), Ok(number));
    }

    #[test]
    fn debug_output_holds_no_number() {
        let number: AccountNumber = "6225881414207430".parse().unwrap();
        assert_eq!(format!("{number:?}"), "AccountNumber(..)");
    }

    #[test]
    fn a_bank_is_told_by_its_form() {
        let form = |text: &str| Bank::read(text).unwrap().form();
        for code in ["ICBKCNBJ", "ICBKCNBJHNP", " AAAACN22"] {
            assert_eq!(form(code), BankForm::Bic, "{code}");
        }
        assert_eq!(form("102491000019"), BankForm::Cnaps);
        for name in [
            "济源示例银行第一支行",
            "ICBKCNB",
            "ICBKCNBJHN",
            "icbkcnbj",
            "ICBKCN1J",
            "ICBKCNBO",
            "1CBKCNBJ",
            "10249100001",
            "1024910000190",
            "１０２４９１００００１９",
        ] {
            assert_eq!(form(name), BankForm::Name, "{name}");
        }
        assert_eq!(Bank::read(" \t\u{1}"), None);
    }
}
