//! What the packs decide, rule by rule, at the edges.

use rust_decimal::Decimal;
use tradein::domain::defect::DefectCode;
use tradein::domain::draft::{BuyerKind, DisposalKind, Fuel, GoodsKind};
use tradein::domain::formats::Uscc;
use tradein::domain::policy::read_pack;
use tradein::domain::policy::verdict::{AwardKind, PaperDue, RegisterSubject};
use tradein::domain::text::Lang;

use crate::builder::{
    Case, DISPOSALS, SPOUSE, car, day, goods, id, old_appliance, pack, place, yuan,
};

const HENAN: &str = "henan-car-replacement-2025";
const JIYUAN: &str = "jiyuan-car-replacement-2024";
const REPLACE26: &str = "national-car-replacement-2026";
const SCRAP25: &str = "national-car-scrappage-2025";
const SCRAP26: &str = "national-car-scrappage-2026";
const BUY22: &str = "jiyuan-car-purchase-2022";
const BUY23: &str = "jiyuan-car-purchase-2023";
const CARS: [&str; 7] = [HENAN, JIYUAN, REPLACE26, SCRAP25, SCRAP26, BUY22, BUY23];

fn reasons(case: &Case) -> Vec<&'static str> {
    let verdict = case.evaluate(&pack(&case.draft.programme.0));
    assert_eq!(verdict.defects, []);
    verdict.reasons.iter().map(|r| r.code.as_str()).collect()
}

#[track_caller]
fn pays(case: &Case, amount: &str) {
    let verdict = case.evaluate(&pack(&case.draft.programme.0));
    assert_eq!((verdict.defects, verdict.reasons), (vec![], vec![]));
    assert_eq!(verdict.amount.to_string(), amount);
    assert!(!verdict.explanation.is_empty());
}

#[track_caller]
fn refused(case: &Case, expected: &[&str]) {
    assert_eq!(reasons(case), expected, "{}", case.draft.programme);
}

#[test]
fn amounts_of_cars_at_their_bounds() {
    for (programme, fuel, price, amount) in [
        (JIYUAN, Fuel::Nev, "60000.00", "10000.00"),
        (JIYUAN, Fuel::Nev, "99999.99", "10000.00"),
        (JIYUAN, Fuel::Nev, "100000.00", "14000.00"),
        (JIYUAN, Fuel::Nev, "199999.99", "14000.00"),
        (JIYUAN, Fuel::Nev, "200000.00", "16000.00"),
        (JIYUAN, Fuel::Petrol, "60000.00", "7000.00"),
        (JIYUAN, Fuel::Diesel, "100000.00", "10000.00"),
        (JIYUAN, Fuel::Other, "200000.00", "13000.00"),
        (HENAN, Fuel::Nev, "199999.99", "14000.00"),
        (HENAN, Fuel::Nev, "200000.00", "15000.00"),
        (HENAN, Fuel::Petrol, "99999.99", "7000.00"),
        (HENAN, Fuel::Petrol, "200000.00", "13000.00"),
        (REPLACE26, Fuel::Nev, "166666.00", "13334.00"),
        (REPLACE26, Fuel::Nev, "100000.00", "8000.00"),
        (REPLACE26, Fuel::Nev, "187500.00", "15000.00"),
        (REPLACE26, Fuel::Nev, "187501.00", "15000.00"),
        (REPLACE26, Fuel::Petrol, "216666.00", "13000.00"),
        (REPLACE26, Fuel::Petrol, "100000.10", "6001.00"),
        (SCRAP25, Fuel::Nev, "50000.00", "20000.00"),
        (SCRAP25, Fuel::Petrol, "50000.00", "15000.00"),
        (SCRAP26, Fuel::Petrol, "10001.00", "1001.00"),
        (SCRAP26, Fuel::Nev, "166666.67", "20000.00"),
        (SCRAP26, Fuel::Nev, "100000.00", "12000.00"),
        (SCRAP26, Fuel::Petrol, "150000.01", "15000.00"),
        (BUY22, Fuel::Petrol, "20000.00", "2000.00"),
        (BUY22, Fuel::Petrol, "49999.99", "2000.00"),
        (BUY22, Fuel::Nev, "50000.00", "3000.00"),
        (BUY22, Fuel::Nev, "100000.00", "4000.00"),
        (BUY22, Fuel::Nev, "150000.00", "5000.00"),
        (BUY22, Fuel::Nev, "200000.00", "6000.00"),
        (BUY23, Fuel::Nev, "116800.00", "5800.00"),
        (BUY23, Fuel::Nev, "199999.99", "9900.00"),
        (BUY23, Fuel::Nev, "200000.00", "10000.00"),
        (BUY23, Fuel::Petrol, "250000.00", "10000.00"),
        (BUY23, Fuel::Petrol, "19999.00", "990.00"),
    ] {
        pays(&car(programme).new_fuel(fuel).price(price, price), amount);
    }
}

