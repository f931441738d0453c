//! What the packs for goods decide, rule by rule, at the edges.

use tradein::domain::draft::GoodsKind;

use crate::builder::{
    A24, A25, A26, HENAN, appliance, car, day, goods, old_appliance, pack, pays, refused,
};

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
