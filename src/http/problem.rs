//! Problem details (RFC 9457): the one place where errors become answers.
//!
//! Bodies carry no `instance`: the same refused request must get the same bytes again,
//! and which request it was is told by the header `X-Request-Id`.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, ALLOW, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderValue, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use super::lang;
pub use super::problem_code::ProblemCode;
use crate::domain::claim::ClaimState;
use crate::domain::defect::Defect;
use crate::domain::intake::IntakeError;
use crate::domain::paper_content::ContentError;
use crate::domain::reason::Reason;
use crate::domain::text::Lang;
use crate::operations::ReadError;
use crate::operations::denial::{ActError, Denial};
use crate::operations::papers::PaperError;
use crate::operations::submit::SubmitError;

/// The media type of problem details.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// How long a caller waits before it tries again when the database does not answer.
const UNAVAILABLE_RETRY_SECONDS: u32 = 2;

/// A request that was refused; the language is chosen when it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    code: ProblemCode,
    more: Option<Box<More>>,
}

/// What only some problems have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct More {
    errors: Vec<Defect>,
    reasons: Vec<Reason>,
    state: Option<ClaimState>,
    at: Option<String>,
    retry_after_seconds: Option<u32>,
    allow: Option<String>,
}

/// The body of an answer.
#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<ClaimState>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError<'a>>,
}

/// One entry of `errors`.
#[derive(Serialize)]
struct FieldError<'a> {
    field: &'a str,
    code: &'static str,
    message: &'static str,
}

impl Problem {
    /// A problem that its code tells wholly.
    pub const fn new(code: ProblemCode) -> Self {
        Self { code, more: None }
    }

    /// A problem with every defect that was found.
    pub fn with_errors(code: ProblemCode, errors: Vec<Defect>) -> Self {
        Self::with(code, |more| more.errors = errors)
    }

    /// A body that is not JSON; `at` says where reading stopped, and quotes nothing of it.
    pub fn unreadable(at: String) -> Self {
        Self::with(ProblemCode::JsonUnreadable, |more| {
            more.at = (!at.is_empty()).then_some(at);
        })
    }

    /// A problem that passes.
    pub fn retry_after(code: ProblemCode, seconds: u32) -> Self {
        Self::with(code, |more| more.retry_after_seconds = Some(seconds.max(1)))
    }

    /// The database does not answer.
    pub fn unavailable() -> Self {
        Self::retry_after(ProblemCode::Unavailable, UNAVAILABLE_RETRY_SECONDS)
    }

    /// An address that takes only the methods in `allow`.
    pub fn method_not_allowed(allow: String) -> Self {
        Self::with(ProblemCode::MethodNotAllowed, |more| {
            more.allow = Some(allow)
        })
    }

    /// What a failed reading is: what is not there is called `missing`.
    pub fn reading(error: ReadError, missing: ProblemCode) -> Self {
        match error {
            ReadError::NotFound => Self::new(missing),
            ReadError::Unavailable => Self::unavailable(),
            ReadError::Broken => Self::new(ProblemCode::Internal),
        }
    }

    /// What it is that something could not be looked up or written, where nothing is missing.
    pub fn failed<E: Into<ReadError>>(error: E) -> Self {
        Self::reading(error.into(), ProblemCode::Internal)
    }

    /// What an act that was not done is: what is not there is called `missing`.
    pub fn acting(error: ActError, missing: ProblemCode) -> Self {
        match error {
            ActError::NotFound => Self::new(missing),
            ActError::Stale => Self::new(ProblemCode::VersionStale),
            ActError::WrongState(state) => Self::with(ProblemCode::WrongState, |more| {
                more.state = Some(state);
            }),
            ActError::Denied(denial) => denial.into(),
            ActError::KeptApart(numbers) => Self::with(ProblemCode::KeptApart, |more| {
                more.at = Some(numbers.join(", "));
            }),
            ActError::Malformed(defects) => Self::with_errors(ProblemCode::ClaimMalformed, defects),
            ActError::Ineligible(reasons) => {
                Self::with(ProblemCode::ClaimIneligible, |more| more.reasons = reasons)
            }
            ActError::Unavailable => Self::unavailable(),
            ActError::Broken => Self::new(ProblemCode::Internal),
        }
    }

