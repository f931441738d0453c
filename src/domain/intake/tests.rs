use serde_json::{Value, json};

use super::*;
use crate::domain::draft::{NewItem, OldItem};

const VEHICLE: &str = include_str!("../../../tests/data/claim_vehicle.json");
const DIGITAL: &str = include_str!("../../../tests/data/claim_digital.json");
const EXAMPLES: &str = include_str!("../../../tests/data/examples.jsonl");

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

/// Reads a body: its defects as `pointer code`, or nothing.
fn defects(body: &[u8]) -> Vec<String> {
    match read_claim(body, today()) {
        Ok(_) => Vec::new(),
        Err(IntakeError::Malformed(defects)) => defects
            .iter()
            .map(|d| format!("{} {}", d.field, d.code.as_str()))
            .collect(),
        Err(IntakeError::Unreadable(place)) => vec![format!("unreadable {place}")],
    }
}

/// The claim with the value at `pointer` replaced; the last name may be new, `null` stays null.
fn with(base: &str, pointer: &str, value: &Value) -> Value {
    let mut claim: Value = serde_json::from_str(base).unwrap();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match claim.pointer_mut(parent).unwrap() {
        Value::Object(members) => {
            members.insert(name.replace("~1", "/").replace("~0", "~"), value.clone());
        }
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value.clone(),
        other => panic!("{parent} is {other}"),
    }
    claim
}

fn without(base: &str, pointer: &str) -> Value {
    let mut claim: Value = serde_json::from_str(base).unwrap();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let members = claim.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    members.remove(name).unwrap();
    claim
}

#[track_caller]
fn check_value(base: &str, pointer: &str, value: Value, expect: &[&str]) {
    let body = with(base, pointer, &value).to_string();
    assert_eq!(defects(body.as_bytes()), expect, "{pointer} = {value}");
}

#[track_caller]
fn vehicle(pointer: &str, value: Value, expect: &[&str]) {
    check_value(VEHICLE, pointer, value, expect);
}

#[track_caller]
fn digital(pointer: &str, value: Value, expect: &[&str]) {
    check_value(DIGITAL, pointer, value, expect);
}

/// The pointers of all members below a value.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    if let Value::Object(members) = value {
        for (name, below) in members {
            let pointer = format!("{at}/{name}");
            pointers(below, &pointer, found);
            found.push(pointer);
        }
    }
}

fn members_of(base: &str) -> Vec<String> {
    let mut found = Vec::new();
    pointers(&serde_json::from_str(base).unwrap(), "", &mut found);
    found
}

#[test]
fn the_contracts_claim_is_read() {
    let intake = read_claim(VEHICLE.as_bytes(), today()).unwrap();
    assert_eq!(intake.warnings, []);
    let draft = intake.draft;
    assert_eq!(draft.programme.0, "henan-car-replacement-2025");
    assert_eq!(draft.consumer.name, "王小明");
    assert!(
        matches!(&draft.old_item, Some(OldItem::Vehicle(car)) if car.plate.as_str() == "豫U12345")
    );
    assert!(matches!(&draft.new_item, NewItem::Vehicle(car) if car.engine_litres.is_none()));
    assert_eq!(draft.invoice.unwrap().total.fen(), 16_666_600);
}

#[test]
fn what_is_written_loosely_is_kept_in_normal_form() {
    let draft = read_claim(DIGITAL.as_bytes(), today()).unwrap().draft;
    assert_eq!(draft.consumer.mobile.as_str(), "13800138000");
    let NewItem::Goods(phone) = &draft.new_item else {
        panic!("{:?}", draft.new_item)
    };
    assert_eq!(phone.serial.as_str(), "SN000011");
    assert_eq!(phone.imei[0].as_str(), "490154203237518");
    let invoice = draft.invoice.as_ref().unwrap();
    assert_eq!(invoice.number.as_str(), "041002000104-12345678");
}

#[test]
fn sealed_content_comes_back_as_it_was() {
    let engine = with(VEHICLE, "/new_item/engine_litres", &json!("1.50")).to_string();
    let counter = without(&engine, "/invoice").to_string();
    let bare = without(DIGITAL, "/old_item").to_string();
    for body in [VEHICLE, DIGITAL, &engine, &counter, &bare] {
        let draft = read_claim(body.as_bytes(), today()).unwrap().draft;
        let sealed = serde_json::to_vec(&draft).unwrap();
        let back: ClaimDraft = serde_json::from_slice(&sealed).unwrap();
        assert_eq!(back, draft);
        assert_eq!(serde_json::to_vec(&back).unwrap(), sealed);
    }
}

#[test]
fn the_kind_of_a_new_item_is_sealed_beside_its_fields() {
    let check = |body: &str, expect: &str| {
        let draft = read_claim(body.as_bytes(), today()).unwrap().draft;
        let sealed = serde_json::to_value(&draft).unwrap();
        assert_eq!(sealed["new_item"]["kind"], expect);
    };
    check(VEHICLE, "vehicle");
    check(DIGITAL, "digital");
}

