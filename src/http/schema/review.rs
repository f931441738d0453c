//! What people of the bureau and dealers say about a claim.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is wrong with a claim, at one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// A word that programs decide by.
    #[schema(example = "invoice_unreadable")]
    pub code: String,
    /// JSON pointer into the claim.
    #[schema(example = "/invoice/number", pattern = "^/")]
    pub field: String,
    /// For people.
    #[schema(example = "发票号码与影印件不一致，请核对", max_length = 500)]
    pub message: String,
}

/// What to correct, and in how many days.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnRequest {
    /// Whole Beijing days; the programme's days are the most that count.
    #[schema(example = 7, minimum = 1, maximum = 90)]
    pub days: u32,
    /// Everything that is wrong.
    #[schema(min_items = 1, max_items = 50)]
    pub defects: Vec<Finding>,
}

/// Why a refusal is contested.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppealRequest {
    /// In the dealer's words.
    #[schema(example = "发票开具日期有误，已由开票方更正。", max_length = 500)]
    pub message: String,
}

/// What is decided about an appeal, and why.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppealDecision {
    /// Whether the refusal was wrong.
    pub decision: Decision,
    /// A word that programs decide by.
    #[schema(example = "invoice_corrected")]
    pub code: String,
    /// JSON pointer into the claim.
    #[schema(example = "/invoice/date", pattern = "^/")]
    pub field: String,
    /// For people.
    #[schema(example = "开票方已出具更正说明。", max_length = 500)]
    pub message: String,
}

/// How an appeal ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The refusal was wrong.
    Won,
    /// The refusal stands.
    Lost,
}

/// What must be looked at, and why.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlagRequest {
    /// A word of the bureau's own; those that the engine raises are refused.
    #[schema(example = "register_pending")]
    pub code: String,
    /// It stays with the claim and is not public.
    #[schema(example = "车管所系统暂不可用，待核实。", max_length = 500)]
    pub why: String,
}

/// Why a flag is taken off.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClearFlagRequest {
    /// What was found; it stays with the claim and is not public.
    #[schema(example = "与省厅核对，该记录属同名他人。", max_length = 500)]
    pub why: String,
}
