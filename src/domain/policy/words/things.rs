//! Rules about who and what: persons, old and new items, places, prices.

use super::names::{award, category, day_zh, disposal, fuel, listed, percent, place, yuan};
use super::{InWords, Told};
use crate::domain::policy::rules::age::Age;
use crate::domain::policy::rules::buyer::Buyer;
use crate::domain::policy::rules::dealers::Dealers;
use crate::domain::policy::rules::disposal::DisposalRule;
use crate::domain::policy::rules::engine::Engine;
use crate::domain::policy::rules::exclusive::{By, Exclusive};
use crate::domain::policy::rules::fuel::FuelRule;
use crate::domain::policy::rules::goods::GoodsRule;
use crate::domain::policy::rules::old_item::{OldItemRule, OldKind};
use crate::domain::policy::rules::once::Once;
use crate::domain::policy::rules::ownership::Ownership;
use crate::domain::policy::rules::place::Place;
use crate::domain::policy::rules::price::PriceRange;
use crate::domain::policy::rules::units::{Period, Units};
use crate::domain::policy::rules::window::{
    DisposalWindow, InvoiceWindow, RegistrationWindow, Window,
};

/// Both ends of a window, in both languages.
fn span(window: Window) -> (String, String) {
    let Window { from, to } = window;
    (
        format!("{}至{}（含首尾两日）", day_zh(from), day_zh(to)),
        format!("from {from} to {to}, both days included"),
    )
}

impl InWords for InvoiceWindow {
    const TITLE: (&'static str, &'static str) = ("活动时间", "When to buy");

    fn say(&self, told: &mut Told) {
        let (zh, en) = span(self.0);
        told.say(
            format!("购买发票的开具日期须在{zh}。"),
            format!("The invoice must be dated {en}."),
        );
    }
}

impl InWords for DisposalWindow {
    const TITLE: (&'static str, &'static str) = ("旧物品处置时间", "When to give up the old item");

    fn say(&self, told: &mut Told) {
        let (zh, en) = span(self.0);
        told.say(
            format!("旧车（旧物品）的处置日期须在{zh}。"),
            format!("The old item must be given up {en}."),
        );
    }
}

impl InWords for RegistrationWindow {
    const TITLE: (&'static str, &'static str) = ("新车登记时间", "When to register the new car");

    fn say(&self, told: &mut Told) {
        let (zh, en) = span(self.0);
        told.say(
            format!("新车的注册登记日期须在{zh}。"),
            format!("The new car must be registered {en}."),
        );
    }
}

impl InWords for Dealers {
    const TITLE: (&'static str, &'static str) = ("经营主体", "Dealers");

    fn say(&self, told: &mut Told) {
        let Self {
            participating_only,
            seller_files,
            share_percent,
            claims_per_minute,
            tighten_below_percent,
            tightened_share_percent,
            tightened_claims_per_minute,
        } = self;
        if *participating_only {
            told.say(
                "仅限在参与本活动的经营主体处购买，由其代为申报。",
                "The purchase is made from a dealer that takes part, who files the claim.",
            );
        } else {
            told.say("任何经营主体均可申报。", "Any dealer may file claims.");
        }
        told.say_if(
            *seller_files,
            "发票销售方须与申报的经营主体一致。",
            "The seller on the invoice is the dealer that files the claim.",
        );
        if let Some(share) = share_percent.map(percent) {
            told.say(
                format!("单个经营主体占用的资金不超过资金池的 {share}%。"),
                format!("One dealer holds at most {share} % of the pool."),
            );
        }
        if let Some(rate) = claims_per_minute {
            told.say(
                format!("单个经营主体每分钟最多申报 {rate} 笔。"),
                format!("One dealer files at most {rate} claims in a minute."),
            );
        }
        let Some(below) = tighten_below_percent.map(percent) else {
            return;
        };
        if let Some(share) = tightened_share_percent.map(percent) {
            told.say(
                format!("资金池余额低于 {below}% 时，单个经营主体占用的资金不超过 {share}%。"),
                format!("While less than {below} % is free, one dealer holds at most {share} %."),
            );
        }
        if let Some(rate) = tightened_claims_per_minute {
            told.say(
                format!("资金池余额低于 {below}% 时，单个经营主体每分钟最多申报 {rate} 笔。"),
                format!("While less than {below} % is free, one dealer files at most {rate} claims in a minute."),
            );
        }
    }
}

impl InWords for Buyer {
    const TITLE: (&'static str, &'static str) = ("申请人", "Who may apply");

