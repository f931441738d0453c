//! The walk over a claim, in the order of the contract.

use chrono::NaiveDate;

use super::fields::{Fields, Findings};
use super::json::Json;
use super::scalar::{day, energy_level, litres, money, one_of, string, text, word};
use super::{BANK_CARD_CHECK_DIGIT, INVOICE_DATED_AHEAD, VIN_CHECK_DIGIT};
use crate::domain::defect::DefectCode;
use crate::domain::draft::{
    BankAccount, BuyerKind, ClaimDraft, Consumer, Disposal, DisposalKind, Fuel, Goods, GoodsKind,
    IdType, Invoice, NewItem, NewVehicle, OldAppliance, OldItem, OldVehicle,
};
use crate::domain::formats::{
    BankAccountNumber, Gtin, IdNumber, Imei, InvoiceNumber, Mobile, PlaceCode, Plate, Serial, Uscc,
    Vin,
};
use crate::domain::ids::ProgrammeId;

/// Characters of a name of a person, a company or a bank.
const NAME: usize = 100;
/// Characters of a document's number, a model or a programme's id.
const MARK: usize = 64;
/// A telephone has one IMEI a SIM, and none has more than four.
const MOST_IMEIS: usize = 4;

const ID_TYPES: &[(&str, IdType)] = &[
    ("resident_id", IdType::ResidentId),
    ("hk_macau_permit", IdType::HkMacauPermit),
    ("taiwan_permit", IdType::TaiwanPermit),
    ("foreign_residence", IdType::ForeignResidence),
];
const FUELS: &[(&str, Fuel)] = &[
    ("petrol", Fuel::Petrol),
    ("diesel", Fuel::Diesel),
    ("nev", Fuel::Nev),
    ("other", Fuel::Other),
];
const DISPOSALS: &[(&str, DisposalKind)] = &[
    ("sold", DisposalKind::Sold),
    ("scrapped", DisposalKind::Scrapped),
    ("gifted", DisposalKind::Gifted),
    ("reregistered", DisposalKind::Reregistered),
];
const BUYERS: &[(&str, BuyerKind)] = &[
    ("individual", BuyerKind::Individual),
    ("organisation", BuyerKind::Organisation),
];

/// Kinds of old item.
#[derive(Clone, Copy)]
enum OldKind {
    Vehicle,
    Appliance,
}
const OLD_KINDS: &[(&str, OldKind)] = &[
    ("vehicle", OldKind::Vehicle),
    ("appliance", OldKind::Appliance),
];
/// Kinds of new item; the vehicle's is none of goods.
const NEW_KINDS: &[(&str, Option<GoodsKind>)] = &[
    ("vehicle", None),
    ("appliance", Some(GoodsKind::Appliance)),
    ("digital", Some(GoodsKind::Digital)),
    ("home", Some(GoodsKind::Home)),
];

/// Reads the whole claim. `None` when a defect was noted.
pub(super) fn read(
    tree: &Json<'_>,
    findings: &mut Findings,
    today: NaiveDate,
) -> Option<ClaimDraft> {
    let mut claim = Fields::root(tree, findings)?;
    claim.only(&["programme", "consumer", "old_item", "new_item", "invoice"]);
    let programme = claim.required("programme", |json| text(json, MARK).map(ProgrammeId));
    let consumer = claim.object("consumer", |fields| consumer(fields, today));
    let old_item = claim.optional_object("old_item", |fields| old_item(fields, today));
    let old_vin = match &old_item {
        Some(Some(OldItem::Vehicle(car))) => Some(&car.vin),
        _ => None,
    };
    let new_item = claim.object("new_item", |fields| new_item(fields, old_vin));
    let invoice = claim.optional_object("invoice", |fields| invoice(fields, today));
    Some(ClaimDraft {
        programme: programme?,
        consumer: consumer?,
        old_item: old_item?,
        new_item: new_item?,
        invoice: invoice?,
    })
}

