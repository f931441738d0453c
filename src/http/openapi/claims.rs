//! A dealer's claims, from filing to appeal.

use super::operation::{
    ACT, Access, Answer, Body, CLAIM, CURSOR, ETAG, KEY, LANGUAGE, LIMIT, Operation, PLAIN,
    Parameter, VERSION, path, query,
};
use crate::http::problem::ProblemCode;

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
const PAPER: Parameter = path(
    "paper",
    "The paper's word, as `due` names it.",
    "\"old_vehicle_transfer\"",
);
const LOCATION: (&str, &str) = ("Location", "The address of the claim.");

/// The files that are taken as papers.
const PAPERS: &[&str] = &[
    "application/pdf",
    "image/jpeg",
    "image/png",
    "application/ofd",
];

/// What a dealer does, and what everybody with a token reads.
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
            ProblemCode::DealerRateExceeded,
            ProblemCode::Overloaded,
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
        problems: &[ProblemCode::ClaimMalformed, ProblemCode::Overloaded],
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
        ..PLAIN
    },
    Operation {
        path: "/v1/claims/{id}/withdraw",
        id: "withdrawClaim",
        summary: "Take a claim back",
        text: "Until it is approved. Its money goes to the head of the line in the same transaction; its vehicle, article and invoice may be claimed again.",
        access: Access::Dealer,
        ..ACT
    },
    Operation {
        path: "/v1/claims/{id}/undo-withdrawal",
        id: "undoWithdrawal",
        summary: "Take a withdrawal back",
        text: "For thirty minutes, while the money is free, nobody was promoted since, and no other claim names the same. The claim is what it was, with its number, its place and its deadline, and in review where a second person had it. After its deadline it does not come back.",
        access: Access::Dealer,
        problems: &[
            ProblemCode::UndoTooLate,
            ProblemCode::ClaimedElsewhere,
            ProblemCode::DeadlinePassed,
            ProblemCode::ClaimIneligible,
        ],
        ..ACT
    },
    Operation {
        method: "put",
        path: "/v1/claims/{id}/papers/{paper}",
        id: "sendPaper",
        summary: "Send a paper",
        text: "A file of at most 10 MiB for a paper that the programme asks for. What it is, is told by its bytes; a `Content-Type` that names another kind is refused. A paper that came before is replaced. With the last one that is due the claim goes to review.",
        access: Access::Dealer,
        parameters: &[CLAIM, PAPER, VERSION, LANGUAGE],
        body: Body::File(PAPERS),
        problems: &[
            ProblemCode::PaperNotAsked,
            ProblemCode::DeadlinePassed,
            ProblemCode::StageStopped,
            ProblemCode::PaperEmpty,
            ProblemCode::PaperTooLarge,
            ProblemCode::PaperTypeUnknown,
            ProblemCode::PaperTypeMismatch,
            ProblemCode::PaperDamaged,
            ProblemCode::PaperImageTooLarge,
            ProblemCode::PaperEncrypted,
        ],
        ..ACT
    },
    Operation {
        path: "/v1/claims/{id}/papers/{paper}",
        id: "readPaper",
        tag: "claims",
        summary: "Read a paper",
        text: "The last file that came for it, byte for byte. That a user of the bureau opened it is written down.",
        access: Access::Token,
        parameters: &[CLAIM, PAPER, LANGUAGE],
        answer: Answer::File(PAPERS),
        problems: &[ProblemCode::NoSuchObject],
        ..PLAIN
    },
    Operation {
        path: "/v1/claims/{id}/invoice",
        id: "sendInvoice",
        summary: "Send the final invoice",
        text: "For a claim that was opened at the counter without one. What it makes less than what is held goes to those who wait; more is refused.",
        access: Access::Dealer,
        body: Body::Json("Invoice"),
        problems: &[
            ProblemCode::ClaimMalformed,
            ProblemCode::ClaimIneligible,
            ProblemCode::AmountAboveHold,
            ProblemCode::InvoiceThere,
            ProblemCode::DeadlinePassed,
            ProblemCode::StageStopped,
        ],
        ..ACT
    },
    Operation {
        path: "/v1/claims/{id}/correction",
        id: "correctClaim",
        summary: "Correct a returned claim",
        text: "The whole claim as it shall be, of the same programme. It is judged by the version that judged it first, keeps its place, and goes back to review; what it asks less goes to those who wait.",
        access: Access::Dealer,
        body: Body::Json("ClaimRequest"),
        problems: &[
            ProblemCode::ClaimMalformed,
            ProblemCode::ClaimIneligible,
            ProblemCode::AmountAboveHold,
            ProblemCode::InvoiceMissing,
            ProblemCode::DeadlinePassed,
        ],
        ..ACT
    },
    Operation {
        path: "/v1/claims/{id}/goods-returned",
        id: "returnGoods",
        summary: "Say that the goods went back",
        text: "Before payment the claim ends and its money is free. While a payment is on its way the claim is flagged, and what the bank says decides. After payment the money is owed back.",
        access: Access::Dealer,
        ..ACT
    },
    Operation {
        path: "/v1/claims/{id}/appeal",
        id: "appeal",
        summary: "Contest a refusal",
        text: "A refusal, a rejection or a voiding, once, within the days of the programme.",
        access: Access::Dealer,
        body: Body::Json("AppealRequest"),
        problems: &[ProblemCode::BodyMalformed, ProblemCode::NotAppealable],
        ..ACT
    },
];
