//! Who may file claims.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::{Claim, Findings};
use crate::domain::reason::ReasonCode;

/// Who may file claims, and how much of the pool one of them may hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dealers {
    /// Only dealers admitted to the programme.
    pub participating_only: bool,
    /// The invoice's seller must be the dealer that files.
    pub seller_files: bool,
    /// The largest share of the pool that one dealer may hold, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_percent: Option<Decimal>,
}

impl Dealers {
    /// The share in hundredths of a percent.
    pub fn share_bp(&self) -> Option<u32> {
        self.share_percent
            .and_then(|percent| (percent * Decimal::ONE_HUNDRED).to_u32())
    }
}

impl Terms for Dealers {
    const REASONS: &'static [ReasonCode] = &[
        ReasonCode::DealerNotParticipating,
        ReasonCode::SellerMismatch,
        ReasonCode::DealerShareExhausted,
    ];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let participating_only = section.need("participating_only", Section::flag);
        let seller_files = section.flag("seller_files");
        let share_percent = section
            .percent("share_percent")
            .and_then(|share| match share {
                Some(percent) if percent.scale() > 2 => Err(section.note(
                    "share_percent",
                    "`share_percent` has at most two decimal places",
                )),
                other => Ok(other),
            });
        Ok(Self {
            participating_only: participating_only?,
            seller_files: seller_files?.unwrap_or(true),
            share_percent: share_percent?,
        })
    }

    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        let facts = claim.facts();
        if self.participating_only && !facts.dealer_participates {
            findings.refuse(ReasonCode::DealerNotParticipating, "");
        }
        let mismatch = |seller| self.seller_files && seller != facts.dealer_uscc;
        if claim.invoice().is_some_and(|i| mismatch(&i.seller_uscc)) {
            findings.refuse(ReasonCode::SellerMismatch, "/invoice/seller_uscc");
        }
    }
}
