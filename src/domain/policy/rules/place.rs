//! Where the invoice is issued and the new car registered.

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::{Claim, Findings};
use crate::domain::reason::ReasonCode;

/// Places by the beginnings of their codes (GB/T 2260): `41` is Henan, `419001` Jiyuan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Where the invoice must be issued; empty for anywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invoice: Vec<String>,
    /// Where the new car must be registered; empty for anywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registration: Vec<String>,
    /// Invoice and registration must be in the same province (the code's first two digits).
    pub same_province: bool,
}

impl Terms for Place {
    const REASONS: &'static [ReasonCode] = &[
        ReasonCode::InvoiceElsewhere,
        ReasonCode::RegisteredElsewhere,
    ];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let invoice = codes(section, "invoice");
        let registration = codes(section, "registration");
        let same_province = section.flag("same_province");
        let place = Self {
            invoice: invoice?,
            registration: registration?,
            same_province: same_province?.unwrap_or(false),
        };
        if place.invoice.is_empty() && place.registration.is_empty() && !place.same_province {
            return Err(section.note_here(
                "[place] says nothing: give `invoice`, `registration` or `same_province`",
            ));
        }
        let province = |code: &String| code[..2].to_owned();
        let none_shared = place.invoice.iter().all(|i| {
            place
                .registration
                .iter()
                .all(|r| province(i) != province(r))
        });
        let both = !place.invoice.is_empty() && !place.registration.is_empty();
        if place.same_province && both && none_shared {
            return Err(section.note(
                "same_province",
                "`same_province` contradicts `invoice` and `registration`, which share no province",
            ));
        }
        Ok(place)
    }

    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        let inside = |codes: &[String], code: &str| {
            codes.is_empty() || codes.iter().any(|prefix| code.starts_with(prefix.as_str()))
        };
        let issued = claim.invoice().map(|i| i.issued_in.as_str());
        let registered = claim.new_vehicle().map(|v| v.registered_in.as_str());
        if issued.is_some_and(|code| !inside(&self.invoice, code)) {
            findings.refuse(ReasonCode::InvoiceElsewhere, "/invoice/issued_in");
        }
        let apart = self.same_province
            && issued
                .zip(registered)
                .is_some_and(|(i, r)| i.get(..2) != r.get(..2));
        if apart || registered.is_some_and(|code| !inside(&self.registration, code)) {
            findings.refuse(ReasonCode::RegisteredElsewhere, "/new_item/registered_in");
        }
    }
}

fn codes(section: &mut Section<'_, '_>, key: &'static str) -> Read<Vec<String>> {
    let wanted = "codes of places with two, four or six digits, like \"41\"";
    let codes = section.list(key, wanted, |value| {
        let code = value.as_str()?;
        let digits = code.bytes().all(|b| b.is_ascii_digit());
        (digits && matches!(code.len(), 2 | 4 | 6)).then(|| code.to_owned())
    });
    Ok(codes?.unwrap_or_default())
}