#[test]
fn cars_below_the_lowest_tier() {
    for (programme, price) in [
        (JIYUAN, "59999.99"),
        (HENAN, "59999.99"),
        (BUY22, "19999.99"),
    ] {
        refused(&car(programme).price(price, price), &["price_below_floor"]);
    }
    // A share that rounds to nothing is no subsidy.
    refused(&car(BUY23).price("19.99", "19.99"), &["price_below_floor"]);
}

#[test]
fn windows_hold_on_their_first_and_last_day() {
    for programme in CARS {
        let window = pack(programme).rules.invoice_window.unwrap().terms.0;
        let before = window.from.pred_opt().unwrap();
        let after = window.to.succ_opt().unwrap();
        let last = car(programme).but(|c| {
            c.invoice().date = window.to;
            c.vehicle().registered_on = window.to;
        });
        refused(&last, &[]);
        for outside in [before, after] {
            refused(
                &car(programme).but(|c| c.invoice().date = outside),
                &["invoice_outside_window"],
            );
            let registered = car(programme).but(|c| c.vehicle().registered_on = outside);
            refused(&registered, &["registered_outside_window"]);
            if car(programme).draft.old_item.is_some() {
                let disposed = car(programme).but(|c| c.old_vehicle().disposal.date = outside);
                refused(&disposed, &["disposal_outside_window"]);
            }
        }
    }
}

#[test]
fn places() {
    let anywhere = |c: &mut Case| c.vehicle().registered_in = place("110105");
    for programme in [JIYUAN, HENAN] {
        refused(&car(programme).but(anywhere), &["registered_elsewhere"]);
        let issued = car(programme).but(|c| c.invoice().issued_in = place("420100"));
        refused(&issued, &["invoice_elsewhere"]);
        refused(
            &car(programme).but(|c| c.vehicle().registered_in = place("410000")),
            &[],
        );
    }
    refused(&car(REPLACE26).but(anywhere), &["registered_elsewhere"]);
    refused(
        &car(REPLACE26).but(|c| c.vehicle().registered_in = place("410000")),
        &[],
    );
    let both = car(REPLACE26).but(|c| {
        c.vehicle().registered_in = place("110105");
        c.invoice().issued_in = place("110000");
    });
    refused(&both, &[]);
    refused(&car(SCRAP26).but(anywhere), &[]);
    for programme in [BUY22, BUY23] {
        let henan = car(programme).but(|c| c.vehicle().registered_in = place("410100"));
        refused(&henan, &["registered_elsewhere"]);
    }
}

