//! The typed vocabulary of a pack.

use crate::domain::ids::ProgrammeId;
use crate::domain::reason::ReasonCode;
use crate::domain::text::Text;

/// A programme as published.
#[derive(Debug, Clone, PartialEq)]
pub struct Pack {
    /// The id.
    pub id: ProgrammeId,
}

impl Pack {
    /// What a person is told when this pack refuses for `code`, and the clause it rests on.
    pub fn reason_text(&self, code: ReasonCode) -> (Text, String) {
        let (zh, en) = code.default_text();
        (Text::new(zh, en), String::new())
    }
}