#[test]
fn sealed_content_is_itself_a_claim() {
    for body in [VEHICLE, DIGITAL] {
        let draft = read_claim(body.as_bytes(), today()).unwrap().draft;
        let mut sealed = serde_json::to_value(&draft).unwrap();
        let item = sealed["new_item"].as_object_mut().unwrap();
        item.retain(|_, value| *value != json!([]));
        let again = read_claim(sealed.to_string().as_bytes(), today()).unwrap();
        assert_eq!(again.draft, draft);
    }
}

#[test]
fn worked_examples_are_read_as_they_say() {
    for line in EXAMPLES.lines() {
        let example: Value = serde_json::from_str(line).unwrap();
        for step in example["steps"].as_array().unwrap() {
            let body = step["claim"].to_string();
            let found = defects(body.as_bytes());
            let fields: Vec<&str> = found.iter().filter_map(|d| d.split(' ').next()).collect();
            let expect: Vec<&str> = match step["expect"]["fields"].as_array() {
                Some(fields) => fields.iter().filter_map(Value::as_str).collect(),
                None => Vec::new(),
            };
            assert_eq!(fields, expect, "{}", example["name"]);
        }
    }
}

#[test]
fn every_field_but_the_optional_ones_is_required() {
    let optional = [
        "/old_item",
        "/invoice",
        "/new_item/engine_litres",
        "/new_item/energy_level",
        "/new_item/imei",
    ];
    for base in [VEHICLE, DIGITAL] {
        for pointer in members_of(base) {
            let expect = if optional.contains(&pointer.as_str()) {
                vec![]
            } else {
                vec![format!("{pointer} required")]
            };
            let absent = without(base, &pointer).to_string();
            assert_eq!(defects(absent.as_bytes()), expect, "{pointer} absent");
            let null = with(base, &pointer, &Value::Null).to_string();
            assert_eq!(defects(null.as_bytes()), expect, "{pointer} null");
        }
    }
}

#[test]
fn every_field_has_one_type() {
    for base in [VEHICLE, DIGITAL] {
        for pointer in members_of(base) {
            for value in [json!(true), json!(17.5), json!({}), json!([[]]), json!("")] {
                let found = defects(with(base, &pointer, &value).to_string().as_bytes());
                assert!(!found.is_empty(), "{pointer} = {value}");
                let beside = found.iter().find(|d| !d.starts_with(&pointer));
                assert_eq!(beside, None, "{pointer} = {value}");
            }
        }
    }
}

#[test]
fn unknown_fields_are_refused_by_name_at_each_level() {
    let unknown =
        |pointer: &str| vehicle(pointer, json!(1), &[&format!("{pointer} unknown_field")]);
    unknown("/note");
    unknown("/consumer/nickname");
    unknown("/consumer/bank_account/iban");
    unknown("/old_item/colour");
    unknown("/old_item/disposal/price");
    unknown("/new_item/imei");
    unknown("/invoice/tax");
    unknown("/consumer/a~1b~0c");
    unknown("/consumer/");
    digital(
        "/old_item/vin",
        json!("x"),
        &["/old_item/vin unknown_field"],
    );
}