    fn say(&self, told: &mut Told) {
        let Self {
            individual_only,
            must_be_applicant,
        } = *self;
        if individual_only {
            told.say("仅限个人消费者申请。", "Only individuals may apply.");
        } else {
            told.say(
                "个人和单位均可申请。",
                "Individuals and organisations may apply.",
            );
        }
        told.say_if(
            must_be_applicant,
            "发票上的购买人须为申请人本人。",
            "The buyer on the invoice is the applicant.",
        );
    }
}

impl InWords for Place {
    const TITLE: (&'static str, &'static str) = ("地域", "Where");

    fn say(&self, told: &mut Told) {
        let Self {
            invoice,
            registration,
            same_province,
        } = self;
        let places = |codes: &[String]| listed(codes.iter().map(|code| place(code)));
        if !invoice.is_empty() {
            let wanted = places(invoice);
            told.say(
                format!("购买发票须在{}开具。", wanted.zh),
                format!("The invoice is issued in {}.", wanted.en),
            );
        }
        if !registration.is_empty() {
            let wanted = places(registration);
            told.say(
                format!("新车须在{}注册登记。", wanted.zh),
                format!("The new car is registered in {}.", wanted.en),
            );
        }
        told.say_if(
            *same_province,
            "新车须在发票开具地所在省份注册登记。",
            "The new car is registered in the province in which the invoice is issued.",
        );
    }
}

impl InWords for PriceRange {
    const TITLE: (&'static str, &'static str) = ("价格范围", "Price");

    fn say(&self, told: &mut Told) {
        let Self { floor, ceiling } = *self;
        if let Some(floor) = floor.map(yuan) {
            told.say(
                format!("发票价税合计不低于 {floor} 元。"),
                format!("The invoice total is at least {floor} yuan."),
            );
        }
        if let Some(ceiling) = ceiling.map(yuan) {
            told.say(
                format!("发票价税合计不高于 {ceiling} 元。"),
                format!("The invoice total is at most {ceiling} yuan."),
            );
        }
    }
}

impl InWords for OldItemRule {
    const TITLE: (&'static str, &'static str) = ("交售旧物品", "What is given up");

    fn say(&self, told: &mut Told) {
        let Self {
            kind,
            required,
            same_category,
        } = *self;
        let (zh, en) = match kind {
            OldKind::Vehicle => ("旧车", "an old car"),
            OldKind::Appliance => ("旧家电", "an old appliance"),
        };
        if required {
            told.say(format!("须交售{zh}。"), format!("One gives up {en}."));
        } else {
            told.say(
                format!("不强制要求交售{zh}。"),
                format!("Giving up {en} is not required."),
            );
        }
        told.say_if(
            same_category,
            "旧家电须与新购家电为同一品类。",
            "The old appliance is of the new one's category.",
        );
    }
}

impl InWords for Ownership {
    const TITLE: (&'static str, &'static str) = ("旧车权属", "Whose the old car is");

    fn say(&self, told: &mut Told) {
        let Self {
            own_name,
            since,
            since_included,
        } = *self;
        if own_name {
            told.say(
                "旧车须登记在申请人本人名下，并由本人处置。",
                "The old car stands in the applicant's own name, and the applicant gives it up.",
            );
        } else {
            told.say(
                "旧车可以登记在他人名下。",
                "The old car may stand in another person's name.",
            );
        }
        if let Some(day) = since {
            let (zh, en) = included(since_included);
            told.say(
                format!(
                    "旧车登记在现所有人名下的日期不晚于{}（{zh}）。",
                    day_zh(day)
                ),
                format!(
                    "The old car has stood in its owner's name since {day} at the latest ({en})."
                ),
            );
        }
    }
}

/// Whether a day itself counts.
const fn included(counts: bool) -> (&'static str, &'static str) {
    if counts {
        ("含当日", "that day included")
    } else {
        ("不含当日", "that day not included")
    }
}

impl InWords for DisposalRule {
    const TITLE: (&'static str, &'static str) = ("旧车处置方式", "How the old car is given up");

    fn say(&self, told: &mut Told) {
        let ways = listed(self.allowed.iter().map(|how| disposal(*how)));
        told.say(
            format!("旧车的处置方式限于：{}。", ways.zh),
            format!("The old car is given up in one of these ways: {}.", ways.en),
        );
    }
}

impl InWords for Age {
    const TITLE: (&'static str, &'static str) = ("旧车车龄", "How old the old car is");

