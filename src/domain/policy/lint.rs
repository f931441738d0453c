//! Mistakes that no single key shows: rules that contradict each other.

use std::collections::BTreeSet;

use super::pack::{ProgrammeKind, Rule};
use super::rules::Rules;
use super::rules::amount::{Amount, Pays, Rate, Tier};
use super::rules::old_item::OldKind;
use super::rules::papers::{FIELDS, FieldOf};
use super::rules::payout::{Payee, Payout};
use super::source::Source;
use crate::domain::draft::Fuel;
use crate::domain::money::Fen;

/// Notes every contradiction; rules that could not be read are passed over.
pub(super) fn lint(
    source: &Source<'_>,
    kind: Option<ProgrammeKind>,
    amount: Option<&Rule<Amount>>,
    rules: &Rules,
) {
    required_sections(source);
    if let Some(kind) = kind {
        sections_of_kind(source, kind);
        old_kind(source, kind, rules);
        proofs(source, kind, rules);
    }
    old_item_sections(source, rules);
    papers(source, rules);
    exclusions(source, rules);
    if let Some(rule) = amount {
        caps(source, &rule.terms);
        till_and_payee(source, &rule.terms, rules);
        for (index, rate) in rule.terms.rates.iter().enumerate() {
            if let Pays::Tiers(list) = &rate.pays {
                tiers(source, index, list);
            }
        }
        rate_overlaps(source, &rule.terms.rates);
        price_and_tiers(source, &rule.terms, rules);
        counter_opening(source, &rule.terms, rules);
        if let Some(kind) = kind {
            selectors(source, kind, &rule.terms.rates);
        }
        coverage(source, &rule.terms.rates, rules);
    }
    category_limits(source, rules);
}

fn required_sections(source: &Source<'_>) {
    for name in ["invoice_window", "buyer", "dealers", "queue", "payout"] {
        if !source.has(name) {
            source.missing_section(name);
        }
    }
}

fn sections_of_kind(source: &Source<'_>, kind: ProgrammeKind) {
    let vehicle = kind == ProgrammeKind::Vehicle;
    let of_cars = [
        "registration_window",
        "ownership",
        "disposal",
        "age",
        "fuel",
        "engine",
        "place.registration",
        "place.same_province",
    ];
    for path in of_cars
        .into_iter()
        .filter(|path| !vehicle && source.has(path))
    {
        source.note_at(
            path,
            format!("`{path}` is for cars, and this programme is not for cars"),
        );
    }
    if vehicle && source.has("goods") {
        source.note_at(
            "goods",
            "`goods` is for goods, and this programme is for cars",
        );
    }
    if !vehicle && !source.has("goods") {
        source.missing_section("goods");
    }
    if vehicle && !source.has("fuel") {
        source.missing_section("fuel");
    }
    if vehicle && source.has("units.category_limits") {
        source.note_at(
            "units.category_limits",
            "cars have no categories: drop `category_limits`",
        );
    }
    if !vehicle && source.has("award_kind") {
        source.note_at(
            "award_kind",
            "`award_kind` is for cars, and this programme is not for cars",
        );
    }
}

fn old_kind(source: &Source<'_>, kind: ProgrammeKind, rules: &Rules) {
    let Some(old) = &rules.old_item else { return };
    let vehicle = kind == ProgrammeKind::Vehicle;
    if vehicle != (old.terms.kind == OldKind::Vehicle) {
        let message = if vehicle {
            "a programme for cars takes in old vehicles, not appliances"
        } else {
            "a programme for goods takes in old appliances, not vehicles"
        };
        source.note_at("old_item.kind", message);
    }
}

/// Rules about the old item need one.
fn old_item_sections(source: &Source<'_>, rules: &Rules) {
    let names = [
        "disposal_window",
        "ownership",
        "disposal",
        "age",
        "fuel.nev_for_nev",
    ];
    if !source.has("old_item") {
        for name in names.into_iter().filter(|name| source.has(name)) {
            let message = format!("`{name}` is about an old item, but there is no [old_item]");
            source.note_at(name, message);
        }
    }
    let optional = rules.old_item.as_ref().is_some_and(|r| !r.terms.required);
    if optional && rules.disposal.is_some() {
        source.note_at(
            "old_item.required",
            "[disposal] demands a way of giving the old item up, so it must be required",
        );
    }
}

fn papers(source: &Source<'_>, rules: &Rules) {
    let mut seen = BTreeSet::new();
    for (index, rule) in rules.paper.iter().enumerate() {
        let name = rule.terms.name.as_str();
        if !seen.insert(name) {
            source.note_at(
                &format!("paper[{index}].name"),
                format!("the paper `{name}` is named twice"),
            );
        }
        if name == "invoice" && rules.counter_opening.is_some() {
            source.note_at(
                &format!("paper[{index}].name"),
                "[counter_opening] asks for the paper `invoice` already",
            );
        }
    }
}

