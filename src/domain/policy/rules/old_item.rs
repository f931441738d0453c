//! Whether something old is given up.

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::draft::Goods;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::{Claim, Findings};
use crate::domain::reason::ReasonCode;

/// What must be given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OldKind {
    /// A car.
    Vehicle,
    /// An appliance, of any category.
    Appliance,
}

/// Whether something old is given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OldItemRule {
    /// What.
    pub kind: OldKind,
    /// Without it there is no subsidy.
    pub required: bool,
    /// An old appliance must be of the new one's category.
    pub same_category: bool,
}

impl Terms for OldItemRule {
    const REASONS: &'static [ReasonCode] = &[ReasonCode::OldItemMissing];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let kinds = [
            ("vehicle", OldKind::Vehicle),
            ("appliance", OldKind::Appliance),
        ];
        let kind = section.need("kind", |s, key| s.choice(key, &kinds));
        let required = section.need("required", Section::flag);
        let same_category = section.flag("same_category");
        let rule = Self {
            kind: kind?,
            required: required?,
            same_category: same_category?.unwrap_or(false),
        };
        if rule.same_category && rule.kind == OldKind::Vehicle {
            return Err(section.note("same_category", "`same_category` is for old appliances"));
        }
        Ok(rule)
    }

    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        let fits = match self.kind {
            OldKind::Vehicle => claim.old_vehicle().is_some(),
            OldKind::Appliance => claim.old_appliance().is_some_and(|old| {
                let same = |new: &Goods| new.category == old.category;
                !self.same_category || claim.goods().is_some_and(same)
            }),
        };
        if self.required && !fits {
            findings.refuse(ReasonCode::OldItemMissing, "/old_item");
        }
    }
}
