//! Where something becomes odd. Not in the programmes' packs: those are public, and who knows a
//! threshold stays below it.

use serde::Deserialize;

use super::Rule;

macro_rules! thresholds {
    ($($(#[$doc:meta])* $name:ident: $kind:ty = $default:expr;)*) => {
        /// The thresholds of every rule; the file names those that differ from the defaults.
        #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Thresholds {
            $($(#[$doc])* pub $name: $kind,)*
        }

        impl Default for Thresholds {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }
    };
}

thresholds! {
    /// Codes of rules that find nothing.
    off: Vec<String> = Vec::new();
    /// Persons that may have one telephone: a family.
    telephone_persons: u32 = 5;
    /// Persons that may have one bank account: a couple and a parent.
    account_persons: u32 = 3;
    /// Claims in a minute that no person files by hand.
    run_claims: u32 = 20;
    /// How many times its usual day a dealer may file in a day by runs.
    day_times: u32 = 3;
    /// Days, or other dealers, from which a usual day is known.
    usual_least: u32 = 5;
    /// Claims just above a tier that are no chance.
    tier_claims: u32 = 8;
    /// How far above a tier is just above it, in thousandths of the tier.
    tier_band_permille: u32 = 10;
    /// Claims of others near a tier from which their share is known.
    tier_peers: u32 = 30;
    /// Sales of an article from which its price is known.
    price_sales: u32 = 5;
    /// How far above the dealer's own price is too far, in percent.
    price_own_percent: u32 = 12;
    /// How far above the price of others is too far, in percent.
    price_peers_percent: u32 = 8;
    /// The hour of Beijing at which night begins.
    night_from: u32 = 0;
    /// The hour at which it ends.
    night_until: u32 = 5;
    /// Claims at night that are no chance.
    night_claims: u32 = 10;
    /// The dealer's share of them from which it is odd, in percent.
    night_percent: u32 = 30;
    /// The share of others up to which it is odd, in percent.
    night_peers_percent: u32 = 10;
    /// Claims of others from which their share is known.
    night_peers: u32 = 100;
    /// Years after its model year in which an old car may first have been registered.
    old_car_years: u32 = 6;
    /// The same of a new one.
    new_car_years: u32 = 4;
    /// Days of owning a car up to which its claim is held.
    owned_days_held: u32 = 1;
    /// Days of owning a car below which it is noted.
    owned_days_noted: u32 = 30;
    /// Notes of different rules that hold a claim together; 0 for never.
    notes_that_hold: u32 = 2;
}

impl Thresholds {
    /// Reads a file in TOML; keys that it does not name have their defaults.
    ///
    /// # Errors
    /// What is wrong, for people: a key that is not known, a value that cannot be used.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read: Self = toml::from_str(text).map_err(|e| e.to_string())?;
        if let Some(code) = read.off.iter().find(|code| Rule::parse(code).is_none()) {
            return Err(format!("off: {code:?} is no rule of screening"));
        }
        if read.night_from > 23 || read.night_until > 24 || read.night_from >= read.night_until {
            return Err("night_from and night_until must be hours, the first below".to_owned());
        }
        if read.tier_band_permille == 0 || read.tier_band_permille > 90 {
            return Err("tier_band_permille must lie between 1 and 90".to_owned());
        }
        Ok(read)
    }

    /// Whether a rule finds anything.
    pub fn is_on(&self, rule: Rule) -> bool {
        self.off.iter().all(|code| code != rule.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_what_differs() {
        let read = Thresholds::parse("telephone_persons = 9\noff = [\"screening_night\"]").unwrap();
        assert_eq!(read.telephone_persons, 9);
        assert_eq!(read.account_persons, Thresholds::default().account_persons);
        assert!(!read.is_on(Rule::Night) && read.is_on(Rule::Speed));
        assert_eq!(Thresholds::parse("").unwrap(), Thresholds::default());
    }

    #[test]
    fn mistakes_are_told() {
        for (text, told) in [
            ("telephones = 3", "telephones"),
            ("run_claims = -1", "run_claims"),
            ("off = [\"night\"]", "night"),
            ("night_from = 6", "night_from"),
            ("tier_band_permille = 0", "tier_band_permille"),
        ] {
            let said = Thresholds::parse(text).unwrap_err();
            assert!(said.contains(told), "{text}: {said}");
        }
    }
}
