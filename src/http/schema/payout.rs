//! Batches for the bank, what became of them, what is owed back, and the sums.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which claims are to be paid.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// The pool that pays.
    #[schema(example = "jiyuan-cars-2025")]
    pub pool: String,
    /// At most so many claims; as many as a batch may have when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 1000, minimum = 1, maximum = 1000)]
    pub limit: Option<u32>,
}

/// Claims that are paid together.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Its id.
    #[schema(example = "0199a7b0-2222-7222-8333-444455556666", format = "uuid")]
    pub id: String,
    /// The pool that pays.
    #[schema(example = "jiyuan-cars-2025")]
    pub pool: String,
    /// 1, 2, 3 … in the pool.
    #[schema(example = 1)]
    pub number: i64,
    /// How far it has come.
    pub state: BatchState,
    /// How many claims.
    #[schema(example = 2)]
    pub lines: i64,
    /// What the claims are owed, in yuan.
    #[schema(example = "28000.00")]
    pub gross: String,
    /// What of it is set off against what is owed back.
    #[schema(example = "0.00")]
    pub set_off: String,
    /// What the bank pays.
    #[schema(example = "28000.00")]
    pub total: String,
    /// Whose money the gross amount is; lists do not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub sources: Option<Sources>,
    /// SHA-256 over `tradein.payout.v1`, a line feed, the salt, a line feed and the CSV file, in
    /// hexadecimal; the journal has it too.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub hash: String,
    /// The salt, 64 hexadecimal digits: told of a released batch, and not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        example = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
    )]
    pub salt: Option<String>,
    /// When it was sealed.
    #[schema(example = "2025-04-01T02:00:00.123456Z", format = "date-time")]
    pub sealed_at: String,
    /// When it was released.
    #[schema(required, example = json!(null), format = "date-time")]
    pub released_at: Option<String>,
    /// When it was discarded.
    #[schema(required, example = json!(null), format = "date-time")]
    pub discarded_at: Option<String>,
    /// Approved claims that were left out, at most a hundred; only in the answer that sealed the batch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// How many more were left out and are not named, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 17)]
    pub left_out_more: Option<u64>,
}

/// Whose money it is, by level of government, in yuan: each claim is split by the programme's
/// shares, the last fen by largest remainder.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// The central government's.
    #[schema(example = "25200.00")]
    pub centre: String,
    /// The province's.
    #[schema(example = "0.00")]
    pub province: String,
    /// The demonstration zone's.
    #[schema(example = "0.00")]
    pub zone: String,
    /// Province and zone together, where their split is not fixed.
    #[schema(example = "2800.00")]
    pub local: String,
}

/// Where a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// Its lines stand; a second person must release it.
    Sealed,
    /// It has a file for the bank.
    Released,
    /// Nothing of it is sent; its claims are approved again.
    Discarded,
}

/// A claim that cannot be paid yet.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// The claim's number.
    #[schema(example = "JY25-0000124-5")]
    pub claim_number: String,
    /// `account_missing`, `notice_running`, `not_screened` while screening is behind, or
    /// `payee_unusable`: no bank could pay to that name and account.
    #[schema(example = "account_missing")]
    pub why: String,
}

/// A page of batches.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchPage {
    /// The batches.
    pub items: Vec<Batch>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required, example = json!(null))]
    pub next_cursor: Option<String>,
}

/// What came of a file of outcomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedOutcomes {
    /// Payments that were made.
    #[schema(example = 998)]
    pub paid: u64,
    /// Payments that came back.
    #[schema(example = 1)]
    pub returned: u64,
    /// Names that no payment has, or one of a batch that is sealed still.
    #[schema(example = 0)]
    pub unknown: u64,
    /// Outcomes that were known.
    #[schema(example = 0)]
    pub repeated: u64,
    /// Outcomes that contradict what is known; they changed nothing, and people must decide.
    #[schema(example = 1)]
    pub conflicting: u64,
    /// Payments whose fate the bank does not know yet; only a pain.002 tells them.
    #[schema(example = 0)]
    pub pending: u64,
    /// The lines of the file with such names.
    #[schema(example = json!([]))]
    pub unknown_lines: Vec<u64>,
    /// The names of payments with contradicting outcomes.
    #[schema(example = json!(["JY25-0000123-7/1"]))]
    pub conflicts: Vec<String>,
}

