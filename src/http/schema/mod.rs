//! The bodies of requests and answers as the API document describes them.
//!
//! Claims are read by [`crate::domain::intake`], which names every defect at once, and
//! answers are written by the operations. These types are the published shape: they refuse
//! unknown members, so a test that reads a real body into one finds any drift.

mod answers;
mod audit;
mod claim;
mod claim_answer;
mod control;
mod dealers;
mod events;
mod money;
mod payout;
mod review;
mod service;

pub use answers::{
    CheckedVerdict, ClaimStatus, ClaimStatusRequest, Dealer, DealerPage, Due, Explanation, Pool,
    PoolPage, Programme, ProgrammePage, Reason, State, Verdict,
};
pub use audit::{
    AccessLogPage, BulkApproval, BulkRequest, BulkState, ListedClaim, Look, OpenedNote,
    UnsealedClaim,
};
pub use claim::{
    BankAccount, BuyerKind, ClaimRequest, Consumer, Disposal, DisposalKind, Fuel, IdType, Invoice,
    NewItem, OldItem,
};
pub use claim_answer::{Claim, ClaimPage, ClaimWarning, Paper, Payment, PaymentState};
pub use control::{
    MoneyRequest, PoolStage, Proposal, ProposalKind, ProposalPage, ProposalState, PublishedPack,
    StageRequest, TransferRequest, WhyRequest,
};
pub use dealers::{
    Account, Accounts, AdmittedDealer, DealerChange, DealerFile, DealerStatus, NewAccount,
    NewDealer, WaitingAccount, WaitingAccountPage,
};
pub use events::{
    Delivery, DeliveryPage, DeliveryState, Event, EventFacts, EventPage, EventType, ReplayRequest,
    Webhook, WebhookPage, WebhookRequest, WebhookState, WebhookTest, WebhookWithSecret,
};
pub use money::{
    Ageing, Band, BandTotal, Exposure, Fronted, Holdings, Overdue, OverduePage, PoolHoldings,
    PromiseStage, StageAgeing, StateAgeing, StateTotal, Statement, StatementLine, StatementPage,
    StatementSummary,
};
pub use payout::{
    Batch, BatchPage, BatchRequest, BatchState, ImportedInvoices, ImportedOutcomes, LeftOut,
    PaidInRequest, Receivable, ReceivablePage, Reconciliation, Sources, Sums,
};
pub use review::{
    AppealDecision, AppealRequest, ClearFlagRequest, Decision, Finding, FlagRequest, ReturnRequest,
};
pub use service::{
    FieldDefect, Health, KeySet, ProblemDetails, TokenAnswer, TokenError, TokenRequest,
};

use utoipa::OpenApi;

/// All of them, for the document.
#[derive(OpenApi)]
#[openapi(components(schemas(
    AccessLogPage,
    Account,
    Accounts,
    AdmittedDealer,
    Ageing,
    AppealDecision,
    AppealRequest,
    Band,
    BandTotal,
    BankAccount,
    Batch,
    BatchPage,
    BatchRequest,
    BatchState,
    BulkApproval,
    BulkRequest,
    BulkState,
    BuyerKind,
    CheckedVerdict,
    Claim,
    ClaimPage,
    ClaimRequest,
    ClaimStatus,
    ClaimStatusRequest,
    ClaimWarning,
    ClearFlagRequest,
    Consumer,
    Dealer,
    DealerChange,
    DealerFile,
    DealerPage,
    DealerStatus,
    Decision,
    Delivery,
    DeliveryPage,
    DeliveryState,
    Disposal,
    DisposalKind,
    Due,
    Event,
    EventFacts,
    EventPage,
    EventType,
    Explanation,
    Exposure,
    FieldDefect,
    Finding,
    FlagRequest,
    Fronted,
    Fuel,
    Health,
    Holdings,
    IdType,
    ImportedInvoices,
    ImportedOutcomes,
    Invoice,
    KeySet,
    LeftOut,
    ListedClaim,
    Look,
    MoneyRequest,
    NewAccount,
    NewDealer,
    NewItem,
    OldItem,
    OpenedNote,
    Overdue,
    OverduePage,
    PaidInRequest,
    Paper,
    Payment,
    PaymentState,
    Pool,
    PoolHoldings,
    PoolPage,
    PoolStage,
    ProblemDetails,
    Programme,
    ProgrammePage,
    PromiseStage,
    Proposal,
    ProposalKind,
    ProposalPage,
    ProposalState,
    PublishedPack,
    Reason,
    Receivable,
    ReceivablePage,
    Reconciliation,
    ReplayRequest,
    ReturnRequest,
    Sources,
    StageAgeing,
    StageRequest,
    State,
    StateAgeing,
    StateTotal,
    Statement,
    StatementLine,
    StatementPage,
    StatementSummary,
    Sums,
    TokenAnswer,
    TokenError,
    TokenRequest,
    TransferRequest,
    UnsealedClaim,
    Verdict,
    WaitingAccount,
    WaitingAccountPage,
    Webhook,
    WebhookPage,
    WebhookRequest,
    WebhookState,
    WebhookTest,
    WebhookWithSecret,
    WhyRequest,
)))]
pub(super) struct Schemas;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_contract_has_the_published_shape() {
        let text = include_str!("claim_example.json");
        let read: ClaimRequest = serde_json::from_str(text).unwrap();
        let sent: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), sent);
    }

    #[test]
    fn event_types_are_those_of_the_domain() {
        for kind in crate::domain::event::EventType::ALL {
            let word = format!("{:?}", kind.as_str());
            let published: EventType = serde_json::from_str(&word).unwrap();
            assert_eq!(serde_json::to_string(&published).unwrap(), word);
        }
    }

    #[test]
    fn states_are_those_of_the_domain() {
        for state in crate::domain::claim::ClaimState::ALL {
            let word = format!("{:?}", state.as_str());
            let published: State = serde_json::from_str(&word).unwrap();
            assert_eq!(serde_json::to_string(&published).unwrap(), word);
        }
    }
}
