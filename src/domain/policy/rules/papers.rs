//! Papers that must come once money is held.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Terms;
use super::goods::is_word;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::reason::ReasonCode;
use crate::domain::text::Text;

/// A paper that must come once money is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// Its word, such as `old_vehicle_transfer`.
    pub name: String,
    /// What people call it.
    pub title: Text,
    /// Whole Beijing days after the day on which money was held.
    pub days: u32,
    /// A last day whatever the days say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<NaiveDate>,
}

impl Terms for Paper {
    const REASONS: &'static [ReasonCode] = &[];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let name = section.need("name", Section::text).and_then(|name| {
            if is_word(&name) {
                Ok(name)
            } else {
                Err(section.note(
                    "name",
                    format!("`{name}` is not a word like \"invoice_copy\""),
                ))
            }
        });
        let title = section.need("title", Section::both_languages);
        let days = section.need("days", Section::positive);
        let not_after = section.day("not_after");
        Ok(Self {
            name: name?,
            title: title?,
            days: days?,
            not_after: not_after?,
        })
    }
}
