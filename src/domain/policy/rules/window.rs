//! Windows of days, both ends included.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::{Claim, Findings};
use crate::domain::reason::ReasonCode;

/// Days from the first to the last, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

impl Window {
    /// Whether a day lies inside.
    pub fn contains(self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let from = section.need("from", Section::day);
        let to = section.need("to", Section::day);
        let window = Self {
            from: from?,
            to: to?,
        };
        if window.from > window.to {
            let message = format!(
                "the window is empty: it ends on {} before it begins on {}",
                window.to, window.from
            );
            return Err(section.note("to", message));
        }
        Ok(window)
    }
}

/// The days on which the invoice may be dated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InvoiceWindow(pub Window);

impl Terms for InvoiceWindow {
    const REASONS: &'static [ReasonCode] = &[
        ReasonCode::InvoiceOutsideWindow,
        ReasonCode::ProgrammeNotOpen,
    ];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        Window::read(section).map(Self)
    }

    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        if claim.invoice().is_some_and(|i| !self.0.contains(i.date)) {
            findings.refuse(ReasonCode::InvoiceOutsideWindow, "/invoice/date");
        }
    }
}

/// The days on which the old item may be given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DisposalWindow(pub Window);

impl Terms for DisposalWindow {
    const REASONS: &'static [ReasonCode] = &[ReasonCode::DisposalOutsideWindow];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        Window::read(section).map(Self)
    }

    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        let vehicle = claim.old_vehicle();
        if vehicle.is_some_and(|v| !self.0.contains(v.disposal.date)) {
            findings.refuse(ReasonCode::DisposalOutsideWindow, "/old_item/disposal/date");
        }
        let appliance = claim.old_appliance();
        if appliance.is_some_and(|a| !self.0.contains(a.date)) {
            findings.refuse(ReasonCode::DisposalOutsideWindow, "/old_item/date");
        }
    }
}

/// The days on which the new car may be registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RegistrationWindow(pub Window);

impl Terms for RegistrationWindow {
    const REASONS: &'static [ReasonCode] = &[ReasonCode::RegisteredOutsideWindow];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        Window::read(section).map(Self)
    }

    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        let vehicle = claim.new_vehicle();
        if vehicle.is_some_and(|v| !self.0.contains(v.registered_on)) {
            findings.refuse(
                ReasonCode::RegisteredOutsideWindow,
                "/new_item/registered_on",
            );
        }
    }
}
