//! What a verdict says beside reasons: limits, look-ups, papers and the explanation.

use tradein::domain::defect::DefectCode;
use tradein::domain::draft::GoodsKind;
use tradein::domain::policy::read_pack;
use tradein::domain::policy::rules::dealers::Level;
use tradein::domain::policy::verdict::{AwardKind, PaperDue, RegisterSubject};
use tradein::domain::text::Lang;

use crate::builder::{
    A25, BUY22, CARS, Case, HENAN, JIYUAN, REPLACE26, SCRAP25, SCRAP26, appliance, car, day, goods,
    old_appliance, pack, yuan,
};

#[test]
fn limits_groups_and_registers() {
    let units = |case: &Case| {
        let limit = case.evaluate(&pack(&case.draft.programme.0)).unit_limit;
        limit.map(|l| (l.scope, l.limit, l.field))
    };
    let some = |scope: &str, limit, field| Some((scope.to_owned(), limit, field));
    assert_eq!(units(&car(JIYUAN)), None);
    let person = "/consumer/id_number";
    assert_eq!(
        units(&car(HENAN)),
        some("henan-car-replacement-2025/vehicle/2025", 1, person)
    );
    assert_eq!(
        units(&car(REPLACE26)),
        some("national-car-replacement-2026/vehicle/all", 1, person)
    );
    assert_eq!(
        units(&car(SCRAP26)),
        some("national-car-scrappage-2026/vehicle/all", 1, person)
    );
    let category = "/new_item/category";
    assert_eq!(
        units(&appliance(A25, "air_conditioner", 1)),
        some("national-appliance-2025/air_conditioner/all", 3, category)
    );
    assert_eq!(
        units(&appliance(A25, "tv", 1)),
        some("national-appliance-2025/tv/all", 1, category)
    );

    let registers = |programme| {
        let verdict = car(programme).evaluate(&pack(programme));
        let asked: Vec<_> = verdict
            .registers
            .iter()
            .map(|r| (r.subject, r.award))
            .collect();
        (
            verdict.person_groups,
            asked,
            verdict.registers.first().and_then(|r| r.awarded_from),
        )
    };
    use AwardKind::{Replacement, Scrappage};
    use RegisterSubject::{NewVehicle, Person};
    assert_eq!(registers(JIYUAN), (vec![], vec![(Person, Scrappage)], None));
    let both = vec![(NewVehicle, Scrappage), (NewVehicle, Replacement)];
    assert_eq!(registers(HENAN), (vec![], both, None));
    for programme in [REPLACE26, SCRAP26] {
        let both = vec![(Person, Scrappage), (Person, Replacement)];
        let group = vec!["car-2026".to_owned()];
        assert_eq!(registers(programme), (group, both, Some(day("2026-01-01"))));
    }
    assert_eq!(registers(BUY22), (vec![], vec![], None));
    assert_eq!(pack(SCRAP25).award_kind, Some(Scrappage));
    assert_eq!(pack(HENAN).award_kind, Some(Replacement));
    assert_eq!(pack(BUY22).award_kind, None);
}

#[test]
fn the_explanation_has_the_figures_in_both_languages() {
    let says = |case: &Case, rule: &str, lang: Lang| {
        let verdict = case.evaluate(&pack(&case.draft.programme.0));
        let line = verdict.explanation.iter().find(|l| l.rule == rule);
        line.map(|l| l.text.get(lang).to_owned())
            .unwrap_or_default()
    };
    let case = car(REPLACE26).price("166666.00", "166666.00");
    assert_eq!(
        says(&case, "amount.percent", Lang::Zh),
        "新能源车，发票价 166,666.00 元 × 8% = 13,333.28 元"
    );
    assert_eq!(
        says(&case, "amount.rounding", Lang::Zh),
        "不足一元的进一元，为 13,334.00 元"
    );
    assert_eq!(
        says(&case, "amount.rounding", Lang::En),
        "rounded up to the next whole yuan: 13,334.00 yuan"
    );
    assert_eq!(says(&case, "amount.cap", Lang::Zh), "");
    let capped = car(REPLACE26).price("187501.00", "187501.00");
    assert!(says(&capped, "amount.cap", Lang::En).contains("15,000.00"));
    let tier = car(HENAN).price("166666.00", "166666.00");
    assert_eq!(
        says(&tier, "amount.tier", Lang::Zh),
        "新能源车，发票价 166,666.00 元，属于 100,000.00 元（含）至 200,000.00 元（不含）一档，补贴 14,000.00 元"
    );
    let till = appliance(A25, "tv", 1).price("5000.00", "4000.00");
    assert_eq!(
        says(&till, "amount.till", Lang::Zh),
        "结算时立减 1,000.00 元，消费者实付 4,000.00 元"
    );
}

