//! The new car's engine.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::defect::DefectCode;
use crate::domain::draft::Fuel;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::{Claim, Findings};
use crate::domain::reason::ReasonCode;

/// The largest engine of a new fuel car; new-energy cars are not limited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engine {
    /// Litres, included.
    pub max_litres: Decimal,
}

impl Terms for Engine {
    const REASONS: &'static [ReasonCode] = &[ReasonCode::EngineTooLarge];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let max_litres = section.need("max_litres", Section::decimal)?;
        if max_litres.is_zero() {
            return Err(section.note("max_litres", "`max_litres` is 0: no engine is so small"));
        }
        Ok(Self { max_litres })
    }

    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        let Some(new) = claim.new_vehicle().filter(|v| v.fuel != Fuel::Nev) else {
            return;
        };
        match new.engine_litres {
            None => findings.lacks("/new_item/engine_litres", DefectCode::Required),
            Some(litres) if litres > self.max_litres => {
                findings.refuse(ReasonCode::EngineTooLarge, "/new_item/engine_litres");
            }
            Some(_) => {}
        }
    }
}
