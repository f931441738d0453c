//! Amounts against a second reckoning in whole numbers, over random prices.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tradein::domain::draft::{Fuel, GoodsKind};
use tradein::domain::money::Fen;
use tradein::domain::policy::rules::rounding::Rounding;
use tradein::domain::policy::{Pack, read_pack};

use crate::builder::{Case, SHIPPED, car, goods, pack, shipped_text};

fn fen(fen: i64) -> Fen {
    Fen::new(fen).unwrap()
}

fn amount(case: &Case, pack: &Pack, price: i64) -> Option<i64> {
    let mut case = case.clone();
    case.invoice().total = fen(price);
    case.invoice().paid = fen(price);
    let verdict = case.evaluate(pack);
    let priced = verdict
        .reasons
        .iter()
        .all(|r| r.code.as_str() == "paid_mismatch");
    priced.then_some(verdict.amount.fen())
}

/// Hundredths of a fen, so that a percent of whole fen is a whole number.
fn reference(rounding: Rounding, hundredths: i64) -> i64 {
    let up_to = |unit: i64| (hundredths + unit * 100 - 1) / (unit * 100) * unit;
    let down_to = |unit: i64| hundredths / (unit * 100) * unit;
    let nearest = |unit: i64| (hundredths + unit * 50) / (unit * 100) * unit;
    match rounding {
        Rounding::FenCut => down_to(1),
        Rounding::HalfUpFen => nearest(1),
        Rounding::YuanCut => down_to(100),
        Rounding::YuanUp => up_to(100),
        Rounding::HalfUpYuan => nearest(100),
        Rounding::HalfUpTens => nearest(1000),
        Rounding::TwoLeadingDigits => {
            let digits = (down_to(100) / 100).to_string();
            let kept: String = digits
                .char_indices()
                .map(|(index, digit)| if index < 2 { digit } else { '0' })
                .collect();
            kept.parse::<i64>().unwrap() * 100
        }
    }
}

const ROUNDINGS: [Rounding; 7] = [
    Rounding::FenCut,
    Rounding::HalfUpFen,
    Rounding::YuanCut,
    Rounding::YuanUp,
    Rounding::HalfUpYuan,
    Rounding::HalfUpTens,
    Rounding::TwoLeadingDigits,
];

/// Programme, fuel, percent, cap in fen.
const SHARES: [(&str, Fuel, i64, i64); 5] = [
    ("national-car-replacement-2026", Fuel::Nev, 8, 1_500_000),
    ("national-car-replacement-2026", Fuel::Petrol, 6, 1_300_000),
    ("national-car-scrappage-2026", Fuel::Nev, 12, 2_000_000),
    ("national-car-scrappage-2026", Fuel::Diesel, 10, 1_500_000),
    ("jiyuan-car-purchase-2023", Fuel::Other, 5, 1_000_000),
];

fn prices() -> impl Strategy<Value = i64> {
    prop_oneof![
        1..100_000_000i64,
        (1..1_000_000i64).prop_map(|yuan| yuan * 100)
    ]
}

#[test]
fn roundings_agree_with_whole_number_arithmetic() {
    proptest!(|(hundredths in 0..10_000_000_000i64)| {
        let exact = rust_decimal::Decimal::new(hundredths, 2);
        for rounding in ROUNDINGS {
            let got = rounding.round(exact).unwrap().fen();
            prop_assert_eq!(got, reference(rounding, hundredths), "{:?} {}", rounding, exact);
        }
    });
}

#[test]
fn shares_agree_with_a_second_reckoning_and_never_pass_the_cap() {
    for (programme, fuel, percent, cap) in SHARES {
        let pack = pack(programme);
        let case = car(programme).new_fuel(fuel);
        let rounding = pack.amount.terms.rounding;
        proptest!(|(price in prices())| {
            let expected = reference(rounding, price * percent).min(cap);
            let expected = (expected > 0).then_some(expected);
            prop_assert_eq!(amount(&case, &pack, price), expected, "{} at {}", programme, price);
        });
    }
}