#[test]
fn a_field_that_stands_twice_is_found() {
    let body = VEHICLE.replacen(
        r#""mobile": "13800138000","#,
        r#""mobile": "13800138000", "mobile": "13900139000","#,
        1,
    );
    assert_eq!(
        defects(body.as_bytes()),
        ["/consumer/mobile duplicate_field"]
    );
    let escaped = VEHICLE.replacen(r#""fuel":"#, r#""f\u0075el": "nev", "fuel":"#, 1);
    assert_eq!(
        defects(escaped.as_bytes()),
        ["/old_item/fuel duplicate_field"]
    );
}

#[test]
fn lists_are_closed() {
    vehicle(
        "/consumer/id_type",
        json!("passport"),
        &["/consumer/id_type not_in_list"],
    );
    vehicle(
        "/old_item/kind",
        json!("digital"),
        &["/old_item/kind not_in_list"],
    );
    vehicle(
        "/new_item/kind",
        json!("boat"),
        &["/new_item/kind not_in_list"],
    );
    vehicle(
        "/new_item/fuel",
        json!("NEV"),
        &["/new_item/fuel not_in_list"],
    );
    vehicle(
        "/old_item/disposal/how",
        json!("lost"),
        &["/old_item/disposal/how not_in_list"],
    );
    vehicle(
        "/invoice/buyer_kind",
        json!("firm"),
        &["/invoice/buyer_kind not_in_list"],
    );
}

#[test]
fn texts_are_seen_whole() {
    vehicle(
        "/consumer/name",
        json!("王\u{202E}明"),
        &["/consumer/name control_character"],
    );
    vehicle(
        "/consumer/name",
        json!("王".repeat(101)),
        &["/consumer/name length"],
    );
    vehicle(
        "/consumer/mobile",
        json!("138\n00138000"),
        &["/consumer/mobile control_character"],
    );
}

#[test]
fn values_are_judged_where_they_stand() {
    vehicle(
        "/invoice/total",
        json!(166_666),
        &["/invoice/total money_as_number"],
    );
    vehicle(
        "/invoice/paid",
        json!("1,000"),
        &["/invoice/paid money_malformed"],
    );
    vehicle(
        "/invoice/date",
        json!("2025-02-30"),
        &["/invoice/date date_malformed"],
    );
    vehicle(
        "/invoice/seller_uscc",
        json!("91419001MA0000001P"),
        &["/invoice/seller_uscc check_digit"],
    );
    vehicle(
        "/consumer/id_number",
        json!("419099202702300014"),
        &["/consumer/id_number check_digit"],
    );
    vehicle(
        "/new_item/engine_litres",
        json!(1.5),
        &["/new_item/engine_litres wrong_type"],
    );
    vehicle(
        "/new_item/vin",
        json!("lsvaa4182e2184847"),
        &["/new_item/vin same_as_old_item"],
    );
}

#[test]
fn values_of_goods_are_judged_where_they_stand() {
    digital(
        "/new_item/energy_level",
        json!(6),
        &["/new_item/energy_level out_of_range"],
    );
    digital(
        "/new_item/category",
        json!("Phone"),
        &["/new_item/category format"],
    );
    digital(
        "/new_item/imei",
        json!("490154203237518"),
        &["/new_item/imei wrong_type"],
    );
    digital(
        "/new_item/imei/0",
        json!("490154203237519"),
        &["/new_item/imei/0 check_digit"],
    );
    let twice = json!(["490154203237518", "49-015420-323751-8"]);
    digital(
        "/new_item/imei",
        twice,
        &["/new_item/imei/1 repeated_value"],
    );
    digital(
        "/new_item/imei",
        json!(["1", "2", "3", "4", "5"]),
        &["/new_item/imei length"],
    );
}

#[test]
fn the_applicants_number_is_judged_by_its_type() {
    let check = |id_type: &str, number: &str, expect: &[&str]| {
        let claim = with(VEHICLE, "/consumer/id_type", &json!(id_type)).to_string();
        let claim = with(&claim, "/consumer/id_number", &json!(number)).to_string();
        assert_eq!(defects(claim.as_bytes()), expect, "{id_type} {number}");
    };
    let format = &["/consumer/id_number format"];
    check("hk_macau_permit", "h1234567801", &[]);
    check("taiwan_permit", "12345678", &[]);
    check("foreign_residence", "FRA410012345678", &[]);
    check("resident_id", "H1234567801", format);
    check("hk_macau_permit", "419099199001010014", format);
    check("foreign_residence", "12345678", format);
    check(
        "passport",
        "419099199001010015",
        &[
            "/consumer/id_type not_in_list",
            "/consumer/id_number check_digit",
        ],
    );
}

#[test]
fn warnings_do_not_refuse() {
    let check = |pointer: &str, value: Value, expect: &str| {
        let body = with(VEHICLE, pointer, &value).to_string();
        let warnings = read_claim(body.as_bytes(), today()).unwrap().warnings;
        let expect = Warning {
            field: pointer.to_owned(),
            code: expect.to_owned(),
        };
        assert_eq!(warnings, [expect]);
    };
    check(
        "/consumer/bank_account/number",
        json!("6225881414207431"),
        BANK_CARD_CHECK_DIGIT,
    );
    check("/new_item/vin", json!("WVWZZZ1KZ6W000001"), VIN_CHECK_DIGIT);
    check("/old_item/vin", json!("WVWZZZ1KZ6W000001"), VIN_CHECK_DIGIT);
    check("/invoice/date", json!("2026-11-24"), INVOICE_DATED_AHEAD);
}

#[test]
fn all_defects_are_told_at_once_and_not_without_end() {
    let body = with(VEHICLE, "/consumer/nickname", &json!("x")).to_string();
    let body = with(&body, "/invoice/total", &json!(1)).to_string();
    let body = without(&body, "/old_item/plate").to_string();
    let expect = [
        "/consumer/nickname unknown_field",
        "/old_item/plate required",
        "/invoice/total money_as_number",
    ];
    assert_eq!(defects(body.as_bytes()), expect);
    let members: Vec<String> = (0..500).map(|n| format!("\"x{n}\":0")).collect();
    let crowd = format!("{{{}}}", members.join(","));
    assert_eq!(defects(crowd.as_bytes()).len(), 100);
}

#[test]
fn a_body_that_is_no_object_is_told_from_one_that_is_no_json() {
    let check = |body: &[u8], expect: &[&str]| assert_eq!(defects(body), expect);
    check(b"[]", &[" wrong_type"]);
    check(b"null", &[" wrong_type"]);
    check(b"\"claim\"", &[" wrong_type"]);
    check(b"{", &["unreadable line 1 column 1"]);
    check(b"", &["unreadable line 1 column 0"]);
    check(b"\xFF", &["unreadable byte 0 is not UTF-8"]);
}
