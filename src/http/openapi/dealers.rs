//! Dealers: what one asks about itself, what the bureau does about it, and where the bureau is
//! late.

use super::operation::{
    Access, Answer, Body, CURSOR, LANGUAGE, LIMIT, Operation, PAGED, PLAIN, Parameter, STAFF, path,
    query,
};
use crate::catalogue::Role;
use crate::http::problem::ProblemCode;

const USCC: Parameter = path(
    "uscc",
    "The dealer's unified social credit code.",
    "\"91419001MA0000001N\"",
);
const ACCOUNT: Parameter = path(
    "account",
    "The account's id.",
    "\"0199a7b0-6666-7222-8333-444455556666\"",
);
const BATCH: Parameter = path(
    "batch",
    "The batch's id.",
    "\"0199a7b0-2222-7222-8333-444455556666\"",
);
const WAITS: Parameter = query(
    "state",
    "Only those in this state.",
    r#"{"type":"string","enum":["proposed","confirmed"]}"#,
    "\"proposed\"",
);
const FORMAT: Parameter = query(
    "format",
    "JSON, or a table for the dealer's books.",
    r#"{"type":"string","enum":["json","csv"],"default":"json"}"#,
    "\"csv\"",
);
const LOCATION: (&str, &str) = ("Location", "The address of the dealer.");

const OPERATOR: Access = Access::Bureau(&[Role::Operator]);
const EITHER: Access = Access::Bureau(&[Role::Finance, Role::Operator]);

/// What a dealer reads about itself.
const READING: Operation = Operation {
    tag: "dealer",
    access: Access::Dealer,
    parameters: &[LANGUAGE],
    ..PLAIN
};

/// What the bureau changes about a dealer.
const CHANGE: Operation = Operation {
    method: "post",
    tag: "dealers",
    access: OPERATOR,
    parameters: &[USCC, LANGUAGE],
    body: Body::Json("WhyRequest"),
    answer: Answer::Json("DealerFile"),
    problems: &[
        ProblemCode::BodyMalformed,
        ProblemCode::NoSuchObject,
        ProblemCode::DealerRemoved,
    ],
    ..PLAIN
};

/// Everything under `/v1/dealer`.
pub(super) const OWN: &[Operation] = &[
    Operation {
        path: "/v1/dealer/bank-account",
        id: "getOwnAccount",
        summary: "Where one is paid",
        text: "The account that is used, and every change that may come.",
        answer: Answer::Json("Accounts"),
        ..READING
    },
    Operation {
        method: "put",
        path: "/v1/dealer/bank-account",
        id: "proposeOwnAccount",
        summary: "Say where one wants to be paid",
        text: "Somebody of the bureau confirms it. The first account is used at once, a change only after the waiting time. What is used now, sent again, ends every change.",
        body: Body::Json("NewAccount"),
        answer: Answer::Json("Accounts"),
        problems: &[ProblemCode::BodyMalformed],
        ..READING
    },
    Operation {
        method: "post",
        path: "/v1/dealer/bank-account/{account}/refuse",
        id: "refuseOwnAccount",
        summary: "Object to a change of one's account",
        text: "Until it is used, also after it was confirmed.",
        parameters: &[ACCOUNT, LANGUAGE],
        answer: Answer::Json("Accounts"),
        problems: &[ProblemCode::NoSuchObject, ProblemCode::AccountNotPending],
        ..READING
    },
    Operation {
        path: "/v1/dealer/holdings",
        id: "getHoldings",
        summary: "What is held of one",
        text: "Claims by pool and state, read on one snapshot.",
        answer: Answer::Json("Holdings"),
        ..READING
    },
    Operation {
        path: "/v1/dealer/exposure",
        id: "getExposure",
        summary: "What one has fronted, and how long",
        text: "Subsidies given at the till where the dealer is the payee, held or owed and not paid yet, by the promise that the bureau has to keep next.",
        answer: Answer::Json("Exposure"),
        ..READING
    },
    Operation {
        path: "/v1/dealer/statements",
        id: "listStatements",
        summary: "Payouts with claims of one's own",
        text: "Released batches in the order of sealing.",
        parameters: PAGED,
        answer: Answer::Json("StatementPage"),
        ..READING
    },
    Operation {
        path: "/v1/dealer/statements/{batch}",
        id: "getStatement",
        summary: "One payout, claim by claim",
        text: "A batch that is not released, or has no claim of the dealer, is not found.",
        parameters: &[BATCH, FORMAT, LANGUAGE],
        answer: Answer::JsonOrFile("Statement", "text/csv"),
        problems: &[ProblemCode::NoSuchObject],
        ..READING
    },
];

