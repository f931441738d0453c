//! The lowest and the highest price.

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::money::Fen;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::{Claim, Findings};
use crate::domain::reason::ReasonCode;

/// The range of the invoice total, both ends included, in fen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceRange {
    /// The lowest price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Fen>,
    /// The highest price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Fen>,
}

impl Terms for PriceRange {
    const REASONS: &'static [ReasonCode] =
        &[ReasonCode::PriceBelowFloor, ReasonCode::PriceAboveCeiling];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let floor = section.yuan("floor_yuan");
        let ceiling = section.yuan("ceiling_yuan");
        let range = Self {
            floor: floor?,
            ceiling: ceiling?,
        };
        match (range.floor, range.ceiling) {
            (None, None) => {
                Err(section.note_here("[price] says nothing: give `floor_yuan` or `ceiling_yuan`"))
            }
            (Some(floor), Some(ceiling)) if floor > ceiling => Err(section.note(
                "floor_yuan",
                format!("the floor {floor} lies above the ceiling {ceiling}"),
            )),
            _ => Ok(range),
        }
    }

    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        let Some(invoice) = claim.invoice() else {
            return;
        };
        if self.floor.is_some_and(|floor| invoice.total < floor) {
            findings.refuse(ReasonCode::PriceBelowFloor, "/invoice/total");
        }
        if self.ceiling.is_some_and(|ceiling| invoice.total > ceiling) {
            findings.refuse(ReasonCode::PriceAboveCeiling, "/invoice/total");
        }
    }
}
