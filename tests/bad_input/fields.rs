//! JSON that is no claim: every defect is named at its place.

use serde_json::{Value, json};

use super::support::Backend;
use super::support::claims::{claim, with};
use super::{CARS, House, PHONES, on_both};

/// What may be absent, and then null too.
const OPTIONAL: &[&str] = &[
    "/old_item",
    "/invoice",
    "/new_item/engine_litres",
    "/new_item/energy_level",
    "/new_item/imei",
];

/// Pointers to every member of every object.
fn pointers(value: &Value, at: &str, into: &mut Vec<String>) {
    for (name, member) in value.as_object().into_iter().flatten() {
        let pointer = format!("{at}/{name}");
        pointers(member, &pointer, into);
        into.push(pointer);
    }
}

fn set(claim: &Value, pointer: &str, value: Value) -> Value {
    let mut changed = claim.clone();
    *changed.pointer_mut(pointer).unwrap() = value;
    changed
}

/// The claim is refused, and the only defect stands at `pointer` with `code`.
fn one_defect(house: &House, body: &str, pointer: &str, code: &str) {
    let answer = house.claim_is_refused(body.as_bytes(), 422, "claim_malformed");
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{pointer}: {answer}");
    assert_eq!(
        (&errors[0]["field"], &errors[0]["code"]),
        (&pointer.into(), &code.into()),
        "{answer}"
    );
}

/// The large tables, one programme on each database: reading comes before any database.
fn on_one_each(test: impl Fn(&House, &str)) {
    for (backend, programme) in Backend::ALL.into_iter().zip([CARS, PHONES]) {
        println!("on {backend:?}");
        let house = House::new(backend);
        test(&house, programme);
        house.stands();
    }
}

#[test]
fn every_member_of_another_type_is_named() {
    on_one_each(|house, programme| {
        let good = claim(programme);
        let mut all = Vec::new();
        pointers(&good, "", &mut all);
        assert!(all.len() > 20, "{all:?}");
        for pointer in &all {
            for wrong in [
                json!(true),
                json!(17.5),
                json!("\u{1}"),
                json!([["x"]]),
                json!({"x": 1}),
            ] {
                let body = set(&good, pointer, wrong.clone()).to_string();
                let answer = house.claim_is_refused(body.as_bytes(), 422, "claim_malformed");
                let errors = answer["errors"].as_array().unwrap();
                let here = |e: &Value| e["field"].as_str().unwrap().starts_with(pointer.as_str());
                assert!(errors.iter().any(here), "{pointer} = {wrong}: {answer}");
            }
        }
    });
}

#[test]
fn every_required_member_that_is_absent_or_null_is_named() {
    on_one_each(|house, programme| {
        let good = claim(programme);
        let mut all = Vec::new();
        pointers(&good, "", &mut all);
        for pointer in all.iter().filter(|p| !OPTIONAL.contains(&p.as_str())) {
            let null = set(&good, pointer, Value::Null);
            let absent = with(good.clone(), pointer, Value::Null);
            assert!(absent.pointer(pointer).is_none());
            for body in [null, absent] {
                let answer =
                    house.claim_is_refused(body.to_string().as_bytes(), 422, "claim_malformed");
                let named = |e: &Value| e["field"] == pointer.as_str() && e["code"] == "required";
                assert!(
                    answer["errors"].as_array().unwrap().iter().any(named),
                    "{pointer}: {answer}"
                );
            }
        }
    });
}

#[test]
fn a_body_that_is_no_object_is_malformed() {
    on_both(|house| {
        for body in ["[]", "null", "\"claim\"", "5", "true", "[{}]"] {
            one_defect(house, body, "", "wrong_type");
        }
    });
}

