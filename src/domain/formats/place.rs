//! Codes of places.

use super::normal::{is_digits, normal_form};
use super::normal_form_type;
use crate::domain::defect::DefectCode;

normal_form_type! {
    /// Six-digit code of a place (GB/T 2260).
    PlaceCode
}

impl PlaceCode {
    /// Reads and normalises. Packs compare the beginning, so whether the place exists is not asked.
    ///
    /// # Errors
    /// [`DefectCode::Format`].
    pub fn parse(text: &str) -> Result<Self, DefectCode> {
        let normal = normal_form(text)?;
        if is_digits(&normal, 6..=6) {
            Ok(Self(normal))
        } else {
            Err(DefectCode::Format)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_codes() {
        let check = |input: &str, expect: Result<(), DefectCode>| {
            assert_eq!(PlaceCode::parse(input).map(drop), expect, "{input}");
        };
        check("419001", Ok(()));
        check("410000", Ok(()));
        check("41900", Err(DefectCode::Format));
        check("4190011", Err(DefectCode::Format));
        check("41900A", Err(DefectCode::Format));
    }
}
