//! A first registration that the VIN's model year contradicts: a car is not registered years before
//! it was made, and hardly many years after.

use chrono::Datelike;

use super::{Car, Facts, Finding, Rule, Thresholds, Weight, words};

/// GB 16735-2019 (ISO 3779): the codes of the tenth place, from 1980 on, again after thirty years.
const CODES: &[u8; 30] = b"ABCDEFGHJKLMNPRSTVWXY123456789";
const FIRST: i32 = 1980;
const AGAIN: usize = 30;
const PLACE: usize = 9;
/// How often the codes have come round, with the round to come.
const ROUNDS: i32 = 3;

/// The years that a VIN's tenth place may mean. Only for cars made in China, whose numbers begin
/// with `L`: makers elsewhere need not keep to it.
fn model_years(vin: &str) -> Option<Vec<i32>> {
    let code = *vin.as_bytes().get(PLACE).filter(|_| vin.starts_with('L'))?;
    let place = CODES.iter().position(|c| *c == code)?;
    let year = |round| FIRST + (place as i32) + round * (AGAIN as i32);
    Some((0..ROUNDS).map(year).collect())
}

pub(super) fn find(facts: &Facts, by: &Thresholds) -> Option<Finding> {
    if !by.is_on(Rule::ModelYear) {
        return None;
    }
    facts.cars.iter().find_map(|car| contradicted(car, by))
}

/// A car of a model year is made from the year before on, so it may be registered from then on.
fn contradicted(car: &Car, by: &Thresholds) -> Option<Finding> {
    let years = model_years(&car.vin)?;
    let most = if car.new {
        by.new_car_years
    } else {
        by.old_car_years
    };
    let most = i32::try_from(most).unwrap_or(i32::MAX);
    let registered = car.registered.year();
    let fits = |year: &i32| (year - 1..=year.saturating_add(most)).contains(&registered);
    if years.iter().any(fits) {
        return None;
    }
    let near = years.iter().min_by_key(|year| (*year - registered).abs())?;
    let (zh, en) = if car.new {
        ("新车", "new car")
    } else {
        ("旧车", "old car")
    };
    Some(Finding {
        rule: Rule::ModelYear,
        weight: Weight::Hold,
        basis: format!("{en} {} {registered}", car.vin),
        reason: words(
            format!("{zh}车架号的年份为 {near} 年，初次登记却在 {registered} 年"),
            format!("the {en}'s VIN says {near}, its first registration {registered}"),
        ),
        with: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::plain;
    use super::*;
    use chrono::NaiveDate;

    fn found(code: char, year: i32, new: bool) -> bool {
        let mut facts = plain();
        facts.cars = vec![Car {
            new,
            vin: format!("LSVAA4180{code}2000001"),
            registered: NaiveDate::from_ymd_opt(year, 6, 1).unwrap(),
        }];
        find(&facts, &Thresholds::default()).is_some()
    }

    #[test]
    fn codes_mean_the_years_of_the_standard() {
        let years = |code: char| model_years(&format!("LSVAA4180{code}2000001"));
        assert_eq!(years('A'), Some(vec![1980, 2010, 2040]));
        assert_eq!(years('Y'), Some(vec![2000, 2030, 2060]));
        assert_eq!(years('1'), Some(vec![2001, 2031, 2061]));
        assert_eq!(years('9'), Some(vec![2009, 2039, 2069]));
        for none in ['I', 'O', 'Q', 'U', 'Z', '0'] {
            assert_eq!(years(none), None, "{none}");
        }
        assert_eq!(model_years("WVWAA4180E2000001"), None);
        assert_eq!(model_years("LSV"), None);
    }

    #[test]
    fn a_year_before_is_early_and_two_are_too_early() {
        // E: 1984 and 2014.
        assert!(!found('E', 2014, false));
        assert!(!found('E', 2013, false));
        assert!(found('E', 2012, false));
        assert!(!found('E', 2020, false));
        assert!(found('E', 2021, false));
        // A new car may stand a while, not so long.
        assert!(!found('E', 2018, true));
        assert!(found('E', 2019, true));
        // 1984 and 2014 are the same letter: either may be meant.
        assert!(!found('E', 1985, false));
    }
}
