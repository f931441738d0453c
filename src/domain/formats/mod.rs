//! Chinese and international formats with their check digits.
//!
//! Each type holds the normal form: no blanks, no hyphens, ASCII in place of full-width
//! characters, upper case. It can only be made by a `parse` function, or read back from content
//! that the service itself has sealed.

mod contact;
mod goods;
mod identity;
mod invoice;
mod luhn;
mod normal;
mod place;
mod vehicle;

pub use contact::{BankAccountNumber, Mobile};
pub use goods::{Gtin, Imei, Serial};
pub use identity::{IdNumber, Uscc};
pub use invoice::InvoiceNumber;
pub use place::PlaceCode;
pub use vehicle::{Plate, Vin};

/// A type that holds a normal form, and that only its own module can make.
macro_rules! normal_form_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The normal form.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}
use normal_form_type;
