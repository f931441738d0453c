//! The words for what the control of pools, dealers and people, and the journal, call by codes.

use crate::domain::claim::Bucket;
use crate::domain::defect::Defect;
use crate::domain::intake::Warning;
use crate::domain::policy::pack::ProgrammeKind;
use crate::domain::text::Text;
use crate::http::pages::frame::Frame;
use crate::http::pages::labels::Label;
use crate::journal::entry::{EntryActor, EntryKind};
use crate::operations::people::LoginState;

impl Frame {
    fn label(&self, (zh, en, class): (&'static str, &'static str, &'static str)) -> Label {
        Label {
            word: self.t(zh, en),
            class,
        }
    }

    /// A text of a pack.
    pub fn words_of<'a>(&self, text: &'a Text) -> &'a str {
        text.get(self.lang)
    }

    /// What is wrong with a field of a claim.
    pub fn defect(&self, defect: &Defect) -> &'static str {
        defect.code.text(self.lang)
    }

    /// What reviewers are told of a claim.
    pub fn warning(&self, warning: &Warning) -> &'static str {
        warning.text(self.lang)
    }

    /// How a dealer stands.
    pub fn dealer_status(&self, status: &str) -> Label {
        self.label(match status {
            "active" => ("正常", "Active", "good"),
            "suspended" => ("已暂停", "Suspended", "warn"),
            _ => ("已退出", "Removed", "bad"),
        })
    }

    /// What somebody changed about a dealer.
    pub fn dealer_change(&self, what: &str) -> &'static str {
        match what {
            "admitted" => self.t("准入", "Admitted"),
            "suspended" => self.t("暂停", "Suspended"),
            "resumed" => self.t("恢复", "Resumed"),
            "removed" => self.t("退出", "Removed"),
            "account_proposed" => self.t("提出收款账户", "Proposed an account"),
            "account_confirmed" => self.t("确认收款账户", "Confirmed an account"),
            "account_refused" => self.t("驳回收款账户", "Refused an account"),
            "login_offered" => self.t("发放登录", "Offered a login"),
            "login_closed" => self.t("关闭登录", "Closed a login"),
            _ => self.t("其他变更", "Other change"),
        }
    }

    /// How a login stands.
    pub fn login_state(&self, state: &LoginState) -> Label {
        self.label(match state {
            LoginState::Enrolled => ("已启用", "In use", "good"),
            LoginState::Offered => ("待注册", "To be enrolled", "busy"),
            LoginState::Overdue => ("注册链接已过期", "Enrolment link too old", "warn"),
            LoginState::Closed => ("已关闭", "Closed", "bad"),
        })
    }

    /// A stage of a pool.
    pub fn stage(&self, stage: &str) -> &'static str {
        match stage {
            "intake" => self.t("受理", "Intake"),
            "allocation" => self.t("分配", "Allocation"),
            _ => self.t("拨付", "Payout"),
        }
    }

    /// How a stage stands.
    pub fn stage_state(&self, state: &str) -> Label {
        self.label(match state {
            "open" => ("进行中", "Going on", "good"),
            "frozen" => ("已暂停", "Stopped", "bad"),
            _ => ("已关闭", "Closed", ""),
        })
    }

    /// What happens to the last money of a pool.
    pub fn remainder(&self, rule: &str) -> &'static str {
        match rule {
            "strict" => self.t(
                "严格按序：排在前面的未满足，后面的不得越过",
                "Strict: nobody passes the head of the line",
            ),
            _ => self.t(
                "可容先得：余额够谁，谁先得",
                "Fit: the first that fits is served",
            ),
        }
    }

    /// What is proposed.
    pub fn proposal_kind(&self, kind: &str) -> &'static str {
        match kind {
            "top_up" => self.t("追加资金", "Top-up"),
            "transfer" => self.t("资金调剂", "Transfer"),
            "set_aside" => self.t("划出争议备用金", "Set aside for appeals"),
            "release_aside" => self.t("退回争议备用金", "Release what was set aside"),
            _ => self.t("发布政策规则", "Publish a pack"),
        }
    }

    /// How a proposal stands.
    pub fn proposal_state(&self, state: &str) -> Label {
        self.label(match state {
            "proposed" => ("待第二人决定", "Waits for a second person", "warn"),
            "done" => ("已办理", "Done", "good"),
            _ => ("已否决", "Refused", "bad"),
        })
    }

    /// Where money is.
    pub fn bucket(&self, bucket: &Bucket) -> &'static str {
        match bucket {
            Bucket::Funding => self.t("财政拨入", "Funding"),
            Bucket::Free => self.t("可用", "Free"),
            Bucket::Reserved => self.t("预留", "Held"),
            Bucket::Committed => self.t("待付", "Owed"),
            Bucket::Paid => self.t("已付", "Paid"),
        }
    }

    /// Who caused an entry, as everybody reads it.
    pub fn entry_actor(&self, actor: &EntryActor) -> &'static str {
        match actor {
            EntryActor::Dealer => self.t("商户", "A dealer"),
            EntryActor::Staff => self.t("商务部门人员", "Somebody of the bureau"),
            EntryActor::Operator => self.t("系统命令行", "The command line"),
            EntryActor::System => self.t("系统", "The engine"),
        }
    }

    /// What an entry records.
    pub fn entry_kind(&self, kind: &EntryKind) -> &'static str {
        let (zh, en) = match kind {
            EntryKind::Opened => ("资金池开立", "The pool opens"),
            EntryKind::ToppedUp => ("追加资金", "Money is added"),
            EntryKind::TransferredOut => ("资金调出", "Money goes to another pool"),
            EntryKind::TransferredIn => ("资金调入", "Money comes from another pool"),
            EntryKind::SetAside => ("划出争议备用金", "Money is set aside for appeals"),
            EntryKind::AsideReleased => ("退回争议备用金", "What was set aside is free again"),
            EntryKind::Frozen => ("环节暂停", "A stage stops"),
            EntryKind::Resumed => ("环节恢复", "A stage goes on"),
            EntryKind::BatchSealed => ("拨付批次封存", "A payout batch is sealed"),
            EntryKind::BatchReleased => ("拨付批次放行", "A payout batch is released"),
            EntryKind::BatchDiscarded => ("拨付批次作废", "A payout batch is discarded"),
            EntryKind::SampleCommitted => ("抽样种子承诺", "A sample's seed is committed to"),
            EntryKind::SampleDrawn => ("抽样名单冻结", "A sample's list is frozen"),
            EntryKind::SampleRevealed => ("抽样种子公开", "A sample's seed is told"),
            EntryKind::Reserved => ("受理并预留资金", "Accepted, money is held"),
            EntryKind::Waiting => ("受理并排队", "Accepted into the line"),
            EntryKind::Filed => ("受理，待材料齐全", "Accepted, papers to come"),
            EntryKind::Refused => ("不予受理", "Refused"),
            EntryKind::Promoted => ("候补获得资金", "Money came to who waited"),
            EntryKind::Placed => ("取得序位", "It gets its place"),
            EntryKind::Paper => ("材料上传", "A paper came"),
            EntryKind::Invoiced => ("发票提交", "The invoice came"),
            EntryKind::ReviewBegun => ("开始审核", "Review begins"),
            EntryKind::Recommended => ("审核通过，待复核", "Recommended"),
            EntryKind::Returned => ("退回补正", "Given back for correction"),
            EntryKind::Corrected => ("已补正", "Corrected"),
            EntryKind::RejectionProposed => ("拟驳回", "Rejection proposed"),
            EntryKind::Rejected => ("驳回", "Rejected"),
            EntryKind::Reopened => ("退回重审", "Sent back to review"),
            EntryKind::Approved => ("复核通过", "Approved"),
            EntryKind::Lapsed => ("逾期失效", "Lapsed"),
            EntryKind::Withdrawn => ("撤回", "Withdrawn"),
            EntryKind::WithdrawalUndone => ("取消撤回", "Withdrawal taken back"),
            EntryKind::Voided => ("终止", "Ended by the bureau"),
            EntryKind::GoodsReturned => ("商品退回", "The goods went back"),
            EntryKind::Paying => ("列入拨付批次", "Goes into a payout batch"),
            EntryKind::Paid => ("已拨付", "Paid"),
            EntryKind::PaymentDiscarded => ("拨付未发出", "The payment is not sent"),
            EntryKind::PaymentReturned => ("银行退回", "The bank sent it back"),
            EntryKind::ClawbackRaised => ("发起追回", "Must be paid back"),
            EntryKind::ClawbackSettled => ("收到退款", "Some was paid back"),
            EntryKind::Appealed => ("提出申诉", "Appealed"),
            EntryKind::AppealWon => ("申诉成立", "The appeal was right"),
            EntryKind::AppealLost => ("申诉不成立", "The appeal was wrong"),
            EntryKind::Flagged => ("加核查标记", "Flagged"),
            EntryKind::FlagCleared => ("解除核查标记", "A flag is cleared"),
        };
        self.t(zh, en)
    }

    /// A member of a private record; a word of its own where there is none for it.
    pub fn record_name<'a>(&self, name: &'a str) -> &'a str {
        let (zh, en) = match name {
            "act" => ("事项", "Act"),
            "by" | "staff" => ("经办人", "By"),
            "why" => ("事由", "Why"),
            "reference" => ("文号", "Reference"),
            "proposal" => ("提案", "Proposal"),
            "proposed_by" => ("提案人", "Proposed by"),
            "other_pool" => ("对方资金池", "Other pool"),
            "claim" => ("申请", "Claim"),
            "batch" => ("批次", "Batch"),
            "payment" => ("付款编号", "Payment"),
            "bulk" => ("批量审批", "Bulk approval"),
            "code" => ("代码", "Code"),
            "actor" => ("操作者", "Actor"),
            "kind" => ("类型", "Kind"),
            other => return other,
        };
        self.t(zh, en)
    }

    /// What a programme subsidises.
    pub fn programme_kind(&self, kind: &ProgrammeKind) -> &'static str {
        match kind {
            ProgrammeKind::Vehicle => self.t("汽车", "Cars"),
            ProgrammeKind::Appliance => self.t("家电", "Appliances"),
            ProgrammeKind::Digital => self.t("数码产品", "Digital goods"),
            ProgrammeKind::Home => self.t("家装厨卫", "Home renewal"),
        }
    }

    /// How far a bulk approval has come.
    pub fn bulk_state(&self, state: &str) -> Label {
        self.label(match state {
            "committed" => ("已承诺种子", "Seed committed to", "busy"),
            "drawn" => ("待查验样本", "Sample to be examined", "warn"),
            "approved" => ("已批准", "Approved", "good"),
            _ => ("已作废", "Void", "bad"),
        })
    }

    /// How a listed claim of a bulk approval stands.
    pub fn standing(&self, standing: &str) -> Label {
        self.label(match standing {
            "to_examine" => ("待查验", "To be examined", "warn"),
            "examined" => ("查验通过", "Examined", "good"),
            "failed" => ("查验未通过", "Failed", "bad"),
            "approved" => ("已随批批准", "Approved with the others", "good"),
            "skipped" => ("已跳过", "Skipped", ""),
            _ => ("待批准", "Open", "busy"),
        })
    }

    /// What somebody of a dealer opened his claim for.
    pub fn look_what<'a>(&self, what: &'a str) -> &'a str {
        match what {
            "correction" => self.t("打开全部内容以作补正", "Opened whole to correct it"),
            _ => what,
        }
    }

    /// What the access log says was done.
    pub fn access_what(&self, what: &str) -> String {
        let (zh, en, rest) = if what == "claim" {
            (
                "查看申请的个人信息",
                "Opened the personal data of a claim",
                "",
            )
        } else if let Some(pool) = what.strip_prefix("export of pool ") {
            (
                "导出含个人信息的资料：",
                "Export with personal data: ",
                pool,
            )
        } else if let Some(login) = what.strip_prefix(crate::operations::people::CLOSED) {
            ("关闭登录：", "Closed the login ", login)
        } else if let Some(sample) = what.strip_prefix("sample of pool ") {
            ("审计抽样：", "Drew a sample: ", sample)
        } else {
            ("", "", what)
        };
        format!("{}{rest}", self.t(zh, en))
    }
}
