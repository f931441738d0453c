//! How the old car is given up.

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::draft::DisposalKind;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::{Claim, Findings};
use crate::domain::reason::ReasonCode;

/// The words of a pack for ways of giving up a car.
const WORDS: &[(&str, DisposalKind)] = &[
    ("sold", DisposalKind::Sold),
    ("scrapped", DisposalKind::Scrapped),
    ("gifted", DisposalKind::Gifted),
    ("reregistered", DisposalKind::Reregistered),
];

/// The ways of giving up the old car that count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisposalRule {
    /// The ways.
    pub allowed: Vec<DisposalKind>,
}

impl Terms for DisposalRule {
    const REASONS: &'static [ReasonCode] = &[ReasonCode::DisposalNotAllowed];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let allowed = section.need("allowed", |s, key| s.choices(key, WORDS))?;
        Ok(Self { allowed })
    }

    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        let old = claim.old_vehicle();
        if old.is_some_and(|v| !self.allowed.contains(&v.disposal.how)) {
            findings.refuse(ReasonCode::DisposalNotAllowed, "/old_item/disposal/how");
        }
    }
}
