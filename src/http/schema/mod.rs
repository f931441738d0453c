//! The bodies of requests and answers as the API document describes them.
//!
//! Claims are read by [`crate::domain::intake`], which names every defect at once, and
//! answers are written by the operations. These types are the published shape: they refuse
//! unknown members, so a test that reads a real body into one finds any drift.

mod answers;
mod claim;
mod claim_answer;
mod payout;
mod review;
mod service;

pub use answers::{
    CheckedVerdict, ClaimStatus, ClaimStatusRequest, Dealer, DealerPage, Due, Explanation, Pool,
    PoolPage, Programme, ProgrammePage, Reason, State, Verdict,
};
pub use claim::{
    BankAccount, BuyerKind, ClaimRequest, Consumer, Disposal, DisposalKind, Fuel, IdType, Invoice,
    NewItem, OldItem,
};
pub use claim_answer::{Claim, ClaimPage, ClaimWarning, Paper, Payment, PaymentState};
pub use payout::{
    Batch, BatchPage, BatchRequest, BatchState, ImportedOutcomes, LeftOut, PaidInRequest,
    Receivable, ReceivablePage, Reconciliation, Sources, Sums,
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
    AppealDecision,
    AppealRequest,
    BankAccount,
    Batch,
    BatchPage,
    BatchRequest,
    BatchState,
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
    DealerPage,
    Decision,
    Disposal,
    DisposalKind,
    Due,
    Explanation,
    FieldDefect,
    Finding,
    FlagRequest,
    Fuel,
    Health,
    IdType,
    ImportedOutcomes,
    Invoice,
    KeySet,
    LeftOut,
    NewItem,
    OldItem,
    PaidInRequest,
    Paper,
    Payment,
    PaymentState,
    Pool,
    PoolPage,
    ProblemDetails,
    Programme,
    ProgrammePage,
    Reason,
    Receivable,
    ReceivablePage,
    Reconciliation,
    ReturnRequest,
    Sources,
    State,
    Sums,
    TokenAnswer,
    TokenError,
    TokenRequest,
    Verdict,
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
    fn states_are_those_of_the_domain() {
        for state in crate::domain::claim::ClaimState::ALL {
            let word = format!("{:?}", state.as_str());
            let published: State = serde_json::from_str(&word).unwrap();
            assert_eq!(serde_json::to_string(&published).unwrap(), word);
        }
    }
}
