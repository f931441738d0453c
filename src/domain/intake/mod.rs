//! From the bytes of a request to a [`ClaimDraft`], collecting every defect.

mod claim;
mod fields;
mod json;
pub(crate) mod scalar;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub(crate) use self::fields::Fields;
use self::fields::Findings;
pub(crate) use self::json::Json;
use crate::domain::defect::Defect;
use crate::domain::draft::{ClaimDraft, Invoice};
use crate::domain::text::Lang;

/// The vehicle identification number of an import does not keep to its check digit.
pub const VIN_CHECK_DIGIT: &str = "vin_check_digit";
/// The Luhn sum of a bank card or account does not agree.
pub const BANK_CARD_CHECK_DIGIT: &str = "bank_card_check_digit";
/// The invoice is dated after the day of the claim.
pub const INVOICE_DATED_AHEAD: &str = "invoice_dated_ahead";

/// A warning that does not refuse a claim but is shown to reviewers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// JSON pointer to the field.
    pub field: String,
    /// Stable code, such as [`BANK_CARD_CHECK_DIGIT`].
    pub code: String,
}

impl Warning {
    /// The sentence for people.
    pub fn text(&self, lang: Lang) -> &'static str {
        match (self.code.as_str(), lang) {
            (VIN_CHECK_DIGIT, Lang::Zh) => "车辆识别代号校验位不符（进口车），请核对",
            (VIN_CHECK_DIGIT, Lang::En) => "The VIN of an import does not keep to its check digit",
            (BANK_CARD_CHECK_DIGIT, Lang::Zh) => "银行卡号校验位不符，请核对",
            (BANK_CARD_CHECK_DIGIT, Lang::En) => "The bank card's check digit does not agree",
            (INVOICE_DATED_AHEAD, Lang::Zh) => "发票日期晚于申报日期，请核对",
            (INVOICE_DATED_AHEAD, Lang::En) => "The invoice is dated after the day of the claim",
            (_, Lang::Zh) => "请核对",
            (_, Lang::En) => "Please check",
        }
    }
}

/// Why a body is no claim.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// Not JSON at all (HTTP 400): where reading stopped, without any of the content.
    #[error("not readable as JSON: {0}")]
    Unreadable(String),
    /// JSON, but malformed (HTTP 422): every defect, up to a hundred.
    #[error("{} defects of form", .0.len())]
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

/// Reads a claim. `today` is the day in Beijing, for invoice numbers and birth dates.
///
/// # Errors
/// [`IntakeError`].
pub fn read_claim(body: &[u8], today: NaiveDate) -> Result<Intake, IntakeError> {
    let tree = Json::read(body).map_err(IntakeError::Unreadable)?;
    let mut findings = Findings::default();
    let draft = claim::read(&tree, &mut findings, today);
    let (defects, warnings) = findings.into_parts();
    match draft {
        Some(draft) if defects.is_empty() => Ok(Intake { draft, warnings }),
        _ => Err(IntakeError::Malformed(defects)),
    }
}

/// Reads any other body by the same walk: every defect at once, unknown members refused.
///
/// # Errors
/// [`IntakeError`].
pub(crate) fn read_object<T>(
    body: &[u8],
    walk: impl FnOnce(&mut Fields<'_, '_>) -> Option<T>,
) -> Result<T, IntakeError> {
    let tree = Json::read(body).map_err(IntakeError::Unreadable)?;
    let mut findings = Findings::default();
    let read = Fields::root(&tree, &mut findings).and_then(|mut fields| walk(&mut fields));
    let (defects, _) = findings.into_parts();
    match read {
        Some(read) if defects.is_empty() => Ok(read),
        _ => Err(IntakeError::Malformed(defects)),
    }
}

/// Reads an invoice that comes alone, after its claim. `today` is the day in Beijing.
///
/// # Errors
/// [`IntakeError`].
pub fn read_invoice(body: &[u8], today: NaiveDate) -> Result<Invoice, IntakeError> {
    let tree = Json::read(body).map_err(IntakeError::Unreadable)?;
    let mut findings = Findings::default();
    let invoice =
        Fields::root(&tree, &mut findings).and_then(|fields| claim::invoice(fields, today));
    let (defects, _) = findings.into_parts();
    match invoice {
        Some(invoice) if defects.is_empty() => Ok(invoice),
        _ => Err(IntakeError::Malformed(defects)),
    }
}

#[cfg(test)]
mod tests;
