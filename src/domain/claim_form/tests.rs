use chrono::NaiveDate;
use serde_json::json;

use super::*;
use crate::domain::defect::DefectCode;
use crate::domain::intake::{IntakeError, read_claim};
use crate::domain::policy::read_pack;

const USCC: &str = "91419001MA0000001N";
const EXAMPLE: &str = include_str!("../../http/schema/claim_example.json");

/// A shipped pack by its id.
macro_rules! pack {
    ($id:literal) => {
        include_str!(concat!("../../../config/programmes/", $id, ".toml"))
    };
}

const CAR: &str = pack!("henan-car-replacement-2025");
const CAR_ALONE: &str = pack!("jiyuan-car-purchase-2022");
const APPLIANCE: &str = pack!("national-appliance-2026");
const DIGITAL: &str = pack!("national-digital-2026");
const HOME: &str = pack!("luoyang-home-2025");

fn form(source: &str) -> ClaimForm {
    ClaimForm::of(&read_pack(source).unwrap(), USCC)
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 12, 1).unwrap()
}

fn defects(form: &ClaimForm, typed: &Typed) -> Vec<(String, DefectCode)> {
    match read_claim(&form.document(typed), today()) {
        Err(IntakeError::Malformed(defects)) => {
            defects.into_iter().map(|d| (d.field, d.code)).collect()
        }
        Ok(_) => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_claim_goes_through_its_form_and_is_the_same() {
    let car = form(CAR);
    let example: Value = serde_json::from_str(EXAMPLE).unwrap();
    let typed = car.typed_of(&example);
    let again = read_claim(&car.document(&typed), today()).unwrap();
    let first = read_claim(EXAMPLE.as_bytes(), today()).unwrap();
    assert_eq!(again, first);
}

#[test]
fn what_is_left_empty_is_the_applicants_and_the_dealers() {
    let car = form(CAR);
    let example: Value = serde_json::from_str(EXAMPLE).unwrap();
    let full = car.typed_of(&example);
    let left_empty = [
        "/old_item/owner_id_number",
        "/old_item/disposal/seller_id_number",
        "/invoice/buyer_id_number",
        "/invoice/seller_uscc",
        "/invoice/buyer_kind",
        "/consumer/id_type",
    ];
    let value = |pointer: &str| Some(full.get(pointer)).filter(|_| !left_empty.contains(&pointer));
    assert_eq!(
        car.document(&car.typed(value)),
        car.document(&full),
        "they are filled in"
    );
}

#[test]
fn an_empty_form_names_every_field_that_must_be_there() {
    for source in [CAR, CAR_ALONE, APPLIANCE, DIGITAL, HOME] {
        let form = form(source);
        let file = &form.programme;
        let found = defects(&form, &Typed::default());
        let required: Vec<_> = form
            .parts()
            .into_iter()
            .filter(|part| !form.is_optional(*part))
            .flat_map(|part| form.fields(part))
            .filter(|field| field.is_required() || field.otherwise == Otherwise::Applicant)
            .map(|field| (field.pointer.to_owned(), DefectCode::Required))
            .collect();
        for wanted in &required {
            assert!(found.contains(wanted), "{file}: {wanted:?} in {found:?}");
        }
        assert_eq!(found.len(), required.len(), "{file}: {found:?}");
    }
}

#[test]
fn words_of_people_and_levels_are_understood() {
    let appliance = form(APPLIANCE);
    let typed = appliance.typed(|pointer| match pointer {
        "/new_item/category" => Some(" 空调 "),
        "/new_item/energy_level" => Some("1 级"),
        "/consumer/id_type" => Some("居民身份证"),
        _ => None,
    });
    let document: Value = serde_json::from_slice(&appliance.document(&typed)).unwrap();
    assert_eq!(document["new_item"]["category"], "air_conditioner");
    assert_eq!(document["new_item"]["energy_level"], 1);
    assert_eq!(document["consumer"]["id_type"], "resident_id");
    assert_eq!(document["new_item"]["kind"], "appliance");
}

#[test]
fn imeis_close_up() {
    let digital = form(DIGITAL);
    let typed = digital.typed(|pointer| (pointer == "/new_item/imei/1").then_some("354"));
    assert_eq!(typed.get("/new_item/imei/0"), "354");
    let document: Value = serde_json::from_slice(&digital.document(&typed)).unwrap();
    assert_eq!(document["new_item"]["imei"], json!(["354"]));
}

#[test]
fn a_part_that_may_come_later_is_there_only_when_something_stands_in_it() {
    let mut car = form(CAR);
    car.invoice_may_come_later = true;
    let by_itself = car.typed(|p| (p == "/invoice/buyer_kind").then_some("individual"));
    let document: Value = serde_json::from_slice(&car.document(&by_itself)).unwrap();
    assert!(document.get("invoice").is_none());
    let typed = car.typed(|p| (p == "/invoice/total").then_some("1"));
    let document: Value = serde_json::from_slice(&car.document(&typed)).unwrap();
    assert_eq!(document["invoice"]["total"], "1");
}

#[test]
fn every_field_has_its_words() {
    assert_eq!(label("/new_item/vin", Lang::Zh), Some("新车车辆识别代号"));
    assert_eq!(label("/invoice", Lang::En), Some("Invoice"));
    assert_eq!(label("/nothing", Lang::En), None);
    assert_eq!(category("fridge", Lang::Zh), "冰箱");
    assert_eq!(category("kite", Lang::En), "kite");
}