#[test]
fn unknown_and_repeated_members_are_named() {
    on_both(|house| {
        let good = claim(CARS);
        for object in [
            "",
            "/consumer",
            "/consumer/bank_account",
            "/old_item",
            "/old_item/disposal",
            "/new_item",
            "/invoice",
        ] {
            let pointer = format!("{object}/colour");
            let body = with(good.clone(), &pointer, json!("red")).to_string();
            one_defect(house, &body, &pointer, "unknown_field");
        }
        let odd = good.to_string().replacen('{', "{\"a/b~c\":1,", 1);
        one_defect(house, &odd, "/a~1b~0c", "unknown_field");
        for (member, pointer) in [
            ("programme", "/programme"),
            ("mobile", "/consumer/mobile"),
            ("total", "/invoice/total"),
        ] {
            let text = good.to_string();
            let value = good.pointer(pointer).unwrap();
            let twice = text.replacen(
                &format!("\"{member}\":"),
                &format!("\"{member}\":{value},\"{member}\":"),
                1,
            );
            one_defect(house, &twice, pointer, "duplicate_field");
        }
    });
}

#[test]
fn money_and_days_that_do_not_exist_are_named() {
    on_both(|house| {
        let good = claim(CARS);
        let refused = |pointer: &str, value: Value, code: &str| {
            one_defect(
                house,
                &set(&good, pointer, value).to_string(),
                pointer,
                code,
            );
        };
        for number in [
            json!(15000),
            json!(15000.0),
            json!(-1),
            json!(1e300),
            json!(0.1),
        ] {
            refused("/invoice/total", number, "money_as_number");
        }
        for text in [
            "",
            "-1",
            "+1",
            "1e5",
            "0x10",
            "1,000.00",
            "NaN",
            "inf",
            "1/2",
            "5.",
            ".5",
            "15000.00元",
            "1 000",
        ] {
            refused("/invoice/total", json!(text), "money_malformed");
        }
        refused("/invoice/paid", json!("12.345"), "money_too_precise");
        refused(
            "/invoice/paid",
            json!("99999999999999999999"),
            "money_out_of_range",
        );
        for text in [
            "",
            "2025-02-29",
            "2025-13-01",
            "2025-00-10",
            "2025-04-31",
            "0000-00-00",
            "2025-3-2",
            "20250302",
            "2025-03-02T00:00:00Z",
            "02-03-2025",
            "２０２５-03-02",
            "tomorrow",
            "-2025-03-02",
            "9999-12-31",
        ] {
            refused("/invoice/date", json!(text), "date_malformed");
        }
        refused(
            "/consumer/id_number",
            json!("419099202502300014"),
            "birth_date",
        );
    });
}

#[test]
fn strange_text_is_refused_and_long_text_too() {
    on_both(|house| {
        let good = claim(CARS);
        for name in ["王\u{0}明", "王\u{202E}明", "王\u{200B}明", "a\nb"] {
            one_defect(
                house,
                &set(&good, "/consumer/name", json!(name)).to_string(),
                "/consumer/name",
                "control_character",
            );
        }
        for name in ["", "   ", &"长".repeat(101)] {
            one_defect(
                house,
                &set(&good, "/consumer/name", json!(name)).to_string(),
                "/consumer/name",
                "length",
            );
        }
        let injected = json!("x'; DROP TABLE claims; --");
        let answer = house.claim_is_refused(
            set(&good, "/new_item/vin", injected).to_string().as_bytes(),
            422,
            "claim_malformed",
        );
        assert_eq!(answer["errors"][0]["field"], "/new_item/vin");
        one_defect(
            house,
            &set(&good, "/programme", json!("no-such-programme")).to_string(),
            "/programme",
            "unknown_programme",
        );
    });
}

#[test]
fn all_defects_come_at_once() {
    on_both(|house| {
        let mut broken = claim(CARS);
        let changes = [
            ("/consumer/mobile", json!("12345")),
            ("/consumer/bank_account/number", json!("x")),
            ("/old_item/fuel", json!("steam")),
            ("/old_item/disposal/date", json!("2025-02-30")),
            ("/new_item/plate", json!("12345")),
            ("/invoice/total", json!(5)),
            ("/invoice/seller_uscc", json!("91419001MA0000001M")),
            ("/invoice/buyer_kind", json!(null)),
        ];
        for (pointer, value) in &changes {
            broken = set(&broken, pointer, value.clone());
        }
        let answer = house.claim_is_refused(broken.to_string().as_bytes(), 422, "claim_malformed");
        let mut found: Vec<&str> = answer["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["field"].as_str().unwrap())
            .collect();
        let mut expected: Vec<&str> = changes.iter().map(|(pointer, _)| *pointer).collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
    });
}
