//! Whose the old car is, and since when.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::{Claim, Findings};
use crate::domain::reason::ReasonCode;

/// Whose the old car is, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ownership {
    /// Owner, and whoever gives the car up, must be the applicant.
    pub own_name: bool,
    /// The cut-off day by which the car must stand in the owner's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<NaiveDate>,
    /// Whether the cut-off day itself is early enough.
    pub since_included: bool,
}

impl Terms for Ownership {
    const REASONS: &'static [ReasonCode] = &[ReasonCode::NotOwnName, ReasonCode::OwnNameTooLate];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let own_name = section.need("own_name", Section::flag);
        let since = section.day("since");
        let since_included = section.flag("since_included");
        let (since, since_included) = (since?, since_included?);
        if since.is_some() != since_included.is_some() {
            return Err(section.note(
                "since",
                "`since` and `since_included` go together: say whether the day itself counts",
            ));
        }
        Ok(Self {
            own_name: own_name?,
            since,
            since_included: since_included.unwrap_or(true),
        })
    }

    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        let Some(old) = claim.old_vehicle() else {
            return;
        };
        let applicant = &claim.consumer().id_number;
        if self.own_name && old.owner_id_number != *applicant {
            findings.refuse(ReasonCode::NotOwnName, "/old_item/owner_id_number");
        } else if self.own_name && old.disposal.seller_id_number != *applicant {
            findings.refuse(
                ReasonCode::NotOwnName,
                "/old_item/disposal/seller_id_number",
            );
        }
        let late = |cut_off| {
            old.owned_since > cut_off || (old.owned_since == cut_off && !self.since_included)
        };
        if self.since.is_some_and(late) {
            findings.refuse(ReasonCode::OwnNameTooLate, "/old_item/owned_since");
        }
    }
}
