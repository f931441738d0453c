//! A well-formed claim as a dealer sent it: parsed once at the edge, checked nowhere else.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::formats::{
    BankAccountNumber, Gtin, IdNumber, Imei, InvoiceNumber, Mobile, PlaceCode, Plate, Serial, Uscc,
    Vin,
};
use super::ids::ProgrammeId;
use super::money::Fen;

/// A claim before any verdict. Its serialisation is the canonical content that is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimDraft {
    /// The programme that is claimed from.
    pub programme: ProgrammeId,
    /// The applicant.
    pub consumer: Consumer,
    /// What is given up; programmes without trade-in have none.
    pub old_item: Option<OldItem>,
    /// What was bought.
    pub new_item: NewItem,
    /// Absent while a claim is opened at the counter.
    pub invoice: Option<Invoice>,
}

/// The applicant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumer {
    /// Name as on the document.
    pub name: String,
    /// Which document.
    pub id_type: IdType,
    /// Its number.
    pub id_number: IdNumber,
    /// Mobile telephone.
    pub mobile: Mobile,
    /// Where money for the consumer goes.
    pub bank_account: BankAccount,
}

/// A bank account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankAccount {
    /// Account or card number.
    pub number: BankAccountNumber,
    /// Name of the bank and branch.
    pub bank: String,
}

/// Kinds of identity document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdType {
    /// Resident identity card (GB 11643).
    ResidentId,
    /// Mainland travel permit for Hong Kong and Macau residents.
    HkMacauPermit,
    /// Mainland travel permit for Taiwan residents.
    TaiwanPermit,
    /// Permanent residence card of a foreigner.
    ForeignResidence,
}

/// What is given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OldItem {
    /// An old car.
    Vehicle(OldVehicle),
    /// An old appliance.
    Appliance(OldAppliance),
}

/// An old car.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldVehicle {
    /// Vehicle identification number.
    pub vin: Vin,
    /// Number plate.
    pub plate: Plate,
    /// Fuel.
    pub fuel: Fuel,
    /// Day of first registration.
    pub first_registered: NaiveDate,
    /// The number of the registered owner.
    pub owner_id_number: IdNumber,
    /// Since when the owner has had it, unbroken.
    pub owned_since: NaiveDate,
    /// How it was given up.
    pub disposal: Disposal,
}

/// How an old car was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disposal {
    /// The way.
    pub how: DisposalKind,
    /// Number of the sale invoice or scrap certificate.
    pub document_number: String,
    /// Its day.
    pub date: NaiveDate,
    /// The number of the person who gave it up.
    pub seller_id_number: IdNumber,
}

/// Ways of giving up a car.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum DisposalKind {
    /// Sold.
    Sold,
    /// Scrapped at a certified yard.
    Scrapped,
    /// Given away.
    Gifted,
    /// Registration changed to another person without a sale.
    Reregistered,
}

/// Fuels as registration certificates group them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Fuel {
    /// Petrol.
    Petrol,
    /// Diesel.
    Diesel,
    /// New-energy: battery, plug-in, range-extended, fuel-cell.
    Nev,
    /// Anything else, such as gas.
    Other,
}

/// An old appliance that was handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldAppliance {
    /// Category word.
    pub category: String,
    /// Who collected it.
    pub collected_by: String,
    /// The collection receipt.
    pub receipt_number: String,
    /// The day of collection.
    pub date: NaiveDate,
}

/// What was bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NewItem {
    /// A car.
    Vehicle(NewVehicle),
    /// An appliance, a digital article, or an article for the home.
    Goods(Goods),
}

/// A new car. Its tag stands beside those of [`GoodsKind`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename = "vehicle")]
pub struct NewVehicle {
    /// Vehicle identification number.
    pub vin: Vin,
    /// Number plate.
    pub plate: Plate,
    /// Fuel.
    pub fuel: Fuel,
    /// Engine size in litres; none for a battery car.
    pub engine_litres: Option<Decimal>,
    /// Day of registration.
    pub registered_on: NaiveDate,
    /// Place of registration.
    pub registered_in: PlaceCode,
}

/// Kinds of goods other than cars.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum GoodsKind {
    /// Household appliances.
    Appliance,
    /// Telephones, tablets, watches, glasses.
    Digital,
    /// Kitchen, bath and home renewal.
    Home,
}

/// An article other than a car.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goods {
    /// The kind.
    pub kind: GoodsKind,
    /// Category word; the pack defines which there are.
    pub category: String,
    /// EAN-13.
    pub gtin: Gtin,
    /// Serial number.
    pub serial: Serial,
    /// Model.
    pub model: String,
    /// Energy or water level, 1 the best; only where the kind has one.
    pub energy_level: Option<u8>,
    /// IMEIs of a telephone; empty elsewhere.
    pub imei: Vec<Imei>,
}

/// The invoice of the new item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// Number, with the code of older paper invoices before it.
    pub number: InvoiceNumber,
    /// Its day.
    pub date: NaiveDate,
    /// The price including tax after all discounts, in fen.
    pub total: Fen,
    /// What the consumer paid, in fen.
    pub paid: Fen,
    /// The buyer's number.
    pub buyer_id_number: IdNumber,
    /// Person or organisation.
    pub buyer_kind: BuyerKind,
    /// The seller's credit code.
    pub seller_uscc: Uscc,
    /// Place of issue.
    pub issued_in: PlaceCode,
}

/// Who bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BuyerKind {
    /// A natural person.
    Individual,
    /// A company or another body.
    Organisation,
}
