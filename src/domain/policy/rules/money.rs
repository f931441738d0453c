//! Whose money it is.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::money::Fen;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::reason::ReasonCode;

/// The shares of the levels of government in percent, and the programme's budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// The centre's share.
    pub centre_percent: Decimal,
    /// The province's share.
    pub province_percent: Decimal,
    /// The zone's share.
    pub zone_percent: Decimal,
    /// The share of province and zone together where their split is not fixed.
    pub local_percent: Decimal,
    /// The published budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Fen>,
}

impl Terms for Money {
    const REASONS: &'static [ReasonCode] = &[];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let centre = section.percent("centre_percent");
        let province = section.percent("province_percent");
        let zone = section.percent("zone_percent");
        let local = section.percent("local_percent");
        let budget = section.yuan("budget_yuan");
        let money = Self {
            centre_percent: centre?.unwrap_or_default(),
            province_percent: province?.unwrap_or_default(),
            zone_percent: zone?.unwrap_or_default(),
            local_percent: local?.unwrap_or_default(),
            budget: budget?,
        };
        let split = money.province_percent + money.zone_percent;
        if !money.local_percent.is_zero() && !split.is_zero() {
            return Err(section.note(
                "local_percent",
                "`local_percent` is province and zone together: give either it or the two",
            ));
        }
        let sum = money.centre_percent + split + money.local_percent;
        if sum != Decimal::ONE_HUNDRED {
            return Err(section.note_here(format!("the shares sum to {sum} %, not to 100 %")));
        }
        Ok(money)
    }
}
