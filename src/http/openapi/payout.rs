//! Payout, what is owed back, and the sums side by side.

use super::operation::{
    Access, Answer, Body, KEY, LANGUAGE, Operation, PAGED, PLAIN, Parameter, path, query,
};
use crate::catalogue::Role;
use crate::http::problem::ProblemCode;

const BATCH: Parameter = path(
    "id",
    "The batch's id.",
    "\"0199a7b0-2222-7222-8333-444455556666\"",
);
const RECEIVABLE: Parameter = path(
    "id",
    "The receivable's id.",
    "\"0199a7b0-3333-7222-8333-444455556666\"",
);
const POOL: Parameter = path("name", "The pool's name.", "\"jiyuan-cars-2025\"");
const FORMAT: Parameter = query(
    "format",
    "A table, or a credit transfer of ISO 20022.",
    r#"{"type":"string","enum":["csv","pain.001"],"default":"csv"}"#,
    "\"csv\"",
);
/// It may be left away; with it the same wish sent again seals no second batch.
const MAYBE_KEY: Parameter = Parameter {
    required: false,
    text: "Names this attempt: the same key and wish give the same answer and no second batch. Keys belong to the person.",
    example: "\"batch-2025-04-01\"",
    ..KEY
};
const LOCATION: (&str, &str) = ("Location", "The address of the batch.");

const FINANCE: Access = Access::Bureau(&[Role::Finance]);
const OPERATOR: Access = Access::Bureau(&[Role::Operator]);
const AUDITOR: Access = Access::Bureau(&[Role::Auditor]);
const EITHER: Access = Access::Bureau(&[Role::Finance, Role::Auditor]);

/// An operation on batches, which reads for finance and auditors.
const READING: Operation = Operation {
    tag: "payout",
    access: EITHER,
    ..PLAIN
};