/// What came of a file of voided invoices.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedInvoices {
    /// Invoices in it.
    #[schema(example = 120)]
    pub lines: u64,
    /// Those that were not known as voided before.
    #[schema(example = 118)]
    pub new: u64,
    /// Claims that are flagged.
    #[schema(example = 2)]
    pub flagged: u64,
    /// Of these, claims that are paid: whether they must come back is to be decided.
    #[schema(example = 1)]
    pub paid: u64,
    /// Whether this very file was imported before, so that nothing changed.
    #[schema(example = false)]
    pub repeated: bool,
}

/// What is owed back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Receivable {
    /// Its id.
    #[schema(example = "0199a7b0-3333-7222-8333-444455556666", format = "uuid")]
    pub id: String,
    /// The number of the claim that was paid.
    #[schema(example = "JY25-0000123-7")]
    pub claim_number: String,
    /// `dealer` or `consumer`: who was paid, and owes.
    #[schema(example = "consumer")]
    pub payee: String,
    /// `register`: an award came to be known later; `place_restored` or `place_used`: the goods
    /// went back, and the person's place in the programme is free again or not; `invoice_voided`
    /// or `invoice_voided_place_used`: the invoice was voided, likewise.
    #[schema(example = "place_restored")]
    pub reason: String,
    /// All of it, in yuan.
    #[schema(example = "14000.00")]
    pub amount: String,
    /// What came back.
    #[schema(example = "4000.00")]
    pub settled: String,
    /// What is set off in payments that are on their way.
    #[schema(example = "0.00")]
    pub pending: String,
    /// Since when.
    #[schema(example = "2025-05-02T02:00:00.123456Z", format = "date-time")]
    pub raised_at: String,
}

/// A page of what is owed back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivablePage {
    /// The receivables.
    pub items: Vec<Receivable>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required, example = json!(null))]
    pub next_cursor: Option<String>,
}

/// Money that was paid in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaidInRequest {
    /// How much, in yuan; at most what is open.
    #[schema(example = "4000.00", pattern = "^[0-9]+(\\.[0-9]{1,2})?$")]
    pub amount: String,
    /// Where it is found in the bureau's books.
    #[schema(example = "2025-05-0017", max_length = 64)]
    pub reference: String,
}

/// What one source says of a pool's money, in yuan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sums {
    /// All money in it.
    #[schema(example = "10000000.00")]
    pub cap: String,
    /// Nobody's.
    #[schema(example = "8600000.00")]
    pub free: String,
    /// Held for claims, or set aside for won appeals.
    #[schema(example = "1372000.00")]
    pub reserved: String,
    /// Owed.
    #[schema(example = "14000.00")]
    pub committed: String,
    /// Paid.
    #[schema(example = "14000.00")]
    pub paid: String,
}

/// The sums of a pool from three sources that share no code.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reconciliation {
    /// The pool.
    #[schema(example = "jiyuan-cars-2025")]
    pub name: String,
    /// When everything was read, on one snapshot.
    #[schema(example = "2025-04-02T22:00:00.123456Z", format = "date-time")]
    pub as_of: String,
    /// What the pool's row says.
    pub pool: Sums,
    /// What the claims say; what no claim holds is free.
    pub claims: Sums,
    /// What the journal's entries say.
    pub journal: Sums,
    /// What of the reserved money is set aside for won appeals and is no claim's.
    #[schema(example = "0.00")]
    pub set_aside: String,
    /// Whether all three agree to the fen.
    #[schema(example = true)]
    pub equal: bool,
}
