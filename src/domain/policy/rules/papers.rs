//! Papers that must come once money is held, and which fields of a claim each of them proves.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Terms;
use super::goods::is_word;
use crate::domain::policy::section::Section;
use crate::domain::policy::source::Read;
use crate::domain::reason::ReasonCode;
use crate::domain::text::Text;

/// A paper that must come once money is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// Its word, such as `old_vehicle_transfer`.
    pub name: String,
    /// What people call it.
    pub title: Text,
    /// Whole Beijing days after the day on which money was held.
    pub days: u32,
    /// A last day whatever the days say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_after: Option<NaiveDate>,
    /// JSON pointers of the fields of a claim that it proves; reviewers see it beside them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proves: Vec<String>,
}

/// Of which claims a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldOf {
    /// Of every claim.
    Every,
    /// Of those in which something old is given up.
    OldItem,
    /// Of those in which an old car is given up.
    OldVehicle,
    /// Of those in which an old appliance is given up.
    OldAppliance,
    /// Of those for a new car.
    NewVehicle,
    /// Of those for goods.
    Goods,
    /// Of those for telephones and the like.
    Digital,
}

/// Every field of a claim that a paper may prove, by its JSON pointer.
pub const FIELDS: &[(&str, FieldOf)] = &[
    ("/consumer/name", FieldOf::Every),
    ("/consumer/id_type", FieldOf::Every),
    ("/consumer/id_number", FieldOf::Every),
    ("/consumer/mobile", FieldOf::Every),
    ("/consumer/bank_account/number", FieldOf::Every),
    ("/consumer/bank_account/bank", FieldOf::Every),
    ("/old_item/kind", FieldOf::OldItem),
    ("/old_item/vin", FieldOf::OldVehicle),
    ("/old_item/plate", FieldOf::OldVehicle),
    ("/old_item/fuel", FieldOf::OldVehicle),
    ("/old_item/first_registered", FieldOf::OldVehicle),
    ("/old_item/owner_id_number", FieldOf::OldVehicle),
    ("/old_item/owned_since", FieldOf::OldVehicle),
    ("/old_item/disposal/how", FieldOf::OldVehicle),
    ("/old_item/disposal/document_number", FieldOf::OldVehicle),
    ("/old_item/disposal/date", FieldOf::OldVehicle),
    ("/old_item/disposal/seller_id_number", FieldOf::OldVehicle),
    ("/old_item/category", FieldOf::OldAppliance),
    ("/old_item/collected_by", FieldOf::OldAppliance),
    ("/old_item/receipt_number", FieldOf::OldAppliance),
    ("/old_item/date", FieldOf::OldAppliance),
    ("/new_item/vin", FieldOf::NewVehicle),
    ("/new_item/plate", FieldOf::NewVehicle),
    ("/new_item/fuel", FieldOf::NewVehicle),
    ("/new_item/engine_litres", FieldOf::NewVehicle),
    ("/new_item/registered_on", FieldOf::NewVehicle),
    ("/new_item/registered_in", FieldOf::NewVehicle),
    ("/new_item/category", FieldOf::Goods),
    ("/new_item/gtin", FieldOf::Goods),
    ("/new_item/serial", FieldOf::Goods),
    ("/new_item/model", FieldOf::Goods),
    ("/new_item/energy_level", FieldOf::Goods),
    ("/new_item/imei", FieldOf::Digital),
    ("/invoice/number", FieldOf::Every),
    ("/invoice/date", FieldOf::Every),
    ("/invoice/total", FieldOf::Every),
    ("/invoice/paid", FieldOf::Every),
    ("/invoice/buyer_id_number", FieldOf::Every),
    ("/invoice/buyer_kind", FieldOf::Every),
    ("/invoice/seller_uscc", FieldOf::Every),
    ("/invoice/issued_in", FieldOf::Every),
];

/// What stands in `proves`.
const FIELDS_WANTED: &str = "fields of a claim, like \"/invoice/number\"";

impl Terms for Paper {
    const REASONS: &'static [ReasonCode] = &[];

    fn read(section: &mut Section<'_, '_>) -> Read<Self> {
        let name = section.need("name", Section::text).and_then(|name| {
            if is_word(&name) {
                Ok(name)
            } else {
                Err(section.note(
                    "name",
                    format!("`{name}` is not a word like \"invoice_copy\""),
                ))
            }
        });
        let title = section.need("title", Section::both_languages);
        let days = section.need("days", Section::positive);
        let not_after = section.day("not_after");
        let proves = section.list("proves", FIELDS_WANTED, |value| {
            let pointer = value.as_str()?;
            let known = FIELDS.iter().any(|(field, _)| *field == pointer);
            known.then(|| pointer.to_owned())
        });
        Ok(Self {
            name: name?,
            title: title?,
            days: days?,
            not_after: not_after?,
            proves: proves?.unwrap_or_default(),
        })
    }
}