#[test]
fn own_name_and_its_cut_off_day() {
    let since =
        |programme, text: &str| car(programme).but(|c| c.old_vehicle().owned_since = day(text));
    refused(&since(JIYUAN, "2024-07-24"), &[]);
    refused(&since(JIYUAN, "2024-07-25"), &["own_name_too_late"]);
    for programme in [HENAN, REPLACE26, SCRAP25, SCRAP26] {
        refused(&since(programme, "2025-01-08"), &[]);
        refused(&since(programme, "2025-01-09"), &["own_name_too_late"]);
    }
    for programme in [JIYUAN, HENAN, REPLACE26, SCRAP25, SCRAP26] {
        let spouse = car(programme).but(|c| {
            c.old_vehicle().owner_id_number = id(SPOUSE);
            c.old_vehicle().disposal.seller_id_number = id(SPOUSE);
        });
        refused(&spouse, &["not_own_name"]);
        let by_spouse =
            car(programme).but(|c| c.old_vehicle().disposal.seller_id_number = id(SPOUSE));
        refused(&by_spouse, &["not_own_name"]);
        let field = by_spouse.evaluate(&pack(programme)).reasons[0]
            .field
            .clone();
        assert_eq!(field, "/old_item/disposal/seller_id_number");
    }
}

#[test]
fn ways_of_giving_up_a_car() {
    for (programme, allowed) in [
        (JIYUAN, DisposalKind::Sold),
        (HENAN, DisposalKind::Sold),
        (REPLACE26, DisposalKind::Sold),
        (SCRAP25, DisposalKind::Scrapped),
        (SCRAP26, DisposalKind::Scrapped),
    ] {
        for how in DISPOSALS {
            let case = car(programme).but(|c| c.old_vehicle().disposal.how = how);
            let expected: &[&str] = if how == allowed {
                &[]
            } else {
                &["disposal_not_allowed"]
            };
            refused(&case, expected);
        }
        let none = car(programme).but(|c| c.draft.old_item = None);
        refused(&none, &["old_item_missing"]);
        let appliance = old_appliance("tv", day("2025-01-01"));
        let wrong = car(programme).but(|c| c.draft.old_item = Some(appliance));
        refused(&wrong, &["old_item_missing"]);
    }
}

#[test]
fn age_of_a_scrapped_car_by_fuel() {
    for (programme, fuel, last, next) in [
        (SCRAP25, Fuel::Petrol, "2012-06-30", "2012-07-01"),
        (SCRAP25, Fuel::Diesel, "2014-06-30", "2014-07-01"),
        (SCRAP25, Fuel::Other, "2014-06-30", "2014-07-01"),
        (SCRAP25, Fuel::Nev, "2018-12-31", "2019-01-01"),
        (SCRAP26, Fuel::Petrol, "2013-06-30", "2013-07-01"),
        (SCRAP26, Fuel::Diesel, "2015-06-30", "2015-07-01"),
        (SCRAP26, Fuel::Other, "2015-06-30", "2015-07-01"),
        (SCRAP26, Fuel::Nev, "2019-12-31", "2020-01-01"),
    ] {
        for (first, expected) in [(last, &[][..]), (next, &["old_vehicle_too_new"][..])] {
            let case = car(programme).but(|c| {
                c.old_vehicle().fuel = fuel;
                c.old_vehicle().first_registered = day(first);
            });
            refused(&case, expected);
        }
    }
}

#[test]
fn an_old_nev_wants_a_new_one_only_where_the_pack_says_so() {
    let case = |programme| {
        car(programme)
            .new_fuel(Fuel::Petrol)
            .but(|c| c.old_vehicle().fuel = Fuel::Nev)
    };
    refused(&case(SCRAP26), &["nev_to_fuel"]);
    refused(&case(SCRAP25), &[]);
    refused(&case(REPLACE26), &[]);
}

