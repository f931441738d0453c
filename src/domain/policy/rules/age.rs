//! How old the old car must be.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::draft::Fuel;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::{Claim, Findings};
use crate::domain::reason::ReasonCode;

/// The last day of first registration by the old car's fuel; a fuel without a day is not limited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Age {
    /// Petrol cars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub petrol: Option<NaiveDate>,
    /// Diesel cars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diesel: Option<NaiveDate>,
    /// Cars of other fuels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<NaiveDate>,
    /// New-energy cars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nev: Option<NaiveDate>,
    /// Whether the days themselves are early enough.
    pub days_included: bool,
}

impl Age {
    fn last_day(&self, fuel: Fuel) -> Option<NaiveDate> {
        match fuel {
            Fuel::Petrol => self.petrol,
            Fuel::Diesel => self.diesel,
            Fuel::Nev => self.nev,
            Fuel::Other => self.other,
        }
    }
}

impl Terms for Age {
    const REASONS: &'static [ReasonCode] = &[ReasonCode::OldVehicleTooNew];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let petrol = section.day("petrol");
        let diesel = section.day("diesel");
        let other = section.day("other");
        let nev = section.day("nev");
        let days_included = section.need("days_included", Section::flag);
        let age = Self {
            petrol: petrol?,
            diesel: diesel?,
            other: other?,
            nev: nev?,
            days_included: days_included?,
        };
        let days = [age.petrol, age.diesel, age.other, age.nev];
        if days.iter().all(Option::is_none) {
            return Err(section
                .note_here("[age] says nothing: give `petrol`, `diesel`, `other` or `nev` a day"));
        }
        Ok(age)
    }

    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        let Some(old) = claim.old_vehicle() else {
            return;
        };
        let day = old.first_registered;
        let late = |last| day > last || (day == last && !self.days_included);
        if self.last_day(old.fuel).is_some_and(late) {
            findings.refuse(ReasonCode::OldVehicleTooNew, "/old_item/first_registered");
        }
    }
}
