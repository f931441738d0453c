//! Who may apply.

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::draft::BuyerKind;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::{Claim, Findings};
use crate::domain::reason::ReasonCode;

/// Who may apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Buyer {
    /// Natural persons only.
    pub individual_only: bool,
    /// The buyer on the invoice must be the applicant.
    pub must_be_applicant: bool,
}

impl Terms for Buyer {
    const REASONS: &'static [ReasonCode] = &[
        ReasonCode::BuyerNotIndividual,
        ReasonCode::BuyerNotApplicant,
    ];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let individual_only = section.need("individual_only", Section::flag);
        let must_be_applicant = section.need("must_be_applicant", Section::flag);
        Ok(Self {
            individual_only: individual_only?,
            must_be_applicant: must_be_applicant?,
        })
    }

    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        let Some(invoice) = claim.invoice() else {
            return;
        };
        if self.individual_only && invoice.buyer_kind != BuyerKind::Individual {
            findings.refuse(ReasonCode::BuyerNotIndividual, "/invoice/buyer_kind");
        }
        if self.must_be_applicant && invoice.buyer_id_number != claim.consumer().id_number {
            findings.refuse(ReasonCode::BuyerNotApplicant, "/invoice/buyer_id_number");
        }
    }
}
