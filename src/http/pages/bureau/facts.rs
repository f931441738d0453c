//! A claim's content as a table of facts: what each is called. Which papers prove it says its pack.

use serde_json::Value;

use crate::domain::money::Fen;
use crate::http::pages::frame::Frame;
use crate::operations::claims::ClaimView;

/// A part of a claim.
#[derive(Debug, Clone)]
pub struct Part {
    /// What it is called.
    pub title: &'static str,
    /// Its facts.
    pub facts: Vec<Fact>,
}

/// One fact.
#[derive(Debug, Clone)]
pub struct Fact {
    /// JSON pointer into the claim.
    pub pointer: String,
    /// What it is called.
    pub label: &'static str,
    /// The value in words.
    pub value: String,
}

/// A member: its pointer within its part, and its names.
type Member = (&'static str, &'static str, &'static str);

const CONSUMER: &[Member] = &[
    ("/name", "姓名", "Name"),
    ("/id_type", "证件类型", "Kind of document"),
    ("/id_number", "证件号码", "ID number"),
    ("/mobile", "手机号码", "Mobile number"),
    ("/bank_account/number", "收款账号", "Bank account"),
    ("/bank_account/bank", "开户银行", "Bank"),
];
const OLD: &[Member] = &[
    ("/kind", "旧物品种类", "Kind of old item"),
    ("/vin", "旧车车辆识别代号", "VIN of the old vehicle"),
    ("/plate", "旧车号牌", "Plate of the old vehicle"),
    ("/fuel", "旧车燃料", "Fuel of the old vehicle"),
    ("/first_registered", "旧车注册登记日期", "First registered"),
    (
        "/owner_id_number",
        "旧车所有人证件号码",
        "Owner's ID number",
    ),
    ("/owned_since", "登记在名下起始日", "Owned since"),
    ("/disposal/how", "处置方式", "Given up by"),
    (
        "/disposal/document_number",
        "处置凭证号码",
        "Number of the document",
    ),
    ("/disposal/date", "处置日期", "Day given up"),
    (
        "/disposal/seller_id_number",
        "处置人证件号码",
        "ID number of who gave it up",
    ),
    ("/category", "旧物品类别", "Category of the old item"),
    ("/collected_by", "回收单位", "Collected by"),
    ("/receipt_number", "回收凭证号码", "Number of the receipt"),
    ("/date", "回收日期", "Day of collection"),
];
const NEW_CAR: &[Member] = &[
    ("/vin", "新车车辆识别代号", "VIN of the new vehicle"),
    ("/plate", "新车号牌", "Plate of the new vehicle"),
    ("/fuel", "新车燃料", "Fuel of the new vehicle"),
    ("/engine_litres", "排量（升）", "Engine (litres)"),
    ("/registered_on", "注册登记日期", "Registered on"),
    ("/registered_in", "注册登记地", "Registered in"),
];
const NEW_GOODS: &[Member] = &[
    ("/category", "商品类别", "Category"),
    ("/gtin", "商品条码", "Bar code"),
    ("/serial", "序列号", "Serial number"),
    ("/model", "型号", "Model"),
    ("/energy_level", "能效（水效）等级", "Energy or water level"),
    ("/imei", "IMEI", "IMEI"),
];
const BOUGHT: &[Member] = &[
    ("/number", "发票号码", "Invoice number"),
    ("/date", "开票日期", "Invoice date"),
    ("/total", "价税合计", "Total with tax"),
    ("/paid", "消费者实付", "Paid by the consumer"),
    ("/buyer_id_number", "购买方证件号码", "Buyer's ID number"),
    ("/buyer_kind", "购买方性质", "Kind of buyer"),
    (
        "/seller_uscc",
        "销售方统一社会信用代码",
        "Seller's credit code",
    ),
    ("/issued_in", "开票地", "Issued in"),
];

/// The facts of a claim, masked as they are in `claim`.
pub fn parts(f: &Frame, claim: &ClaimView) -> Vec<Part> {
    of(
        f,
        [
            &claim.consumer,
            &claim.old_item,
            &claim.new_item,
            &claim.invoice,
        ],
    )
}

/// The facts of a claim's four parts: the applicant, what was given up, what was bought, and the
/// invoice.
pub fn of(f: &Frame, [consumer, old, new, invoice]: [&Value; 4]) -> Vec<Part> {
    let car = new.get("kind").and_then(Value::as_str) == Some("vehicle");
    let new_members = if car { NEW_CAR } else { NEW_GOODS };
    let parts = [
        (f.t("申请人", "Applicant"), "/consumer", consumer, CONSUMER),
        (f.t("旧物品", "What was given up"), "/old_item", old, OLD),
        (
            f.t("新购商品", "What was bought"),
            "/new_item",
            new,
            new_members,
        ),
        (f.t("发票", "Invoice"), "/invoice", invoice, BOUGHT),
    ];
    let read = |(title, root, value, members): (&'static str, &str, &Value, &[Member])| Part {
        title,
        facts: members
            .iter()
            .filter_map(|member| fact(f, root, value, *member))
            .collect(),
    };
    let mut read: Vec<Part> = parts.into_iter().map(read).collect();
    read.retain(|part| !part.facts.is_empty());
    read
}

fn fact(f: &Frame, root: &str, value: &Value, member: Member) -> Option<Fact> {
    let (path, zh, en) = member;
    let text = in_words(f, path, value.pointer(path)?)?;
    Some(Fact {
        pointer: format!("{root}{path}"),
        label: f.t(zh, en),
        value: text,
    })
}

fn in_words(f: &Frame, path: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(several) => {
            let texts: Vec<&str> = several.iter().filter_map(Value::as_str).collect();
            texts.join(", ")
        }
        _ => return None,
    };
    if text.is_empty() {
        return None;
    }
    if matches!(path, "/total" | "/paid")
        && let Ok(amount) = Fen::parse_yuan(&text)
    {
        return Some(f.yuan(&amount));
    }
    Some(word(f, path, &text).map_or(text, str::to_owned))
}