    /// The same where an object other than a claim is acted on.
    pub fn on_object(error: ActError) -> Self {
        Self::acting(error, ProblemCode::NoSuchObject)
    }

    /// A file whose mistakes are at these places.
    pub fn file(at: String) -> Self {
        Self::with(ProblemCode::FileMalformed, |more| more.at = Some(at))
    }

    /// A URL that is not called, for the reason with this code.
    pub fn url_refused(why: &str) -> Self {
        Self::with(ProblemCode::WebhookUrlRefused, |more| {
            more.at = Some(why.to_owned());
        })
    }

    /// What a body that cannot be read is; `malformed` is the code of its defects.
    pub fn intake(error: IntakeError, malformed: ProblemCode) -> Self {
        match error {
            IntakeError::Unreadable(at) => Self::unreadable(at),
            IntakeError::Malformed(defects) => Self::with_errors(malformed, defects),
        }
    }

    /// The problem for a status that something below us answered without a body of ours.
    pub fn for_status(status: StatusCode) -> Self {
        let code = match status.as_u16() {
            404 => ProblemCode::NotFound,
            405 => ProblemCode::MethodNotAllowed,
            408 => ProblemCode::BodyTooSlow,
            413 => ProblemCode::BodyTooLarge,
            415 => ProblemCode::MediaTypeUnsupported,
            400..=499 => ProblemCode::BadRequest,
            503 => return Self::unavailable(),
            _ => ProblemCode::Internal,
        };
        Self::new(code)
    }

    /// The code.
    pub const fn code(&self) -> ProblemCode {
        self.code
    }

    /// After how many seconds it may be tried again, where it passes.
    pub fn retry_after_seconds(&self) -> Option<u32> {
        self.more.as_deref()?.retry_after_seconds
    }

    /// The answer in `lang`.
    pub fn response(&self, lang: Lang) -> HttpResponse<BoxBody> {
        let status =
            StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut builder = HttpResponse::build(status);
        builder.insert_header((CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON)));
        builder.insert_header((CONTENT_LANGUAGE, lang::content_language(lang)));
        match self.code {
            ProblemCode::TokenMissing => {
                builder.insert_header((WWW_AUTHENTICATE, r#"Bearer realm="tradein""#));
            }
            ProblemCode::TokenInvalid => {
                let challenge = r#"Bearer realm="tradein", error="invalid_token""#;
                builder.insert_header((WWW_AUTHENTICATE, challenge));
            }
            ProblemCode::EncodingUnsupported => {
                builder.insert_header((ACCEPT_ENCODING, "identity"));
            }
            _ => {}
        }
        if let Some(seconds) = self.retry_after_seconds() {
            builder.insert_header((RETRY_AFTER, seconds));
        }
        if let Some(allow) = self.more.as_ref().and_then(|more| more.allow.as_deref()) {
            builder.insert_header((ALLOW, allow));
        }
        builder.body(self.body(lang))
    }

    fn with(code: ProblemCode, fill: impl FnOnce(&mut More)) -> Self {
        let mut more = Box::<More>::default();
        fill(&mut more);
        Self {
            code,
            more: Some(more),
        }
    }

    /// The same with its defects below another pointer, for a part that stands in a whole.
    pub fn below(mut self, pointer: &str) -> Self {
        for defect in self.more.iter_mut().flat_map(|more| &mut more.errors) {
            defect.field.insert_str(0, pointer);
        }
        self
    }

    /// What a page says beside title and detail: fields with what is wrong with them, and where.
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        let Some(more) = &self.more else {
            return Vec::new();
        };
        let fields = more.field_errors(lang).into_iter().map(|error| {
            let colon = if lang == Lang::Zh { "：" } else { ": " };
            format!("{}{colon}{}", error.field, error.message)
        });
        more.at.iter().cloned().chain(fields).collect()
    }

