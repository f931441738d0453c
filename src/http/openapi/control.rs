//! Control of pools: stages stop and go on, money moves, packs are published, and two persons
//! decide where one is not enough.

use super::operation::{
    Access, Answer, Body, CURSOR, KEY, LANGUAGE, LIMIT, Operation, PLAIN, Parameter, STAFF, path,
    query,
};
use crate::catalogue::Role;
use crate::http::problem::ProblemCode;

const POOL: Parameter = path("name", "The pool's name.", "\"jiyuan-cars-2025\"");
const PROPOSAL: Parameter = path(
    "id",
    "The proposal's id.",
    "\"0199a7b0-4444-7222-8333-444455556666\"",
);
/// It may be left away; with it the same wish sent again is done once.
const MAYBE_KEY: Parameter = Parameter {
    required: false,
    text: "Names this attempt: the same key and wish are done or proposed once, and what stands is shown. Keys belong to the person.",
    example: "\"top-up-2025-04-01\"",
    ..KEY
};
const STATE: Parameter = query(
    "state",
    "Only proposals in this state.",
    r##"{"$ref":"#/components/schemas/ProposalState"}"##,
    "\"proposed\"",
);

const OPERATOR: Access = Access::Bureau(&[Role::Operator]);
const DECIDES: Access = Access::Bureau(&[Role::Approver, Role::Operator]);

/// An act on a pool by one person.
const STAGE: Operation = Operation {
    method: "post",
    tag: "control",
    access: OPERATOR,
    parameters: &[POOL, LANGUAGE],
    body: Body::Json("StageRequest"),
    answer: Answer::Json("Pool"),
    problems: &[
        ProblemCode::BodyMalformed,
        ProblemCode::PoolNotFound,
        ProblemCode::StageUnchanged,
    ],
    ..PLAIN
};

/// An act with the money of a pool, by two persons above the stated sum.
const MONEY: Operation = Operation {
    parameters: &[POOL, MAYBE_KEY, LANGUAGE],
    body: Body::Json("MoneyRequest"),
    answer: Answer::JsonOrProposal("Pool"),
    ..STAGE
};

/// A decision about a proposal.
const DECISION: Operation = Operation {
    method: "post",
    tag: "control",
    access: DECIDES,
    parameters: &[PROPOSAL, LANGUAGE],
    answer: Answer::Json("Proposal"),
    ..PLAIN
};

