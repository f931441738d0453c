//! What is held of a dealer, what it has fronted, what it was paid, and where the bureau is late.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::State;

/// How many claims in one state, and their money together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateTotal {
    /// The state.
    pub state: State,
    /// How many claims.
    #[schema(example = 12)]
    pub claims: i64,
    /// What they hold or ask for, in yuan.
    #[schema(example = "168000.00")]
    pub amount: String,
}

/// A dealer's claims in one pool.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolHoldings {
    /// The pool.
    #[schema(example = "jiyuan-cars-2025")]
    pub pool: String,
    /// What counts for the dealer's share of it: all claims that stand, in yuan.
    #[schema(example = "168000.00")]
    pub share: String,
    /// Claims by state; states without any are left out.
    pub states: Vec<StateTotal>,
}

/// All of a dealer's claims.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Holdings {
    /// When everything was read, on one snapshot.
    #[schema(example = "2025-04-02T22:00:00.123456Z", format = "date-time")]
    pub as_of: String,
    /// By pool.
    pub pools: Vec<PoolHoldings>,
    /// All pools together.
    pub states: Vec<StateTotal>,
}

/// How near or how far behind a deadline is, in working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Band {
    /// More than three are left.
    #[serde(rename = "not_due")]
    NotDue,
    /// At most three are left after today.
    #[serde(rename = "due_soon")]
    DueSoon,
    /// Late, at most by the fifth.
    #[serde(rename = "overdue_1_5")]
    Overdue1To5,
    /// In the sixth to fifteenth after the deadline.
    #[serde(rename = "overdue_6_15")]
    Overdue6To15,
    /// In the sixteenth to thirtieth after the deadline.
    #[serde(rename = "overdue_16_30")]
    Overdue16To30,
    /// After the thirtieth.
    #[serde(rename = "overdue_over_30")]
    OverdueOver30,
}

/// What is owed in one band.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BandTotal {
    /// The band.
    pub band: Band,
    /// How many claims.
    #[schema(example = 3)]
    pub claims: u64,
    /// Their money together, in yuan.
    #[schema(example = "42000.00")]
    pub amount: String,
}

/// What a dealer has fronted: the subsidies that it gave at the till and is not paid yet.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exposure {
    /// When everything was read, on one snapshot.
    #[schema(example = "2025-04-02T22:00:00.123456Z", format = "date-time")]
    pub as_of: String,
    /// How many claims.
    #[schema(example = 12)]
    pub claims: u64,
    /// All of it, in yuan.
    #[schema(example = "168000.00")]
    pub amount: String,
    /// All bands, by the promise that the bureau has to keep next; what waits for the dealer
    /// itself is not due.
    pub bands: Vec<BandTotal>,
    /// The claim that was filed first.
    #[schema(required)]
    pub oldest: Option<Fronted>,
}

/// A claim whose subsidy a dealer has fronted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fronted {
    /// Its number.
    #[schema(example = "JY25-0000123-7")]
    pub claim_number: String,
    /// Its id.
    #[schema(example = "0199a7b0-1111-7222-8333-444455556666", format = "uuid")]
    pub id: String,
    /// Its state.
    pub state: State,
    /// Its money, in yuan.
    #[schema(example = "14000.00")]
    pub amount: String,
    /// When it was filed.
    #[schema(example = "2025-03-05T03:00:00.123456Z", format = "date-time")]
    pub submitted_at: String,
    /// Whole days in Beijing since then.
    #[schema(example = 28)]
    pub days: i64,
}

/// What a released batch holds of a dealer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementSummary {
    /// The batch.
    #[schema(example = "0199a7b0-2222-7222-8333-444455556666", format = "uuid")]
    pub batch: String,
    /// The pool that pays.
    #[schema(example = "jiyuan-cars-2025")]
    pub pool: String,
    /// The number of the batch in the pool.
    #[schema(example = 1)]
    pub number: i64,
    /// When it was released.
    #[schema(example = "2025-04-01T06:00:00.123456Z", format = "date-time")]
    pub released_at: String,
    /// How many of the dealer's claims.
    #[schema(example = 2)]
    pub lines: i64,
    /// How many of them the bank has paid.
    #[schema(example = 1)]
    pub paid: i64,
    /// How many of them the bank has sent back.
    #[schema(example = 0)]
    pub returned: i64,
    /// How many of them whose fate is not known yet.
    #[schema(example = 1)]
    pub pending: i64,
    /// What the claims are owed, in yuan.
    #[schema(example = "28000.00")]
    pub gross: String,
    /// What of it is set off against what is owed back.
    #[schema(example = "0.00")]
    pub set_off: String,
    /// What the bank pays.
    #[schema(example = "28000.00")]
    pub net: String,
    /// What of that goes to the dealer's account, and not to consumers.
    #[schema(example = "28000.00")]
    pub net_to_dealer: String,
}