#[test]
fn a_planted_rounding_and_a_planted_rate_are_found() {
    let text = shipped_text("national-car-replacement-2026");
    for (from, to) in [
        ("\"yuan_up\"", "\"yuan_cut\""),
        ("percent = 8\n", "percent = 8.01\n"),
        ("cap_yuan = 15000", "cap_yuan = 15001"),
    ] {
        let planted = read_pack(&text.replace(from, to)).unwrap();
        let case = car("national-car-replacement-2026");
        let found = TestRunner::deterministic().run(&prices(), |price| {
            let expected = reference(Rounding::YuanUp, price * 8).min(1_500_000);
            prop_assert_eq!(amount(&case, &planted, price), Some(expected));
            Ok(())
        });
        assert!(found.is_err(), "{from} -> {to} was not noticed");
    }
}

#[test]
fn a_higher_price_never_pays_less() {
    let mut cases: Vec<Case> = SHARES.iter().map(|s| car(s.0).new_fuel(s.1)).collect();
    for programme in ["henan-car-replacement-2025", "jiyuan-car-replacement-2024"] {
        cases.extend([Fuel::Nev, Fuel::Petrol].map(|fuel| car(programme).new_fuel(fuel)));
    }
    cases.push(car("jiyuan-car-purchase-2022"));
    cases.push(goods(
        "national-appliance-2025",
        GoodsKind::Appliance,
        "tv",
        Some(2),
    ));
    cases.push(goods(
        "luoyang-home-2025",
        GoodsKind::Home,
        "smart_lock",
        None,
    ));
    for case in cases {
        let pack = pack(&case.draft.programme.0);
        proptest!(|(a in prices(), b in prices())| {
            let (low, high) = (a.min(b), a.max(b));
            let low = amount(&case, &pack, low).unwrap_or(0);
            let high = amount(&case, &pack, high).unwrap_or(0);
            prop_assert!(low <= high, "{}: {} above {}", pack.id, low, high);
        });
    }
}

#[test]
fn the_till_balances_for_every_price() {
    let programme = "national-appliance-2025";
    let pack = pack(programme);
    proptest!(|(total in 100..5_000_000i64, level in 1..=2u8, slip in 1..100i64)| {
        let mut case = goods(programme, GoodsKind::Appliance, "tv", Some(level));
        let percent = if level == 1 { 20 } else { 15 };
        let amount = (total * percent / 100).min(200_000);
        case.invoice().total = fen(total);
        case.invoice().paid = fen(total - amount);
        let verdict = case.evaluate(&pack);
        prop_assert!(verdict.reasons.is_empty(), "{:?}", verdict.reasons);
        prop_assert_eq!(verdict.amount, fen(amount));
        case.invoice().paid = fen(total - amount + slip);
        let reasons = case.evaluate(&pack).reasons;
        prop_assert_eq!(reasons.len(), 1);
        prop_assert_eq!(reasons[0].code.as_str(), "paid_mismatch");
    });
}

#[test]
fn no_damage_to_a_pack_goes_without_a_place_or_stops_the_reader() {
    let packs: Vec<String> = SHIPPED.iter().map(|id| shipped_text(id)).collect();
    let pieces = prop_oneof![
        Just(""),
        Just("\""),
        Just("="),
        Just("]"),
        Just("济"),
        Just("99"),
        Just("\n[x]\n")
    ];
    proptest!(|(which in 0..SHIPPED.len(), at in 0.0..1.0f64, cut in 0..40usize, piece in pieces)| {
        let letters: Vec<char> = packs[which].chars().collect();
        let start = (at * letters.len() as f64) as usize;
        let end = (start + cut).min(letters.len());
        let damaged: String = letters[..start].iter().copied()
            .chain(piece.chars())
            .chain(letters[end..].iter().copied())
            .collect();
        if let Err(problems) = read_pack(&damaged) {
            prop_assert!(!problems.is_empty());
            let lines = damaged.matches('\n').count() + 1;
            prop_assert!(problems.iter().all(|p| (1..=lines).contains(&p.line)));
        }
    });
}