/// What people call a word of a closed list.
fn word(f: &Frame, path: &str, text: &str) -> Option<&'static str> {
    Some(match (path, text) {
        ("/id_type", "resident_id") => f.t("居民身份证", "Resident identity card"),
        ("/id_type", "hk_macau_permit") => f.t(
            "港澳居民来往内地通行证",
            "Permit for Hong Kong and Macau residents",
        ),
        ("/id_type", "taiwan_permit") => {
            f.t("台湾居民来往大陆通行证", "Permit for Taiwan residents")
        }
        ("/id_type", "foreign_residence") => f.t(
            "外国人永久居留身份证",
            "Foreigner's permanent residence card",
        ),
        ("/kind", "vehicle") => f.t("机动车", "Vehicle"),
        ("/kind", "appliance") => f.t("家电", "Appliance"),
        ("/fuel", "petrol") => f.t("汽油", "Petrol"),
        ("/fuel", "diesel") => f.t("柴油", "Diesel"),
        ("/fuel", "nev") => f.t("新能源", "New energy"),
        ("/fuel", "other") => f.t("其他", "Other"),
        ("/disposal/how", "sold") => f.t("转让出售", "Sold"),
        ("/disposal/how", "scrapped") => f.t("报废", "Scrapped"),
        ("/disposal/how", "gifted") => f.t("赠与", "Given away"),
        ("/disposal/how", "reregistered") => f.t("变更登记", "Re-registered"),
        ("/buyer_kind", "individual") => f.t("个人", "Individual"),
        ("/buyer_kind", "organisation") => f.t("单位", "Organisation"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::policy::rules::papers::FIELDS;
    use crate::domain::text::Lang;
    use crate::http::pages::frame::Area;
    use actix_web::test::TestRequest;
    use serde_json::json;

    fn frame(lang: Lang) -> Frame {
        let request = TestRequest::default().to_http_request();
        Frame {
            lang,
            ..Frame::new(&request, Area::Bureau)
        }
    }

    #[test]
    fn facts_have_words() {
        let new = json!({"kind": "vehicle", "vin": "LGXC16AF4P0000001", "fuel": "nev", "engine_litres": null});
        let invoice = json!({"total": "166666.00"});
        let parts = of(
            &frame(Lang::Zh),
            [&json!({"name": "王**"}), &Value::Null, &new, &invoice],
        );
        let titles: Vec<&str> = parts.iter().map(|part| part.title).collect();
        assert_eq!(titles, ["申请人", "新购商品", "发票"]);
        let facts = &parts[1].facts;
        let (vin, fuel) = (&facts[0], &facts[1]);
        assert_eq!(facts.len(), 2, "what is not there is no fact");
        assert_eq!(
            (vin.pointer.as_str(), fuel.value.as_str()),
            ("/new_item/vin", "新能源")
        );
        assert_eq!(parts[2].facts[0].value, "166,666.00 元");
    }

    /// Else a pack could name a field beside which nobody ever sees its paper, or could not name
    /// one that is shown.
    #[test]
    fn what_a_pack_may_prove_is_what_is_shown() {
        let of = |root: &str, members: &[Member]| -> Vec<String> {
            let members = members.iter();
            members.map(|(path, ..)| format!("{root}{path}")).collect()
        };
        let mut shown = [
            of("/consumer", CONSUMER),
            of("/old_item", OLD),
            of("/new_item", NEW_CAR),
            of("/new_item", NEW_GOODS),
            of("/invoice", BOUGHT),
        ]
        .concat();
        let mut provable: Vec<&str> = FIELDS.iter().map(|(pointer, _)| *pointer).collect();
        shown.sort_unstable();
        provable.sort_unstable();
        assert_eq!(provable, shown);
    }

    #[test]
    fn goods_have_their_own_facts() {
        let new = json!({"kind": "digital", "category": "phone", "imei": ["490154203237518"]});
        let null = Value::Null;
        let parts = of(&frame(Lang::En), [&null, &null, &new, &null]);
        let labels: Vec<&str> = parts[0].facts.iter().map(|fact| fact.label).collect();
        assert_eq!(labels, ["Category", "IMEI"]);
        assert_eq!(parts[0].facts[1].value, "490154203237518");
    }
}
