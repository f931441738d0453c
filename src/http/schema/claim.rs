//! What a dealer sends.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A claim, as the counter knows it. Unknown fields are refused by name.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimRequest {
    /// Id of a published programme.
    #[schema(example = "henan-car-replacement-2025")]
    pub programme: String,
    /// The applicant.
    pub consumer: Consumer,
    /// What is given up; absent where the programme needs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable)]
    pub old_item: Option<OldItem>,
    /// What was bought.
    pub new_item: NewItem,
    /// May be absent where a programme lets a claim be opened at the counter; the money is
    /// then held until the papers' deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable)]
    pub invoice: Option<Invoice>,
}

/// The applicant.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consumer {
    /// Name as on the document.
    #[schema(example = "王小明")]
    pub name: String,
    /// Which document.
    pub id_type: IdType,
    /// Its number, with its check digit.
    #[schema(example = "419099199001010014")]
    pub id_number: String,
    /// Mobile telephone, eleven digits.
    #[schema(example = "13800138000", pattern = "^1[0-9]{10}$")]
    pub mobile: String,
    /// Where money for the consumer goes.
    pub bank_account: BankAccount,
}

/// Kinds of identity document.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdType {
    /// Resident identity card.
    ResidentId,
    /// Mainland travel permit for Hong Kong and Macau residents.
    HkMacauPermit,
    /// Mainland travel permit for Taiwan residents.
    TaiwanPermit,
    /// Permanent residence card of a foreigner.
    ForeignResidence,
}

/// A bank account.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BankAccount {
    /// Account or card number.
    #[schema(example = "6225881414207430")]
    pub number: String,
    /// Bank and branch.
    #[schema(example = "中国邮政储蓄银行济源市支行")]
    pub bank: String,
}

/// What is given up.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OldItem {
    /// An old car.
    Vehicle {
        /// Vehicle identification number.
        #[schema(example = "LSVAA4182E2184847")]
        vin: String,
        /// Number plate.
        #[schema(example = "豫U12345")]
        plate: String,
        /// Fuel.
        fuel: Fuel,
        /// Day of first registration.
        #[schema(example = "2015-03-02", format = "date")]
        first_registered: String,
        /// Number of the registered owner.
        #[schema(example = "419099199001010014")]
        owner_id_number: String,
        /// Since when the owner has had it, unbroken.
        #[schema(example = "2016-05-01", format = "date")]
        owned_since: String,
        /// How it was given up.
        disposal: Disposal,
    },
    /// An old appliance.
    Appliance {
        /// Category word of the pack.
        #[schema(example = "fridge")]
        category: String,
        /// Who collected it.
        #[schema(example = "济源市绿色回收有限公司")]
        collected_by: String,
        /// The collection receipt.
        #[schema(example = "HS20250301-17")]
        receipt_number: String,
        /// The day of collection.
        #[schema(example = "2025-03-01", format = "date")]
        date: String,
    },
}

/// How an old car was given up.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Disposal {
    /// The way.
    pub how: DisposalKind,
    /// Number of the sale invoice or scrap certificate.
    #[schema(example = "4100123456")]
    pub document_number: String,
    /// Its day.
    #[schema(example = "2025-03-01", format = "date")]
    pub date: String,
    /// Number of the person who gave it up.
    #[schema(example = "419099199001010014")]
    pub seller_id_number: String,
}

/// Ways of giving up a car.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisposalKind {
    /// Sold.
    Sold,
    /// Scrapped at a certified yard.
    Scrapped,
    /// Given away.
    Gifted,
    /// Registration changed without a sale.
    Reregistered,
}

/// Fuels; `nev` is battery, plug-in, range-extended and fuel-cell.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fuel {
    /// Petrol.
    Petrol,
    /// Diesel.
    Diesel,
    /// New-energy.
    Nev,
    /// Anything else, such as gas.
    Other,
}

/// What was bought.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum NewItem {
    /// A car.
    Vehicle {
        /// Vehicle identification number.
        #[schema(example = "LGXC16AF4P0000001")]
        vin: String,
        /// Number plate.
        #[schema(example = "豫UD12345")]
        plate: String,
        /// Fuel.
        fuel: Fuel,
        /// Engine size in litres as a decimal string; null for a battery car.
        #[schema(example = "1.5", pattern = "^[0-9]{1,3}(\\.[0-9]{1,3})?$")]
        engine_litres: Option<String>,
        /// Day of registration.
        #[schema(example = "2025-03-05", format = "date")]
        registered_on: String,
        /// Place of registration, six digits.
        #[schema(example = "410000", pattern = "^[0-9]{6}$")]
        registered_in: String,
    },
    /// A household appliance.
    Appliance {
        /// Category word of the pack.
        #[schema(example = "fridge")]
        category: String,
        /// EAN-13.
        #[schema(example = "6901234567892")]
        gtin: String,
        /// Serial number.
        #[schema(example = "SN2025000017")]
        serial: String,
        /// Model.
        #[schema(example = "BCD-500")]
        model: String,
        /// Energy or water level, 1 the best.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(example = 1, minimum = 1, maximum = 5)]
        energy_level: Option<u8>,
    },
    /// A telephone, tablet, watch or pair of glasses.
    Digital {
        /// Category word of the pack.
        #[schema(example = "phone")]
        category: String,
        /// EAN-13.
        #[schema(example = "6901234567892")]
        gtin: String,
        /// Serial number.
        #[schema(example = "SN2025000018")]
        serial: String,
        /// IMEIs of a telephone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schema(example = json!(["490154203237518"]))]
        imei: Vec<String>,
        /// Model.
        #[schema(example = "P60")]
        model: String,
    },
    /// For kitchen, bath and home renewal.
    Home {
        /// Category word of the pack.
        #[schema(example = "smart_lock")]
        category: String,
        /// EAN-13.
        #[schema(example = "6901234567892")]
        gtin: String,
        /// Serial number.
        #[schema(example = "SN2025000019")]
        serial: String,
        /// Model.
        #[schema(example = "DL-2")]
        model: String,
    },
}

/// The invoice of the new item.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invoice {
    /// Number, with the code of older paper invoices before it.
    #[schema(example = "25412000000012345678")]
    pub number: String,
    /// Its day.
    #[schema(example = "2025-03-02", format = "date")]
    pub date: String,
    /// The price including tax after all discounts, in yuan.
    #[schema(example = "166666.00", pattern = "^[0-9]+(\\.[0-9]{1,2})?$")]
    pub total: String,
    /// What the consumer paid, in yuan.
    #[schema(example = "166666.00", pattern = "^[0-9]+(\\.[0-9]{1,2})?$")]
    pub paid: String,
    /// The buyer's number.
    #[schema(example = "419099199001010014")]
    pub buyer_id_number: String,
    /// Person or organisation.
    pub buyer_kind: BuyerKind,
    /// The seller's unified social credit code.
    #[schema(example = "91419001MA0000001N")]
    pub seller_uscc: String,
    /// Place of issue, six digits.
    #[schema(example = "410000", pattern = "^[0-9]{6}$")]
    pub issued_in: String,
}

/// Who bought.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BuyerKind {
    /// A natural person.
    Individual,
    /// A company or another body.
    Organisation,
}
