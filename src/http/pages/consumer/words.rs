//! What happened to a claim, in words for its applicant.

use crate::domain::event::EventType;
use crate::domain::promise::Stage;
use crate::http::pages::frame::Frame;

/// What is said of everything that may happen: Chinese, English.
const SENTENCES: [(EventType, &str, &str); 29] = [
    (
        EventType::Filed,
        "经营主体提交了申请，已登记；材料齐全后取得排队位置。",
        "Your dealer filed the claim; it gets its place when its papers are complete.",
    ),
    (
        EventType::Reserved,
        "经营主体提交了申请，已受理，补贴资金已为您预留。",
        "Your dealer filed the claim; it was accepted and the money is held for you.",
    ),
    (
        EventType::Waiting,
        "申请已受理并进入排队，当时资金池余额不足。",
        "The claim was accepted into the line; the pool had too little left.",
    ),
    (
        EventType::Refused,
        "申请不符合条件，未予受理。",
        "The claim was not eligible and was refused.",
    ),
    (
        EventType::Promoted,
        "排队轮到您，补贴资金已为您预留。",
        "Your turn came: the money is held for you.",
    ),
    (
        EventType::PaperReceived,
        "收到一份材料。",
        "A paper came in.",
    ),
    (
        EventType::InvoiceReceived,
        "收到购买发票。",
        "The invoice came in.",
    ),
    (
        EventType::InReview,
        "材料已收齐，进入审核。",
        "The papers are complete; review begins.",
    ),
    (
        EventType::Returned,
        "审核发现材料需要补正，已退回经营主体；排队位置和资金保留。",
        "Something must be corrected; it went back to your dealer. Place and money are kept.",
    ),
    (
        EventType::Corrected,
        "经营主体已补正并重新提交。",
        "Your dealer corrected it.",
    ),
    (
        EventType::Recommended,
        "初审通过，等待复核。",
        "A first reviewer found it good.",
    ),
    (
        EventType::RejectionProposed,
        "初审有不同意见，等待复核。",
        "A first reviewer has doubts; a second person decides.",
    ),
    (
        EventType::Reopened,
        "复核退回，重新审核。",
        "A second person sent it back to review.",
    ),
    (
        EventType::Rejected,
        "审核未通过，申请被驳回。",
        "The claim was rejected.",
    ),
    (EventType::Approved, "审核通过。", "The claim was approved."),
    (
        EventType::Lapsed,
        "未在期限内完成，申请失效。",
        "What was due did not come in time, so the claim lapsed.",
    ),
    (
        EventType::Withdrawn,
        "经营主体撤回了申请。",
        "Your dealer took the claim back.",
    ),
    (
        EventType::WithdrawalUndone,
        "经营主体取消了撤回，申请恢复。",
        "Your dealer undid the withdrawal; the claim stands again.",
    ),
    (
        EventType::Voided,
        "商务部门终止了申请。",
        "The bureau ended the claim.",
    ),
    (
        EventType::GoodsReturned,
        "商品已退回，申请终止。",
        "The goods went back, so the claim ended.",
    ),
    (
        EventType::Paying,
        "已列入拨付批次。",
        "It was put into a payout batch.",
    ),
    (EventType::Paid, "银行已付款。", "The bank paid."),
    (
        EventType::PaymentDiscarded,
        "拨付批次取消，将重新安排拨付。",
        "The payout batch was discarded; it will be paid in another.",
    ),
    (
        EventType::PaymentReturned,
        "银行退回了付款，将重新安排拨付。",
        "The bank sent the payment back; it will be paid anew.",
    ),
    (
        EventType::ClawbackRaised,
        "补贴需要退回。",
        "The subsidy must be paid back.",
    ),
    (
        EventType::ClawbackSettled,
        "收到退回的补贴款。",
        "Money was paid back.",
    ),
    (EventType::Appealed, "已提出申诉。", "An appeal was made."),
    (
        EventType::AppealWon,
        "申诉成立，重新审核。",
        "The appeal was right; it is reviewed again.",
    ),
    (
        EventType::AppealLost,
        "申诉未获支持。",
        "The appeal was not upheld.",
    ),
];

impl Frame {
    /// The sentence for something that happened to a claim.
    pub fn happened(&self, what: &EventType) -> &'static str {
        let found = SENTENCES.iter().find(|(event, ..)| event == what);
        found.map_or("", |(_, zh, en)| self.t(zh, en))
    }

    /// Who has to act at a stage.
    pub fn acts(&self, stage: &Stage) -> &'static str {
        match stage {
            Stage::Papers => self.t("经营主体提交材料", "your dealer sends what is due"),
            Stage::Review => self.t("商务部门完成审核", "the bureau ends its review"),
            Stage::Payment => self.t("商务部门拨付", "the bureau pays"),
        }
    }

    /// Whether the dealer, not the bureau, is asked about a stage.
    pub fn asks_dealer(&self, stage: &Stage) -> bool {
        *stage == Stage::Papers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_may_happen_has_a_sentence() {
        for event in EventType::ALL {
            let count = SENTENCES.iter().filter(|(of, ..)| of == event).count();
            assert_eq!(count, 1, "{event:?}");
        }
        for (event, zh, en) in SENTENCES {
            assert!(zh.ends_with('。') && en.ends_with('.'), "{event:?}");
        }
    }
}
