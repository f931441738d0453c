//! The OpenAPI 3.1 document: the routes' words from one table, the schemas from the types.

mod audit;
mod claims;
mod control;
mod dealers;
mod events;
mod operation;
mod payout;
mod public;
mod review;
mod service;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use self::operation::{Access, Answer, Body, Operation, Parameter};
use super::problem::{PROBLEM_JSON, Problem, ProblemCode};
use super::schema::Schemas;
use super::tokens::scope;
use crate::catalogue::Role;
use crate::domain::defect::{Defect, DefectCode};
use crate::domain::text::Lang;

/// Everybody who may have a token.
const ROLES: [&str; 6] = [
    "dealer", "reviewer", "approver", "finance", "auditor", "operator",
];

const CLAIM_EXAMPLE: &str = include_str!("../schema/claim_example.json");

static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let mut text = serde_json::to_string_pretty(&build()).unwrap_or_default();
    text.push('\n');
    text
});

/// The document, as `GET /openapi.json` and `tradein openapi` give it.
pub fn document() -> &'static str {
    &DOCUMENT
}

/// `GET /openapi.json`
pub async fn show() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(document())
}

/// Every operation, in the order of the routes.
fn operations() -> impl Iterator<Item = &'static Operation> {
    [
        claims::OPERATIONS,
        review::OPERATIONS,
        audit::BULK,
        payout::OPERATIONS,
        audit::OPERATIONS,
        dealers::OWN,
        dealers::OPERATIONS,
        events::OPERATIONS,
        control::OPERATIONS,
        public::OPERATIONS,
        service::OPERATIONS,
    ]
    .into_iter()
    .flatten()
}

fn build() -> Value {
    let mut schemas = serde_json::to_value(Schemas::openapi()).unwrap_or_default();
    let schemas = &mut schemas["components"]["schemas"];
    for tagged in ["OldItem", "NewItem"] {
        close_variants(&mut schemas[tagged]);
    }
    let mut paths = Map::new();
    for operation in operations() {
        let item = paths.entry(operation.path).or_insert_with(|| json!({}));
        item[operation.method] = describe(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "tradein",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Consumer trade-in subsidies: binding verdicts, first come, first served",
            "description": "Money is a decimal string in yuan with at most two places; days are `2025-01-08`, instants RFC 3339 in UTC. Errors are RFC 9457 problem details with a stable `code`, in Chinese or English by `Accept-Language`. Every answer carries `X-Request-Id`.",
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "claims", "description": "A dealer's claims; the bureau reads all of them."},
            {"name": "review", "description": "What two persons decide about a claim."},
            {"name": "payout", "description": "Batches for the bank, what became of them, what is owed back, and the sums."},
            {"name": "dealer", "description": "What a dealer asks about itself: its account, what is held of it, what it was paid."},
            {"name": "dealers", "description": "Dealers as the bureau admits, stops and pays them, and where the bureau is late."},
            {"name": "events", "description": "What happened to claims, to be asked for or to be told by webhook."},
            {"name": "control", "description": "Stages and money of pools, programme packs, and what two persons decide of them."},
            {"name": "audit", "description": "Personal data opened with a reason, and what auditors read."},
            {"name": "public", "description": "For everybody, without a token."},
            {"name": "tokens", "description": "Tokens and the keys that check signatures."},
            {"name": "service", "description": "The service itself."},
        ],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"clientCredentials": {
                "type": "oauth2",
                "description": "Credentials are printed once by `tradein dealer add` and `tradein staff add --api`.",
                "flows": {"clientCredentials": {
                    "tokenUrl": "/oauth/token",
                    "scopes": {
                        "claims:read": "Read claims",
                        "claims:write": "Submit claims and act on one's own",
                        "claims:review": "Prepare and decide",
                        "payouts:write": "Pay, and say what became of payments",
                        "audit:read": "Read what auditors read",
                        "pools:write": "Run pools of money",
                    },
                }},
            }},
        },
    })
}

/// Unknown fields are refused in every variant too, which the derivation does not say.
fn close_variants(schema: &mut Value) {
    for variant in schema["oneOf"].as_array_mut().into_iter().flatten() {
        variant["additionalProperties"] = false.into();
    }
}

