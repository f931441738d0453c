//! What the packs for cars decide, rule by rule, at the edges.

use rust_decimal::Decimal;
use tradein::domain::defect::DefectCode;
use tradein::domain::draft::{BuyerKind, DisposalKind, Fuel};
use tradein::domain::formats::Uscc;

use crate::builder::{
    BUY22, BUY23, CARS, Case, DISPOSALS, HENAN, JIYUAN, REPLACE26, SCRAP25, SCRAP26, SPOUSE, car,
    day, id, old_appliance, pack, pays, place, refused,
};

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