    /// The defects of a form or body that was refused.
    pub fn defects(&self) -> &[Defect] {
        self.more.as_deref().map_or(&[], |more| &more.errors)
    }

    /// The reasons why a claim that was sent is not eligible.
    pub fn reasons(&self) -> &[Reason] {
        self.more.as_deref().map_or(&[], |more| &more.reasons)
    }

    /// The body in `lang`.
    pub fn body(&self, lang: Lang) -> String {
        let more = self.more.as_deref();
        let body = Body {
            r#type: format!("urn:tradein:problem:{}", self.code.as_str()),
            title: self.code.title(lang),
            status: self.code.status(),
            code: self.code.as_str(),
            detail: self.code.detail(lang),
            at: more.and_then(|m| m.at.as_deref()),
            state: more.and_then(|m| m.state),
            errors: more.map(|m| m.field_errors(lang)).unwrap_or_default(),
        };
        // Strings and numbers under fixed names: there is nothing that cannot be written.
        serde_json::to_string(&body).unwrap_or_default()
    }
}

impl More {
    fn field_errors(&self, lang: Lang) -> Vec<FieldError<'_>> {
        let defects = self.errors.iter().map(|defect| FieldError {
            field: &defect.field,
            code: defect.code.as_str(),
            message: defect.code.text(lang),
        });
        let reasons = self.reasons.iter().map(|reason| {
            let (zh, en) = reason.code.default_text();
            FieldError {
                field: &reason.field,
                code: reason.code.as_str(),
                message: if lang == Lang::Zh { zh } else { en },
            }
        });
        defects.chain(reasons).collect()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// In the default language; the gate answers anew where a request asks for another.
    fn error_response(&self) -> HttpResponse {
        self.response(Lang::default())
    }
}

impl From<ProblemCode> for Problem {
    fn from(code: ProblemCode) -> Self {
        Self::new(code)
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Malformed(defects) => {
                Self::with_errors(ProblemCode::ClaimMalformed, defects)
            }
            SubmitError::KeyReused => Self::new(ProblemCode::IdempotencyKeyReused),
            SubmitError::Overloaded {
                retry_after_seconds,
            } => Self::retry_after(ProblemCode::Overloaded, retry_after_seconds),
            SubmitError::DealerRate {
                retry_after_seconds,
            } => Self::retry_after(ProblemCode::DealerRateExceeded, retry_after_seconds),
            SubmitError::Unavailable => Self::unavailable(),
            SubmitError::Broken => Self::new(ProblemCode::Internal),
        }
    }
}

impl From<ActError> for Problem {
    fn from(error: ActError) -> Self {
        Self::acting(error, ProblemCode::ClaimNotFound)
    }
}

impl From<PaperError> for Problem {
    fn from(error: PaperError) -> Self {
        match error {
            PaperError::Act(error) => error.into(),
            PaperError::Content(error) => Self::new(match error {
                ContentError::Empty => ProblemCode::PaperEmpty,
                ContentError::TooLarge => ProblemCode::PaperTooLarge,
                ContentError::TypeUnknown => ProblemCode::PaperTypeUnknown,
                ContentError::TypeMismatch => ProblemCode::PaperTypeMismatch,
                ContentError::Damaged => ProblemCode::PaperDamaged,
                ContentError::ImageTooLarge => ProblemCode::PaperImageTooLarge,
                ContentError::Encrypted => ProblemCode::PaperEncrypted,
            }),
        }
    }
}