/// Every operation of payout and reconciliation.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        method: "post",
        path: "/v1/payout-batches",
        id: "sealBatch",
        summary: "Seal a payout batch",
        text: "Approved claims of a pool in the order of approval, at most a thousand; they are `paying` from now on. What a payee owes the pool is set off. Claims that cannot be paid yet are named in `left_out`, at most a hundred.",
        access: FINANCE,
        parameters: &[MAYBE_KEY, LANGUAGE],
        body: Body::Json("BatchRequest"),
        status: 201,
        answer: Answer::Json("Batch"),
        headers: &[LOCATION],
        problems: &[
            ProblemCode::IdempotencyKeyMalformed,
            ProblemCode::IdempotencyKeyReused,
            ProblemCode::BodyMalformed,
            ProblemCode::PoolNotFound,
            ProblemCode::NothingToPay,
            ProblemCode::StageStopped,
        ],
        ..READING
    },
    Operation {
        path: "/v1/payout-batches",
        id: "listBatches",
        summary: "List payout batches",
        text: "In the order of sealing.",
        parameters: PAGED,
        answer: Answer::Json("BatchPage"),
        ..READING
    },
    Operation {
        path: "/v1/payout-batches/{id}",
        id: "getBatch",
        summary: "Read a payout batch",
        parameters: &[BATCH, LANGUAGE],
        answer: Answer::Json("Batch"),
        problems: &[ProblemCode::NoSuchObject],
        ..READING
    },
    Operation {
        method: "post",
        path: "/v1/payout-batches/{id}/release",
        id: "releaseBatch",
        summary: "Release a payout batch to the bank",
        text: "By another person than whoever sealed it. Claims whose whole amount is set off are paid with it; the others when the bank says so. While a flag keeps one of its claims apart it is `kept_apart`, and `at` names them: discard the batch and seal another.",
        access: FINANCE,
        parameters: &[BATCH, LANGUAGE],
        answer: Answer::Json("Batch"),
        problems: &[
            ProblemCode::NoSuchObject,
            ProblemCode::SecondPersonRequired,
            ProblemCode::StageStopped,
            ProblemCode::KeptApart,
            ProblemCode::AlreadyReleased,
            ProblemCode::AlreadyDiscarded,
        ],
        ..READING
    },
    Operation {
        method: "post",
        path: "/v1/payout-batches/{id}/discard",
        id: "discardBatch",
        summary: "Discard a sealed payout batch",
        text: "By any one person of finance, since nothing leaves; also while payout is stopped. Its claims are `approved` again, with their place in the order of approval and their due date; what was to be set off is open again. The names of its payments are never used again.",
        access: FINANCE,
        parameters: &[BATCH, LANGUAGE],
        answer: Answer::Json("Batch"),
        problems: &[
            ProblemCode::NoSuchObject,
            ProblemCode::AlreadyReleased,
            ProblemCode::AlreadyDiscarded,
        ],
        ..READING
    },
    Operation {
        path: "/v1/payout-batches/{id}/file",
        id: "readBatchFile",
        summary: "The file for the bank",
        text: "Of a released batch, the same bytes each time: `csv` with `end_to_end_id,claim_number,payee_name,account,amount`, which with the batch's `salt` gives its `hash`, or `pain.001`, which needs a payer in the settings. That somebody read it is written down.",
        access: FINANCE,
        parameters: &[BATCH, FORMAT, LANGUAGE],
        answer: Answer::File(&["text/csv", "application/xml"]),
        problems: &[
            ProblemCode::NoSuchObject,
            ProblemCode::NotReleased,
            ProblemCode::AlreadyDiscarded,
            ProblemCode::PayerUnknown,
            ProblemCode::NothingToPay,
        ],
        ..READING
    },
    Operation {
        method: "post",
        path: "/v1/payout-outcomes",
        id: "importOutcomes",
        summary: "Import what became of payments",
        text: "`text/csv` with `end_to_end_id,outcome,reason`, where the outcome is `paid` or `returned`, or a status report of ISO 20022 (pain.002) as `application/xml`; at most 8 MiB. A file with a mistake is refused whole. A good one is taken in parts, so that others are served meanwhile: one that was interrupted is sent again, and what was taken before is `repeated`.",
        access: FINANCE,
        parameters: &[LANGUAGE],
        body: Body::File(&["text/csv", "application/xml", "text/xml"]),
        answer: Answer::Json("ImportedOutcomes"),
        problems: &[
            ProblemCode::BodyTooLarge,
            ProblemCode::MediaTypeUnsupported,
            ProblemCode::CharsetUnsupported,
            ProblemCode::FileMalformed,
        ],
        ..READING
    },
    Operation {
        path: "/v1/receivables",
        id: "listReceivables",
        summary: "List what is owed back",
        text: "In the order in which it was raised. A dealer sees what stems from its own claims, the bureau everything.",
        access: Access::Token,
        parameters: PAGED,
        answer: Answer::Json("ReceivablePage"),
        ..READING
    },
    Operation {
        method: "post",
        path: "/v1/receivables/{id}/paid-in",
        id: "recordPaymentIn",
        summary: "Record money that was paid in",
        text: "It is free in the pool at once and goes to those who wait. With the last of it the claim is `clawed_back`. A `reference` counts once: the same amount again changes nothing.",
        access: FINANCE,
        parameters: &[RECEIVABLE, LANGUAGE],
        body: Body::Json("PaidInRequest"),
        answer: Answer::Json("Receivable"),
        problems: &[
            ProblemCode::BodyMalformed,
            ProblemCode::NoSuchObject,
            ProblemCode::AmountAboveHold,
            ProblemCode::IdempotencyKeyReused,
        ],
        ..READING
    },
    Operation {
        method: "post",
        path: "/v1/voided-invoices",
        id: "importVoidedInvoices",
        summary: "Import invoices that were voided",
        text: "`text/csv` with `invoice_number,voided_on`, at most 1 MiB; a larger list goes through `tradein register voided`. All or nothing. Claims with such an invoice are flagged: one that is not paid yet waits apart, one that is paid waits for a decision, see `clawBackClaim`. The same file again changes nothing.",
        access: OPERATOR,
        parameters: &[LANGUAGE],
        body: Body::File(&["text/csv"]),
        answer: Answer::Json("ImportedInvoices"),
        problems: &[
            ProblemCode::BodyTooLarge,
            ProblemCode::MediaTypeUnsupported,
            ProblemCode::CharsetUnsupported,
            ProblemCode::FileMalformed,
        ],
        ..READING
    },
    Operation {
        path: "/v1/pools/{name}/reconciliation",
        id: "reconcilePool",
        summary: "The sums of a pool, side by side",
        text: "What the pool's row, its claims and its journal say of its money, reckoned apart on one snapshot.",
        access: AUDITOR,
        parameters: &[POOL, LANGUAGE],
        answer: Answer::Json("Reconciliation"),
        problems: &[ProblemCode::PoolNotFound],
        ..READING
    },
];
