//! From the bytes of a request to a [`ClaimDraft`], collecting every defect.

use crate::domain::defect::Defect;
use crate::domain::draft::ClaimDraft;

/// A warning that does not refuse a claim but is shown to reviewers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Warning {
    /// JSON pointer to the field.
    pub field: String,
    /// Stable code, such as `bank_card_check_digit`.
    pub code: String,
}

/// Why a body is no claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntakeError {
    /// Not JSON at all (HTTP 400): the byte offset where reading stopped, if known.
    Unreadable(String),
    /// JSON, but malformed (HTTP 422): every defect.
    Malformed(Vec<Defect>),
}

/// A claim that was read, and what should be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// The claim.
    pub draft: ClaimDraft,
    /// What does not refuse it.
    pub warnings: Vec<Warning>,
}

/// Reads a claim. `current_year` is that of the day in Beijing, for invoice numbers and birth dates.
///
/// # Errors
/// [`IntakeError`].
pub fn read_claim(body: &[u8], today: chrono::NaiveDate) -> Result<Intake, IntakeError> {
    let _ = (body, today);
    Err(IntakeError::Unreadable(String::new()))
}