/// A paper proves only what claims of this programme say.
fn proofs(source: &Source<'_>, kind: ProgrammeKind, rules: &Rules) {
    let vehicle = kind == ProgrammeKind::Vehicle;
    let old = rules.old_item.as_ref().map(|rule| rule.terms.kind);
    let there = |of: FieldOf| match of {
        FieldOf::Every => true,
        FieldOf::OldItem => old.is_some(),
        FieldOf::OldVehicle => old == Some(OldKind::Vehicle),
        FieldOf::OldAppliance => old == Some(OldKind::Appliance),
        FieldOf::NewVehicle => vehicle,
        FieldOf::Goods => !vehicle,
        FieldOf::Digital => kind == ProgrammeKind::Digital,
    };
    for (index, rule) in rules.paper.iter().enumerate() {
        for field in &rule.terms.proves {
            let known = FIELDS.iter().find(|(pointer, _)| pointer == field);
            if known.is_some_and(|(_, of)| !there(*of)) {
                source.note_at(
                    &format!("paper[{index}].proves"),
                    format!("claims of this programme have no `{field}` to prove"),
                );
            }
        }
    }
}

fn exclusions(source: &Source<'_>, rules: &Rules) {
    let mut groups = BTreeSet::new();
    for (index, rule) in rules.exclusive.iter().enumerate() {
        if let Some(group) = &rule.terms.group
            && !groups.insert(group)
        {
            source.note_at(
                &format!("exclusive[{index}].group"),
                format!("the group `{group}` is named twice"),
            );
        }
    }
}

fn caps(source: &Source<'_>, amount: &Amount) {
    let below_floor = |cap: Fen| amount.floor.is_some_and(|floor| cap < floor);
    let message = |cap: Fen| {
        let floor = amount.floor.unwrap_or(Fen::ZERO);
        format!("the cap {cap} lies below the floor {floor}")
    };
    if let Some(cap) = amount.cap.filter(|cap| below_floor(*cap)) {
        source.note_at("amount.cap_yuan", message(cap));
    }
    for (index, rate) in amount.rates.iter().enumerate() {
        let place = format!("amount.rate[{index}].cap_yuan");
        if let Some(cap) = rate.cap.filter(|cap| below_floor(*cap)) {
            source.note_at(&place, message(cap));
        }
        if let (Some(cap), Some(most)) = (amount.cap_for(rate), rate.most())
            && most > cap
        {
            source.note_at(
                &place,
                format!("this rate pays {most}, above its cap {cap}"),
            );
        }
        let nothing = match &rate.pays {
            Pays::Fixed(amount) => *amount == Fen::ZERO,
            Pays::Percent(_) => false,
            Pays::Tiers(tiers) => tiers.iter().any(|t| t.amount == Fen::ZERO),
        };
        if nothing || amount.cap_for(rate) == Some(Fen::ZERO) {
            source.note_at(
                &format!("amount.rate[{index}]"),
                "a rate, tier or cap of 0: leave out what is not paid",
            );
        }
    }
}

/// Who has given the subsidy at the till is the one who is owed it.
fn till_and_payee(source: &Source<'_>, amount: &Amount, rules: &Rules) {
    let consumer = |rule: &Rule<Payout>| rule.terms.payee == Payee::Consumer;
    if amount.till_discount && rules.payout.as_ref().is_some_and(consumer) {
        source.note_at(
            "payout.payee",
            "`till_discount` contradicts `payee` \"consumer\": who pays less at the till is not paid again",
        );
    }
}

fn tiers(source: &Source<'_>, rate: usize, list: &[Tier]) {
    for (index, tier) in list.iter().enumerate() {
        let place = |key: &str| format!("amount.rate[{rate}].tiers[{index}].{key}");
        if tier.below.is_some_and(|below| below <= tier.from) {
            source.note_at(
                &place("below_yuan"),
                "this tier is empty: it ends where it begins or before",
            );
            continue;
        }
        let Some(next) = list.get(index + 1) else {
            continue;
        };
        let next_place = format!("amount.rate[{rate}].tiers[{}].from_yuan", index + 1);
        match tier.below {
            None => {
                source.note_at(
                    &place("from_yuan"),
                    "only the last tier may lack `below_yuan`: this one overlaps the next",
                );
            }
            Some(below) if next.from < below => {
                let message = format!(
                    "tiers overlap: this one begins at {}, the one before ends at {below}",
                    next.from
                );
                source.note_at(&next_place, message);
            }
            Some(below) if next.from > below => {
                let message = format!("tiers leave a gap from {below} to {}", next.from);
                source.note_at(&next_place, message);
            }
            Some(_) => {}
        }
    }
}

fn meet<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    a.is_empty() || b.is_empty() || a.iter().any(|item| b.contains(item))
}

fn rate_overlaps(source: &Source<'_>, rates: &[Rate]) {
    for (index, rate) in rates.iter().enumerate() {
        for (earlier, other) in rates[..index].iter().enumerate() {
            if meet(&rate.fuels, &other.fuels)
                && meet(&rate.energy_levels, &other.energy_levels)
                && meet(&rate.categories, &other.categories)
            {
                let message = format!(
                    "rate {} and rate {} fit the same item: separate them by fuels, energy_levels or categories",
                    index + 1,
                    earlier + 1
                );
                source.note_at(&format!("amount.rate[{index}]"), message);
            }
        }
    }
}

