//! The fields of a claim with their words, in the order in which people fill them in.

/// A word of the contract with what people call it in Chinese and in English.
pub type Choice = (&'static str, &'static str, &'static str);

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// Any text.
    Text,
    /// Digits, or digits and a letter at the end.
    Number,
    /// A day, written `YYYY-MM-DD`.
    Day,
    /// An amount in yuan.
    Money,
    /// One of a closed list.
    Choice(&'static [Choice]),
    /// One of the categories of the pack.
    Category,
}

/// What stands where nothing was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// Nothing: the reader says whether it must be there.
    Nothing,
    /// This word.
    Word(&'static str),
    /// The applicant's number.
    Applicant,
    /// The credit code of the dealer that files.
    Dealer,
}

/// A field of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormField {
    /// Its JSON pointer in the document.
    pub pointer: &'static str,
    /// What people call it in Chinese.
    pub zh: &'static str,
    /// What people call it in English.
    pub en: &'static str,
    /// How it is filled in.
    pub input: Input,
    /// What stands where nothing was typed.
    pub otherwise: Otherwise,
    /// Whether it may stay empty for good.
    pub optional: bool,
}

impl FormField {
    const fn is(mut self, input: Input) -> Self {
        self.input = input;
        self
    }

    const fn else_is(mut self, otherwise: Otherwise) -> Self {
        self.otherwise = otherwise;
        self
    }