fn consumer(mut fields: Fields<'_, '_>, today: NaiveDate) -> Option<Consumer> {
    fields.only(&["name", "id_type", "id_number", "mobile", "bank_account"]);
    let name = fields.required("name", |json| text(json, NAME));
    let id_type = fields.required("id_type", |json| one_of(json, ID_TYPES));
    let id_number = fields.required("id_number", |json| {
        let number = string(json)?;
        match id_type {
            Some(IdType::ResidentId) => IdNumber::parse_resident_id(number, today),
            Some(IdType::HkMacauPermit) => IdNumber::parse_hk_macau_permit(number, today),
            Some(IdType::TaiwanPermit) => IdNumber::parse_taiwan_permit(number, today),
            Some(IdType::ForeignResidence) => IdNumber::parse_foreign_residence(number, today),
            None => IdNumber::parse(number, today),
        }
    });
    let mobile = fields.required("mobile", |json| Mobile::parse(string(json)?));
    let bank_account = fields.object("bank_account", bank_account);
    Some(Consumer {
        name: name?,
        id_type: id_type?,
        id_number: id_number?,
        mobile: mobile?,
        bank_account: bank_account?,
    })
}

fn bank_account(mut fields: Fields<'_, '_>) -> Option<BankAccount> {
    fields.only(&["number", "bank"]);
    let number = fields.required("number", |json| BankAccountNumber::parse(string(json)?));
    let bank = fields.required("bank", |json| text(json, NAME));
    let number = number?;
    if !number.check_digit_agrees() {
        fields.warn("number", BANK_CARD_CHECK_DIGIT);
    }
    Some(BankAccount {
        number,
        bank: bank?,
    })
}

fn old_item(mut fields: Fields<'_, '_>, today: NaiveDate) -> Option<OldItem> {
    match fields.required("kind", |json| one_of(json, OLD_KINDS))? {
        OldKind::Vehicle => old_vehicle(fields, today).map(OldItem::Vehicle),
        OldKind::Appliance => old_appliance(fields).map(OldItem::Appliance),
    }
}

fn old_vehicle(mut fields: Fields<'_, '_>, today: NaiveDate) -> Option<OldVehicle> {
    fields.only(&[
        "kind",
        "vin",
        "plate",
        "fuel",
        "first_registered",
        "owner_id_number",
        "owned_since",
        "disposal",
    ]);
    let vin = vin(&mut fields);
    let plate = fields.required("plate", |json| Plate::parse(string(json)?));
    let fuel = fields.required("fuel", |json| one_of(json, FUELS));
    let first_registered = fields.required("first_registered", day);
    let owner = fields.required("owner_id_number", |json| {
        IdNumber::parse(string(json)?, today)
    });
    let owned_since = fields.required("owned_since", day);
    let disposal = fields.object("disposal", |fields| disposal(fields, today));
    Some(OldVehicle {
        vin: vin?,
        plate: plate?,
        fuel: fuel?,
        first_registered: first_registered?,
        owner_id_number: owner?,
        owned_since: owned_since?,
        disposal: disposal?,
    })
}

fn disposal(mut fields: Fields<'_, '_>, today: NaiveDate) -> Option<Disposal> {
    fields.only(&["how", "document_number", "date", "seller_id_number"]);
    let how = fields.required("how", |json| one_of(json, DISPOSALS));
    let document_number = fields.required("document_number", |json| text(json, MARK));
    let date = fields.required("date", day);
    let seller = fields.required("seller_id_number", |json| {
        IdNumber::parse(string(json)?, today)
    });
    Some(Disposal {
        how: how?,
        document_number: document_number?,
        date: date?,
        seller_id_number: seller?,
    })
}

fn old_appliance(mut fields: Fields<'_, '_>) -> Option<OldAppliance> {
    fields.only(&["kind", "category", "collected_by", "receipt_number", "date"]);
    let category = fields.required("category", word);
    let collected_by = fields.required("collected_by", |json| text(json, NAME));
    let receipt_number = fields.required("receipt_number", |json| text(json, MARK));
    let date = fields.required("date", day);
    Some(OldAppliance {
        category: category?,
        collected_by: collected_by?,
        receipt_number: receipt_number?,
        date: date?,
    })
}

