//! What everybody may read.

use super::operation::{Answer, Body, LANGUAGE, Operation, PAGED, PLAIN, Parameter, path, query};
use crate::http::problem::ProblemCode;

const POOL: Parameter = path("name", "The pool's name.", "\"jiyuan-cars-2025\"");
const JOURNAL: Parameter = path("pool", "The pool's name.", "\"jiyuan-cars-2025\"");
const AFTER: Parameter = query(
    "after",
    "The sequence number after which to begin.",
    r#"{"type":"integer","minimum":0,"default":0}"#,
    "0",
);

/// Every operation under `/v1/public`.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/v1/public/pools",
        id: "listPools",
        tag: "public",
        summary: "Where the money of every pool lies",
        parameters: PAGED,
        answer: Answer::Json("PoolPage"),
        ..PLAIN
    },
    Operation {
        path: "/v1/public/pools/{name}",
        id: "getPool",
        tag: "public",
        summary: "Where the money of a pool lies",
        parameters: &[POOL, LANGUAGE],
        answer: Answer::Json("Pool"),
        problems: &[ProblemCode::PoolNotFound],
        ..PLAIN
    },
    Operation {
        path: "/v1/public/programmes",
        id: "listProgrammes",
        tag: "public",
        summary: "The programmes in force",
        parameters: PAGED,
        answer: Answer::Json("ProgrammePage"),
        ..PLAIN
    },
    Operation {
        path: "/v1/public/dealers",
        id: "listDealers",
        tag: "public",
        summary: "The dealers that take part",
        parameters: PAGED,
        answer: Answer::Json("DealerPage"),
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
        problems: &[ProblemCode::PoolNotFound],
        ..PLAIN
    },
];