    fn say(&self, told: &mut Told) {
        let Self {
            petrol,
            diesel,
            other,
            nev,
            days_included,
        } = *self;
        let (in_zh, in_en) = included(days_included);
        for (zh, en, day) in [
            ("汽油", "petrol", petrol),
            ("柴油", "diesel", diesel),
            ("其他燃料", "other", other),
            ("新能源", "new-energy", nev),
        ] {
            if let Some(day) = day {
                told.say(
                    format!(
                        "{zh}旧车的首次注册登记日期不晚于{}（{in_zh}）。",
                        day_zh(day)
                    ),
                    format!("An old {en} car was first registered by {day} ({in_en})."),
                );
            }
        }
    }
}

impl InWords for FuelRule {
    const TITLE: (&'static str, &'static str) = ("新车燃料类型", "The new car's fuel");

    fn say(&self, told: &mut Told) {
        let fuels = listed(self.new.iter().map(|kind| fuel(*kind)));
        told.say(
            format!("新车的燃料类型为：{}。", fuels.zh),
            format!("The new car runs on one of these: {}.", fuels.en),
        );
        told.say_if(
            self.nev_for_nev,
            "旧车为新能源车的，新车也须为新能源车。",
            "Who gives up a new-energy car buys one.",
        );
    }
}

impl InWords for Engine {
    const TITLE: (&'static str, &'static str) = ("新车排量", "The new car's engine");

    fn say(&self, told: &mut Told) {
        let litres = percent(self.max_litres);
        told.say(
            format!("新购燃油车的排量不超过 {litres} 升；新能源车不限。"),
            format!("A new fuel car has at most {litres} litres; new-energy cars are not limited."),
        );
    }
}

impl InWords for GoodsRule {
    const TITLE: (&'static str, &'static str) = ("补贴品类", "Categories");

    fn say(&self, told: &mut Told) {
        let words = listed(self.categories.iter().map(|word| category(word)));
        told.say(
            format!("补贴品类共 {} 类：{}。", self.categories.len(), words.zh),
            format!(
                "{} categories are covered: {}.",
                self.categories.len(),
                words.en
            ),
        );
    }
}

impl InWords for Units {
    const TITLE: (&'static str, &'static str) = ("每人限额", "How many a person may have");

    fn say(&self, told: &mut Told) {
        let Self {
            limit,
            period,
            category_limits,
        } = self;
        let (zh, en) = match period {
            Period::Programme => ("活动期内", "in the whole programme"),
            Period::CalendarYear => ("每个自然年度内", "in a calendar year"),
        };
        told.say(
            format!("{zh}，每人每类最多享受 {limit} 件（辆）。"),
            format!("A person may have {limit} of each category {en}."),
        );
        for (word, limit) in category_limits {
            let name = category(word);
            told.say(
                format!("其中，{} {limit} 件。", name.zh),
                format!("Of the category {}: {limit}.", name.en),
            );
        }
    }
}

impl InWords for Exclusive {
    const TITLE: (&'static str, &'static str) = ("不得重复享受", "Not beside another subsidy");

    fn say(&self, told: &mut Told) {
        let Self {
            by,
            group,
            awards,
            awarded_from,
        } = self;
        let (zh, en) = match by {
            By::Person => ("申请人", "The applicant"),
            By::NewVehicle => ("新车", "The new car"),
            By::OldVehicle => ("旧车", "The old car"),
            By::Pair => ("旧车和新车", "Either car"),
        };
        let since = awarded_from.map_or_else(Default::default, |day| {
            (format!("{}以后", day_zh(day)), format!(" since {day}"))
        });
        if !awards.is_empty() {
            let drawn = listed(awards.iter().map(|kind| award(*kind)));
            told.say(
                format!(
                    "{zh}{}已享受过国家{}的，不再享受本补贴。",
                    since.0, drawn.zh
                ),
                format!("{en} has not drawn any of these{}: {}.", since.1, drawn.en),
            );
        }
        if group.is_some() {
            told.say(
                "同一组活动中，每人只能享受一次。",
                "A person draws once from programmes of the same group.",
            );
        }
    }
}

impl InWords for Once {
    const TITLE: (&'static str, &'static str) = ("一物一补", "Each item once");

    fn say(&self, told: &mut Told) {
        let Self {} = self;
        told.say(
            "同一辆车、同一件商品、同一张发票只能申请一次。",
            "Each car, article and invoice stands in one claim.",
        );
    }
}
