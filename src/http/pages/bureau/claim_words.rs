//! The words of claims as the bureau reads them: flags, findings, what happened, what is alike.

use crate::domain::money::Fen;
use crate::domain::reason::ReasonCode;
use crate::domain::screening::Rule;
use crate::domain::text::Text;
use crate::http::pages::frame::Frame;
use crate::journal::entry::EntryKind;
use crate::operations::dossier::{Shared, Step};
use crate::operations::goods::RETURNED_WHILE_PAYING;
use crate::operations::outcomes::DISPUTED;
use crate::storage::claim_briefs::Queue;
use crate::storage::payout_lines::LineState;

/// What is wrong with a claim, as a reviewer finds it: the code, its words, and a sentence for the
/// dealer to begin from.
const FINDINGS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "paper_unreadable",
        "材料不清晰",
        "A paper cannot be read",
        "材料影像不清晰，请重新上传清晰完整的影像。",
        "The picture of this paper cannot be read. Please send a clear and whole one.",
    ),
    (
        "paper_incomplete",
        "材料不完整",
        "A paper is incomplete",
        "材料缺页或缺少印章，请补齐后重新上传。",
        "A page or a seal of this paper is missing. Please send all of it.",
    ),
    (
        "paper_wrong",
        "材料不对应",
        "Not the paper that was asked for",
        "上传的材料不是所要求的材料，请上传正确的材料。",
        "This is not the paper that was asked for. Please send the right one.",
    ),
    (
        "name_mismatch",
        "姓名不一致",
        "The names differ",
        "申请人姓名与材料所载不一致，请核对更正。",
        "The applicant's name is not the one on the papers. Please correct it.",
    ),
    (
        "number_mismatch",
        "号码不一致",
        "The numbers differ",
        "填报号码与材料所载不一致，请核对更正。",
        "The number is not the one on the papers. Please correct it.",
    ),
    (
        "date_mismatch",
        "日期不一致",
        "The dates differ",
        "填报日期与材料所载不一致，请核对更正。",
        "The date is not the one on the papers. Please correct it.",
    ),
    (
        "amount_mismatch",
        "金额不一致",
        "The amounts differ",
        "填报金额与发票不一致，请核对更正。",
        "The amount is not the one on the invoice. Please correct it.",
    ),
    (
        "account_unusable",
        "账户信息有误",
        "The account cannot be used",
        "收款账户信息有误，请与申请人核对后更正。",
        "The bank account is not right. Please check it with the applicant.",
    ),
    (
        "paper_forged",
        "材料涉嫌不实",
        "A paper is not genuine",
        "经核查，所交材料与发证机关记录不符。",
        "The paper does not agree with the records of the office that issued it.",
    ),
    (
        "record_confirmed",
        "原结论无误",
        "The finding was right",
        "经复核，原结论无误。",
        "The finding was looked into again and is right.",
    ),
    (
        "record_corrected",
        "原结论有误",
        "The finding was wrong",
        "经复核，原结论有误，予以更正。",
        "The finding was looked into again and was wrong.",
    ),
];

impl Frame {
    /// Codes of findings with their words; for a rejection also the reasons of the rules.
    pub fn finding_codes(&self, rejection: bool) -> Vec<(&'static str, &'static str)> {
        let own = FINDINGS
            .iter()
            .map(|(code, zh, en, _, _)| (*code, self.t(zh, en)));
        let rules = ReasonCode::ALL.iter().filter(|_| rejection);
        let rules = rules.map(|code| {
            let (zh, en) = code.default_text();
            (code.as_str(), self.t(zh, en))
        });
        own.chain(rules).collect()
    }