/// A price range and tiers that disagree leave tiers that nobody reaches or prices nobody pays for.
fn price_and_tiers(source: &Source<'_>, amount: &Amount, rules: &Rules) {
    let Some(price) = rules.price.as_ref().map(|rule| &rule.terms) else {
        return;
    };
    for rate in &amount.rates {
        let Pays::Tiers(tiers) = &rate.pays else {
            continue;
        };
        let (Some(first), Some(last)) = (tiers.first(), tiers.last()) else {
            continue;
        };
        if price.floor.is_some_and(|floor| floor != first.from) {
            let message = format!(
                "`floor_yuan` contradicts the lowest tier, which begins at {}",
                first.from
            );
            source.note_at("price.floor_yuan", message);
        }
        let unreached =
            |ceiling: Fen| ceiling < last.from || last.below.is_some_and(|below| below <= ceiling);
        if price.ceiling.is_some_and(unreached) {
            source.note_at(
                "price.ceiling_yuan",
                "`ceiling_yuan` contradicts the highest tier",
            );
        }
    }
}

fn counter_opening(source: &Source<'_>, amount: &Amount, rules: &Rules) {
    if rules.counter_opening.is_none() {
        return;
    }
    let ceiling = rules.price.as_ref().and_then(|rule| rule.terms.ceiling);
    for (index, rate) in amount.rates.iter().enumerate() {
        let open_ended = matches!(rate.pays, Pays::Percent(_));
        if open_ended && amount.cap_for(rate).is_none() && ceiling.is_none() {
            source.note_at(
                &format!("amount.rate[{index}]"),
                "[counter_opening] holds the most that can be paid: this rate needs a cap, or the price a ceiling",
            );
        }
    }
}

fn selectors(source: &Source<'_>, kind: ProgrammeKind, rates: &[Rate]) {
    let vehicle = kind == ProgrammeKind::Vehicle;
    for (index, rate) in rates.iter().enumerate() {
        let misplaced: &[(&str, bool)] = if vehicle {
            &[
                ("energy_levels", !rate.energy_levels.is_empty()),
                ("categories", !rate.categories.is_empty()),
            ]
        } else {
            &[("fuels", !rate.fuels.is_empty())]
        };
        for (key, _) in misplaced.iter().filter(|(_, given)| *given) {
            let of = if vehicle { "cars" } else { "goods" };
            source.note_at(
                &format!("amount.rate[{index}].{key}"),
                format!("{of} have no `{key}`"),
            );
        }
        if kind == ProgrammeKind::Digital && !rate.energy_levels.is_empty() {
            source.note_at(
                &format!("amount.rate[{index}].energy_levels"),
                "digital articles have no `energy_levels`",
            );
        }
    }
}

/// Every fuel and category that is covered has a rate, and no rate is for one that is not.
fn coverage(source: &Source<'_>, rates: &[Rate], rules: &Rules) {
    if let Some(rule) = &rules.fuel {
        let paid = |fuel: &Fuel| {
            rates
                .iter()
                .any(|r| r.fuels.is_empty() || r.fuels.contains(fuel))
        };
        if !rule.terms.new.iter().all(paid) {
            source.note_at("fuel.new", "`new` lists a fuel that no rate pays for");
        }
        for (index, rate) in rates.iter().enumerate() {
            if rate.fuels.iter().any(|fuel| !rule.terms.new.contains(fuel)) {
                source.note_at(
                    &format!("amount.rate[{index}].fuels"),
                    "this rate pays for a fuel that [fuel] does not cover",
                );
            }
        }
        let only_nev = rule.terms.new.iter().all(|fuel| *fuel == Fuel::Nev);
        if only_nev && rules.engine.is_some() {
            source.note_at(
                "engine",
                "[engine] limits fuel cars, and [fuel] covers none",
            );
        }
    }
    if let Some(rule) = &rules.goods {
        let listed = &rule.terms.categories;
        for category in listed {
            let paid = |r: &Rate| r.categories.is_empty() || r.categories.contains(category);
            if !rates.iter().any(paid) {
                let message = format!("no rate pays for the category `{category}`");
                source.note_at("goods.categories", message);
            }
        }
        for (index, rate) in rates.iter().enumerate() {
            if let Some(category) = rate.categories.iter().find(|c| !listed.contains(c)) {
                source.note_at(
                    &format!("amount.rate[{index}].categories"),
                    format!("`{category}` is not a category of [goods]"),
                );
            }
        }
    }
}

fn category_limits(source: &Source<'_>, rules: &Rules) {
    let (Some(units), Some(goods)) = (&rules.units, &rules.goods) else {
        return;
    };
    for category in units.terms.category_limits.keys() {
        if !goods.terms.categories.contains(category) {
            source.note_at(
                &format!("units.category_limits.{category}"),
                format!("`{category}` is not a category of [goods]"),
            );
        }
    }
}
