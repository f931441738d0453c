//! What comes next for a claim, in words for the applicant.

use crate::domain::claim::ClaimState;
use crate::domain::text::Lang;

/// The sentence for a state.
pub const fn next_step(state: ClaimState, lang: Lang) -> &'static str {
    let (zh, en) = match state {
        ClaimState::Refused => (
            "申请不符合条件，请向经营主体了解原因。",
            "The claim is not eligible; your dealer has the reasons.",
        ),
        ClaimState::Filed => (
            "申请已登记；材料齐全后取得排队位置。",
            "The claim is filed; it gets its place in line when its papers are complete.",
        ),
        ClaimState::Waiting => (
            "资金池已用完，您的排队位置已保留；有资金退回时按顺序递补。",
            "The pool is used up; your place in line is kept and freed money comes in order.",
        ),
        ClaimState::Reserved => (
            "补贴资金已预留，请在期限内由经营主体补齐材料，随后进入审核。",
            "The money is held for you; your dealer sends the papers in time, then it is reviewed.",
        ),
        ClaimState::InReview => ("材料已收齐，正在审核。", "The claim is being reviewed."),
        ClaimState::Returned => (
            "申请需要补正，请与经营主体联系；排队位置和资金已保留。",
            "The claim needs correction; please ask your dealer. Place and money are kept.",
        ),
        ClaimState::Recommended => (
            "初审已通过，等待复核。",
            "A first reviewer found it good; a second person decides.",
        ),
        ClaimState::RejectionProposed => (
            "初审有不同意见，等待复核。",
            "A first reviewer has doubts; a second person decides.",
        ),
        ClaimState::Approved => (
            "审核已通过，等待拨付。",
            "The claim is approved and will be paid.",
        ),
        ClaimState::Paying => ("补贴正在拨付。", "The payment is on its way."),
        ClaimState::Paid => ("补贴已拨付。", "The subsidy is paid."),
        ClaimState::ClawbackDue => (
            "补贴需要退回，请与商务部门联系。",
            "The subsidy must be paid back; please ask the bureau.",
        ),
        ClaimState::ClawedBack => ("补贴已退回。", "The subsidy was paid back."),
        ClaimState::Rejected => (
            "审核未通过，请向经营主体了解原因；可在规定期限内申诉。",
            "The claim was rejected; your dealer has the reason and may appeal in time.",
        ),
        ClaimState::Lapsed => (
            "未在期限内完成，申请已失效。",
            "What was due did not come in time, so the claim has lapsed.",
        ),
        ClaimState::Withdrawn => (
            "申请已由经营主体撤回，如有疑问请与其联系。",
            "Your dealer took the claim back; please ask there.",
        ),
        ClaimState::Voided => (
            "申请已由商务部门终止，如有疑问请与其联系。",
            "The bureau ended the claim; please ask there.",
        ),
        ClaimState::GoodsReturned => (
            "商品已退回，申请已终止。",
            "The goods were returned, so the claim has ended.",
        ),
        ClaimState::Appealed => ("申诉正在处理。", "An appeal is being decided."),
    };
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}
