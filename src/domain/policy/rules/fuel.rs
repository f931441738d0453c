//! The new car's fuel.

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::draft::Fuel;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::{Claim, Findings};
use crate::domain::reason::ReasonCode;

/// The words of a pack for fuels.
pub(super) const WORDS: &[(&str, Fuel)] = &[
    ("petrol", Fuel::Petrol),
    ("diesel", Fuel::Diesel),
    ("nev", Fuel::Nev),
    ("other", Fuel::Other),
];

/// Which fuels the new car may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FuelRule {
    /// The new car's fuels.
    pub new: Vec<Fuel>,
    /// Who gives up a new-energy car must buy one.
    pub nev_for_nev: bool,
}

impl Terms for FuelRule {
    const REASONS: &'static [ReasonCode] = &[ReasonCode::FuelNotCovered, ReasonCode::NevToFuel];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let new = section.need("new", |s, key| s.choices(key, WORDS));
        let nev_for_nev = section.flag("nev_for_nev");
        let rule = Self {
            new: new?,
            nev_for_nev: nev_for_nev?.unwrap_or(false),
        };
        if rule.nev_for_nev && !rule.new.contains(&Fuel::Nev) {
            return Err(section.note(
                "nev_for_nev",
                "`nev_for_nev` contradicts `new`, which has no \"nev\"",
            ));
        }
        Ok(rule)
    }

    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        let Some(new) = claim.new_vehicle() else {
            return;
        };
        if !self.new.contains(&new.fuel) {
            findings.refuse(ReasonCode::FuelNotCovered, "/new_item/fuel");
        }
        let old_nev = claim.old_vehicle().is_some_and(|v| v.fuel == Fuel::Nev);
        if self.nev_for_nev && old_nev && new.fuel != Fuel::Nev {
            findings.refuse(ReasonCode::NevToFuel, "/new_item/fuel");
        }
    }
}
