//! What is paid: fixed, tiered by price, or a share of the price, by fuel, energy level and category.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::Terms;
use super::rounding::Rounding;
use super::{fuel, goods};
use crate::domain::draft::{Fuel, Invoice, NewItem};
use crate::domain::money::Fen;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::policy::verdict::Claim;
use crate::domain::reason::ReasonCode;

/// Which price is reckoned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceBasis {
    /// The invoice total including tax, after all discounts of the shop.
    Total,
    /// The invoice total without value-added tax.
    WithoutTax,
    /// What the consumer paid.
    Paid,
}

/// What is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// Which price is reckoned from.
    pub price: PriceBasis,
    /// The rate of value-added tax that a price without tax is reckoned with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_percent: Option<Decimal>,
    /// The shop gives the subsidy at the till: what was paid plus the subsidy is the invoice total.
    pub till_discount: bool,
    /// How the share of a price becomes money.
    pub rounding: Rounding,
    /// The most for an item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Fen>,
    /// The least for an item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Fen>,
    /// The rates; no two of them fit the same item.
    pub rates: Vec<Rate>,
}

/// What is paid for some items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The new car's fuels; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fuels: Vec<Fuel>,
    /// The energy or water levels; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub energy_levels: Vec<u8>,
    /// The categories; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// How much.
    pub pays: Pays,
    /// The most for an item at this rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Fen>,
}

/// How much a rate pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pays {
    /// The same for every price.
    Fixed(Fen),
    /// Percent of the price.
    Percent(Decimal),
    /// By the price's tier; tiers follow each other without gap.
    Tiers(Vec<Tier>),
}

/// One tier of prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The lowest price, included.
    pub from: Fen,
    /// The price that is too high, not included; none for the highest tier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Fen>,
    /// What is paid.
    pub amount: Fen,
}

/// The rate of an item, or why there is none.
pub(in crate::domain::policy) enum Found<'a> {
    /// The rate.
    Rate(&'a Rate),
    /// No rate; the reason and the field that causes it.
    Refused(ReasonCode, &'static str),
    /// The energy level decides and is absent.
    LevelMissing,
}

impl Rate {
    fn fits_category(&self, category: &str) -> bool {
        self.categories.is_empty() || self.categories.iter().any(|c| c == category)
    }

    /// The most that this rate pays for an item; none when the price decides without limit.
    pub(in crate::domain::policy) fn most(&self) -> Option<Fen> {
        match &self.pays {
            Pays::Fixed(amount) => Some(*amount),
            Pays::Percent(_) => None,
            Pays::Tiers(tiers) => tiers.iter().map(|tier| tier.amount).max(),
        }
    }
}

impl Amount {
    /// The rate for the claim's item; `None` when the item is of another kind than the programme.
    pub(in crate::domain::policy) fn rate(&self, claim: &Claim<'_>) -> Option<Found<'_>> {
        if let Some(vehicle) = claim.new_vehicle() {
            let fits = |r: &&Rate| r.fuels.is_empty() || r.fuels.contains(&vehicle.fuel);
            return Some(self.rates.iter().find(fits).map_or(
                Found::Refused(ReasonCode::FuelNotCovered, "/new_item/fuel"),
                Found::Rate,
            ));
        }
        let goods = claim.goods()?;
        let mut of_category = self
            .rates
            .iter()
            .filter(|r| r.fits_category(&goods.category))
            .peekable();
        if of_category.peek().is_none() {
            return Some(Found::Refused(
                ReasonCode::CategoryNotCovered,
                "/new_item/category",
            ));
        }
        let mut by_level = false;
        for rate in of_category {
            if rate.energy_levels.is_empty() {
                return Some(Found::Rate(rate));
            }
            by_level = true;
            if goods
                .energy_level
                .is_some_and(|l| rate.energy_levels.contains(&l))
            {
                return Some(Found::Rate(rate));
            }
        }
        Some(if by_level && goods.energy_level.is_none() {
            Found::LevelMissing
        } else {
            Found::Refused(ReasonCode::EnergyLevelNotCovered, "/new_item/energy_level")
        })
    }

    /// The price that is reckoned from, in fen, possibly with fractions.
    pub(in crate::domain::policy) fn price_of(&self, invoice: &Invoice) -> Decimal {
        match self.price {
            PriceBasis::Paid => Decimal::from(invoice.paid.fen()),
            PriceBasis::Total | PriceBasis::WithoutTax => self.price_of_total(invoice.total),
        }
    }

    /// The highest price that can be reckoned from for an invoice total.
    pub(in crate::domain::policy) fn price_of_total(&self, total: Fen) -> Decimal {
        let total = Decimal::from(total.fen());
        match self.tax_percent {
            Some(tax) => total * Decimal::ONE_HUNDRED / (Decimal::ONE_HUNDRED + tax),
            None => total,
        }
    }

    /// The price that an invoice is reckoned by, whole fen, and the lower edge of the tier that it
    /// lies in; none where the price does not decide by tiers.
    pub fn stepped(&self, new: &NewItem, invoice: &Invoice) -> (Fen, Option<Fen>) {
        let price = self.price_of(invoice).floor().to_i64();
        let price = price.and_then(Fen::new).unwrap_or(invoice.total);
        let fits = |rate: &&Rate| match new {
            NewItem::Vehicle(car) => rate.fuels.is_empty() || rate.fuels.contains(&car.fuel),
            NewItem::Goods(goods) => rate.fits_category(&goods.category),
        };
        let tiers = self
            .rates
            .iter()
            .filter(fits)
            .find_map(|rate| match &rate.pays {
                Pays::Tiers(tiers) => Some(tiers),
                Pays::Fixed(_) | Pays::Percent(_) => None,
            });
        let reached = |tier: &&Tier| tier.from <= price && tier.below.is_none_or(|b| price < b);
        let edge = tiers.and_then(|tiers| tiers.iter().find(reached));
        (price, edge.map(|tier| tier.from))
    }

    /// The lower of the two caps that an item may have.
    pub(in crate::domain::policy) fn cap_for(&self, rate: &Rate) -> Option<Fen> {
        match (self.cap, rate.cap) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }
}

impl Terms for Amount {
    const REASONS: &'static [ReasonCode] = &[
        ReasonCode::PriceBelowFloor,
        ReasonCode::PriceAboveCeiling,
        ReasonCode::PaidMismatch,
        ReasonCode::FuelNotCovered,
        ReasonCode::CategoryNotCovered,
        ReasonCode::EnergyLevelNotCovered,
    ];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let prices = [
            ("total", PriceBasis::Total),
            ("without_tax", PriceBasis::WithoutTax),
            ("paid", PriceBasis::Paid),
        ];
        let price = section.need("price", |s, key| s.choice(key, &prices));
        let tax_percent = section.percent("tax_percent");
        let till_discount = section.need("till_discount", Section::flag);
        let rounding = section.need("rounding", |s, key| s.choice(key, Rounding::WORDS));
        let cap = section.yuan("cap_yuan");
        let floor = section.yuan("floor_yuan");
        let rates = read_rates(section);
        let amount = Self {
            price: price?,
            tax_percent: tax_percent?,
            till_discount: till_discount?,
            rounding: rounding?,
            cap: cap?,
            floor: floor?,
            rates: rates?,
        };
        let taxed = amount.price == PriceBasis::WithoutTax;
        if taxed != amount.tax_percent.is_some() {
            return Err(section.note(
                "tax_percent",
                "`tax_percent` goes with `price` = \"without_tax\", and only with it",
            ));
        }
        Ok(amount)
    }
}

