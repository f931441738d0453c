//! What happened, to be asked for or to be told.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answers::State;

/// What happened to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum EventType {
    /// It is accepted, and its place is given when its papers are complete.
    #[serde(rename = "claim.filed")]
    Filed,
    /// Money is held for it.
    #[serde(rename = "claim.reserved")]
    Reserved,
    /// It is accepted into the line.
    #[serde(rename = "claim.waiting")]
    Waiting,
    /// It is refused.
    #[serde(rename = "claim.refused")]
    Refused,
    /// Money came to it while it waited.
    #[serde(rename = "claim.promoted")]
    Promoted,
    /// A paper came, and more is due.
    #[serde(rename = "claim.paper_received")]
    PaperReceived,
    /// The final invoice came, and more is due.
    #[serde(rename = "claim.invoice_received")]
    InvoiceReceived,
    /// It is complete, or a reviewer took it up: a reviewer's turn.
    #[serde(rename = "claim.in_review")]
    InReview,
    /// It is given back for correction.
    #[serde(rename = "claim.returned")]
    Returned,
    /// It was corrected.
    #[serde(rename = "claim.corrected")]
    Corrected,
    /// A reviewer found it good.
    #[serde(rename = "claim.recommended")]
    Recommended,
    /// A reviewer wants to reject it.
    #[serde(rename = "claim.rejection_proposed")]
    RejectionProposed,
    /// A second person sent it back to review.
    #[serde(rename = "claim.reopened")]
    Reopened,
    /// It is rejected.
    #[serde(rename = "claim.rejected")]
    Rejected,
    /// It is approved: owed.
    #[serde(rename = "claim.approved")]
    Approved,
    /// A deadline passed.
    #[serde(rename = "claim.lapsed")]
    Lapsed,
    /// It was taken back.
    #[serde(rename = "claim.withdrawn")]
    Withdrawn,
    /// The withdrawal was taken back.
    #[serde(rename = "claim.withdrawal_undone")]
    WithdrawalUndone,
    /// The bureau ended it.
    #[serde(rename = "claim.voided")]
    Voided,
    /// The goods went back before payment.
    #[serde(rename = "claim.goods_returned")]
    GoodsReturned,
    /// It goes into a payout batch.
    #[serde(rename = "claim.paying")]
    Paying,
    /// The bank paid.
    #[serde(rename = "claim.paid")]
    Paid,
    /// Its payment was not sent, because its batch was discarded; it is still owed.
    #[serde(rename = "claim.payment_discarded")]
    PaymentDiscarded,
    /// The bank sent the payment back; it is owed again.
    #[serde(rename = "claim.payment_returned")]
    PaymentReturned,
    /// It must be paid back.
    #[serde(rename = "claim.clawback_raised")]
    ClawbackRaised,
    /// Some of it was paid back.
    #[serde(rename = "claim.clawback_settled")]
    ClawbackSettled,
    /// Its refusal is contested.
    #[serde(rename = "claim.appealed")]
    Appealed,
    /// The appeal was right.
    #[serde(rename = "claim.appeal_won")]
    AppealWon,
    /// The appeal was wrong.
    #[serde(rename = "claim.appeal_lost")]
    AppealLost,
}

/// Something that happened to a claim. It holds nothing personal.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The same whenever and however it is told; also the `webhook-id`.
    #[schema(example = "evt_0199a7b0cccc72228333444455556666_500")]
    pub id: String,
    /// What happened.
    pub r#type: EventType,
    /// When it happened.
    #[schema(example = "2025-03-20T02:00:00.123456Z", format = "date-time")]
    pub at: String,
    /// The claim.
    #[schema(example = "0199a7b0-1111-7222-8333-444455556666", format = "uuid")]
    pub claim_id: String,
    /// Its number.
    #[schema(example = "JY25-0000123-7")]
    pub claim_number: String,
    /// Where the claim stands since, where the entry tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub state: Option<State>,
    /// The programme.
    #[schema(example = "henan-car-replacement-2025")]
    pub programme: String,
    /// The pool.
    #[schema(example = "jiyuan-cars-2025")]
    pub pool: String,
    /// The number of the entry in the pool's journal.
    #[schema(example = 500)]
    pub seq: i64,
    /// The amount of the entry, in yuan.
    #[schema(example = "14000.00")]
    pub amount: String,
    /// What the public journal says of it besides.
    pub data: EventFacts,
}

/// What the public journal says of an event.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventFacts {
    /// The kind of the entry.
    #[schema(example = "approved")]
    pub entry: String,
    /// The entry's hash, by which it is found in the public journal.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub entry_hash: String,
    /// Who caused it: `dealer`, `staff`, `operator` or `system`.
    #[schema(example = "staff")]
    pub actor: String,
    /// The claim's place, where the entry has one.
    #[schema(required, example = json!(null))]
    pub position: Option<i64>,
    /// The public word of the entry, where its kind has one.
    #[schema(required, example = json!(null))]
    pub detail: Option<String>,
}