/// What the bureau does about dealers, and what it promised them.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/v1/dealers",
        id: "admitDealer",
        summary: "Admit a dealer",
        text: "The credentials are in this answer and nowhere else. A dealer that is known by its credit code keeps its name and claims, and gets further programmes and credentials.",
        parameters: &[LANGUAGE],
        body: Body::Json("NewDealer"),
        status: 201,
        answer: Answer::Json("AdmittedDealer"),
        headers: &[LOCATION],
        problems: &[ProblemCode::BodyMalformed, ProblemCode::DealerRemoved],
        ..CHANGE
    },
    Operation {
        path: "/v1/dealers/{uscc}",
        id: "getDealer",
        tag: "dealers",
        summary: "Read a dealer with its account and what was changed",
        access: STAFF,
        parameters: &[USCC, LANGUAGE],
        answer: Answer::Json("DealerFile"),
        problems: &[ProblemCode::NoSuchObject],
        ..PLAIN
    },
    Operation {
        path: "/v1/dealers/{uscc}/suspend",
        id: "suspendDealer",
        summary: "Let a dealer file nothing new",
        text: "Its claims go on and are paid.",
        ..CHANGE
    },
    Operation {
        path: "/v1/dealers/{uscc}/resume",
        id: "resumeDealer",
        summary: "End a suspension",
        ..CHANGE
    },
    Operation {
        path: "/v1/dealers/{uscc}/remove",
        id: "removeDealer",
        summary: "Remove a dealer for good",
        text: "Its credentials are revoked; its claims go on and are paid.",
        ..CHANGE
    },
    Operation {
        path: "/v1/dealers/{uscc}/bank-account",
        id: "proposeAccount",
        summary: "Say where a dealer is to be paid",
        text: "Another person confirms it.",
        body: Body::Json("NewAccount"),
        answer: Answer::Json("Accounts"),
        problems: &[ProblemCode::BodyMalformed, ProblemCode::NoSuchObject],
        ..CHANGE
    },
    Operation {
        path: "/v1/dealers/{uscc}/bank-account/{account}/confirm",
        id: "confirmAccount",
        summary: "Confirm a dealer's account",
        text: "By another person than whoever proposed it; of what the dealer proposed, also another than whoever admitted the dealer and so has seen its credentials. The first account is used at once, a change after the waiting time.",
        access: EITHER,
        parameters: &[USCC, ACCOUNT, LANGUAGE],
        body: Body::None,
        answer: Answer::Json("Accounts"),
        problems: &[
            ProblemCode::NoSuchObject,
            ProblemCode::SecondPersonRequired,
            ProblemCode::AccountNotPending,
        ],
        ..CHANGE
    },
    Operation {
        path: "/v1/dealers/{uscc}/bank-account/{account}/refuse",
        id: "refuseAccount",
        summary: "Refuse a dealer's account",
        text: "Until it is used, also after it was confirmed.",
        access: EITHER,
        parameters: &[USCC, ACCOUNT, LANGUAGE],
        answer: Answer::Json("Accounts"),
        problems: &[
            ProblemCode::BodyMalformed,
            ProblemCode::NoSuchObject,
            ProblemCode::AccountNotPending,
        ],
        ..CHANGE
    },
    Operation {
        path: "/v1/bank-accounts",
        id: "listWaitingAccounts",
        tag: "dealers",
        summary: "List accounts that are not used yet",
        text: "Of all dealers, in the order in which they were proposed: `proposed` ones wait for a second person, `confirmed` ones for the end of the waiting time.",
        access: STAFF,
        parameters: &[WAITS, LIMIT, CURSOR, LANGUAGE],
        answer: Answer::Json("WaitingAccountPage"),
        ..PLAIN
    },
    Operation {
        path: "/v1/ageing",
        id: "readAgeing",
        tag: "dealers",
        summary: "What was promised, and where the bureau is late",
        text: "Open claims by stage, state and lateness in working days, and a page of those for which the bureau is late: unpaid ones first, of each stage those that wait longest.",
        access: STAFF,
        parameters: PAGED,
        answer: Answer::Json("Ageing"),
        ..PLAIN
    },
];