fn describe(operation: &Operation) -> Value {
    let mut value = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "responses": responses(operation),
    });
    if !operation.text.is_empty() {
        value["description"] = operation.text.into();
    }
    if !operation.parameters.is_empty() {
        value["parameters"] = operation.parameters.iter().map(parameter).collect();
    }
    let (roles, scopes) = access(operation.access);
    value["x-roles"] = roles.into();
    value["security"] = scopes
        .iter()
        .map(|scope| json!({"clientCredentials": [scope]}))
        .collect();
    let body = match operation.body {
        Body::None => return value,
        Body::Json(schema) | Body::OptionalJson(schema) => content("application/json", schema),
        Body::Form(schema) => content("application/x-www-form-urlencoded", schema),
        Body::File(media) => file(media),
    };
    let required = !matches!(operation.body, Body::OptionalJson(_));
    value["requestBody"] = json!({"required": required, "content": body});
    value
}

/// The roles whose tokens are taken, and the scopes of which a token has one.
fn access(access: Access) -> (Vec<&'static str>, Vec<&'static str>) {
    match access {
        Access::Public => (Vec::new(), Vec::new()),
        Access::Token => (ROLES.to_vec(), vec!["claims:read"]),
        Access::Dealer => (vec!["dealer"], vec!["claims:write"]),
        Access::Bureau(roles) => {
            let mut scopes: Vec<_> = roles.iter().copied().map(own_scope).collect();
            scopes.dedup();
            (roles.iter().map(|role| role.as_str()).collect(), scopes)
        }
    }
}

/// What a role may do beside reading claims; it stands last among its scopes.
fn own_scope(role: Role) -> &'static str {
    let scopes = scope(role);
    scopes.rsplit(' ').next().unwrap_or(scopes)
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.required,
        "description": parameter.text,
        "schema": literal(parameter.schema),
        "example": literal(parameter.example),
    })
}

