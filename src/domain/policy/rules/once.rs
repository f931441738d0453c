//! That each car, article and invoice counts once.

use serde::{Deserialize, Serialize};

use super::Terms;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::reason::ReasonCode;

/// Each car, article and invoice stands in one live claim. The database keeps this in every
/// programme; the section only names what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Once {}

impl Terms for Once {
    const REASONS: &'static [ReasonCode] = &[
        ReasonCode::AssetAlreadyClaimed,
        ReasonCode::InvoiceAlreadyClaimed,
    ];

    fn read(_section: &mut Section<'_, '_>) -> Read<Self> {
        Ok(Self {})
    }
}
