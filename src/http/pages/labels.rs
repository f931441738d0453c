//! The words and colours in which pages show what the engine calls by codes.

use super::frame::Frame;
use crate::domain::claim::ClaimState;

/// A word with the class of its badge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// The word.
    pub word: &'static str,
    /// `good`, `warn`, `bad`, `busy` or nothing.
    pub class: &'static str,
}

impl Frame {
    /// The word for a state.
    pub fn state(&self, state: &ClaimState) -> Label {
        let (zh, en, class) = match state {
            ClaimState::Refused => ("不予受理", "Refused", "bad"),
            ClaimState::Filed => ("已登记", "Filed", "busy"),
            ClaimState::Waiting => ("排队候补", "Waiting", "warn"),
            ClaimState::Reserved => ("资金已预留", "Money held", "busy"),
            ClaimState::InReview => ("审核中", "In review", "busy"),
            ClaimState::Returned => ("待补正", "To be corrected", "warn"),
            ClaimState::Recommended => ("待复核", "Recommended", "busy"),
            ClaimState::RejectionProposed => ("拟驳回", "Rejection proposed", "warn"),
            ClaimState::Approved => ("审核通过", "Approved", "good"),
            ClaimState::Paying => ("拨付中", "Being paid", "busy"),
            ClaimState::Paid => ("已拨付", "Paid", "good"),
            ClaimState::ClawbackDue => ("待追回", "To be paid back", "bad"),
            ClaimState::ClawedBack => ("已追回", "Paid back", ""),
            ClaimState::Rejected => ("已驳回", "Rejected", "bad"),
            ClaimState::Lapsed => ("已失效", "Lapsed", ""),
            ClaimState::Withdrawn => ("已撤回", "Withdrawn", ""),
            ClaimState::Voided => ("已终止", "Ended by the bureau", "bad"),
            ClaimState::GoodsReturned => ("商品已退回", "Goods returned", ""),
            ClaimState::Appealed => ("申诉中", "Appealed", "warn"),
        };
        Label {
            word: self.t(zh, en),
            class,
        }
    }

    /// Who is paid.
    pub fn payee(&self, payee: &str) -> &'static str {
        match payee {
            "dealer" => self.t("商户", "Dealer"),
            _ => self.t("消费者", "Consumer"),
        }
    }
}
