//! What two persons decide about a claim.

use super::operation::{
    ACT, Access, Answer, Body, CLAIM, ETAG, LANGUAGE, Operation, PLAIN, Parameter, path,
};
use crate::catalogue::Role;
use crate::http::problem::ProblemCode;

const FLAG: Parameter = path("code", "The flag's word.", "\"already_had_replacement\"");

const REVIEWER: Access = Access::Bureau(&[Role::Reviewer]);
const APPROVER: Access = Access::Bureau(&[Role::Approver]);
const EITHER: Access = Access::Bureau(&[Role::Reviewer, Role::Approver]);

/// An act of a review.
const DECISION: Operation = Operation {
    tag: "review",
    ..ACT
};

/// Every operation of a review.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        method: "post",
        path: "/v1/review/next",
        id: "takeNextClaim",
        tag: "review",
        summary: "Take the next claim",
        text: "The oldest claim that waits for a reviewer, on the caller's desk for fifteen minutes: until `lease_until` no other reviewer gets it or may act on it. Who has one on the desk gets the same again, for fifteen minutes more.",
        access: REVIEWER,
        parameters: &[LANGUAGE],
        answer: Answer::JsonOrNothing("Claim", "No claim waits for a reviewer."),
        headers: &[ETAG],
        ..PLAIN
    },
    Operation {
        path: "/v1/claims/{id}/recommend",
        id: "recommendClaim",
        summary: "Find a claim good",
        text: "To `recommended`: a second person's turn.",
        access: REVIEWER,
        problems: &[
            ProblemCode::LeasedElsewhere,
            ProblemCode::KeptApart,
            ProblemCode::InvoiceMissing,
        ],
        ..DECISION
    },
    Operation {
        path: "/v1/claims/{id}/return",
        id: "returnClaim",
        summary: "Give a claim back for correction",
        text: "To `returned`, with what is wrong; place and money are kept. The days are at most those of the programme, seven where it gives none, and it may be done as often as the programme says, twice where it is silent.",
        access: REVIEWER,
        body: Body::Json("ReturnRequest"),
        problems: &[
            ProblemCode::BodyMalformed,
            ProblemCode::LeasedElsewhere,
            ProblemCode::RoundsExhausted,
        ],
        ..DECISION
    },
    Operation {
        path: "/v1/claims/{id}/reject",
        id: "rejectClaim",
        summary: "Propose or confirm a rejection",
        text: "A reviewer proposes it with its ground (`rejection_proposed`). An approver, another person, confirms it with no body or with the same code and field (`rejected`); the money goes to those who wait. Another ground than the one proposed is answered 412: who sends it has not read the claim.",
        access: EITHER,
        body: Body::OptionalJson("Finding"),
        problems: &[
            ProblemCode::BodyMalformed,
            ProblemCode::LeasedElsewhere,
            ProblemCode::SecondPersonRequired,
        ],
        ..DECISION
    },
    Operation {
        path: "/v1/claims/{id}/reopen",
        id: "reopenClaim",
        summary: "Send a claim back to review",
        text: "A second person does not agree with the recommendation, or with the rejection.",
        access: APPROVER,
        problems: &[ProblemCode::SecondPersonRequired],
        ..DECISION
    },
    Operation {
        path: "/v1/claims/{id}/approve",
        id: "approveClaim",
        summary: "Approve a claim",
        text: "To `approved`: the money is owed, and `pay_by` says until when it must be paid. Neither who recommended the claim nor who changed its dealer may approve it.",
        access: APPROVER,
        problems: &[
            ProblemCode::SecondPersonRequired,
            ProblemCode::ConflictOfInterest,
            ProblemCode::KeptApart,
        ],
        ..DECISION
    },
    Operation {
        path: "/v1/claims/{id}/void",
        id: "voidClaim",
        summary: "End a claim",
        text: "Before it is in a payment file. Its money is free; what it names stays taken. Who approved a claim does not void it.",
        access: APPROVER,
        body: Body::Json("Finding"),
        problems: &[
            ProblemCode::BodyMalformed,
            ProblemCode::SecondPersonRequired,
        ],
        ..DECISION
    },
    Operation {
        path: "/v1/claims/{id}/claw-back",
        id: "clawBackClaim",
        summary: "Demand a paid claim back",
        text: "Where its invoice was voided: it is `clawback_due`, what was paid is owed by whoever was paid, and the flag that asked for a decision is cleared. `why` is sealed and kept. Who approved a claim does not demand it back.",
        access: APPROVER,
        body: Body::Json("WhyRequest"),
        problems: &[
            ProblemCode::BodyMalformed,
            ProblemCode::InvoiceNotVoided,
            ProblemCode::SecondPersonRequired,
        ],
        ..DECISION
    },
    Operation {
        path: "/v1/claims/{id}/appeal/decision",
        id: "decideAppeal",
        summary: "Decide an appeal",
        text: "A won appeal goes to review with the amount that the rules give now, from what the pool has set aside. Nobody may decide otherwise what another claim names, or what the register holds and nobody cleared while the claim stood. A lost appeal leaves the claim rejected, or voided again.",
        access: APPROVER,
        body: Body::Json("AppealDecision"),
        problems: &[
            ProblemCode::BodyMalformed,
            ProblemCode::SecondPersonRequired,
            ProblemCode::ClaimIneligible,
            ProblemCode::AsideExhausted,
        ],
        ..DECISION
    },
    Operation {
        path: "/v1/claims/{id}/flags",
        id: "raiseFlag",
        summary: "Put a flag on a claim",
        text: "Something must be asked elsewhere first. The claim waits apart with its place and its money until somebody clears the flag. Its version stays.",
        access: EITHER,
        parameters: &[CLAIM, LANGUAGE],
        body: Body::Json("FlagRequest"),
        problems: &[
            ProblemCode::BodyMalformed,
            ProblemCode::ClaimMalformed,
            ProblemCode::WrongState,
        ],
        ..DECISION
    },
    Operation {
        path: "/v1/claims/{id}/flags/{code}/clear",
        id: "clearFlag",
        summary: "Take a flag off a claim",
        text: "After somebody looked. A flagged claim is neither recommended, approved nor put into a batch. That goods went back while a payment was on its way is cleared by what the bank says alone.",
        access: EITHER,
        parameters: &[CLAIM, FLAG, LANGUAGE],
        body: Body::Json("ClearFlagRequest"),
        problems: &[
            ProblemCode::BodyMalformed,
            ProblemCode::NoSuchObject,
            ProblemCode::WrongState,
        ],
        ..DECISION
    },
];