#[test]
fn engines() {
    let litres = |programme, litres| {
        let change = |c: &mut Case| c.vehicle().engine_litres = litres;
        car(programme).new_fuel(Fuel::Petrol).but(change)
    };
    for programme in [REPLACE26, SCRAP25, SCRAP26] {
        refused(&litres(programme, Some(Decimal::new(20, 1))), &[]);
        refused(
            &litres(programme, Some(Decimal::new(2001, 3))),
            &["engine_too_large"],
        );
        let verdict = litres(programme, None).evaluate(&pack(programme));
        let defects: Vec<_> = verdict
            .defects
            .iter()
            .map(|d| (d.field.as_str(), d.code))
            .collect();
        assert_eq!(defects, [("/new_item/engine_litres", DefectCode::Required)]);
        // A plug-in with a large engine is a new-energy car.
        let plug_in = car(programme).but(|c| c.vehicle().engine_litres = Some(Decimal::new(30, 1)));
        refused(&plug_in, &[]);
    }
    refused(&litres(HENAN, None), &[]);
}

#[test]
fn buyer_seller_and_dealer() {
    for programme in CARS {
        let organisation = car(programme).but(|c| c.invoice().buyer_kind = BuyerKind::Organisation);
        refused(&organisation, &["buyer_not_individual"]);
        let other = car(programme).but(|c| c.invoice().buyer_id_number = id(SPOUSE));
        refused(&other, &["buyer_not_applicant"]);
        let seller = Uscc::parse("91419001MA00000040").unwrap();
        refused(
            &car(programme).but(|c| c.invoice().seller_uscc = seller),
            &["seller_mismatch"],
        );
        let stranger = car(programme).but(|c| c.participates = false);
        let listed = [JIYUAN, HENAN, BUY22, BUY23].contains(&programme);
        let expected: &[&str] = if listed {
            &["dealer_not_participating"]
        } else {
            &[]
        };
        refused(&stranger, expected);
        assert_eq!(pack(programme).participating_dealers_only(), listed);
    }
}

#[test]
fn every_reason_at_once_in_the_order_of_the_list() {
    let case = car(SCRAP26).new_fuel(Fuel::Petrol).but(|c| {
        c.invoice().date = day("2025-12-31");
        c.invoice().buyer_kind = BuyerKind::Organisation;
        c.invoice().buyer_id_number = id(SPOUSE);
        c.invoice().seller_uscc = Uscc::parse("91419001MA00000040").unwrap();
        c.vehicle().engine_litres = Some(Decimal::new(25, 1));
        c.vehicle().registered_on = day("2027-01-01");
        let old = c.old_vehicle();
        old.owner_id_number = id(SPOUSE);
        old.owned_since = day("2025-02-01");
        old.first_registered = day("2020-01-01");
        old.fuel = Fuel::Nev;
        old.disposal.how = DisposalKind::Sold;
        old.disposal.date = day("2025-12-31");
    });
    refused(
        &case,
        &[
            "invoice_outside_window",
            "registered_outside_window",
            "seller_mismatch",
            "buyer_not_individual",
            "buyer_not_applicant",
            "not_own_name",
            "own_name_too_late",
            "disposal_not_allowed",
            "disposal_outside_window",
            "old_vehicle_too_new",
            "engine_too_large",
            "nev_to_fuel",
        ],
    );
}

const A24: &str = "jiyuan-appliance-2024";
const A25: &str = "national-appliance-2025";
const A26: &str = "national-appliance-2026";

fn appliance(programme: &str, category: &str, level: u8) -> Case {
    goods(programme, GoodsKind::Appliance, category, Some(level))
}