/// A part of the feed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventPage {
    /// The events: perhaps fewer than `limit` although there are more, perhaps none.
    pub items: Vec<Event>,
    /// What to send as `cursor` to read on, at once or later; never null.
    #[schema(example = "AQGZp7A")]
    pub next_cursor: String,
}

/// An endpoint to be told of events.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookRequest {
    /// A public `https` URL.
    #[schema(example = "https://till.example.com/hooks/tradein", max_length = 2048)]
    pub url: String,
    /// What it is told of; all types when it is left out or empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(example = json!(["claim.returned", "claim.paid"]))]
    pub types: Vec<EventType>,
}

/// An endpoint, and what one answer says of it besides.
macro_rules! endpoint {
    ($(#[$doc:meta])* $name:ident { $($besides:tt)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Its id.
            #[schema(example = "0199a7b0-7777-7222-8333-444455556666", format = "uuid")]
            pub id: String,
            /// The URL in its normal form.
            #[schema(example = "https://till.example.com/hooks/tradein")]
            pub url: String,
            /// What it is told of; empty for all.
            #[schema(example = json!([]))]
            pub types: Vec<EventType>,
            /// Whether anything is sent.
            pub state: WebhookState,
            /// `gone` after a 410, `failing` after days without success.
            #[schema(required, example = json!(null))]
            pub disabled_because: Option<String>,
            /// Its first failure after which it accepted nothing.
            #[schema(required, example = json!(null), format = "date-time")]
            pub failing_since: Option<String>,
            /// Until when the secret before the last rotation signs too.
            #[schema(required, example = json!(null), format = "date-time")]
            pub old_secret_until: Option<String>,
            /// When it was created.
            #[schema(example = "2025-03-05T03:00:00.123456Z", format = "date-time")]
            pub created_at: String,
            $($besides)*
        }
    };
}

endpoint! {
    /// An endpoint of a dealer.
    Webhook {}
}

endpoint! {
    /// An endpoint whose secret is told this once.
    WebhookWithSecret {
        /// `whsec_` and base64 of the bytes that sign.
        #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")]
        pub secret: String,
    }
}

/// Whether an endpoint is told anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// It is.
    Active,
    /// Nothing is sent until it is enabled again; then everything that it missed.
    Disabled,
}

/// All endpoints of a dealer.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookPage {
    /// The endpoints.
    pub items: Vec<Webhook>,
    /// Always null: they are few.
    #[schema(required, example = json!(null))]
    pub next_cursor: Option<String>,
}

/// What a test came to.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookTest {
    /// The id of the test, its `webhook-id`.
    #[schema(example = "0199a7b0-8888-7222-8333-444455556666")]
    pub id: String,
    /// `accepted`, `gone`, `refused` or `failed`.
    #[schema(example = "accepted")]
    pub outcome: String,
    /// The HTTP status, where there was an answer.
    #[schema(required, example = 204)]
    pub status: Option<u16>,
    /// Why there was none, such as `webhook_timed_out`.
    #[schema(required, example = json!(null))]
    pub failure: Option<String>,
}

/// From when on events are told again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayRequest {
    /// Everything that happened at or after this instant.
    #[schema(example = "2025-03-20T00:00:00Z", format = "date-time")]
    pub since: String,
}

/// What became of an event on its way to an endpoint.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// The event's id.
    #[schema(example = "evt_0199a7b0cccc72228333444455556666_500")]
    pub event_id: String,
    /// What happened.
    pub r#type: EventType,
    /// The claim.
    #[schema(example = "0199a7b0-1111-7222-8333-444455556666", format = "uuid")]
    pub claim_id: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    #[schema(example = 1)]
    pub attempts: u32,
    /// When it is tried next, while it is pending.
    #[schema(required, example = json!(null), format = "date-time")]
    pub next_attempt_at: Option<String>,
    /// The last HTTP status.
    #[schema(required, example = 204)]
    pub last_status: Option<i64>,
    /// The code of the last failure without a status.
    #[schema(required, example = json!(null))]
    pub last_failure: Option<String>,
    /// When it was put on its way, for the first time or by a replay.
    #[schema(example = "2025-03-20T02:00:01.123456Z", format = "date-time")]
    pub made_at: String,
    /// When it ended.
    #[schema(
        required,
        example = "2025-03-20T02:00:01.223456Z",
        format = "date-time"
    )]
    pub ended_at: Option<String>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is tried, or tried again.
    Pending,
    /// The receiver answered with 2xx.
    Accepted,
    /// It was tried as often as it is tried, or the receiver wants nothing more.
    GivenUp,
}

/// A page of deliveries.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryPage {
    /// The deliveries, the last made first.
    pub items: Vec<Delivery>,
    /// What to send as `cursor` for the next page; null at the end.
    #[schema(required, example = json!(null))]
    pub next_cursor: Option<String>,
}
