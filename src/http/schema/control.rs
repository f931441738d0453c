//! Control of pools: stages, money, packs, and what a second person decides.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A reason in one's own words.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhyRequest {
    /// It is kept, and is not public.
    #[schema(example = "按局办公会纪要〔2025〕7号办理。", max_length = 500)]
    pub why: String,
}

/// Which stage of a pool stops or goes on, and why.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StageRequest {
    /// The stage.
    pub stage: PoolStage,
    /// It is kept, and is not public.
    #[schema(example = "发现异常申报，暂停受理核查。", max_length = 500)]
    pub why: String,
}

/// What can be stopped of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PoolStage {
    /// Claims are accepted; while it is stopped they are refused.
    Intake,
    /// Claims are given money; while it is stopped who comes waits, and nobody is promoted.
    Allocation,
    /// Batches are sealed and released.
    Payout,
}

/// Money that comes into a pool, is set aside, or is set aside no longer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoneyRequest {
    /// How much, in yuan.
    #[schema(example = "500000.00", pattern = "^[0-9]+(\\.[0-9]{1,2})?$")]
    pub amount: String,
    /// The document behind it.
    #[schema(example = "济财〔2025〕31号", max_length = 64)]
    pub reference: String,
}

/// Free money that goes to another pool.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferRequest {
    /// The pool that receives.
    #[schema(example = "jiyuan-appliances-2025", max_length = 64)]
    pub to: String,
    /// How much, in yuan.
    #[schema(example = "500000.00", pattern = "^[0-9]+(\\.[0-9]{1,2})?$")]
    pub amount: String,
    /// The document behind it.
    #[schema(example = "济财〔2025〕31号", max_length = 64)]
    pub reference: String,
}

/// A pack that is published.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishedPack {
    /// The programme.
    #[schema(example = "henan-car-replacement-2025")]
    pub programme: String,
    /// The version, which its content names.
    #[schema(example = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub version: String,
    /// Whether this content is a new version.
    #[schema(example = true)]
    pub new: bool,
    /// How sure its sources are: `A`, `B` or `C`.
    #[schema(example = "A")]
    pub grade: String,
}

/// What one person proposed and another decides.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    /// Its id.
    #[schema(example = "0199a7b0-4444-7222-8333-444455556666", format = "uuid")]
    pub id: String,
    /// What is to be done.
    pub kind: ProposalKind,
    /// The pool or the programme that it is about.
    #[schema(example = "jiyuan-cars-2025")]
    pub subject: String,
    /// Of money `amount`, `pool`, `reference` and, of a transfer, `to`; of a pack `programme`,
    /// `version` and, where one proposal is shown, the text as `source`.
    #[schema(value_type = Object, example = json!({
        "amount": "500000.00", "pool": "jiyuan-cars-2025", "reference": "济财〔2025〕31号",
    }))]
    pub payload: Value,
    /// `sha256:…` of the kind, a line feed, and the canonical JSON (RFC 8785) of the whole payload.
    #[schema(example = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub digest: String,
    /// Where it stands.
    pub state: ProposalState,
    /// The login of who proposed it, or `command line`.
    #[schema(example = "qian")]
    pub proposed_by: String,
    /// When.
    #[schema(example = "2025-04-01T02:00:00.123456Z", format = "date-time")]
    pub proposed_at: String,
    /// The login of who decided it; null also where one person was enough.
    #[schema(required, example = json!(null))]
    pub decided_by: Option<String>,
    /// When.
    #[schema(required, example = json!(null), format = "date-time")]
    pub decided_at: Option<String>,
    /// Why it was refused.
    #[schema(required, example = json!(null))]
    pub why: Option<String>,
}

/// What can be proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProposalKind {
    /// More money comes in.
    TopUp,
    /// Free money goes to another pool.
    Transfer,
    /// Free money is set aside for won appeals.
    SetAside,
    /// What was set aside is free again.
    ReleaseAside,
    /// A pack is published.
    Pack,
}

/// Where a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// A second person must decide.
    Proposed,
    /// It was carried out.
    Done,
    /// Nothing was done.
    Refused,
}

/// A page of proposals.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalPage {
    /// The proposals.
    pub items: Vec<Proposal>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required, example = json!(null))]
    pub next_cursor: Option<String>,
}
