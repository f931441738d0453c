//! What the document says about a route: who, what goes in, what comes out; and the parameters
//! that several routes share.

use crate::catalogue::Role;
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
    /// Tokens of the bureau in one of these roles.
    Bureau(&'static [Role]),
}

/// What a request carries.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body {
    /// Nothing.
    None,
    /// JSON of this schema.
    Json(&'static str),
    /// JSON of this schema, or nothing.
    OptionalJson(&'static str),
    /// A form of this schema.
    Form(&'static str),
    /// A file of one of these media types.
    File(&'static [&'static str]),
}

/// A good answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    /// JSON of this schema.
    Json(&'static str),
    /// JSON of this schema, or 204 in this case.
    JsonOrNothing(&'static str, &'static str),
    /// JSON of this schema with 200, or the proposal that a second person decides with 202.
    JsonOrProposal(&'static str),
    /// JSON of this schema, or a file of this media type.
    JsonOrFile(&'static str, &'static str),
    /// A JSON object whose form is told elsewhere.
    Object,
    /// A text of this media type.
    Text(&'static str),
    /// A file of one of these media types.
    File(&'static [&'static str]),
    /// No body, but an address to go to.
    Elsewhere,
    /// No body.
    Nothing,
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
    /// Problems beside those that access, address, parameters and body bring along.
    pub problems: &'static [ProblemCode],
}

pub(super) const fn path(
    name: &'static str,
    text: &'static str,
    example: &'static str,
) -> Parameter {
    Parameter {
        name,
        place: "path",
        required: true,
        text,
        schema: r#"{"type":"string"}"#,
        example,
    }
}

pub(super) const fn query(
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

pub(super) const LANGUAGE: Parameter = Parameter {
    name: "Accept-Language",
    place: "header",
    required: false,
    text: "Chinese (the default) or English.",
    schema: r#"{"type":"string","default":"zh-CN"}"#,
    example: "\"en\"",
};
pub(super) const KEY: Parameter = Parameter {
    name: "Idempotency-Key",
    place: "header",
    required: true,
    text: "Names this attempt: the same key and body give the same answer, byte for byte, again and again. Keys belong to the client.",
    schema: r#"{"type":"string","minLength":8,"maxLength":128,"pattern":"^[\\x21-\\x7e]+$"}"#,
    example: "\"till-7-2025-03-05-0001\"",
};
pub(super) const VERSION: Parameter = Parameter {
    name: "If-Match",
    place: "header",
    required: true,
    text: "The `ETag` of the claim as the caller has seen it.",
    schema: r#"{"type":"string"}"#,
    example: r#""\"1\"""#,
};
pub(super) const CLAIM: Parameter = path(
    "id",
    "The claim's id.",
    "\"0199a7b0-1111-7222-8333-444455556666\"",
);
pub(super) const LIMIT: Parameter = query(
    "limit",
    "Items in the answer.",
    r#"{"type":"integer","minimum":1,"maximum":100}"#,
    "50",
);
pub(super) const CURSOR: Parameter = query(
    "cursor",
    "The `next_cursor` of the page before.",
    r#"{"type":"string"}"#,
    "\"AZmnsA\"",
);

pub(super) const ETAG: (&str, &str) = ("ETag", "The version of the claim, for `If-Match`.");

pub(super) const PAGED: &[Parameter] = &[LIMIT, CURSOR, LANGUAGE];

/// An operation that reads something public and needs nothing; others differ from it.
pub(super) const PLAIN: Operation = Operation {
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

/// Anybody of the bureau.
pub(super) const STAFF: Access = Access::Bureau(&[
    Role::Reviewer,
    Role::Approver,
    Role::Finance,
    Role::Auditor,
    Role::Operator,
]);

/// An act on a claim that the caller has seen, answered with the claim as it stands then.
pub(super) const ACT: Operation = Operation {
    method: "post",
    tag: "claims",
    parameters: &[CLAIM, VERSION, LANGUAGE],
    answer: Answer::Json("Claim"),
    headers: &[ETAG],
    ..PLAIN
};
