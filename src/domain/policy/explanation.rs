//! How an amount was reckoned, in sentences for the consumer.

use rust_decimal::Decimal;

use super::pack::Basis;
use super::rules::amount::{PriceBasis, Rate, Tier};
use super::rules::rounding::Rounding;
use crate::domain::draft::Fuel;
use crate::domain::money::Fen;
use crate::domain::text::Text;

/// A sentence of the explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplanationLine {
    /// The rule's stable name, such as `amount.tier`.
    pub rule: &'static str,
    /// The sentence.
    pub text: Text,
    /// Document and clause.
    pub basis: String,
}

/// Gathers the sentences about one amount.
pub(super) struct Explanation<'a> {
    basis: &'a Basis,
    lines: Vec<ExplanationLine>,
}

impl<'a> Explanation<'a> {
    pub(super) fn new(basis: &'a Basis) -> Self {
        let lines = Vec::new();
        Self { basis, lines }
    }

    pub(super) fn into_lines(self) -> Vec<ExplanationLine> {
        self.lines
    }

    fn say(&mut self, rule: &'static str, zh: String, en: String) {
        self.lines.push(ExplanationLine {
            rule,
            text: Text { zh, en },
            basis: self.basis.to_string(),
        });
    }

    pub(super) fn fixed(&mut self, rate: &Rate, amount: Fen) {
        let (what_zh, what_en) = what(rate);
        let amount = yuan(amount);
        self.say(
            "amount.fixed",
            format!("{what_zh}定额补贴 {amount} 元"),
            format!("{what_en}a fixed subsidy of {amount} yuan"),
        );
    }

    pub(super) fn tier(&mut self, rate: &Rate, basis: PriceBasis, price: Decimal, tier: &Tier) {
        let (what_zh, what_en) = what(rate);
        let (price_zh, price_en) = price_name(basis);
        let price = fen(price);
        let from = yuan(tier.from);
        let amount = yuan(tier.amount);
        let (range_zh, range_en) = match tier.below.map(yuan) {
            Some(below) => (
                format!("{from} 元（含）至 {below} 元（不含）"),
                format!("from {from} to below {below} yuan"),
            ),
            None => (format!("{from} 元及以上"), format!("from {from} yuan")),
        };
        self.say(
            "amount.tier",
            format!("{what_zh}{price_zh} {price} 元，属于 {range_zh}一档，补贴 {amount} 元"),
            format!(
                "{what_en}{price_en} {price} yuan lies in the tier {range_en}, which pays {amount} yuan"
            ),
        );
    }

    pub(super) fn percent(
        &mut self,
        rate: &Rate,
        basis: PriceBasis,
        price: Decimal,
        percent: Decimal,
        exact: Decimal,
    ) {
        let (what_zh, what_en) = what(rate);
        let (price_zh, price_en) = price_name(basis);
        let (price, exact) = (fen(price), fen(exact));
        self.say(
            "amount.percent",
            format!("{what_zh}{price_zh} {price} 元 × {percent}% = {exact} 元"),
            format!("{what_en}{price_en} {price} yuan × {percent}% = {exact} yuan"),
        );
    }

    pub(super) fn rounding(&mut self, rounding: Rounding, amount: Fen) {
        let how = rounding.sentence();
        let amount = yuan(amount);
        self.say(
            "amount.rounding",
            format!("{}，为 {amount} 元", how.zh),
            format!("{}: {amount} yuan", how.en),
        );
    }

    pub(super) fn cap(&mut self, cap: Fen) {
        let cap = yuan(cap);
        self.say(
            "amount.cap",
            format!("每件最高补贴 {cap} 元，按 {cap} 元计"),
            format!("the most for an item is {cap} yuan, so it is {cap} yuan"),
        );
    }

    pub(super) fn floor(&mut self, floor: Fen) {
        let floor = yuan(floor);
        self.say(
            "amount.floor",
            format!("每件最低补贴 {floor} 元，按 {floor} 元计"),
            format!("the least for an item is {floor} yuan, so it is {floor} yuan"),
        );
    }

    pub(super) fn most(&mut self, rate: &Rate, amount: Fen) {
        let (what_zh, what_en) = what(rate);
        let amount = yuan(amount);
        self.say(
            "amount.most",
            format!("{what_zh}尚未开具发票，先按最高补贴 {amount} 元预留，最终以发票为准"),
            format!(
                "{what_en}there is no invoice yet, so the most that can be paid, {amount} yuan, is held; the invoice decides"
            ),
        );
    }

    pub(super) fn till(&mut self, amount: Fen, paid: Fen) {
        let (amount, paid) = (yuan(amount), yuan(paid));
        self.say(
            "amount.till",
            format!("结算时立减 {amount} 元，消费者实付 {paid} 元"),
            format!("the shop takes {amount} yuan off at the till, the consumer pays {paid} yuan"),
        );
    }
}

fn price_name(basis: PriceBasis) -> (&'static str, &'static str) {
    match basis {
        PriceBasis::Total => ("发票价", "invoice price"),
        PriceBasis::WithoutTax => ("不含税价", "price without tax"),
        PriceBasis::Paid => ("实付价", "price paid"),
    }
}

/// What the rate is for, to begin a sentence with.
fn what(rate: &Rate) -> (String, String) {
    let mut zh = String::new();
    let mut en = String::new();
    if rate.fuels == [Fuel::Nev] {
        zh.push_str("新能源车，");
        en.push_str("new-energy vehicle: ");
    } else if !rate.fuels.is_empty() && !rate.fuels.contains(&Fuel::Nev) {
        zh.push_str("燃油车，");
        en.push_str("fuel vehicle: ");
    }
    if !rate.energy_levels.is_empty() {
        let levels: Vec<String> = rate.energy_levels.iter().map(u8::to_string).collect();
        zh.push_str(&format!("{} 级能效（水效），", levels.join("、")));
        en.push_str(&format!("energy or water level {}: ", levels.join(", ")));
    }
    (zh, en)
}

/// Yuan with two places and commas: `166,666.00`.
pub(super) fn yuan(amount: Fen) -> String {
    commas(&amount.to_string())
}

/// An amount in fen with fractions as yuan, with at least two places.
fn fen(amount: Decimal) -> String {
    let mut amount = (amount / Decimal::ONE_HUNDRED).normalize();
    if amount.scale() > 6 {
        amount = amount.round_dp(6);
    }
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    commas(&amount.to_string())
}

fn commas(number: &str) -> String {
    let (whole, part) = number.split_once('.').unwrap_or((number, "00"));
    let mut out = String::with_capacity(number.len() + whole.len() / 3);
    for (index, digit) in whole.char_indices() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push('.');
    out.push_str(part);
    out
}
