//! The feed of events, and a dealer's webhook endpoints.

use super::operation::{
    Access, Answer, Body, CURSOR, LANGUAGE, LIMIT, Operation, PLAIN, Parameter, path, query,
};
use crate::http::problem::ProblemCode;

const ENDPOINT: Parameter = path(
    "id",
    "The endpoint's id.",
    "\"0199a7b0-7777-7222-8333-444455556666\"",
);
const TYPE: Parameter = query(
    "type",
    "Only events of this type.",
    r##"{"$ref":"#/components/schemas/EventType"}"##,
    "\"claim.paid\"",
);
const STATE: Parameter = query(
    "state",
    "Only deliveries in this state.",
    r##"{"$ref":"#/components/schemas/DeliveryState"}"##,
    "\"pending\"",
);
const REACHED: Parameter = Parameter {
    text: "The `next_cursor` of the answer before; without it from the beginning.",
    ..CURSOR
};
const LOCATION: (&str, &str) = ("Location", "The address of the endpoint.");

/// An act on an endpoint of the caller.
const ENDPOINT_ACT: Operation = Operation {
    method: "post",
    tag: "events",
    access: Access::Dealer,
    parameters: &[ENDPOINT, LANGUAGE],
    answer: Answer::Json("Webhook"),
    problems: &[ProblemCode::NoSuchObject],
    ..PLAIN
};

/// Every operation of events and webhooks.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/v1/events",
        id: "readEvents",
        tag: "events",
        summary: "What happened to claims",
        text: "A dealer sees what happened to its own claims, the bureau everything. In the order of time, within a pool in that of its journal. `next_cursor` is always there: asked again with it, the feed goes on where it ended, without a gap and without a repetition.",
        access: Access::Token,
        parameters: &[TYPE, LIMIT, REACHED, LANGUAGE],
        answer: Answer::Json("EventPage"),
        ..PLAIN
    },
    Operation {
        path: "/v1/webhooks",
        id: "createWebhook",
        summary: "Be told of events",
        text: "A dealer has at most five endpoints. The secret is in this answer and nowhere else. What happens from now on is told.",
        parameters: &[LANGUAGE],
        body: Body::Json("WebhookRequest"),
        status: 201,
        answer: Answer::Json("WebhookWithSecret"),
        headers: &[LOCATION],
        problems: &[
            ProblemCode::BodyMalformed,
            ProblemCode::WebhookUrlRefused,
            ProblemCode::WebhookLimit,
        ],
        ..ENDPOINT_ACT
    },
    Operation {
        method: "get",
        path: "/v1/webhooks",
        id: "listWebhooks",
        summary: "List one's endpoints",
        parameters: &[LANGUAGE],
        answer: Answer::Json("WebhookPage"),
        problems: &[ProblemCode::QueryMalformed],
        ..ENDPOINT_ACT
    },
    Operation {
        method: "get",
        path: "/v1/webhooks/{id}",
        id: "getWebhook",
        summary: "Read an endpoint",
        ..ENDPOINT_ACT
    },
    Operation {
        method: "delete",
        path: "/v1/webhooks/{id}",
        id: "deleteWebhook",
        summary: "Be told nothing more",
        text: "What was on its way is forgotten.",
        status: 204,
        answer: Answer::Nothing,
        ..ENDPOINT_ACT
    },
    Operation {
        path: "/v1/webhooks/{id}/rotate-secret",
        id: "rotateSecret",
        summary: "Get a fresh secret",
        text: "It is in this answer and nowhere else. The one before signs too for twenty-four hours.",
        answer: Answer::Json("WebhookWithSecret"),
        ..ENDPOINT_ACT
    },
    Operation {
        path: "/v1/webhooks/{id}/test",
        id: "testWebhook",
        summary: "Send a test and see what comes back",
        text: "At once and once, also to a disabled endpoint; its type is `webhook.test`. A dealer may send five at once and then one in twenty seconds.",
        answer: Answer::Json("WebhookTest"),
        problems: &[ProblemCode::NoSuchObject, ProblemCode::TooManyRequests],
        ..ENDPOINT_ACT
    },
    Operation {
        path: "/v1/webhooks/{id}/enable",
        id: "enableWebhook",
        summary: "Be told again",
        text: "What happened while the endpoint was disabled comes too.",
        ..ENDPOINT_ACT
    },
    Operation {
        path: "/v1/webhooks/{id}/replay",
        id: "replayEvents",
        summary: "Be told again what was told",
        text: "Everything that happened since an instant, under the same ids.",
        body: Body::Json("ReplayRequest"),
        problems: &[ProblemCode::BodyMalformed, ProblemCode::NoSuchObject],
        ..ENDPOINT_ACT
    },
    Operation {
        method: "get",
        path: "/v1/webhooks/{id}/deliveries",
        id: "listDeliveries",
        summary: "What became of what was told",
        text: "The last made first. What ended more than thirty days ago is forgotten.",
        parameters: &[ENDPOINT, STATE, LIMIT, CURSOR, LANGUAGE],
        answer: Answer::Json("DeliveryPage"),
        ..ENDPOINT_ACT
    },
];
