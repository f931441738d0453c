//! What callers get back.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not eligible; holds nothing.
    Refused,
    /// Eligible; it gets its place when its papers are complete.
    Filed,
    /// Eligible, the pool was empty; the place in line is kept.
    Waiting,
    /// Money is held; papers are due, or nobody has looked yet.
    Reserved,
    /// A reviewer's turn.
    InReview,
    /// Given back for correction; place and money are kept.
    Returned,
    /// A reviewer found it good; a second person's turn.
    Recommended,
    /// A reviewer wants to reject it; a second person's turn.
    RejectionProposed,
    /// Owed.
    Approved,
    /// In a payment file; its fate is not known.
    Paying,
    /// The bank paid.
    Paid,
    /// Paid, and to be paid back.
    ClawbackDue,
    /// Paid back.
    ClawedBack,
    /// Turned down after review.
    Rejected,
    /// A deadline passed.
    Lapsed,
    /// Taken back by the dealer.
    Withdrawn,
    /// Ended by the bureau before payment.
    Voided,
    /// The goods went back before payment.
    GoodsReturned,
    /// A refusal is contested.
    Appealed,
}

/// The binding verdict, also of a refusal.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The claim's id.
    #[schema(example = "0199a7b0-1111-7222-8333-444455556666", format = "uuid")]
    pub id: String,
    /// The claim's number, which people know.
    #[schema(example = "JY25-0000123-7")]
    pub number: String,
    /// `reserved`, `waiting` or `refused`; `filed` where the order goes by complete papers.
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
    /// Place among the accepted claims of the pool, from 1 without gaps; null for a refusal.
    #[schema(required, example = 123)]
    pub position: Option<i64>,
    /// Why it is refused: all reasons that apply.
    pub reasons: Vec<Reason>,
    /// Papers that must come, and by when.
    pub due: Vec<Due>,
    /// How the amount was reckoned.
    pub explanation: Vec<Explanation>,
    /// Compact JWS signed by the service; its key is in the key set.
    #[schema(example = "eyJhbGciOiJFZERTQSJ9.eyJudW1iZXIiOiJKWTI1In0.c2lnbmF0dXJl")]
    pub receipt: String,
}

/// The same verdict without effect: no id, number, place or receipt.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckedVerdict {
    /// What the state would be.
    pub state: State,
    /// The programme.
    #[schema(example = "henan-car-replacement-2025")]
    pub programme: String,
    /// The version of the pack that judged the claim.
    #[schema(example = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub programme_version: String,
    /// In yuan; `0.00` for a refusal.
    #[schema(example = "14000.00")]
    pub amount: String,
    /// Why it would be refused.
    pub reasons: Vec<Reason>,
    /// Papers that would be due.
    pub due: Vec<Due>,
    /// How the amount was reckoned.
    pub explanation: Vec<Explanation>,
}

/// One reason of a refusal.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Stable code from the closed list.
    #[schema(example = "price_below_floor")]
    pub code: String,
    /// JSON pointer to the field that caused it; empty for the whole claim.
    #[schema(example = "/invoice/total")]
    pub field: String,
    /// For people, in the language asked for.
    #[schema(example = "价格低于补贴下限")]
    pub message: String,
    /// Document and clause.
    #[schema(example = "济管〔2024〕12号 二（五）1")]
    pub basis: String,
}

/// A paper and its deadline.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// The paper's word.
    #[schema(example = "old_vehicle_transfer")]
    pub paper: String,
    /// The instant before which it must have come.
    #[schema(example = "2025-03-17T16:00:00Z", format = "date-time")]
    pub by: String,
}

/// One sentence of the explanation.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// The rule's stable name.
    #[schema(example = "amount.tier")]
    pub rule: String,
    /// The sentence.
    #[schema(example = "发票金额 166666.00 元，新能源汽车补贴 14000.00 元。")]
    pub text: String,
    /// Document and clause.
    #[schema(example = "豫商消费〔2025〕1号 第四条")]
    pub basis: String,
}