    const fn at_will(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Whether the form must not be sent without it.
    pub fn is_required(&self) -> bool {
        !self.optional && self.otherwise == Otherwise::Nothing
    }
}

const fn field(pointer: &'static str, zh: &'static str, en: &'static str) -> FormField {
    FormField {
        pointer,
        zh,
        en,
        input: Input::Text,
        otherwise: Otherwise::Nothing,
        optional: false,
    }
}

const ID_TYPES: &[Choice] = &[
    ("resident_id", "居民身份证", "Resident identity card"),
    (
        "hk_macau_permit",
        "港澳居民来往内地通行证",
        "Mainland permit (Hong Kong, Macau)",
    ),
    (
        "taiwan_permit",
        "台湾居民来往大陆通行证",
        "Mainland permit (Taiwan)",
    ),
    (
        "foreign_residence",
        "外国人永久居留身份证",
        "Foreigner's permanent residence card",
    ),
];
const FUELS: &[Choice] = &[
    ("petrol", "汽油", "Petrol"),
    ("diesel", "柴油", "Diesel"),
    ("nev", "新能源", "New energy"),
    ("other", "其他", "Other"),
];
const DISPOSALS: &[Choice] = &[
    ("sold", "转让（出售）", "Sold"),
    ("scrapped", "报废", "Scrapped"),
    ("gifted", "赠与", "Given away"),
    ("reregistered", "变更登记", "Re-registered"),
];
const BUYERS: &[Choice] = &[
    ("individual", "个人", "Individual"),
    ("organisation", "单位", "Organisation"),
];
const LEVELS: &[Choice] = &[
    ("1", "1 级", "Level 1"),
    ("2", "2 级", "Level 2"),
    ("3", "3 级", "Level 3"),
    ("4", "4 级", "Level 4"),
    ("5", "5 级", "Level 5"),
];

/// The categories that packs use, with their words; others are shown as the pack writes them.
pub(super) const CATEGORIES: &[Choice] = &[
    ("air_conditioner", "空调", "Air conditioner"),
    ("computer", "电脑", "Computer"),
    ("dishwasher", "洗碗机", "Dishwasher"),
    ("fridge", "冰箱", "Fridge"),
    ("glasses", "智能眼镜", "Smart glasses"),
    ("hood", "吸油烟机", "Range hood"),
    ("microwave", "微波炉", "Microwave oven"),
    ("phone", "手机", "Telephone"),
    ("rice_cooker", "电饭煲", "Rice cooker"),
    ("smart_lock", "智能门锁", "Smart lock"),
    ("smart_toilet", "智能坐便器", "Smart toilet"),
    ("stove", "家用灶具", "Stove"),
    ("tablet", "平板电脑", "Tablet"),
    ("tv", "电视机", "Television"),
    ("washer", "洗衣机", "Washing machine"),
    ("watch", "智能手表（手环）", "Smart watch"),
    ("water_heater", "热水器", "Water heater"),
    ("water_purifier", "净水机", "Water purifier"),
];

pub(super) const CONSUMER: &[FormField] = &[
    field("/consumer/name", "姓名", "Name"),
    field("/consumer/id_type", "证件类型", "Document")
        .is(Input::Choice(ID_TYPES))
        .else_is(Otherwise::Word("resident_id")),
    field("/consumer/id_number", "证件号码", "ID number"),
    field("/consumer/mobile", "手机号码", "Mobile number").is(Input::Number),
    field("/consumer/bank_account/number", "银行卡号", "Bank account").is(Input::Number),
    field("/consumer/bank_account/bank", "开户银行", "Bank and branch"),
];

pub(super) const OLD_VEHICLE: &[FormField] = &[
    field("/old_item/vin", "旧车车辆识别代号", "VIN of the old car"),
    field("/old_item/plate", "旧车号牌", "Plate of the old car"),
    field("/old_item/fuel", "旧车燃料种类", "Fuel of the old car").is(Input::Choice(FUELS)),
    field(
        "/old_item/first_registered",
        "旧车注册登记日期",
        "First registered on",
    )
    .is(Input::Day),
    field(
        "/old_item/owner_id_number",
        "旧车所有人证件号码",
        "Owner's ID number",
    )
    .else_is(Otherwise::Applicant),
    field(
        "/old_item/owned_since",
        "登记在本人名下的日期",
        "Owned since",
    )
    .is(Input::Day),
    field("/old_item/disposal/how", "处置方式", "How it was given up").is(Input::Choice(DISPOSALS)),
    field(
        "/old_item/disposal/document_number",
        "转让发票或报废证明编号",
        "Number of the sale invoice or scrap certificate",
    ),
    field("/old_item/disposal/date", "处置日期", "Given up on").is(Input::Day),
    field(
        "/old_item/disposal/seller_id_number",
        "转让人（交车人）证件号码",
        "ID number of who gave it up",
    )
    .else_is(Otherwise::Applicant),
];

pub(super) const OLD_APPLIANCE: &[FormField] = &[
    field(
        "/old_item/category",
        "旧家电品类",
        "Category of the old appliance",
    )
    .is(Input::Category),
    field("/old_item/collected_by", "回收单位", "Collected by"),
    field(
        "/old_item/receipt_number",
        "回收凭证编号",
        "Collection receipt",
    ),
    field("/old_item/date", "回收日期", "Collected on").is(Input::Day),
];

pub(super) const NEW_VEHICLE: &[FormField] = &[
    field("/new_item/vin", "新车车辆识别代号", "VIN of the new car"),
    field("/new_item/plate", "新车号牌", "Plate of the new car"),
    field("/new_item/fuel", "新车燃料种类", "Fuel of the new car").is(Input::Choice(FUELS)),
    field(
        "/new_item/engine_litres",
        "发动机排量（升）",
        "Engine size (litres)",
    )
    .at_will(),
    field(
        "/new_item/registered_on",
        "新车注册登记日期",
        "Registered on",
    )
    .is(Input::Day),
    field(
        "/new_item/registered_in",
        "注册登记地（行政区划代码）",
        "Registered in (area code)",
    )
    .is(Input::Number),
];

pub(super) const GOODS: &[FormField] = &[
    field("/new_item/category", "商品品类", "Category").is(Input::Category),
    field("/new_item/gtin", "商品条码（69 码）", "Bar code (EAN-13)").is(Input::Number),
    field("/new_item/serial", "序列号（SN）", "Serial number"),
    field("/new_item/model", "型号", "Model"),
];

pub(super) const ENERGY_LEVEL: FormField = field(
    "/new_item/energy_level",
    "能效（水效）等级",
    "Energy or water level",
)
.is(Input::Choice(LEVELS))
.at_will();

pub(super) const IMEIS: [FormField; 2] = [
    field(
        "/new_item/imei/0",
        "IMEI 1（手机必填）",
        "IMEI 1 (telephones)",
    )
    .is(Input::Number)
    .at_will(),
    field("/new_item/imei/1", "IMEI 2", "IMEI 2")
        .is(Input::Number)
        .at_will(),
];

pub(super) const INVOICE: &[FormField] = &[
    field("/invoice/number", "发票号码", "Invoice number"),
    field("/invoice/date", "开票日期", "Invoice date").is(Input::Day),
    field("/invoice/total", "价税合计（元）", "Total with tax (yuan)").is(Input::Money),
    field(
        "/invoice/paid",
        "消费者实付（元）",
        "Paid by the consumer (yuan)",
    )
    .is(Input::Money),
    field(
        "/invoice/buyer_id_number",
        "发票购买方证件号码",
        "Buyer's ID number",
    )
    .else_is(Otherwise::Applicant),
    field("/invoice/buyer_kind", "购买方类型", "Kind of buyer")
        .is(Input::Choice(BUYERS))
        .else_is(Otherwise::Word("individual")),
    field(
        "/invoice/seller_uscc",
        "销售方统一社会信用代码",
        "Seller's credit code",
    )
    .else_is(Otherwise::Dealer),
    field(
        "/invoice/issued_in",
        "开票地（行政区划代码）",
        "Issued in (area code)",
    )
    .is(Input::Number),
];
