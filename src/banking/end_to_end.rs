//! The name that one payment keeps from the bureau to the payee and back.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::is_reference;

/// ISO 20022 `Max35Text`.
const LONGEST: usize = 35;

/// The end-to-end id of one attempt to pay one claim: `JY26-0000001-7/2` is the second attempt
/// for the claim with that number.
///
/// Each pair of number and attempt has exactly one id and each id one pair: a number has no
/// slash, and an attempt is written without leading zeros. The slash, and not another hyphen,
/// keeps a claim's number alone from being read as a payment. The characters are of the set that
/// every bank passes on unchanged (EPC132-08, 1.4: letters, digits and `/-?:().,'+` and the
/// blank; never a slash at either end, nor two in a row).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndToEndId {
    text: String,
    /// Where the slash stands.
    slash: usize,
    attempt: u32,
}

/// Why there is no such end-to-end id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndToEndError {
    /// The claim's number is not letters, digits and hyphens.
    #[error("the claim number is not made of letters, digits and hyphens")]
    ClaimNumber,
    /// Attempts are counted from 1.
    #[error("the attempt is not a whole number from 1 without leading zeros")]
    Attempt,
    /// More than 35 characters.
    #[error("the end-to-end id is longer than 35 characters")]
    TooLong,
}

impl EndToEndError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            EndToEndError::ClaimNumber => "end_to_end_claim_number",
            EndToEndError::Attempt => "end_to_end_attempt",
            EndToEndError::TooLong => "end_to_end_too_long",
        }
    }
}

impl EndToEndId {
    /// The id of the `attempt`th payment, counted from 1, for a claim.
    ///
    /// # Errors
    /// [`EndToEndError`] for a number that is not made of letters, digits and hyphens with a
    /// letter or digit at each end, for the attempt 0, and above 35 characters together.
    pub fn new(claim_number: &str, attempt: u32) -> Result<Self, EndToEndError> {
        if !is_reference(claim_number) {
            return Err(EndToEndError::ClaimNumber);
        }
        if attempt == 0 {
            return Err(EndToEndError::Attempt);
        }
        let text = format!("{claim_number}/{attempt}");
        if text.len() > LONGEST {
            return Err(EndToEndError::TooLong);
        }
        Ok(Self {
            text,
            slash: claim_number.len(),
            attempt,
        })
    }

    /// The text as it stands in files.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The claim's number.
    pub fn claim_number(&self) -> &str {
        &self.text[..self.slash]
    }

    /// The attempt, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }
}

impl FromStr for EndToEndId {
    type Err = EndToEndError;

    /// Reads the text in its only form: no blanks, no signs, no leading zeros.
    fn from_str(text: &str) -> Result<Self, EndToEndError> {
        let (number, written) = text.rsplit_once('/').ok_or(EndToEndError::Attempt)?;
        let attempt = written.parse().map_err(|_| EndToEndError::Attempt)?;
        let id = Self::new(number, attempt)?;
        // `parse` also takes a plus sign and leading zeros.
        if id.text == text {
            Ok(id)
        } else {
            Err(EndToEndError::Attempt)
        }
    }
}

impl fmt::Display for EndToEndId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for EndToEndId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for EndToEndId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_is_a_number_and_an_attempt() {
        let id = EndToEndId::new("JY26-0000001-7", 2).unwrap();
        assert_eq!(id.to_string(), "JY26-0000001-7/2");
        assert_eq!((id.claim_number(), id.attempt()), ("JY26-0000001-7", 2));
        assert_eq!("JY26-0000001-7/2".parse(), Ok(id));
    }

    #[test]
    fn there_is_room_for_every_number() {
        // A series of six characters and every ordinal of 64 bits' half.
        let id = EndToEndId::new("JY26AB-4294967295-7", u32::MAX).unwrap();
        assert!(id.as_str().len() <= LONGEST);
        let long = "A".repeat(LONGEST - 2);
        assert!(EndToEndId::new(&long, 9).is_ok());
        assert_eq!(EndToEndId::new(&long, 10), Err(EndToEndError::TooLong));
    }

    #[test]
    fn only_one_spelling_is_read() {
        for (text, error) in [
            ("", EndToEndError::Attempt),
            ("JY26-0000001-7", EndToEndError::Attempt),
            ("JY26-0000001-7/", EndToEndError::Attempt),
            ("JY26-0000001-7/0", EndToEndError::Attempt),
            ("JY26-0000001-7/02", EndToEndError::Attempt),
            ("JY26-0000001-7/+2", EndToEndError::Attempt),
            ("JY26-0000001-7/２", EndToEndError::Attempt),
            ("JY26-0000001-7/2 ", EndToEndError::Attempt),
            ("JY26-0000001-7/4294967296", EndToEndError::Attempt),
            ("/2", EndToEndError::ClaimNumber),
            ("JY26/1/2", EndToEndError::ClaimNumber),
            ("JY26//2", EndToEndError::ClaimNumber),
            ("-JY26/2", EndToEndError::ClaimNumber),
            ("王/2", EndToEndError::ClaimNumber),
        ] {
            assert_eq!(text.parse::<EndToEndId>(), Err(error), "{text}");
        }
    }

    #[test]
    fn comes_back_from_json() {
        let id: EndToEndId = serde_json::from_str("\"JY26-0000001-7/2\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"JY26-0000001-7/2\"");
        assert!(serde_json::from_str::<EndToEndId>("\"JY26-0000001-7\"").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever gives an id is found again in it, so two pairs never share one.
        #[test]
        fn every_pair_is_read_back_from_its_id(
            number in "[A-Z0-9/-]{0,30}",
            attempt in prop_oneof![0..200_u32, any::<u32>()],
        ) {
            let Ok(id) = EndToEndId::new(&number, attempt) else {
                return Ok(());
            };
            prop_assert_eq!(id.claim_number(), number);
            prop_assert_eq!(id.attempt(), attempt);
            prop_assert_eq!(id.as_str().parse(), Ok(id.clone()));
        }

        #[test]
        fn every_id_is_of_the_restricted_characters(text in "\\PC{0,40}|[A-Z0-9/-]{1,36}/[0-9]{1,3}") {
            let Ok(id) = text.parse::<EndToEndId>() else {
                return Ok(());
            };
            let text = id.as_str();
            prop_assert!(text.len() <= 35);
            prop_assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'/' || b == b'-'));
            prop_assert!(!text.starts_with('/') && !text.ends_with('/') && !text.contains("//"));
        }
    }
}
