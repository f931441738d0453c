//! A claim as its dealer and the bureau get it back.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::answers::{Due, Explanation, Reason, State};
use super::review::Finding;

/// A claim as its dealer and the bureau see it; personal data is masked.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The claim's id.
    #[schema(example = "0199a7b0-1111-7222-8333-444455556666", format = "uuid")]
    pub id: String,
    /// The number people know.
    #[schema(example = "JY25-0000123-7")]
    pub number: String,
    /// The state.
    pub state: State,
    /// The programme.
    #[schema(example = "henan-car-replacement-2025")]
    pub programme: String,
    /// The version of the pack that judged the claim.
    #[schema(example = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub programme_version: String,
    /// Held or asked for, in yuan; `0.00` for a refusal.
    #[schema(example = "14000.00")]
    pub amount: String,
    /// Place among the accepted claims of the pool.
    #[schema(required, example = 123)]
    pub position: Option<i64>,
    /// How many wait before it, while it waits.
    #[schema(required, example = json!(null))]
    pub waiting_before: Option<i64>,
    /// What they ask for together, in yuan.
    #[schema(required, example = json!(null))]
    pub waiting_before_amount: Option<String>,
    /// Why it is refused.
    pub reasons: Vec<Reason>,
    /// Papers that must come, and by when.
    pub due: Vec<Due>,
    /// When the claim lapses unless its dealer does what is due.
    #[schema(required, example = "2025-03-17T16:00:00Z", format = "date-time")]
    pub deadline: Option<String>,
    /// Papers that came, each time that one came.
    pub papers: Vec<Paper>,
    /// What a reviewer wrote, while it matters: what to correct, or why it is rejected.
    pub findings: Vec<Finding>,
    /// When it must be paid, once it is approved.
    #[schema(required, example = json!(null), format = "date-time")]
    pub pay_by: Option<String>,
    /// The last attempt to pay it.
    #[schema(required)]
    pub payment: Option<Payment>,
    /// How the amount was reckoned.
    pub explanation: Vec<Explanation>,
    /// When it was admitted.
    #[schema(example = "2025-03-05T03:00:00.123456Z", format = "date-time")]
    pub submitted_at: String,
    /// When it last changed.
    #[schema(example = "2025-03-05T03:00:00.123456Z", format = "date-time")]
    pub changed_at: String,
    /// The applicant as it was sent, masked: `419099********0014`, `138****8000`.
    #[schema(value_type = Object)]
    pub consumer: Value,
    /// What was given up, masked; null where there is nothing.
    #[schema(value_type = Option<Object>, required)]
    pub old_item: Value,
    /// What was bought.
    #[schema(value_type = Object)]
    pub new_item: Value,
    /// The invoice, masked; null while there is none.
    #[schema(value_type = Option<Object>, required)]
    pub invoice: Value,
    /// What reviewers should look at; only the bureau sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = json!([]))]
    pub flags: Option<Vec<String>>,
    /// What was odd about the claim when it came in; only the bureau sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub warnings: Option<Vec<ClaimWarning>>,
    /// Until when a reviewer has it on his desk; only the bureau sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        example = "2025-03-18T01:15:00.123456Z",
        format = "date-time"
    )]
    pub lease_until: Option<String>,
}

/// A paper that came.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// The paper's word.
    #[schema(example = "old_vehicle_transfer")]
    pub paper: String,
    /// What it is, by its bytes.
    #[schema(example = "application/pdf")]
    pub media_type: String,
    /// How large it is.
    #[schema(example = 482_113)]
    pub bytes: i64,
    /// SHA-256 of its content, in hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
    /// When it came.
    #[schema(example = "2025-03-06T02:00:00.123456Z", format = "date-time")]
    pub received_at: String,
}

/// An attempt to pay a claim.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// The name that the bank knows it by: the claim's number and the attempt.
    #[schema(example = "JY25-0000123-7/1")]
    pub end_to_end_id: String,
    /// What became of it.
    pub state: PaymentState,
    /// Why the bank sent it back.
    #[schema(required, example = json!(null))]
    pub reason: Option<String>,
    /// What the bank pays, in yuan.
    #[schema(example = "14000.00")]
    pub amount: String,
    /// What of the claim's amount is set off against what is owed back.
    #[schema(example = "0.00")]
    pub set_off: String,
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// The bank has not said.
    Pending,
    /// The bank paid.
    Paid,
    /// The bank sent it back.
    Returned,
}

/// Something odd that does not refuse a claim.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimWarning {
    /// Stable code.
    #[schema(example = "bank_card_check_digit")]
    pub code: String,
    /// JSON pointer to the field.
    #[schema(example = "/consumer/bank_account/number")]
    pub field: String,
    /// The sentence in the caller's language.
    #[schema(example = "银行卡号校验位不符，请核对")]
    pub message: String,
}

/// A page of claims.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimPage {
    /// The claims.
    pub items: Vec<Claim>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required, example = json!(null))]
    pub next_cursor: Option<String>,
}
