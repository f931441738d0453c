//! Bulk approvals with their samples, and what auditors read.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Which claims may be approved together.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkRequest {
    /// The pool.
    #[schema(example = "jiyuan-cars-2025", max_length = 64)]
    pub pool: String,
    /// At most so many claims on the list.
    #[schema(example = 500, minimum = 1, maximum = 1000)]
    pub limit: u32,
    /// The largest amount of a claim on the list, in yuan; any when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "15000.00")]
    pub most_amount: Option<String>,
}

/// Claims that are approved together after a sample of them was examined one by one.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkApproval {
    /// Its id.
    #[schema(example = "0199a7b0-9999-7222-8333-444455556666", format = "uuid")]
    pub id: String,
    /// The pool.
    #[schema(example = "jiyuan-cars-2025")]
    pub pool: String,
    /// Where it stands.
    pub state: BulkState,
    /// The most claims that the list may have.
    #[schema(example = 500)]
    pub limit: i64,
    /// The largest amount of a claim on the list, where there is a bound.
    #[schema(required, example = "15000.00")]
    pub most_amount: Option<String>,
    /// What stands for the seed in the public journal, in hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub commitment: String,
    /// When it was begun.
    #[schema(example = "2025-04-01T02:00:00.123456Z", format = "date-time")]
    pub committed_at: String,
    /// The entry that committed to the seed.
    #[schema(example = 500)]
    pub committed_seq: i64,
    /// When the list was frozen.
    #[schema(
        required,
        example = "2025-04-01T02:01:00.123456Z",
        format = "date-time"
    )]
    pub drawn_at: Option<String>,
    /// The entry that committed to the list; the next one tells the seed.
    #[schema(required, example = 507)]
    pub drawn_seq: Option<i64>,
    /// The hash of the list, in hexadecimal.
    #[schema(
        required,
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    pub list_hash: Option<String>,
    /// The seed, in hexadecimal; told once the list is frozen.
    #[schema(
        required,
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    )]
    pub seed: Option<String>,
    /// When it ended.
    #[schema(required, example = json!(null), format = "date-time")]
    pub ended_at: Option<String>,
    /// The list, in the order of review.
    pub claims: Vec<ListedClaim>,
}

/// Where a bulk approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkState {
    /// The seed stands and nobody knows it; there is no list yet.
    Committed,
    /// The list is frozen; the sample is examined.
    Drawn,
    /// The rest was approved.
    Approved,
    /// A sampled claim went another way than to approval.
    Void,
}

/// A claim on the list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedClaim {
    /// The claim.
    #[schema(example = "0199a7b0-1111-7222-8333-444455556666", format = "uuid")]
    pub id: String,
    /// Its number.
    #[schema(example = "JY25-0000123-7")]
    pub number: String,
    /// What stands for it in the public journal, in hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub commitment: String,
    /// The revision that it had when the list was frozen.
    #[schema(example = 5)]
    pub revision: i64,
    /// Whether it is examined one by one.
    #[schema(example = true)]
    pub sampled: bool,
    /// Of a sampled claim `to_examine`, `examined` or `failed`; of any other `open`, `approved` or
    /// `skipped`.
    #[schema(example = "to_examine")]
    pub standing: String,
    /// Why it was skipped: `changed`, or the code of what forbade it.
    #[schema(required, example = json!(null))]
    pub why: Option<String>,
}

/// A claim's personal data, not masked.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnsealedClaim {
    /// The claim's id.
    #[schema(example = "0199a7b0-1111-7222-8333-444455556666", format = "uuid")]
    pub id: String,
    /// Its number.
    #[schema(example = "JY25-0000123-7")]
    pub number: String,
    /// The applicant as it was sent.
    #[schema(value_type = Object)]
    pub consumer: Value,
    /// What was given up; null where there is nothing.
    #[schema(value_type = Option<Object>, required)]
    pub old_item: Value,
    /// What was bought.
    #[schema(value_type = Object)]
    pub new_item: Value,
    /// The invoice; null while there is none.
    #[schema(value_type = Option<Object>, required)]
    pub invoice: Value,
    /// What people wrote about it, the oldest first.
    pub notes: Vec<OpenedNote>,
}

/// What somebody wrote about a claim, and what the dealer wrote in an appeal.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenedNote {
    /// The number of the journal entry that it belongs to.
    #[schema(example = 512)]
    pub seq: i64,
    /// What it is: the kind of that entry.
    #[schema(example = "flagged")]
    pub kind: String,
    /// When it was written.
    #[schema(example = "2025-04-01T02:00:00.123456Z", format = "date-time")]
    pub at: String,
    /// Who of the bureau wrote it; null when the dealer did.
    #[schema(
        required,
        example = "0199a7b0-bbbb-7222-8333-444455556666",
        format = "uuid"
    )]
    pub staff: Option<String>,
    /// The words: each finding as it was sent, `{"why"}` of a flag, `{"reference"}` of money paid
    /// in, `{"message"}` of an appeal.
    #[schema(value_type = Vec<Object>, example = json!([{"why": "登记机关尚未答复"}]))]
    pub words: Vec<Value>,
}

/// One look at personal data.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// Its id.
    #[schema(example = "0199a7b0-aaaa-7222-8333-444455556666", format = "uuid")]
    pub id: String,
    /// When.
    #[schema(example = "2025-04-01T02:00:00.123456Z", format = "date-time")]
    pub at: String,
    /// Who: the person's id.
    #[schema(example = "0199a7b0-bbbb-7222-8333-444455556666", format = "uuid")]
    pub staff: String,
    /// His login.
    #[schema(required, example = "li")]
    pub login: Option<String>,
    /// Whose claim, where it was one.
    #[schema(
        required,
        example = "0199a7b0-1111-7222-8333-444455556666",
        format = "uuid"
    )]
    pub claim: Option<String>,
    /// Its number.
    #[schema(required, example = "JY25-0000123-7")]
    pub claim_number: Option<String>,
    /// What was opened: `claim`, `paper NAME`, `payout file ID` or `export of pool NAME`.
    #[schema(example = "claim")]
    pub what: String,
    /// Why, in his words; `review` for a paper and `payout` for a payout file.
    #[schema(example = "核对银行退汇原因。")]
    pub why: String,
}

/// A page of the access log.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessLogPage {
    /// The looks, in their order.
    pub items: Vec<Look>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required, example = json!(null))]
    pub next_cursor: Option<String>,
}
