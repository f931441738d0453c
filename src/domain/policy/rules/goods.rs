//! The categories of goods.

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::{Claim, Findings};
use crate::domain::reason::ReasonCode;

/// The categories that are covered: words that the pack chooses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoodsRule {
    /// The words.
    pub categories: Vec<String>,
}

/// Whether a text is a word such as `air_conditioner`.
pub(super) fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Reads a list of category words.
pub(super) fn categories(
    section: &mut Section<'_, '_>,
    key: &'static str,
) -> Read<Option<Vec<String>>> {
    section.list(key, "words like \"air_conditioner\"", |value| {
        let word = value.as_str()?;
        is_word(word).then(|| word.to_owned())
    })
}

impl Terms for GoodsRule {
    const REASONS: &'static [ReasonCode] = &[ReasonCode::CategoryNotCovered];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let categories = section.need("categories", categories)?;
        Ok(Self { categories })
    }

    fn judge(&self, claim: &Claim<'_>, findings: &mut Findings) {
        let goods = claim.goods();
        if goods.is_some_and(|g| !self.categories.contains(&g.category)) {
            findings.refuse(ReasonCode::CategoryNotCovered, "/new_item/category");
        }
    }
}
