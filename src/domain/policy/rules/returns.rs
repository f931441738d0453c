//! What a return of the goods does.

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::reason::ReasonCode;

/// What a return of the goods does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Returns {
    /// The person gets the place back that the claim took.
    pub restored_by_return: bool,
    /// Buying the old item back or selling the new one during review voids the claim.
    pub voided_by_resale: bool,
}

impl Terms for Returns {
    const REASONS: &'static [ReasonCode] = &[];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let restored_by_return = section.need("restored_by_return", Section::flag);
        let voided_by_resale = section.flag("voided_by_resale");
        Ok(Self {
            restored_by_return: restored_by_return?,
            voided_by_resale: voided_by_resale?.unwrap_or(false),
        })
    }
}