impl From<Denial> for Problem {
    fn from(denial: Denial) -> Self {
        Self::new(match denial {
            Denial::SecondPersonRequired => ProblemCode::SecondPersonRequired,
            Denial::ConflictOfInterest => ProblemCode::ConflictOfInterest,
            Denial::LeasedElsewhere => ProblemCode::LeasedElsewhere,
            Denial::KeptApart => ProblemCode::KeptApart,
            Denial::DeadlinePassed => ProblemCode::DeadlinePassed,
            Denial::RoundsExhausted => ProblemCode::RoundsExhausted,
            Denial::AmountAboveHold => ProblemCode::AmountAboveHold,
            Denial::PaperNotAsked => ProblemCode::PaperNotAsked,
            Denial::InvoiceMissing => ProblemCode::InvoiceMissing,
            Denial::InvoiceNotVoided => ProblemCode::InvoiceNotVoided,
            Denial::InvoiceThere => ProblemCode::InvoiceThere,
            Denial::UndoTooLate => ProblemCode::UndoTooLate,
            Denial::KeysTaken => ProblemCode::ClaimedElsewhere,
            Denial::NotAppealable => ProblemCode::NotAppealable,
            Denial::AsideExhausted => ProblemCode::AsideExhausted,
            Denial::StageStopped => ProblemCode::StageStopped,
            Denial::KeyReused => ProblemCode::IdempotencyKeyReused,
            Denial::NothingToPay => ProblemCode::NothingToPay,
            Denial::NotReleased => ProblemCode::NotReleased,
            Denial::AlreadyReleased => ProblemCode::AlreadyReleased,
            Denial::AlreadyDiscarded => ProblemCode::AlreadyDiscarded,
            Denial::PayerUnknown => ProblemCode::PayerUnknown,
            Denial::WebhookLimit => ProblemCode::WebhookLimit,
            Denial::SampleNotExamined => ProblemCode::SampleNotExamined,
            Denial::AmountAboveFree => ProblemCode::AmountAboveFree,
            Denial::CapExceeded => ProblemCode::CapExceeded,
            Denial::SamePool => ProblemCode::SamePool,
            Denial::StageUnchanged => ProblemCode::StageUnchanged,
            Denial::AlreadyDecided => ProblemCode::AlreadyDecided,
            Denial::PackChanged => ProblemCode::PackChanged,
            Denial::AlreadyDrawn => ProblemCode::AlreadyDrawn,
            Denial::BulkVoid => ProblemCode::BulkVoid,
            Denial::NothingToApprove => ProblemCode::NothingToApprove,
            Denial::ExportTooLarge => ProblemCode::ExportTooLarge,
            Denial::DealerRemoved => ProblemCode::DealerRemoved,
            Denial::AccountNotPending => ProblemCode::AccountNotPending,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(problem: Problem) -> (u16, &'static str, Option<String>) {
        let response = problem.response(Lang::En);
        let after = response.headers().get(RETRY_AFTER);
        let after = after.map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), problem.code().as_str(), after)
    }

    #[test]
    fn refusals_of_the_engine_keep_their_meaning() {
        let overloaded = SubmitError::Overloaded {
            retry_after_seconds: 3,
        };
        assert_eq!(
            answered(overloaded.into()),
            (503, "overloaded", Some("3".into()))
        );
        let unavailable = answered(SubmitError::Unavailable.into());
        assert_eq!(unavailable, (503, "unavailable", Some("2".into())));
        let failed = |error| answered(Problem::failed(error));
        assert_eq!(failed(ReadError::Unavailable), unavailable);
        assert_eq!(failed(ReadError::Broken), (500, "internal", None));
        let reused = answered(SubmitError::KeyReused.into());
        assert_eq!(reused, (422, "idempotency_key_reused", None));
        let malformed = answered(SubmitError::Malformed(vec![]).into());
        assert_eq!(malformed, (422, "claim_malformed", None));
        assert_eq!(
            answered(ActError::Stale.into()),
            (412, "version_stale", None)
        );
        let state = Problem::from(ActError::WrongState(ClaimState::Withdrawn));
        assert!(state.body(Lang::En).contains(r#""state":"withdrawn""#));
        assert_eq!(answered(state), (409, "wrong_state", None));
    }

    #[test]
    fn nothing_waits_zero_seconds() {
        let problem = Problem::retry_after(ProblemCode::Overloaded, 0);
        assert_eq!(answered(problem).2, Some("1".into()));
    }
}