fn read_rates(section: &mut Section<'_, '_>) -> Read<Vec<Rate>> {
    let mut tables = section.tables("rate")?;
    let mut rates = Vec::with_capacity(tables.len());
    let mut bad = None;
    for table in &mut tables {
        match read_rate(table) {
            Ok(rate) => rates.push(rate),
            Err(noted) => bad = Some(noted),
        }
        table.close();
    }
    match bad {
        Some(noted) => Err(noted),
        None if rates.is_empty() => Err(section.note("rate", "[amount] needs at least one rate")),
        None => Ok(rates),
    }
}

fn read_rate(table: &mut Section<'_, '_>) -> Read<Rate> {
    let fuels = table.choices("fuels", fuel::WORDS);
    let energy_levels = table.list("energy_levels", "whole numbers from 1 to 5", |value| {
        let number = value.as_integer()?;
        let level = u8::from_str_radix(number.as_str(), number.radix()).ok()?;
        (1..=5).contains(&level).then_some(level)
    });
    let categories = goods::categories(table, "categories");
    let pays = read_pays(table);
    let cap = table.yuan("cap_yuan");
    Ok(Rate {
        fuels: fuels?.unwrap_or_default(),
        energy_levels: energy_levels?.unwrap_or_default(),
        categories: categories?.unwrap_or_default(),
        pays: pays?,
        cap: cap?,
    })
}

fn read_pays(table: &mut Section<'_, '_>) -> Read<Pays> {
    let fixed = table.yuan("yuan");
    let percent = table.percent("percent");
    let tiers = read_tiers(table);
    match (fixed?, percent?, tiers?) {
        (Some(amount), None, None) => Ok(Pays::Fixed(amount)),
        (None, Some(percent), None) => Ok(Pays::Percent(percent)),
        (None, None, Some(tiers)) => Ok(Pays::Tiers(tiers)),
        (None, None, None) => {
            Err(table.note_here("this rate pays nothing: give `yuan`, `percent` or `tiers`"))
        }
        (fixed, _, tiers) => {
            let last = match (fixed, tiers) {
                (_, Some(_)) => "tiers",
                _ => "percent",
            };
            Err(table.note(
                last,
                "`yuan`, `percent` and `tiers` exclude each other: give one of them",
            ))
        }
    }
}

fn read_tiers(table: &mut Section<'_, '_>) -> Read<Option<Vec<Tier>>> {
    let mut sections = table.tables("tiers")?;
    let mut tiers = Vec::with_capacity(sections.len());
    let mut bad = None;
    for section in &mut sections {
        let from = section.need("from_yuan", Section::yuan);
        let below = section.yuan("below_yuan");
        let amount = section.need("yuan", Section::yuan);
        section.close();
        match (from, below, amount) {
            (Ok(from), Ok(below), Ok(amount)) => tiers.push(Tier {
                from,
                below,
                amount,
            }),
            (Err(noted), ..) | (_, Err(noted), _) | (.., Err(noted)) => bad = Some(noted),
        }
    }
    match bad {
        Some(noted) => Err(noted),
        None => Ok((!tiers.is_empty()).then_some(tiers)),
    }
}
