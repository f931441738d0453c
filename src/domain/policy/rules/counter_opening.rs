//! Whether a claim may be opened at the counter, before the purchase.

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::reason::ReasonCode;

/// A claim may come without an invoice: the most that can be paid is held until it comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterOpening {
    /// Whole Beijing days in which the invoice must come.
    pub invoice_days: u32,
}

impl Terms for CounterOpening {
    const REASONS: &'static [ReasonCode] = &[];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let invoice_days = section.need("invoice_days", Section::positive)?;
        Ok(Self { invoice_days })
    }
}