    /// Sentences from which a reviewer may begin.
    pub fn finding_sentences(&self) -> Vec<&'static str> {
        FINDINGS
            .iter()
            .map(|(_, _, _, zh, en)| self.t(zh, en))
            .collect()
    }

    /// The word for a code of a finding; the code itself where it has none.
    pub fn finding_word<'a>(&self, code: &'a str) -> &'a str {
        let own = FINDINGS.iter().find(|(word, ..)| *word == code);
        if let Some((_, zh, en, _, _)) = own {
            return self.t(zh, en);
        }
        match ReasonCode::parse(code) {
            Some(reason) => {
                let (zh, en) = reason.default_text();
                self.t(zh, en)
            }
            None => code,
        }
    }

    /// The word for a flag; its code where it has none.
    pub fn flag_word<'a>(&self, code: &'a str) -> &'a str {
        match code {
            RETURNED_WHILE_PAYING => self.t(
                "拨付途中商品退回",
                "Goods went back while it was being paid",
            ),
            DISPUTED => self.t(
                "银行回执前后矛盾",
                "The bank says two things of its payment",
            ),
            "register_silent" => self.t("登记系统未答复", "A register does not answer"),
            "ask_dealer" => self.t("须向商户核实", "To be asked of the dealer"),
            "ask_applicant" => self.t("须向申请人核实", "To be asked of the applicant"),
            "site_visit" => self.t("须实地核查", "To be looked at on the spot"),
            "suspected_fraud" => self.t("涉嫌违规", "Suspected of fraud"),
            other => match Rule::parse(other) {
                Some(rule) => self.screening_word(rule),
                None => self.finding_word(other),
            },
        }
    }

    /// Why screening found something.
    pub fn screened<'a>(&self, reason: &'a Text) -> &'a str {
        reason.get(self.lang)
    }

    /// What a rule of screening finds.
    fn screening_word(&self, rule: Rule) -> &'static str {
        match rule {
            Rule::Telephone => self.t("多人共用手机号", "One telephone for many persons"),
            Rule::Account => self.t("多人共用银行账号", "One bank account for many persons"),
            Rule::Speed => self.t("提交速度异常", "Filed faster than people can"),
            Rule::Tier => self.t("价格集中于档位之上", "Prices just above a tier"),
            Rule::Baseline => self.t("售价高于商户惯常价", "A price above the dealer's own"),
            Rule::Night => self.t("夜间逐件提交", "Filed at night by hand"),
            Rule::ModelYear => self.t(
                "车架号年份与登记日期矛盾",
                "VIN and first registration contradict",
            ),
            Rule::Ownership => self.t("旧车持有时间过短", "The old car was owned for days"),
            Rule::Voided => self.t("发票已作废", "The invoice was voided"),
            Rule::VoidedPaid => self.t(
                "已拨付申请的发票作废，待决定是否追回",
                "Paid, and the invoice was voided: decide on getting it back",
            ),
        }
    }

    /// Flags that a person may raise, with their words.
    pub fn flags_to_raise(&self) -> Vec<(&'static str, &'static str)> {
        [
            "register_silent",
            "ask_dealer",
            "ask_applicant",
            "site_visit",
            "suspected_fraud",
        ]
        .map(|code| (code, self.flag_word(code)))
        .to_vec()
    }

    /// What two claims have in common.
    pub fn shared(&self, what: &Shared) -> &'static str {
        match what {
            Shared::OldVehicle => self.t("同一旧车", "same old vehicle"),
            Shared::NewVehicle => self.t("同一新车", "same new vehicle"),
            Shared::Article => self.t("同一商品", "same article"),
            Shared::Invoice => self.t("同一发票", "same invoice"),
            Shared::Person => self.t("同一申请人", "same person"),
        }
    }

    /// The word for a queue.
    pub fn queue(&self, queue: &Queue) -> &'static str {
        match queue {
            Queue::Review => self.t("待审核", "To review"),
            Queue::Recommended => self.t("待复核（拟通过）", "Recommended"),
            Queue::RejectionProposed => self.t("待复核（拟驳回）", "Rejection proposed"),
            Queue::Appealed => self.t("待处理申诉", "Appeals"),
            Queue::Approved => self.t("待拨付", "Approved, to be paid"),
            Queue::Paying => self.t("拨付中", "Being paid"),
        }
    }

    /// Where the claims of a queue are listed for this role.
    pub fn queue_path(&self, queue: &Queue) -> &'static str {
        let role = self.who.as_ref().and_then(|who| who.role.as_deref());
        match (queue, role) {
            (Queue::Review, Some("reviewer")) => "/bureau/review",
            (Queue::Recommended, Some("approver")) => "/bureau/approval?state=recommended",
            (Queue::RejectionProposed, Some("approver")) => {
                "/bureau/approval?state=rejection_proposed"
            }
            (Queue::Appealed, Some("approver")) => "/bureau/approval?state=appealed",
            (Queue::Review, _) => "/bureau/claims?state=in_review",
            (Queue::Recommended, _) => "/bureau/claims?state=recommended",
            (Queue::RejectionProposed, _) => "/bureau/claims?state=rejection_proposed",
            (Queue::Appealed, _) => "/bureau/claims?state=appealed",
            (Queue::Approved, _) => "/bureau/claims?state=approved",
            (Queue::Paying, _) => "/bureau/claims?state=paying",
        }
    }

    /// What happened to a claim.
    pub fn step(&self, step: &Step) -> String {
        match step {
            Step::Filed => self.t("提交申请", "Filed").to_owned(),
            Step::Held => self.t("资金预留", "Money was held").to_owned(),
            Step::Paper(_) => self.t("收到材料", "A paper came").to_owned(),
            Step::Review => self.t("进入审核", "Came to review").to_owned(),
            Step::Approved => self.t("审核通过", "Approved").to_owned(),
            Step::Changed => self.t("最近一次变动", "Changed last").to_owned(),
            Step::Noted(kind) => self.noted(kind).to_owned(),
            Step::Payment(state, id) => format!("{} {id}", self.line_state(state)),
        }
    }

    /// What was done about which somebody wrote a note.
    pub fn noted(&self, kind: &str) -> &'static str {
        match EntryKind::parse(kind) {
            Some(EntryKind::Returned) => self.t("退回补正", "Given back for correction"),
            Some(EntryKind::RejectionProposed) => self.t("提议驳回", "Rejection proposed"),
            Some(EntryKind::Rejected) => self.t("确认驳回", "Rejected"),
            Some(EntryKind::Voided) => self.t("终止申请", "Ended by the bureau"),
            Some(EntryKind::Appealed) => self.t("提出申诉", "Appealed"),
            Some(EntryKind::AppealWon) => self.t("申诉成立", "The appeal was won"),
            Some(EntryKind::AppealLost) => self.t("申诉不成立", "The appeal was lost"),
            Some(EntryKind::Flagged) => self.t("加核查标记", "Flagged"),
            Some(EntryKind::FlagCleared) => self.t("清除标记", "A flag was cleared"),
            Some(EntryKind::ClawbackRaised) => self.t("发起追回", "Demanded back"),
            Some(EntryKind::ClawbackSettled) => self.t("登记回款", "Money was paid in"),
            _ => self.t("备注", "A note"),
        }
    }

    /// An amount in fen as people write it.
    pub fn fen(&self, fen: &i64) -> String {
        self.yuan(&Fen::new(*fen).unwrap_or_default())
    }

    /// Why a claim was skipped in a bulk approval: a word of the engine, or the code of what
    /// forbade it.
    pub fn skipped_why<'a>(&self, why: &'a str) -> &'a str {
        match why {
            "changed" => self.t("名单冻结后有变化", "it changed since the list was frozen"),
            "second_person_required" => self.t("须由第二人办理", "a second person is needed"),
            "conflict_of_interest" => self.t("须回避", "conflict of interest"),
            "kept_apart" => self.t("有核查标记", "a flag keeps it apart"),
            other => other,
        }
    }

    /// What became of a payment.
    pub fn line_state(&self, state: &LineState) -> &'static str {
        match state {
            LineState::Pending => self.t("待回执", "not known yet"),
            LineState::Paid => self.t("已到账", "paid"),
            LineState::Returned => self.t("已退回", "came back"),
            LineState::Discarded => self.t("未发出（批次作废）", "never sent"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::Lang;
    use crate::http::pages::frame::Area;
    use actix_web::test::TestRequest;

    #[test]
    fn codes_are_words_that_acts_take_and_each_has_its_own() {
        let request = TestRequest::default().to_http_request();
        let f = Frame {
            lang: Lang::Zh,
            ..Frame::new(&request, Area::Bureau)
        };
        let mut codes: Vec<&str> = f.finding_codes(true).iter().map(|(c, _)| *c).collect();
        codes.extend(Rule::ALL.iter().map(|rule| rule.code()));
        codes.extend(f.flags_to_raise().iter().map(|(c, _)| *c));
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
        for code in codes {
            let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
            assert!(code.len() <= 40 && code.bytes().all(fits), "{code}");
            assert_ne!(f.flag_word(code), code, "it has a word");
        }
        assert_eq!(f.flag_word("something_else"), "something_else");
    }
}