/// Every operation of control.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/v1/pools/{name}/freeze",
        id: "freezeStage",
        summary: "Stop a stage of a pool",
        text: "From its journal entry on. One person is enough, because a brake that waits for a second one is none.",
        ..STAGE
    },
    Operation {
        path: "/v1/pools/{name}/resume",
        id: "resumeStage",
        summary: "Let a stage of a pool go on",
        text: "Where it is `allocation`, those who waited are served in their order in the same transaction.",
        ..STAGE
    },
    Operation {
        path: "/v1/pools/{name}/top-up",
        id: "topUpPool",
        summary: "Put more money into a pool",
        text: "Those who wait are served first, in the same transaction. Above the stated sum it is proposed.",
        problems: &[
            ProblemCode::IdempotencyKeyMalformed,
            ProblemCode::IdempotencyKeyReused,
            ProblemCode::BodyMalformed,
            ProblemCode::PoolNotFound,
            ProblemCode::CapExceeded,
        ],
        ..MONEY
    },
    Operation {
        path: "/v1/pools/{name}/transfer",
        id: "transferMoney",
        summary: "Move free money to another pool",
        text: "Both pools in one transaction; who waits in the pool that receives is served first. Above the stated sum it is proposed.",
        body: Body::Json("TransferRequest"),
        problems: &[
            ProblemCode::IdempotencyKeyMalformed,
            ProblemCode::IdempotencyKeyReused,
            ProblemCode::BodyMalformed,
            ProblemCode::PoolNotFound,
            ProblemCode::SamePool,
            ProblemCode::AmountAboveFree,
            ProblemCode::CapExceeded,
        ],
        ..MONEY
    },
    Operation {
        path: "/v1/pools/{name}/set-aside",
        id: "setAside",
        summary: "Set free money aside for won appeals",
        text: "It is reserved and no claim's; only a won appeal takes of it. Above the stated sum it is proposed.",
        problems: &[
            ProblemCode::IdempotencyKeyMalformed,
            ProblemCode::IdempotencyKeyReused,
            ProblemCode::BodyMalformed,
            ProblemCode::PoolNotFound,
            ProblemCode::AmountAboveFree,
        ],
        ..MONEY
    },
    Operation {
        path: "/v1/pools/{name}/release-aside",
        id: "releaseAside",
        summary: "Give back what was set aside",
        text: "Those who wait are served first, in the same transaction. Above the stated sum it is proposed.",
        problems: &[
            ProblemCode::IdempotencyKeyMalformed,
            ProblemCode::IdempotencyKeyReused,
            ProblemCode::BodyMalformed,
            ProblemCode::PoolNotFound,
            ProblemCode::AsideExhausted,
        ],
        ..MONEY
    },
    Operation {
        path: "/v1/programmes",
        id: "publishPack",
        summary: "Publish a programme's pack",
        text: "Its text as TOML, at most 256 KiB. Every mistake is told with its line and column in `at`. Where a sum is stated above which two persons decide, a pack is proposed, whatever the sum; what is published already is neither.",
        parameters: &[MAYBE_KEY, LANGUAGE],
        body: Body::File(&["application/toml", "text/plain"]),
        answer: Answer::JsonOrProposal("PublishedPack"),
        problems: &[
            ProblemCode::IdempotencyKeyMalformed,
            ProblemCode::IdempotencyKeyReused,
            ProblemCode::BodyTooLarge,
            ProblemCode::MediaTypeUnsupported,
            ProblemCode::CharsetUnsupported,
            ProblemCode::FileMalformed,
        ],
        ..STAGE
    },
    Operation {
        path: "/v1/proposals",
        id: "listProposals",
        tag: "control",
        summary: "List proposals",
        text: "In the order in which they were made, a pack without its text.",
        access: STAFF,
        parameters: &[STATE, LIMIT, CURSOR, LANGUAGE],
        answer: Answer::Json("ProposalPage"),
        ..PLAIN
    },
    Operation {
        path: "/v1/proposals/{id}",
        id: "getProposal",
        tag: "control",
        summary: "Read a proposal with all that it asks for",
        access: STAFF,
        parameters: &[PROPOSAL, LANGUAGE],
        answer: Answer::Json("Proposal"),
        problems: &[ProblemCode::NoSuchObject],
        ..PLAIN
    },
    Operation {
        path: "/v1/proposals/{id}/approve",
        id: "approveProposal",
        summary: "Approve a proposal and carry it out",
        text: "By another person than whoever proposed it, in the transaction that decides it. What cannot be done any more stays proposed.",
        problems: &[
            ProblemCode::NoSuchObject,
            ProblemCode::SecondPersonRequired,
            ProblemCode::AlreadyDecided,
            ProblemCode::AmountAboveFree,
            ProblemCode::AsideExhausted,
            ProblemCode::CapExceeded,
            ProblemCode::PackChanged,
        ],
        ..DECISION
    },
    Operation {
        path: "/v1/proposals/{id}/refuse",
        id: "refuseProposal",
        summary: "Refuse a proposal",
        text: "By another person than whoever proposed it; nothing is done.",
        body: Body::Json("WhyRequest"),
        problems: &[
            ProblemCode::BodyMalformed,
            ProblemCode::NoSuchObject,
            ProblemCode::SecondPersonRequired,
            ProblemCode::AlreadyDecided,
        ],
        ..DECISION
    },
];
