//! What pages call the words of packs.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::domain::draft::{DisposalKind, Fuel};
use crate::domain::money::Fen;
use crate::domain::policy::explanation;
use crate::domain::policy::pack::ProgrammeKind;
use crate::domain::policy::verdict::AwardKind;
use crate::domain::text::Text;

/// The categories of the shipped packs; packs may have others.
const CATEGORIES: &[(&str, &str, &str)] = &[
    ("fridge", "冰箱", "refrigerator"),
    ("washer", "洗衣机", "washing machine"),
    ("tv", "电视机", "television"),
    ("air_conditioner", "空调", "air conditioner"),
    ("computer", "电脑", "computer"),
    ("water_heater", "热水器", "water heater"),
    ("stove", "家用灶具", "stove"),
    ("hood", "吸油烟机", "cooker hood"),
    ("water_purifier", "净水器", "water purifier"),
    ("dishwasher", "洗碗机", "dishwasher"),
    ("rice_cooker", "电饭煲", "rice cooker"),
    ("microwave", "微波炉", "microwave oven"),
    ("phone", "手机", "mobile telephone"),
    ("tablet", "平板电脑", "tablet"),
    ("watch", "智能手表（手环）", "smart watch"),
    ("glasses", "智能眼镜", "smart glasses"),
    ("smart_lock", "智能门锁", "smart lock"),
    ("smart_toilet", "智能坐便器", "smart toilet"),
];

/// What a category of goods is called; a word that is not known is shown as it is, with blanks.
pub fn category(word: &str) -> Text {
    let known = CATEGORIES.iter().find(|(known, ..)| *known == word);
    match known {
        Some((_, zh, en)) => Text::new(*zh, *en),
        None => Text::new(word.replace('_', " "), word.replace('_', " ")),
    }
}

/// What the new item of a kind of programme is called.
pub fn kind_of_item(kind: ProgrammeKind) -> Text {
    match kind {
        ProgrammeKind::Vehicle => Text::new("汽车", "car"),
        ProgrammeKind::Appliance => Text::new("家电", "appliance"),
        ProgrammeKind::Digital => Text::new("数码产品", "digital product"),
        ProgrammeKind::Home => Text::new("家装厨卫", "home renewal"),
    }
}

pub(super) fn fuel(fuel: Fuel) -> Text {
    match fuel {
        Fuel::Petrol => Text::new("汽油", "petrol"),
        Fuel::Diesel => Text::new("柴油", "diesel"),
        Fuel::Nev => Text::new("新能源", "new energy"),
        Fuel::Other => Text::new("其他燃料", "other fuels"),
    }
}

pub(super) fn disposal(how: DisposalKind) -> Text {
    match how {
        DisposalKind::Sold => Text::new("转让出售", "sold"),
        DisposalKind::Scrapped => Text::new("报废注销", "scrapped"),
        DisposalKind::Gifted => Text::new("赠与", "given away"),
        DisposalKind::Reregistered => Text::new("过户登记", "registered to another person"),
    }
}

pub(super) fn award(award: AwardKind) -> Text {
    match award {
        AwardKind::Scrappage => Text::new("报废更新补贴", "scrappage subsidy"),
        AwardKind::Replacement => Text::new("置换更新补贴", "replacement subsidy"),
    }
}

/// A place by the beginning of its code (GB/T 2260).
pub(super) fn place(code: &str) -> Text {
    match code {
        "41" => Text::new("河南省", "Henan"),
        "4103" | "410300" => Text::new("洛阳市", "Luoyang"),
        "4190" | "419001" => Text::new("济源市", "Jiyuan"),
        other => Text::new(
            format!("行政区划代码 {other} 所属地区"),
            format!("the area of code {other}"),
        ),
    }
}

/// Words with commas between them, as each language writes them.
pub(super) fn listed(words: impl IntoIterator<Item = Text>) -> Text {
    let (zh, en): (Vec<String>, Vec<String>) =
        words.into_iter().map(|text| (text.zh, text.en)).unzip();
    Text::new(zh.join("、"), en.join(", "))
}

/// An amount: `6,000.00`.
pub(super) fn yuan(amount: Fen) -> String {
    explanation::yuan(amount)
}

/// A share without zeros at its end: `12.5`.
pub(super) fn percent(share: Decimal) -> String {
    share.normalize().to_string()
}

/// A day as Chinese texts write it: `2025年12月31日`.
pub(super) fn day_zh(day: NaiveDate) -> String {
    day.format("%Y年%-m月%-d日").to_string()
}
