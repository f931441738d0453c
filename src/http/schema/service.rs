//! Tokens, problems and health.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A request for a token (RFC 6749, 4.4); the client comes here or by HTTP Basic.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TokenRequest {
    /// Always `client_credentials`.
    #[schema(example = "client_credentials")]
    pub grant_type: String,
    /// The client's id, unless it comes by HTTP Basic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "0199a7b0-1111-7222-8333-444455556666")]
    pub client_id: Option<String>,
    /// The client's secret, unless it comes by HTTP Basic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "the-secret-that-was-printed-once")]
    pub client_secret: Option<String>,
    /// Scopes that are asked for; all that the client has when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "claims:read claims:write")]
    pub scope: Option<String>,
}

/// A token (RFC 6749, 5.1).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenAnswer {
    /// A JWT of type `at+jwt`, signed with EdDSA.
    #[schema(
        example = "eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTk5In0.c2lnbmF0dXJl"
    )]
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// Seconds until it ends.
    #[schema(example = 900)]
    pub expires_in: i64,
    /// What it allows.
    #[schema(example = "claims:read claims:write")]
    pub scope: String,
}

/// Why no token was given (RFC 6749, 5.2).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenError {
    /// `invalid_request`, `invalid_client`, `unsupported_grant_type` or `invalid_scope`.
    #[schema(example = "invalid_client")]
    pub error: String,
    /// For developers.
    #[schema(example = "client_id and client_secret do not belong to an active client")]
    pub error_description: String,
}

/// A JSON Web Key Set (RFC 7517).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct KeySet {
    /// Ed25519 keys (RFC 8037) that sign tokens, receipts and checkpoints.
    #[schema(example = json!([{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
        "kid": "Sm9obiBpcyBub3QgaGVyZQ", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]))]
    pub keys: Vec<Value>,
}

/// A good answer about the service's health.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    pub status: String,
}

/// Problem details (RFC 9457).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProblemDetails {
    /// Names the kind of problem.
    #[schema(example = "urn:tradein:problem:claim_malformed")]
    pub r#type: String,
    /// The kind in a few words, in the language asked for.
    #[schema(example = "申请内容不符合要求")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// Stable code; programs decide by this.
    #[schema(example = "claim_malformed")]
    pub code: String,
    /// What happened and what to do, in the language asked for.
    #[schema(example = "申请存在格式问题，全部列于 errors；未保留任何内容。")]
    pub detail: String,
    /// Where reading stopped, for a body that is not JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "3:17")]
    pub at: Option<String>,
    /// The state that does not allow the act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub state: Option<super::State>,
    /// All defects at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldDefect>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldDefect {
    /// JSON pointer into the body, or the name of a query parameter.
    #[schema(example = "/new_item/vin")]
    pub field: String,
    /// Stable code.
    #[schema(example = "check_digit")]
    pub code: String,
    /// For people, in the language asked for.
    #[schema(example = "校验位不正确")]
    pub message: String,
}
