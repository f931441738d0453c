//! What the document says about each route: who, what goes in, what comes out.

use crate::http::problem::ProblemCode;

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Everybody.
    Public,
    /// Every token.
    Token,
    /// Tokens of dealers.
    Dealer,
}

/// What a request carries.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body {
    /// Nothing.
    None,
    /// JSON of this schema.
    Json(&'static str),
    /// A form of this schema.
    Form(&'static str),
}

/// A good answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    /// JSON of this schema.
    Json(&'static str),
    /// A text of this media type.
    Text(&'static str),
    /// No body, but an address to go to.
    Elsewhere,
}

/// A header, path part or query parameter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub name: &'static str,
    pub place: &'static str,
    pub required: bool,
    pub text: &'static str,
    /// The JSON schema.
    pub schema: &'static str,
    pub example: &'static str,
}

/// One operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    pub method: &'static str,
    pub path: &'static str,
    pub id: &'static str,
    pub tag: &'static str,
    pub summary: &'static str,
    pub text: &'static str,
    pub access: Access,
    pub parameters: &'static [Parameter],
    pub body: Body,
    pub status: u16,
    pub answer: Answer,
    /// Headers of the good answer.
    pub headers: &'static [(&'static str, &'static str)],
    /// Problems beside those that access and body bring along.
    pub problems: &'static [ProblemCode],
}

const fn path(name: &'static str, text: &'static str, example: &'static str) -> Parameter {
    Parameter {
        name,
        place: "path",
        required: true,
        text,
        schema: r#"{"type":"string"}"#,
        example,
    }
}

const fn query(
    name: &'static str,
    text: &'static str,
    schema: &'static str,
    example: &'static str,
) -> Parameter {
    Parameter {
        name,
        place: "query",
        required: false,
        text,
        schema,
        example,
    }
}

const LANGUAGE: Parameter = Parameter {
    name: "Accept-Language",
    place: "header",
    required: false,
    text: "Chinese (the default) or English.",
    schema: r#"{"type":"string","default":"zh-CN"}"#,
    example: "\"en\"",
};
const KEY: Parameter = Parameter {
    name: "Idempotency-Key",
    place: "header",
    required: true,
    text: "Names this attempt: the same key and body give the same answer, byte for byte, again and again. Keys belong to the client.",
    schema: r#"{"type":"string","minLength":8,"maxLength":128,"pattern":"^[\\x21-\\x7e]+$"}"#,
    example: "\"till-7-2025-03-05-0001\"",
};
const VERSION: Parameter = Parameter {
    name: "If-Match",
    place: "header",
    required: true,
    text: "The `ETag` of the claim as the caller has seen it.",
    schema: r#"{"type":"string"}"#,
    example: r#""\"1\"""#,
};
const CLAIM: Parameter = path(
    "id",
    "The claim's id.",
    "\"0199a7b0-1111-7222-8333-444455556666\"",
);
const POOL: Parameter = path("name", "The pool's name.", "\"jiyuan-cars-2025\"");
const JOURNAL: Parameter = path("pool", "The pool's name.", "\"jiyuan-cars-2025\"");
const FILE: Parameter = path("file", "A file of the interface.", "\"swagger-ui.css\"");
const LIMIT: Parameter = query(
    "limit",
    "Items in the answer.",
    r#"{"type":"integer","minimum":1,"maximum":100}"#,
    "50",
);
const CURSOR: Parameter = query(
    "cursor",
    "The `next_cursor` of the page before.",
    r#"{"type":"string"}"#,
    "\"AZmnsA\"",
);
const STATE: Parameter = query(
    "state",
    "Only claims in this state.",
    r##"{"$ref":"#/components/schemas/State"}"##,
    "\"reserved\"",
);
const PROGRAMME: Parameter = query(
    "programme",
    "Only claims of this programme.",
    r#"{"type":"string"}"#,
    "\"henan-car-replacement-2025\"",
);
const AFTER: Parameter = query(
    "after",
    "The sequence number after which to begin.",
    r#"{"type":"integer","minimum":0,"default":0}"#,
    "0",
);

const ETAG: (&str, &str) = ("ETag", "The version of the claim, for `If-Match`.");
const LOCATION: (&str, &str) = ("Location", "The address of the claim.");