/// A page of statements.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementPage {
    /// The statements.
    pub items: Vec<StatementSummary>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required, example = json!(null))]
    pub next_cursor: Option<String>,
}

/// A statement with its lines.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The batch.
    #[schema(example = "0199a7b0-2222-7222-8333-444455556666", format = "uuid")]
    pub batch: String,
    /// The pool that pays.
    #[schema(example = "jiyuan-cars-2025")]
    pub pool: String,
    /// The number of the batch in the pool.
    #[schema(example = 1)]
    pub number: i64,
    /// When it was released.
    #[schema(example = "2025-04-01T06:00:00.123456Z", format = "date-time")]
    pub released_at: String,
    /// How many of the dealer's claims.
    #[schema(example = 1)]
    pub lines: i64,
    /// How many of them the bank has paid.
    #[schema(example = 1)]
    pub paid: i64,
    /// How many of them the bank has sent back.
    #[schema(example = 0)]
    pub returned: i64,
    /// How many of them whose fate is not known yet.
    #[schema(example = 0)]
    pub pending: i64,
    /// What the claims are owed, in yuan.
    #[schema(example = "14000.00")]
    pub gross: String,
    /// What of it is set off against what is owed back.
    #[schema(example = "0.00")]
    pub set_off: String,
    /// What the bank pays.
    #[schema(example = "14000.00")]
    pub net: String,
    /// What of that goes to the dealer's account, and not to consumers.
    #[schema(example = "14000.00")]
    pub net_to_dealer: String,
    /// The claims, in the order of approval.
    pub items: Vec<StatementLine>,
}

/// What a payout is for one claim.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementLine {
    /// The claim's number.
    #[schema(example = "JY25-0000123-7")]
    pub claim_number: String,
    /// The name that the bank knows the payment by.
    #[schema(example = "JY25-0000123-7/1")]
    pub end_to_end_id: String,
    /// `dealer` or `consumer`: who is paid.
    #[schema(example = "dealer")]
    pub payee: String,
    /// What the claim is owed, in yuan.
    #[schema(example = "14000.00")]
    pub gross: String,
    /// What of it is set off against what is owed back.
    #[schema(example = "0.00")]
    pub set_off: String,
    /// What the bank pays.
    #[schema(example = "14000.00")]
    pub net: String,
    /// `pending`, `paid` or `returned`.
    #[schema(example = "paid")]
    pub state: String,
    /// Why the bank sent it back.
    #[schema(required, example = json!(null))]
    pub reason: Option<String>,
}

/// What a claim waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromiseStage {
    /// Its dealer: papers, or a correction.
    Papers,
    /// The bureau's two persons.
    Review,
    /// The bureau's payment.
    Payment,
}

/// Open claims by lateness, and a page of those for which the bureau is late.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ageing {
    /// When this was read.
    #[schema(example = "2025-04-02T22:00:00.123456Z", format = "date-time")]
    pub as_of: String,
    /// All claims of a stage together.
    pub stages: Vec<StageAgeing>,
    /// The same by state.
    pub states: Vec<StateAgeing>,
    /// Claims for which the bureau is late.
    pub overdue: OverduePage,
}

/// The claims of one stage.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StageAgeing {
    /// What they wait for.
    pub stage: PromiseStage,
    /// All bands.
    pub bands: Vec<BandTotal>,
}

/// The claims of one stage in one state.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateAgeing {
    /// What they wait for.
    pub stage: PromiseStage,
    /// Their state.
    pub state: State,
    /// All bands.
    pub bands: Vec<BandTotal>,
}

/// A page of late claims.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverduePage {
    /// The claims.
    pub items: Vec<Overdue>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required, example = json!(null))]
    pub next_cursor: Option<String>,
}

/// A claim for which the bureau is late.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Overdue {
    /// Its number.
    #[schema(example = "JY25-0000123-7")]
    pub claim_number: String,
    /// Its id.
    #[schema(example = "0199a7b0-1111-7222-8333-444455556666", format = "uuid")]
    pub id: String,
    /// `review` or `payment`.
    pub stage: PromiseStage,
    /// Its state.
    pub state: State,
    /// The first instant at which it was late.
    #[schema(example = "2025-04-01T16:00:00Z", format = "date-time")]
    pub due: String,
    /// Working days since then, today included.
    #[schema(example = 1)]
    pub working_days_late: u32,
}
