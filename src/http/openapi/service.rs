//! Tokens, and the service itself.

use super::operation::{Answer, Body, Operation, PLAIN, Parameter, path};
use crate::http::problem::ProblemCode;

const FILE: Parameter = path("file", "A file of the interface.", "\"swagger-ui.css\"");

/// Every operation outside `/v1`.
pub(super) const OPERATIONS: &[Operation] = &[
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
        answer: Answer::Object,
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