const PAGED: &[Parameter] = &[LIMIT, CURSOR, LANGUAGE];

/// An operation that reads something public and needs nothing; others differ from it.
const PLAIN: Operation = Operation {
    method: "get",
    path: "",
    id: "",
    tag: "service",
    summary: "",
    text: "",
    access: Access::Public,
    parameters: &[],
    body: Body::None,
    status: 200,
    answer: Answer::Json("Health"),
    headers: &[],
    problems: &[],
};

/// Every operation, in the order of the routes.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        method: "post",
        path: "/v1/claims",
        id: "submitClaim",
        tag: "claims",
        summary: "Submit a claim and get the binding verdict",
        text: "Format, eligibility, duplicates, the national register, limits and money are settled in one call, and all defects and reasons come at once. 201 is the answer for every verdict, also a refusal; a malformed claim is 422 and leaves nothing behind. Nothing is answered before it is durable.",
        access: Access::Dealer,
        parameters: &[KEY, LANGUAGE],
        body: Body::Json("ClaimRequest"),
        status: 201,
        answer: Answer::Json("Verdict"),
        headers: &[LOCATION, ETAG],
        problems: &[
            ProblemCode::IdempotencyKeyMissing,
            ProblemCode::IdempotencyKeyMalformed,
            ProblemCode::ClaimMalformed,
            ProblemCode::IdempotencyKeyReused,
            ProblemCode::Overloaded,
            ProblemCode::Unavailable,
        ],
    },
    Operation {
        path: "/v1/claims",
        id: "listClaims",
        tag: "claims",
        summary: "List claims",
        text: "A dealer sees its own claims, the bureau all of them.",
        access: Access::Token,
        parameters: &[STATE, PROGRAMME, LIMIT, CURSOR, LANGUAGE],
        answer: Answer::Json("ClaimPage"),
        problems: &[ProblemCode::QueryMalformed, ProblemCode::Unavailable],
        ..PLAIN
    },
    Operation {
        method: "post",
        path: "/v1/claims/check",
        id: "checkClaim",
        tag: "claims",
        summary: "Get the verdict without effect",
        text: "The verdict that submitting would give now. Nothing is kept or held, and the next moment may differ.",
        access: Access::Dealer,
        parameters: &[LANGUAGE],
        body: Body::Json("ClaimRequest"),
        answer: Answer::Json("CheckedVerdict"),
        problems: &[
            ProblemCode::ClaimMalformed,
            ProblemCode::Overloaded,
            ProblemCode::Unavailable,
        ],
        ..PLAIN
    },
    Operation {
        path: "/v1/claims/{id}",
        id: "getClaim",
        tag: "claims",
        summary: "Read a claim",
        text: "Personal data is masked. Another dealer's claim is not found.",
        access: Access::Token,
        parameters: &[CLAIM, LANGUAGE],
        answer: Answer::Json("Claim"),
        headers: &[ETAG],
        problems: &[ProblemCode::ClaimNotFound, ProblemCode::Unavailable],
        ..PLAIN
    },
    Operation {
        method: "post",
        path: "/v1/claims/{id}/withdraw",
        id: "withdrawClaim",
        tag: "claims",
        summary: "Take a claim back",
        text: "Its money goes to the head of the line in the same transaction; its vehicle, article and invoice may be claimed again.",
        access: Access::Dealer,
        parameters: &[CLAIM, VERSION, LANGUAGE],
        answer: Answer::Json("Claim"),
        headers: &[ETAG],
        problems: &[
            ProblemCode::ClaimNotFound,
            ProblemCode::WrongState,
            ProblemCode::VersionStale,
            ProblemCode::VersionMissing,
            ProblemCode::Unavailable,
        ],
        ..PLAIN
    },
    Operation {
        path: "/v1/public/pools",
        id: "listPools",
        tag: "public",
        summary: "Where the money of every pool lies",
        parameters: PAGED,
        answer: Answer::Json("PoolPage"),
        problems: &[ProblemCode::QueryMalformed, ProblemCode::Unavailable],
        ..PLAIN
    },
    Operation {
        path: "/v1/public/pools/{name}",
        id: "getPool",
        tag: "public",
        summary: "Where the money of a pool lies",
        parameters: &[POOL, LANGUAGE],
        answer: Answer::Json("Pool"),
        problems: &[ProblemCode::PoolNotFound, ProblemCode::Unavailable],
        ..PLAIN
    },
    Operation {
        path: "/v1/public/programmes",
        id: "listProgrammes",
        tag: "public",
        summary: "The programmes in force",
        parameters: PAGED,
        answer: Answer::Json("ProgrammePage"),
        problems: &[ProblemCode::QueryMalformed, ProblemCode::Unavailable],
        ..PLAIN
    },
    Operation {
        path: "/v1/public/dealers",
        id: "listDealers",
        tag: "public",
        summary: "The dealers that take part",
        parameters: PAGED,
        answer: Answer::Json("DealerPage"),
        problems: &[ProblemCode::QueryMalformed, ProblemCode::Unavailable],
        ..PLAIN
    },
    Operation {
        method: "post",
        path: "/v1/public/claim-status",
        id: "askClaimStatus",
        tag: "public",
        summary: "An applicant asks how a claim stands",
        text: "Wrong tails and a number that does not exist get the same answer. Questions are limited for each number and each address.",
        parameters: &[LANGUAGE],
        body: Body::Json("ClaimStatusRequest"),
        answer: Answer::Json("ClaimStatus"),
        problems: &[
            ProblemCode::BodyMalformed,
            ProblemCode::ClaimNotFound,
            ProblemCode::TooManyRequests,
            ProblemCode::Unavailable,
        ],
        ..PLAIN
    },
    Operation {
        path: "/v1/public/journal/{pool}",
        id: "readJournal",
        tag: "public",
        summary: "The hash-chained journal of a pool",
        text: "JSON lines without personal data, each the canonical form (RFC 8785) that its hash is taken over; the last line is a signed checkpoint, so a cut is found. `tradein verify --export` checks it.",
        parameters: &[JOURNAL, AFTER, LANGUAGE],
        answer: Answer::Text("application/x-ndjson"),
        problems: &[
            ProblemCode::PoolNotFound,
            ProblemCode::QueryMalformed,
            ProblemCode::Unavailable,
        ],
        ..PLAIN
    },
    Operation {
        method: "post",
        path: "/oauth/token",
        id: "issueToken",
        tag: "tokens",
        summary: "Get a token for client credentials",
        text: "RFC 6749, 4.4. The client comes by HTTP Basic or in the form, not both. The token is good for fifteen minutes.",
        body: Body::Form("TokenRequest"),
        answer: Answer::Json("TokenAnswer"),
        problems: &[ProblemCode::TooManyRequests],
        ..PLAIN
    },
    Operation {
        path: "/.well-known/jwks.json",
        id: "listKeys",
        tag: "tokens",
        summary: "The keys that check tokens, receipts and checkpoints",
        answer: Answer::Json("KeySet"),
        ..PLAIN
    },
    Operation {
        path: "/livez",
        id: "isAlive",
        summary: "The process answers",
        ..PLAIN
    },
    Operation {
        path: "/readyz",
        id: "isReady",
        summary: "The service can take work",
        problems: &[ProblemCode::Unavailable],
        ..PLAIN
    },
    Operation {
        path: "/metrics",
        id: "readMetrics",
        summary: "Figures for Prometheus",
        answer: Answer::Text("text/plain; version=0.0.4; charset=utf-8"),
        ..PLAIN
    },
    Operation {
        path: "/openapi.json",
        id: "readDocument",
        summary: "This document",
        answer: Answer::Text("application/json"),
        ..PLAIN
    },
    Operation {
        path: "/docs",
        id: "findDocs",
        summary: "This document to read and try is at `/docs/`",
        status: 308,
        answer: Answer::Elsewhere,
        headers: &[("Location", "`/docs/`")],
        ..PLAIN
    },
    Operation {
        path: "/docs/",
        id: "readDocs",
        summary: "This document to read and try",
        answer: Answer::Text("text/html"),
        ..PLAIN
    },
    Operation {
        path: "/docs/{file}",
        id: "readDocsFile",
        summary: "The files of the interface",
        parameters: &[FILE],
        answer: Answer::Text("*/*"),
        problems: &[ProblemCode::NotFound],
        ..PLAIN
    },
];