/// A pool of money. `free + reserved + committed + paid = cap`, always.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// Its name.
    #[schema(example = "jiyuan-cars-2025")]
    pub name: String,
    /// The programmes it serves.
    #[schema(example = json!(["henan-car-replacement-2025"]))]
    pub programmes: Vec<String>,
    /// What happens while the head of the line does not fit: `strict` or `fit`.
    #[schema(example = "strict")]
    pub remainder: String,
    /// `open`, `frozen` or `closed`.
    #[schema(example = "open")]
    pub intake: String,
    /// `open`, or `frozen`: nobody is given money, who comes waits.
    #[schema(example = "open")]
    pub allocation: String,
    /// `open`, or `frozen`: nothing goes to the bank.
    #[schema(example = "open")]
    pub payout: String,
    /// First instant at which claims are taken, if set.
    #[schema(required, example = "2025-01-08T01:00:00Z", format = "date-time")]
    pub opens_at: Option<String>,
    /// First instant at which claims are no longer taken, if set.
    #[schema(required, example = json!(null), format = "date-time")]
    pub closes_at: Option<String>,
    /// All money ever put in, in yuan.
    #[schema(example = "10000000.00")]
    pub cap: String,
    /// Nobody's yet.
    #[schema(example = "8600000.00")]
    pub free: String,
    /// Held for claims, or set aside for won appeals.
    #[schema(example = "1400000.00")]
    pub reserved: String,
    /// Owed.
    #[schema(example = "0.00")]
    pub committed: String,
    /// Paid.
    #[schema(example = "0.00")]
    pub paid: String,
    /// What of the reserved money is set aside for won appeals and is no claim's.
    #[schema(example = "0.00")]
    pub set_aside: String,
    /// How many claims wait.
    #[schema(example = 0)]
    pub waiting: i64,
    /// When this was read.
    #[schema(example = "2025-03-05T03:00:01Z", format = "date-time")]
    pub as_of: String,
    /// The number of the last journal entry.
    #[schema(example = 101)]
    pub journal_seq: i64,
    /// The hash of the last journal entry, in hexadecimal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub journal_head: String,
}

/// A page of pools.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolPage {
    /// The pools.
    pub items: Vec<Pool>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required, example = json!(null))]
    pub next_cursor: Option<String>,
}

/// A programme with the version in force.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// Its id.
    #[schema(example = "henan-car-replacement-2025")]
    pub id: String,
    /// Its title in the language asked for.
    #[schema(example = "河南省 2025 年汽车置换更新补贴")]
    pub title: String,
    /// The version in force.
    #[schema(example = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub version: String,
    /// How sure its sources are: `A`, `B` or `C`.
    #[schema(example = "A")]
    pub grade: String,
    /// The pool that serves it, if one does.
    #[schema(required, example = "jiyuan-cars-2025")]
    pub pool: Option<String>,
}

/// A page of programmes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgrammePage {
    /// The programmes.
    pub items: Vec<Programme>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required, example = json!(null))]
    pub next_cursor: Option<String>,
}

/// A dealer that takes part.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dealer {
    /// Its name.
    #[schema(example = "济源市示范汽车销售有限公司")]
    pub name: String,
    /// Its unified social credit code.
    #[schema(example = "91419001MA0000001N")]
    pub uscc: String,
    /// The programmes it takes part in.
    #[schema(example = json!(["henan-car-replacement-2025"]))]
    pub programmes: Vec<String>,
}

/// A page of dealers.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DealerPage {
    /// The dealers.
    pub items: Vec<Dealer>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required, example = json!(null))]
    pub next_cursor: Option<String>,
}

/// What an applicant knows about a claim.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimStatusRequest {
    /// The claim's number.
    #[schema(example = "JY25-0000123-7")]
    pub number: String,
    /// The last four characters of the identity number.
    #[schema(example = "0014", min_length = 4, max_length = 4)]
    pub id_tail: String,
    /// The last four digits of the mobile number.
    #[schema(example = "8000", min_length = 4, max_length = 4)]
    pub mobile_tail: String,
}

/// A claim as its applicant sees it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimStatus {
    /// The number.
    #[schema(example = "JY25-0000123-7")]
    pub number: String,
    /// The state.
    pub state: State,
    /// Held or asked for, in yuan.
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
    /// When it lapses unless its dealer does what is due.
    #[schema(required, example = "2025-03-17T16:00:00Z", format = "date-time")]
    pub deadline: Option<String>,
    /// When it must be paid, once it is approved.
    #[schema(required, example = json!(null), format = "date-time")]
    pub pay_by: Option<String>,
    /// The programme.
    #[schema(example = "henan-car-replacement-2025")]
    pub programme: String,
    /// When it was filed.
    #[schema(example = "2025-03-05T03:00:00.123456Z", format = "date-time")]
    pub submitted_at: String,
    /// When it last changed.
    #[schema(example = "2025-03-05T03:00:00.123456Z", format = "date-time")]
    pub changed_at: String,
    /// What comes next, in the language asked for.
    #[schema(example = "补贴资金已预留，等待审核。")]
    pub next_step: String,
}