fn literal(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

fn content(media: &str, schema: &str) -> Value {
    let mut described = json!({"schema": {"$ref": format!("#/components/schemas/{schema}")}});
    if schema == "ClaimRequest" {
        described["example"] = literal(CLAIM_EXAMPLE);
    }
    json!({media: described})
}

/// Files as OpenAPI 3.1 says them: no schema but the media type.
fn file(media: &[&str]) -> Value {
    let one = |media: &&str| {
        let described = json!({"schema": {"type": "string", "contentMediaType": media}});
        ((*media).to_owned(), described)
    };
    Value::Object(media.iter().map(one).collect())
}

fn responses(operation: &Operation) -> Value {
    let mut good = json!({"description": reason(operation.status)});
    match operation.answer {
        Answer::Json(schema) | Answer::JsonOrNothing(schema, _) => {
            good["content"] = content("application/json", schema);
        }
        Answer::JsonOrProposal(schema) => {
            good["content"] = content("application/json", schema);
        }
        Answer::JsonOrFile(schema, media) => {
            good["content"] = content("application/json", schema);
            good["content"][media] = json!({"schema": {"type": "string"}});
        }
        Answer::File(media) => good["content"] = file(media),
        Answer::Object => {
            good["content"] = json!({"application/json": {"schema": {"type": "object"}}});
        }
        Answer::Text(media) => good["content"] = json!({media: {"schema": {"type": "string"}}}),
        Answer::Elsewhere | Answer::Nothing => {}
    }
    for (name, text) in operation.headers {
        good["headers"][name] = json!({"description": text, "schema": {"type": "string"}});
    }
    let mut all = Map::new();
    all.insert(operation.status.to_string(), good);
    if let Answer::JsonOrNothing(_, when) = operation.answer {
        all.insert("204".to_owned(), json!({"description": when}));
    }
    if let Answer::JsonOrProposal(_) = operation.answer {
        all.insert("202".to_owned(), proposed());
    }
    for (status, codes) in problems(operation) {
        all.insert(status.to_string(), problem_response(status, &codes));
    }
    if matches!(operation.body, Body::Form(_)) {
        let error = json!({"schema": {"$ref": "#/components/schemas/TokenError"}});
        for status in ["400", "401"] {
            let response = all
                .entry(status)
                .or_insert_with(|| json!({"description": ""}));
            response["description"] = "The error of RFC 6749, 5.2.".into();
            response["content"]["application/json"] = error.clone();
        }
    }
    all.into()
}

/// What is answered where one person is not enough.
fn proposed() -> Value {
    json!({
        "description": "It is proposed; another person decides.",
        "headers": {"Location": {
            "description": "The address of the proposal.",
            "schema": {"type": "string"},
        }},
        "content": content("application/json", "Proposal"),
    })
}

/// Every problem of an operation, by status.
fn problems(operation: &Operation) -> BTreeMap<u16, Vec<ProblemCode>> {
    let mut codes = operation.problems.to_vec();
    codes.push(ProblemCode::Internal);
    codes.extend(problems_of_address(operation));
    codes.extend(problems_of_body(operation.body));
    codes.sort_unstable();
    codes.dedup();
    let mut by_status = BTreeMap::<u16, Vec<ProblemCode>>::new();
    for code in codes {
        by_status.entry(code.status()).or_default().push(code);
    }
    by_status
}

/// What caller, address and parameters bring along.
fn problems_of_address(operation: &Operation) -> Vec<ProblemCode> {
    let mut codes = Vec::new();
    if operation.access != Access::Public {
        codes.extend([ProblemCode::TokenMissing, ProblemCode::TokenInvalid]);
    }
    if matches!(operation.access, Access::Dealer | Access::Bureau(_)) {
        codes.push(ProblemCode::RoleNotAllowed);
    }
    if operation.path.starts_with("/v1/") {
        codes.push(ProblemCode::Unavailable);
    }
    if operation.path.starts_with("/v1/claims/{id}") {
        codes.push(ProblemCode::ClaimNotFound);
    }
    if operation.parameters.iter().any(|p| p.place == "query") {
        codes.push(ProblemCode::QueryMalformed);
    }
    if operation.parameters.iter().any(|p| p.name == "If-Match") {
        codes.extend([
            ProblemCode::WrongState,
            ProblemCode::VersionStale,
            ProblemCode::VersionMissing,
        ]);
    }
    codes
}

fn problems_of_body(body: Body) -> Vec<ProblemCode> {
    let mut codes = match body {
        Body::None => return Vec::new(),
        Body::Json(_) | Body::OptionalJson(_) => vec![
            ProblemCode::JsonUnreadable,
            ProblemCode::BodyTooLarge,
            ProblemCode::MediaTypeUnsupported,
            ProblemCode::CharsetUnsupported,
        ],
        Body::Form(_) => vec![
            ProblemCode::BodyTooLarge,
            ProblemCode::MediaTypeUnsupported,
            ProblemCode::CharsetUnsupported,
        ],
        // How large a file may be, and of what type, its own operation says.
        Body::File(_) => Vec::new(),
    };
    codes.extend([
        ProblemCode::BadRequest,
        ProblemCode::BodyTooSlow,
        ProblemCode::EncodingUnsupported,
    ]);
    codes
}

fn problem_response(status: u16, codes: &[ProblemCode]) -> Value {
    let examples: Map<String, Value> = codes
        .iter()
        .map(|code| {
            let body = example(*code).body(Lang::En);
            (code.as_str().to_owned(), json!({"value": literal(&body)}))
        })
        .collect();
    let mut response = json!({
        "description": codes.iter().map(|c| format!("`{}`", c.as_str())).collect::<Vec<_>>().join(", "),
        "content": {PROBLEM_JSON: {
            "schema": {"$ref": "#/components/schemas/ProblemDetails"},
            "examples": examples,
        }},
    });
    let header = match status {
        401 => Some(("WWW-Authenticate", "How to authenticate.")),
        429 | 503 => Some(("Retry-After", "Seconds after which to try again.")),
        _ => None,
    };
    if let Some((name, text)) = header {
        response["headers"][name] = json!({"description": text, "schema": {"type": "string"}});
    }
    response
}

/// A problem as it may come, with what its code brings along.
fn example(code: ProblemCode) -> Problem {
    let defect = |field, code| vec![Defect::new(field, code)];
    match code {
        ProblemCode::ClaimMalformed => {
            Problem::with_errors(code, defect("/new_item/vin", DefectCode::CheckDigit))
        }
        ProblemCode::BodyMalformed => {
            Problem::with_errors(code, defect("/id_tail", DefectCode::Length))
        }
        ProblemCode::QueryMalformed => {
            Problem::with_errors(code, defect("limit", DefectCode::OutOfRange))
        }
        ProblemCode::WebhookUrlRefused => Problem::url_refused("webhook_url_private"),
        _ => Problem::new(code),
    }
}

const fn reason(status: u16) -> &'static str {
    match status {
        201 => "Made.",
        204 => "Done; there is nothing to show.",
        308 => "It lies at another address.",
        _ => "Done.",
    }
}