fn new_item(mut fields: Fields<'_, '_>, old_vin: Option<&Vin>) -> Option<NewItem> {
    match fields.required("kind", |json| one_of(json, NEW_KINDS))? {
        None => new_vehicle(fields, old_vin).map(NewItem::Vehicle),
        Some(kind) => goods(fields, kind).map(NewItem::Goods),
    }
}

fn new_vehicle(mut fields: Fields<'_, '_>, old_vin: Option<&Vin>) -> Option<NewVehicle> {
    fields.only(&[
        "kind",
        "vin",
        "plate",
        "fuel",
        "engine_litres",
        "registered_on",
        "registered_in",
    ]);
    let vin = vin(&mut fields);
    if vin.is_some() && vin.as_ref() == old_vin {
        fields.note("vin", DefectCode::SameAsOldItem);
    }
    let plate = fields.required("plate", |json| Plate::parse(string(json)?));
    let fuel = fields.required("fuel", |json| one_of(json, FUELS));
    let engine_litres = fields.optional("engine_litres", litres);
    let registered_on = fields.required("registered_on", day);
    let registered_in = fields.required("registered_in", |json| PlaceCode::parse(string(json)?));
    Some(NewVehicle {
        vin: vin?,
        plate: plate?,
        fuel: fuel?,
        engine_litres: engine_litres?,
        registered_on: registered_on?,
        registered_in: registered_in?,
    })
}

fn vin(fields: &mut Fields<'_, '_>) -> Option<Vin> {
    let vin = fields.required("vin", |json| Vin::parse(string(json)?))?;
    if !vin.check_digit_agrees() {
        fields.warn("vin", VIN_CHECK_DIGIT);
    }
    Some(vin)
}

fn goods(mut fields: Fields<'_, '_>, kind: GoodsKind) -> Option<Goods> {
    let names = &[
        "kind",
        "category",
        "gtin",
        "serial",
        "model",
        "energy_level",
        "imei",
    ];
    let digital = kind == GoodsKind::Digital;
    fields.only(if digital { names } else { &names[..6] });
    let category = fields.required("category", word);
    let gtin = fields.required("gtin", |json| Gtin::parse(string(json)?));
    let serial = fields.required("serial", |json| Serial::parse(string(json)?));
    let model = fields.required("model", |json| text(json, MARK));
    let energy_level = fields.optional("energy_level", energy_level);
    let imei = if digital {
        fields.list("imei", MOST_IMEIS, |json| Imei::parse(string(json)?))
    } else {
        Some(Vec::new())
    };
    Some(Goods {
        kind,
        category: category?,
        gtin: gtin?,
        serial: serial?,
        model: model?,
        energy_level: energy_level?,
        imei: imei?,
    })
}

pub(super) fn invoice(mut fields: Fields<'_, '_>, today: NaiveDate) -> Option<Invoice> {
    fields.only(&[
        "number",
        "date",
        "total",
        "paid",
        "buyer_id_number",
        "buyer_kind",
        "seller_uscc",
        "issued_in",
    ]);
    let number = fields.required("number", |json| InvoiceNumber::parse(string(json)?, today));
    let date = fields.required("date", day);
    if date.is_some_and(|date| date > today) {
        fields.warn("date", INVOICE_DATED_AHEAD);
    }
    let total = fields.required("total", money);
    let paid = fields.required("paid", money);
    let buyer = fields.required("buyer_id_number", |json| {
        IdNumber::parse(string(json)?, today)
    });
    let buyer_kind = fields.required("buyer_kind", |json| one_of(json, BUYERS));
    let seller_uscc = fields.required("seller_uscc", |json| Uscc::parse(string(json)?));
    let issued_in = fields.required("issued_in", |json| PlaceCode::parse(string(json)?));
    Some(Invoice {
        number: number?,
        date: date?,
        total: total?,
        paid: paid?,
        buyer_id_number: buyer?,
        buyer_kind: buyer_kind?,
        seller_uscc: seller_uscc?,
        issued_in: issued_in?,
    })
}
