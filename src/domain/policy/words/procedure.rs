//! Rules about what happens to a claim: papers, order, deadlines, payment.

use super::names::{day_zh, percent, yuan};
use super::{InWords, Told};
use crate::domain::policy::rules::counter_opening::CounterOpening;
use crate::domain::policy::rules::money::Money;
use crate::domain::policy::rules::papers::Paper;
use crate::domain::policy::rules::payout::{Payee, Payout};
use crate::domain::policy::rules::queue::{OnExhaustion, Queue, QueueBy, Remainder};
use crate::domain::policy::rules::returns::Returns;
use crate::domain::policy::rules::review::{Appeals, Clocks, Corrections, PublicNotice};

impl InWords for CounterOpening {
    const TITLE: (&'static str, &'static str) = ("先登记后购买", "Before the purchase");

    fn say(&self, told: &mut Told) {
        let days = self.invoice_days;
        told.say(
            format!("可以先登记、后购买：按最高补贴额预留资金，{days} 天内补交发票。"),
            format!("A claim may be opened before the purchase: the most that can be paid is held, and the invoice comes within {days} days."),
        );
    }
}

impl InWords for Paper {
    const TITLE: (&'static str, &'static str) = ("申报材料", "A paper");
    const IS_PAPER: bool = true;

    fn say(&self, told: &mut Told) {
        let Self {
            name: _,
            title,
            days,
            not_after,
            // It is for reviewers: who applies brings the same paper all the same.
            proves: _,
        } = self;
        told.say(
            format!("{}：资金预留后 {days} 天内提交。", title.zh),
            format!("{}: within {days} days after the money is held.", title.en),
        );
        if let Some(day) = not_after {
            told.say(
                format!("最晚不超过{}。", day_zh(*day)),
                format!("Not later than {day}."),
            );
        }
    }
}

impl InWords for Queue {
    const TITLE: (&'static str, &'static str) = ("排队规则", "The order of claims");

    fn say(&self, told: &mut Told) {
        let Self {
            queue_by,
            remainder,
            on_exhaustion,
        } = *self;
        match queue_by {
            QueueBy::Submission => told.say(
                "按申报提交的先后排序，先到先得。",
                "Claims are served in the order in which they came.",
            ),
            QueueBy::Complete => told.say(
                "按材料齐全的先后排序，先到先得。",
                "Claims are served in the order in which their papers were complete.",
            ),
        }
        match remainder {
            Remainder::Strict => told.say(
                "余额不足以支付排在最前的申请时，后面的申请不得插队。",
                "Where what is left is too little for the first in line, nobody passes it.",
            ),
            Remainder::Fit => told.say(
                "余额不足以支付排在最前的申请时，后面金额较小的申请可以先行受理。",
                "Where what is left is too little for the first in line, a smaller claim may be served before it.",
            ),
        }
        match on_exhaustion {
            OnExhaustion::Waitlist => told.say(
                "资金用完后的申请保留排队位置，有资金退回或追加时依次递补。",
                "Claims that find no money keep their place; freed or added money comes to them in order.",
            ),
            OnExhaustion::Refuse => told.say(
                "资金用完后不再受理。",
                "Claims that find no money are refused.",
            ),
        }
    }
}

impl InWords for Money {
    const TITLE: (&'static str, &'static str) = ("资金来源", "Whose money it is");

    fn say(&self, told: &mut Told) {
        let Self {
            centre_percent,
            province_percent,
            zone_percent,
            local_percent,
            budget,
        } = *self;
        for (zh, en, share) in [
            ("中央财政", "the centre", centre_percent),
            ("省级财政", "the province", province_percent),
            ("示范区财政", "the zone", zone_percent),
            (
                "地方财政（省与示范区合计）",
                "province and zone together",
                local_percent,
            ),
        ] {
            if !share.is_zero() {
                let share = percent(share);
                told.say(
                    format!("{zh}承担 {share}%。"),
                    format!("Paid by {en}: {share} %."),
                );
            }
        }
        if let Some(budget) = budget.map(yuan) {
            told.say(
                format!("公布的预算为 {budget} 元。"),
                format!("The published budget is {budget} yuan."),
            );
        }
    }
}

impl InWords for Payout {
    const TITLE: (&'static str, &'static str) = ("拨付对象", "Who is paid");

    fn say(&self, told: &mut Told) {
        match self.payee {
            Payee::Dealer => told.say(
                "购买时由经营主体立减，审核通过后拨付给经营主体。",
                "The dealer takes the subsidy off at the till, and is paid after approval.",
            ),
            Payee::Consumer => told.say(
                "审核通过后拨付到消费者本人的银行账户。",
                "The consumer is paid to his own bank account after approval.",
            ),
        }
    }
}

impl InWords for Returns {
    const TITLE: (&'static str, &'static str) = ("退货", "If the goods go back");

    fn say(&self, told: &mut Told) {
        let Self {
            restored_by_return,
            voided_by_resale,
        } = *self;
        if restored_by_return {
            told.say(
                "退货后补贴终止或追回，本人享受资格恢复。",
                "The subsidy ends or is paid back, and the person may claim again.",
            );
        } else {
            told.say(
                "退货后补贴终止或追回，本人享受资格不恢复。",
                "The subsidy ends or is paid back, and the person's place stays used.",
            );
        }
        told.say_if(
            voided_by_resale,
            "审核期间回购旧车或转卖新车的，申请作废。",
            "Buying the old item back or selling the new one during review ends the claim.",
        );
    }
}

impl InWords for Corrections {
    const TITLE: (&'static str, &'static str) = ("补正", "Corrections");

    fn say(&self, told: &mut Told) {
        let Self { days, rounds } = *self;
        told.say(
            format!("材料需补正的，每次 {days} 天，最多 {rounds} 次；补正期间保留排队位置和资金。"),
            format!("A claim may be corrected {rounds} times, within {days} days each; place and money are kept."),
        );
    }
}

impl InWords for Clocks {
    const TITLE: (&'static str, &'static str) = ("办理时限", "The bureau's own deadlines");

    fn say(&self, told: &mut Told) {
        let Self {
            acceptance_working_days,
            review_working_days,
            payment_working_days,
        } = *self;
        for (zh, en, days) in [
            ("受理时限为", "Acceptance", acceptance_working_days),
            ("审核时限为", "Review", review_working_days),
            (
                "审核通过后拨付时限为",
                "Payment after approval",
                payment_working_days,
            ),
        ] {
            if let Some(days) = days {
                told.say(
                    format!("{zh} {days} 个工作日。"),
                    format!("{en}: within {days} working days."),
                );
            }
        }
    }
}

impl InWords for PublicNotice {
    const TITLE: (&'static str, &'static str) = ("公示", "Publication");

    fn say(&self, told: &mut Told) {
        let days = self.days;
        told.say(
            format!("拨付前公示 {days} 天。"),
            format!("The list is published for {days} days before payment."),
        );
    }
}

impl InWords for Appeals {
    const TITLE: (&'static str, &'static str) = ("申诉", "Appeals");

    fn say(&self, told: &mut Told) {
        let days = self.days;
        told.say(
            format!("对结论有异议的，可在 {days} 天内申诉。"),
            format!("A refusal may be contested within {days} days."),
        );
    }
}
