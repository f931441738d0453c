//! How many a person may have.

use std::collections::BTreeMap;

use chrono::Datelike;
use serde::{Deserialize, Serialize};

use super::Terms;
use super::goods::is_word;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::{Claim, UnitLimit};
use crate::domain::reason::ReasonCode;

/// In which time units count together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// The whole programme.
    Programme,
    /// The calendar year of the invoice.
    CalendarYear,
}

/// How many a person may have: cars together, goods by category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Units {
    /// How many.
    pub limit: u32,
    /// In which time.
    pub period: Period,
    /// Categories with a limit of their own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub category_limits: BTreeMap<String, u32>,
}

impl Units {
    /// The limit that a claim counts against.
    pub(in crate::domain::policy) fn for_claim(
        &self,
        programme: &str,
        claim: &Claim<'_>,
    ) -> UnitLimit {
        let category = claim.goods().map(|g| g.category.as_str());
        let limit = category
            .and_then(|category| self.category_limits.get(category))
            .copied()
            .unwrap_or(self.limit);
        let scope = match self.period {
            Period::Programme => format!("{programme}/{}/all", category.unwrap_or("vehicle")),
            Period::CalendarYear => {
                let day = match claim.invoice() {
                    Some(invoice) => invoice.date,
                    None => claim.facts().at.beijing_day(),
                };
                let category = category.unwrap_or("vehicle");
                format!("{programme}/{category}/{}", day.year())
            }
        };
        UnitLimit {
            scope,
            limit,
            field: if category.is_some() {
                "/new_item/category"
            } else {
                "/consumer/id_number"
            },
        }
    }
}

impl Terms for Units {
    const REASONS: &'static [ReasonCode] = &[ReasonCode::UnitLimitReached];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let periods = [
            ("programme", Period::Programme),
            ("calendar_year", Period::CalendarYear),
        ];
        let limit = section.need("limit", Section::positive);
        let period = section.need("period", |s, key| s.choice(key, &periods));
        let category_limits = match section.table("category_limits") {
            Ok(Some(mut table)) => table.entries("a whole number from 1", |value| {
                let number = value.as_integer()?;
                let limit = u32::from_str_radix(number.as_str(), number.radix()).ok()?;
                (limit > 0).then_some(limit)
            }),
            Ok(None) => Ok(BTreeMap::new()),
            Err(noted) => Err(noted),
        };
        let category_limits = category_limits?;
        if let Some(category) = category_limits.keys().find(|c| !is_word(c)) {
            return Err(section.note(
                "category_limits",
                format!("`{category}` is not a word like \"air_conditioner\""),
            ));
        }
        Ok(Self {
            limit: limit?,
            period: period?,
            category_limits,
        })
    }
}
