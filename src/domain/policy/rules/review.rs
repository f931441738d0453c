//! Corrections, the bureau's own deadlines, publication and appeals.

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::reason::ReasonCode;

/// How often and how long a returned claim may be corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corrections {
    /// Whole Beijing days for each correction.
    pub days: u32,
    /// How many corrections.
    pub rounds: u32,
}

impl Terms for Corrections {
    const REASONS: &'static [ReasonCode] = &[];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let days = section.need("days", Section::positive);
        let rounds = section.need("rounds", Section::positive);
        Ok(Self {
            days: days?,
            rounds: rounds?,
        })
    }
}

/// The bureau's own deadlines in working days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clocks {
    /// From submission to acceptance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance_working_days: Option<u32>,
    /// From acceptance to the end of review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_working_days: Option<u32>,
    /// From approval to payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_working_days: Option<u32>,
}

impl Terms for Clocks {
    const REASONS: &'static [ReasonCode] = &[];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let acceptance = section.positive("acceptance_working_days");
        let review = section.positive("review_working_days");
        let payment = section.positive("payment_working_days");
        let clocks = Self {
            acceptance_working_days: acceptance?,
            review_working_days: review?,
            payment_working_days: payment?,
        };
        let all = [
            clocks.acceptance_working_days,
            clocks.review_working_days,
            clocks.payment_working_days,
        ];
        if all.iter().all(Option::is_none) {
            return Err(section.note_here("[clocks] says nothing: give at least one deadline"));
        }
        Ok(clocks)
    }
}

/// How long names are published before payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicNotice {
    /// Whole Beijing days.
    pub days: u32,
}

impl Terms for PublicNotice {
    const REASONS: &'static [ReasonCode] = &[];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let days = section.need("days", Section::positive)?;
        Ok(Self { days })
    }
}

/// How long a refusal may be appealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appeals {
    /// Whole Beijing days.
    pub days: u32,
}

impl Terms for Appeals {
    const REASONS: &'static [ReasonCode] = &[];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let days = section.need("days", Section::positive)?;
        Ok(Self { days })
    }
}
