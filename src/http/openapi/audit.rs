//! Bulk approvals with their samples, personal data opened with a reason, and what auditors take.

use super::operation::{
    Access, Answer, Body, CLAIM, KEY, LANGUAGE, Operation, PAGED, PLAIN, Parameter, path, query,
};
use crate::catalogue::Role;
use crate::http::problem::ProblemCode;

const BULK_ID: Parameter = path(
    "id",
    "The bulk approval's id.",
    "\"0199a7b0-9999-7222-8333-444455556666\"",
);
/// It may be left away; with it the same wish sent again begins no second one.
const MAYBE_KEY: Parameter = Parameter {
    required: false,
    text: "Names this attempt: the same key and wish begin no second bulk approval. Keys belong to the person.",
    example: "\"bulk-2025-04-01\"",
    ..KEY
};
const POOL: Parameter = Parameter {
    required: true,
    ..query(
        "pool",
        "The pool's name.",
        r#"{"type":"string","maxLength":64}"#,
        "\"jiyuan-cars-2025\"",
    )
};
const FORMAT: Parameter = query(
    "format",
    "JSON lines, or a workbook.",
    r#"{"type":"string","enum":["jsonl","xlsx"],"default":"jsonl"}"#,
    "\"jsonl\"",
);
const UNSEALED: Parameter = query(
    "unsealed",
    "Whether personal data is shown and not masked.",
    r#"{"type":"boolean","default":false}"#,
    "false",
);
const WHY: Parameter = query(
    "why",
    "Why; with `unsealed=true` only, and then it must be there.",
    r#"{"type":"string","maxLength":500}"#,
    "\"年度审计\"",
);
const LOCATION: (&str, &str) = ("Location", "The address of the bulk approval.");

const APPROVER: Access = Access::Bureau(&[Role::Approver]);
const SEES: Access = Access::Bureau(&[Role::Approver, Role::Auditor]);
const AUDITOR: Access = Access::Bureau(&[Role::Auditor]);
const MAY_UNSEAL: Access =
    Access::Bureau(&[Role::Reviewer, Role::Approver, Role::Finance, Role::Auditor]);

/// An act on a bulk approval.
const BULK_ACT: Operation = Operation {
    method: "post",
    tag: "review",
    access: APPROVER,
    parameters: &[BULK_ID, LANGUAGE],
    answer: Answer::Json("BulkApproval"),
    ..PLAIN
};

/// Bulk approval.
pub(super) const BULK: &[Operation] = &[
    Operation {
        path: "/v1/bulk-approvals",
        id: "beginBulkApproval",
        summary: "Begin a bulk approval",
        text: "A secret seed is drawn and committed to in the public journal, before there is anything to sample.",
        parameters: &[MAYBE_KEY, LANGUAGE],
        body: Body::Json("BulkRequest"),
        status: 201,
        headers: &[LOCATION],
        problems: &[
            ProblemCode::IdempotencyKeyMalformed,
            ProblemCode::IdempotencyKeyReused,
            ProblemCode::BodyMalformed,
            ProblemCode::PoolNotFound,
        ],
        ..BULK_ACT
    },
    Operation {
        method: "get",
        path: "/v1/bulk-approvals/{id}",
        id: "getBulkApproval",
        summary: "Read a bulk approval with its list",
        access: SEES,
        problems: &[ProblemCode::NoSuchObject],
        ..BULK_ACT
    },
    Operation {
        path: "/v1/bulk-approvals/{id}/draw",
        id: "drawSample",
        summary: "Freeze the list and draw the sample",
        text: "Recommended claims that nothing speaks against, in the order of review: no warnings, no flags, no larger than the bound, not prepared by the caller, of no dealer that he changed, on no other list. The list is committed to, then the seed is told; the sample follows from both.",
        problems: &[
            ProblemCode::NoSuchObject,
            ProblemCode::AlreadyDrawn,
            ProblemCode::NothingToApprove,
        ],
        ..BULK_ACT
    },
    Operation {
        path: "/v1/bulk-approvals/{id}/approve",
        id: "approveRest",
        summary: "Approve what was not in the sample",
        text: "Once every sampled claim was approved by itself. A claim that changed meanwhile is skipped. Interrupted, it goes on where it stopped when it is called again.",
        problems: &[
            ProblemCode::NoSuchObject,
            ProblemCode::SampleNotExamined,
            ProblemCode::BulkVoid,
        ],
        ..BULK_ACT
    },
];

/// What is opened and what auditors read.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        method: "post",
        path: "/v1/claims/{id}/unseal",
        id: "unsealClaim",
        tag: "audit",
        summary: "Open a claim's personal data",
        text: "That it was opened, by whom and why, is committed before anything is shown.",
        access: MAY_UNSEAL,
        parameters: &[CLAIM, LANGUAGE],
        body: Body::Json("WhyRequest"),
        answer: Answer::Json("UnsealedClaim"),
        problems: &[ProblemCode::BodyMalformed],
        ..PLAIN
    },
    Operation {
        path: "/v1/audit/access-log",
        id: "readAccessLog",
        tag: "audit",
        summary: "Who opened whose personal data, when and why",
        text: "Claims, papers, payout files and unsealed exports, in their order.",
        access: AUDITOR,
        parameters: PAGED,
        answer: Answer::Json("AccessLogPage"),
        ..PLAIN
    },
    Operation {
        path: "/v1/audit/export",
        id: "exportPool",
        tag: "audit",
        summary: "Everything about a pool",
        text: "Claims, journal with private records, batches with their lines, and what is owed back, on one snapshot; personal data is masked unless `unsealed=true` with a reason, which goes into the access log. JSON lines end with a line that counts the others: without it the file was cut short. A workbook has a bound.",
        access: AUDITOR,
        parameters: &[POOL, FORMAT, UNSEALED, WHY, LANGUAGE],
        answer: Answer::File(&[
            "application/x-ndjson",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ]),
        problems: &[ProblemCode::PoolNotFound, ProblemCode::ExportTooLarge],
        ..PLAIN
    },
];