#[test]
fn a_claim_without_invoice_needs_counter_opening() {
    for programme in CARS {
        let verdict = car(programme)
            .but(|c| c.draft.invoice = None)
            .evaluate(&pack(programme));
        let defects: Vec<_> = verdict
            .defects
            .iter()
            .map(|d| (d.field.as_str(), d.code))
            .collect();
        assert_eq!(defects, [("/invoice", DefectCode::Required)]);
    }
}

#[test]
fn the_knobs_that_no_shipped_pack_turns() {
    let root = env!("CARGO_MANIFEST_DIR");
    let path = format!("{root}/tests/data/packs/counter-opening.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let pack = read_pack(&text).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let item = |category, level| {
        goods(A25, GoodsKind::Appliance, category, level).but(|c| {
            c.draft.old_item = Some(old_appliance(category, day("2025-03-01")));
        })
    };
    let paid = |price: &str| item("fridge", Some(2)).price(price, price).evaluate(&pack);
    // 1,130 with 13 % tax is 1,000 without; 12.5 % of it is 125, half up to tens 130.
    assert_eq!(paid("1130.00").amount, yuan("130.00"));
    assert_eq!(paid("1129.99").amount, yuan("120.00"));
    assert_eq!(paid("100.00").amount, yuan("50.00"));
    assert_eq!(paid("99.99").reasons[0].code.as_str(), "price_below_floor");
    assert_eq!(paid("8000.00").amount, yuan("880.00"));
    assert_eq!(
        paid("8000.01").reasons[0].code.as_str(),
        "price_above_ceiling"
    );
    let verdict = paid("1130.00");
    assert_eq!(
        (
            verdict.dealer_caps.share_bp(Level::default()),
            verdict.waitlist
        ),
        (Some(1250), false)
    );
    let receipt = PaperDue {
        paper: "delivery_receipt".to_owned(),
        days: 30,
        not_after: Some(day("2026-01-15")),
    };
    assert_eq!(verdict.papers, [receipt]);

    let open = |category, level| {
        item(category, level)
            .but(|c| c.draft.invoice = None)
            .evaluate(&pack)
    };
    let held = open("fridge", Some(1));
    assert_eq!((held.defects.len(), held.reasons.len()), (0, 0));
    // At the highest price, 8,000 with tax, 12.5 % of the price without it is 884.96: below the cap.
    assert_eq!(held.amount, yuan("880.00"));
    assert_eq!(held.explanation[0].rule, "amount.most");
    assert_eq!(
        (held.papers[1].paper.as_str(), held.papers[1].days),
        ("invoice", 20)
    );
    assert_eq!(open("stove", None).amount, yuan("300.00"));
    let other = item("tv", Some(1)).but(|c| {
        c.draft.old_item = Some(old_appliance("fridge", day("2026-01-01")));
    });
    let codes: Vec<_> = other
        .evaluate(&pack)
        .reasons
        .iter()
        .map(|r| r.code.as_str())
        .collect();
    assert!(codes.contains(&"old_item_missing") && codes.contains(&"disposal_outside_window"));
}