#[test]
fn amounts_of_goods_at_their_bounds() {
    for (programme, category, level, total, paid, amount) in [
        (A24, "air_conditioner", 1, "10000.00", "8000.00", "2000.00"),
        (A24, "hood", 2, "13333.34", "11333.34", "2000.00"),
        (A24, "tv", 2, "3999.99", "3400.00", "599.99"),
        (A25, "air_conditioner", 1, "2899.00", "2319.20", "579.80"),
        (A25, "microwave", 2, "333.33", "283.34", "49.99"),
        (A25, "fridge", 1, "10000.01", "8000.01", "2000.00"),
        (A26, "fridge", 1, "9999.00", "8499.15", "1499.85"),
        (A26, "fridge", 1, "10000.01", "8500.01", "1500.00"),
    ] {
        pays(
            &appliance(programme, category, level).price(total, paid),
            amount,
        );
    }
    for programme in ["national-digital-2025", "national-digital-2026"] {
        let phone = goods(programme, GoodsKind::Digital, "phone", None);
        pays(&phone.clone().price("6000.00", "5500.00"), "500.00");
        pays(&phone.clone().price("3333.33", "2833.34"), "499.99");
        refused(&phone.price("6000.01", "5500.01"), &["price_above_ceiling"]);
    }
    let lock = goods("luoyang-home-2025", GoodsKind::Home, "smart_lock", None);
    pays(&lock.clone().price("10000.00", "8500.00"), "1500.00");
    pays(&lock.price("1999.00", "1699.15"), "299.85");
}

#[test]
fn the_till_must_agree_to_the_fen() {
    let case = appliance(A25, "tv", 1).price("5000.00", "4000.01");
    refused(&case, &["paid_mismatch"]);
    // Where no amount can be told, nothing is said about the till.
    refused(
        &appliance(A25, "tv", 3).price("5000.00", "5000.00"),
        &["energy_level_not_covered"],
    );
    refused(
        &appliance(A25, "sofa", 1).price("5000.00", "1.00"),
        &["category_not_covered"],
    );
    // Other reasons do not hide it, and do not bring it.
    let late = appliance(A25, "tv", 1).but(|c| c.invoice().date = day("2026-01-01"));
    refused(
        &late.clone().price("5000.00", "4000.00"),
        &["invoice_outside_window"],
    );
    refused(
        &late.price("5000.00", "5000.00"),
        &["invoice_outside_window", "paid_mismatch"],
    );
}

#[test]
fn levels_and_categories() {
    for (programme, category, level, total, paid) in [
        (A24, "microwave", 1, "1000.00", "800.00"),
        (A26, "dishwasher", 1, "1000.00", "850.00"),
    ] {
        let case = appliance(programme, category, level).price(total, paid);
        refused(&case, &["category_not_covered"]);
    }
    refused(
        &appliance(A26, "fridge", 2).price("5000.00", "5000.00"),
        &["energy_level_not_covered"],
    );
    let unsaid = goods(A26, GoodsKind::Appliance, "fridge", None).evaluate(&pack(A26));
    assert_eq!(unsaid.defects[0].field, "/new_item/energy_level");
    let glasses = |p| goods(p, GoodsKind::Digital, "glasses", None).price("1000.00", "850.00");
    refused(&glasses("national-digital-2025"), &["category_not_covered"]);
    refused(&glasses("national-digital-2026"), &[]);
    let mixed = goods(A25, GoodsKind::Digital, "phone", None);
    refused(&mixed, &["category_not_covered"]);
    let vehicle = car(HENAN).but(|c| {
        c.draft.new_item = goods(A25, GoodsKind::Appliance, "tv", Some(1))
            .draft
            .new_item
    });
    refused(&vehicle, &["category_not_covered"]);
}

#[test]
fn handing_over_only_in_2024() {
    let case = appliance(A24, "fridge", 1).price("6000.00", "4800.00");
    refused(&case, &[]);
    refused(
        &case.but(|c| c.draft.old_item = None),
        &["old_item_missing"],
    );
    let other = appliance(A24, "fridge", 1)
        .price("6000.00", "4800.00")
        .but(|c| {
            c.draft.old_item = Some(old_appliance("tv", day("2024-10-08")));
        });
    refused(&other, &[]);
    refused(
        &appliance(A25, "fridge", 1).price("6000.00", "4800.00"),
        &[],
    );
}

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
        (verdict.dealer_share_bp, verdict.waitlist),
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
    assert_eq!(held.amount, yuan("1000.00"));
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
