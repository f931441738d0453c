//! What is paid, as a table and in sentences.

use super::names::{category, fuel, listed, percent, yuan};
use super::{InWords, RuleInWords, Told, one};
use crate::domain::policy::Pack;
use crate::domain::policy::rules::amount::{Amount, Pays, PriceBasis, Rate};
use crate::domain::text::Text;

/// A row of the table of amounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmountRow {
    /// What it is for.
    pub what: Text,
    /// At which prices.
    pub price: Text,
    /// What is paid.
    pub amount: Text,
}

/// The table of amounts, and what holds for all of its rows.
pub fn amounts(pack: &Pack) -> (Vec<AmountRow>, RuleInWords) {
    let terms = &pack.amount.terms;
    let rows = terms.rates.iter().flat_map(|rate| rows(terms, rate));
    (rows.collect(), one(&pack.amount))
}

fn rows(terms: &Amount, rate: &Rate) -> Vec<AmountRow> {
    let what = what(rate);
    let any = || Text::new("不限", "any");
    let sum = |amount| {
        let amount = yuan(amount);
        Text::new(format!("{amount} 元"), format!("¥{amount}"))
    };
    match &rate.pays {
        Pays::Fixed(amount) => vec![AmountRow {
            what,
            price: any(),
            amount: sum(*amount),
        }],
        Pays::Percent(share) => {
            let share = percent(*share);
            let (mut zh, mut en) = (format!("{share}%"), format!("{share} %"));
            if let Some(cap) = terms.cap_for(rate).map(yuan) {
                zh.push_str(&format!("，每件最高 {cap} 元"));
                en.push_str(&format!(", at most ¥{cap} for an item"));
            }
            vec![AmountRow {
                what,
                price: any(),
                amount: Text::new(zh, en),
            }]
        }
        Pays::Tiers(tiers) => tiers
            .iter()
            .map(|tier| {
                let from = yuan(tier.from);
                let price = match tier.below.map(yuan) {
                    Some(below) => Text::new(
                        format!("{from} 元（含）至 {below} 元（不含）"),
                        format!("from ¥{from} to below ¥{below}"),
                    ),
                    None => Text::new(format!("{from} 元及以上"), format!("from ¥{from}")),
                };
                AmountRow {
                    what: what.clone(),
                    price,
                    amount: sum(tier.amount),
                }
            })
            .collect(),
    }
}

/// What a rate is for.
fn what(rate: &Rate) -> Text {
    let mut parts = Vec::new();
    if !rate.categories.is_empty() {
        parts.push(listed(rate.categories.iter().map(|word| category(word))));
    }
    if !rate.fuels.is_empty() {
        let fuels = listed(rate.fuels.iter().map(|kind| fuel(*kind)));
        parts.push(Text::new(
            format!("{}新车", fuels.zh),
            format!("new car: {}", fuels.en),
        ));
    }
    if !rate.energy_levels.is_empty() {
        let levels = rate.energy_levels.iter().map(|level| {
            let level = level.to_string();
            Text::new(level.clone(), level)
        });
        let levels = listed(levels);
        parts.push(Text::new(
            format!("{} 级能效（水效）", levels.zh),
            format!("energy or water level {}", levels.en),
        ));
    }
    if parts.is_empty() {
        return Text::new("全部", "all");
    }
    let (zh, en): (Vec<String>, Vec<String>) =
        parts.into_iter().map(|part| (part.zh, part.en)).unzip();
    Text::new(zh.join("，"), en.join("; "))
}

impl InWords for Amount {
    const TITLE: (&'static str, &'static str) = ("补贴标准", "Amounts");

    fn say(&self, told: &mut Told) {
        let Self {
            price,
            tax_percent,
            till_discount,
            rounding,
            cap,
            floor,
            rates,
        } = self;
        match price {
            PriceBasis::Total => told.say(
                "以发票价税合计为计算依据。",
                "Reckoned from the invoice total with tax.",
            ),
            PriceBasis::WithoutTax => {
                let tax = tax_percent.map(percent).unwrap_or_default();
                told.say(
                    format!("以不含税价为计算依据，增值税率 {tax}%。"),
                    format!("Reckoned from the price without tax, at {tax} % of value-added tax."),
                );
            }
            PriceBasis::Paid => told.say(
                "以消费者实付金额为计算依据。",
                "Reckoned from what the consumer paid.",
            ),
        }
        if rates
            .iter()
            .any(|rate| matches!(rate.pays, Pays::Percent(_)))
        {
            let how = rounding.sentence();
            told.say(
                format!("按比例计算的金额{}。", how.zh),
                format!("A share of a price is reckoned so: {}.", how.en),
            );
        }
        if let Some(cap) = cap.map(yuan) {
            told.say(
                format!("每件最高补贴 {cap} 元。"),
                format!("The most for an item is {cap} yuan."),
            );
        }
        if let Some(floor) = floor.map(yuan) {
            told.say(
                format!("每件最低补贴 {floor} 元。"),
                format!("The least for an item is {floor} yuan."),
            );
        }
        told.say_if(
            *till_discount,
            "购买时立减：消费者实付金额加补贴金额等于发票金额。",
            "Taken off at the till: what the consumer pays and the subsidy are the invoice total.",
        );
    }
}
