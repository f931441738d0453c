//! Check digits: the product and the reference agree, and a single wrong character is found.

use proptest::prelude::*;
use tradein::domain::formats::{BankAccountNumber, Gtin, IdNumber, Imei, Uscc, Vin};

use crate::{counterexample, references, today};

const DIGITS: &str = "0123456789";

/// A format with a check character.
struct Scheme {
    name: &'static str,
    /// Texts of the right shape, with any character where the check stands.
    shape: &'static str,
    /// Where the check stands; counted from the end where lengths differ.
    check_from_end: usize,
    /// What may stand at the check's place, and what a wrong character is taken from.
    alphabet: &'static str,
    product: fn(&str) -> bool,
    reference: fn(&str) -> bool,
    planted: fn(&str) -> bool,
}

const SCHEMES: [Scheme; 6] = [
    Scheme {
        name: "resident ID",
        shape: "419099(19|20)[0-9]{2}(0[0-9]|1[0-3])([0-2][0-9]|3[0-2])[0-9]{3}0",
        check_from_end: 0,
        alphabet: "0123456789X",
        product: |text| IdNumber::parse_resident_id(text, today()).is_ok(),
        reference: references::resident_id,
        planted: references::resident_id_planted,
    },
    Scheme {
        name: "credit code",
        shape: "[0-9A-HJ-NP-RTUW-Y]{17}0",
        check_from_end: 0,
        alphabet: "0123456789ABCDEFGHJKLMNPQRTUWXY",
        product: |text| Uscc::parse(text).is_ok(),
        reference: references::uscc,
        planted: references::uscc_planted,
    },
    Scheme {
        name: "VIN",
        shape: "L[0-9A-HJ-NPR-Z]{7}0[0-9A-HJ-NPR-Z]{8}",
        check_from_end: 8,
        alphabet: "0123456789X",
        product: |text| Vin::parse(text).is_ok(),
        reference: references::vin,
        planted: references::vin_planted,
    },
    Scheme {
        name: "EAN-13",
        shape: "[0-9]{13}",
        check_from_end: 0,
        alphabet: DIGITS,
        product: |text| Gtin::parse(text).is_ok(),
        reference: references::gtin,
        planted: references::gtin_planted,
    },
    Scheme {
        name: "IMEI",
        shape: "[0-9]{15}",
        check_from_end: 0,
        alphabet: DIGITS,
        product: |text| Imei::parse(text).is_ok(),
        reference: references::imei,
        planted: references::imei_planted,
    },
    Scheme {
        name: "bank card",
        shape: "[0-9]{16,19}",
        check_from_end: 0,
        alphabet: DIGITS,
        product: |text| BankAccountNumber::parse(text).is_ok_and(|n| n.check_digit_agrees()),
        reference: references::bank_card,
        planted: references::bank_card_planted,
    },
];

impl Scheme {
    fn with_check(&self, body: &str, check: char) -> String {
        let place = body.len() - 1 - self.check_from_end;
        format!("{}{check}{}", &body[..place], &body[place + 1..])
    }

    /// The body with the check character that the reference takes, if it takes any.
    fn valid(&self, body: &str) -> Option<String> {
        self.alphabet
            .chars()
            .map(|check| self.with_check(body, check))
            .find(|text| (self.reference)(text))
    }

    /// A text on which `candidate` and the reference differ.
    fn disagreement(&self, candidate: fn(&str) -> bool) -> Option<String> {
        let same = |text: &str| candidate(text) == (self.reference)(text);
        counterexample(self.name, 1000, &self.shape, |body| {
            self.alphabet
                .chars()
                .all(|check| same(&self.with_check(body, check)))
        })
    }

    /// A valid text and the same with one character wrong that `candidate` takes.
    fn missed_change(&self, candidate: fn(&str) -> bool) -> Option<(String, usize, char)> {
        let alphabet: Vec<char> = self.alphabet.chars().collect();
        let inputs = (
            self.shape
                .prop_filter_map("no valid check", |body| self.valid(&body)),
            any::<prop::sample::Index>(),
            prop::sample::select(alphabet),
        );
        counterexample(self.name, 1000, &inputs, |(text, place, wrong)| {
            let place = place.index(text.len());
            let right = char::from(text.as_bytes()[place]);
            let changed = format!("{}{wrong}{}", &text[..place], &text[place + 1..]);
            self.hides(right, *wrong, place) || !candidate(&changed)
        })
        .map(|(text, place, wrong)| {
            let place = place.index(text.len());
            (text, place, wrong)
        })
    }

    /// Whether the published sum cannot tell the change: a VIN's letters share values with digits,
    /// and an `L` that is lost from the beginning makes it a foreign one, which only warns.
    fn hides(&self, right: char, wrong: char, place: usize) -> bool {
        match self.name {
            "VIN" if place == 0 => true,
            "VIN" if place != 8 => references::vin_value(right) == references::vin_value(wrong),
            _ => right == wrong,
        }
    }
}

#[test]
fn the_product_agrees_with_the_references() {
    for scheme in &SCHEMES {
        assert_eq!(scheme.disagreement(scheme.product), None, "{}", scheme.name);
    }
}

#[test]
fn a_planted_fault_is_told_apart() {
    for scheme in &SCHEMES {
        assert!(
            scheme.disagreement(scheme.planted).is_some(),
            "{}",
            scheme.name
        );
    }
}

#[test]
fn valid_numbers_are_taken() {
    for scheme in &SCHEMES {
        let valid = scheme
            .shape
            .prop_filter_map("no valid check", |body| scheme.valid(&body));
        let refused = counterexample(scheme.name, 1000, &valid, |text| (scheme.product)(text));
        assert_eq!(refused, None, "{}", scheme.name);
    }
}

#[test]
fn one_wrong_character_is_found() {
    for scheme in &SCHEMES {
        assert_eq!(
            scheme.missed_change(scheme.product),
            None,
            "{}",
            scheme.name
        );
    }
}

#[test]
fn a_check_that_is_not_made_misses_a_wrong_character() {
    for scheme in &SCHEMES {
        assert!(scheme.missed_change(|_| true).is_some(), "{}", scheme.name);
    }
}

#[test]
fn a_foreign_vin_is_taken_whatever_its_check_digit() {
    let foreign = "[1-9A-HJKMNPR-Z][0-9A-HJ-NPR-Z]{15}[A-H]";
    let refused = counterexample("foreign VIN", 1000, &foreign, |text| {
        Vin::parse(text).is_ok() == references::vin(text)
    });
    assert_eq!(refused, None);
}

#[test]
fn the_zero_case_of_credit_codes_is_met() {
    let zero = "91419001MA00000040";
    assert!(references::uscc(zero) && Uscc::parse(zero).is_ok());
    assert!(!references::uscc_planted(zero));
}
