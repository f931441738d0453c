//! Builds claims that every shipped pack of their kind accepts, to be changed in one point.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tradein::domain::draft::{
    BankAccount, BuyerKind, ClaimDraft, Consumer, Disposal, DisposalKind, Fuel, Goods, GoodsKind,
    IdType, Invoice, NewItem, NewVehicle, OldAppliance, OldItem, OldVehicle,
};
use tradein::domain::formats::{
    BankAccountNumber, Gtin, IdNumber, InvoiceNumber, Mobile, PlaceCode, Plate, Serial, Uscc, Vin,
};
use tradein::domain::ids::ProgrammeId;
use tradein::domain::money::Fen;
use tradein::domain::policy::{Evaluation, Facts, Pack, evaluate, read_pack};
use tradein::domain::time::Timestamp;

pub const APPLICANT: &str = "419099199001010014";
pub const SPOUSE: &str = "419099197601210563";

pub const SHIPPED: [&str; 13] = [
    "henan-car-replacement-2025",
    "jiyuan-appliance-2024",
    "jiyuan-car-purchase-2022",
    "jiyuan-car-purchase-2023",
    "jiyuan-car-replacement-2024",
    "luoyang-home-2025",
    "national-appliance-2025",
    "national-appliance-2026",
    "national-car-replacement-2026",
    "national-car-scrappage-2025",
    "national-car-scrappage-2026",
    "national-digital-2025",
    "national-digital-2026",
];

/// The text of a shipped pack.
pub fn shipped_text(id: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let directory = format!("{root}/config/programmes/{id}.toml");
    std::fs::read_to_string(directory).unwrap()
}

pub fn pack(id: &str) -> Pack {
    read_pack(&shipped_text(id)).unwrap_or_else(|problems| panic!("{id}: {problems:#?}"))
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The day on which claims are read; later than all that the packs name.
fn today() -> NaiveDate {
    day("2026-11-23")
}

pub fn yuan(text: &str) -> Fen {
    Fen::parse_yuan(text).unwrap()
}

pub fn id(text: &str) -> IdNumber {
    IdNumber::parse(text, today()).unwrap()
}

pub fn place(text: &str) -> PlaceCode {
    PlaceCode::parse(text).unwrap()
}

/// A claim with what is known beside it.
#[derive(Clone)]
pub struct Case {
    pub draft: ClaimDraft,
    pub dealer: Uscc,
    pub participates: bool,
}

impl Case {
    pub fn evaluate(&self, pack: &Pack) -> Evaluation {
        let facts = Facts {
            draft: &self.draft,
            dealer_uscc: &self.dealer,
            dealer_participates: self.participates,
            at: Timestamp::parse_rfc3339("2025-06-01T04:00:00Z").unwrap(),
        };
        evaluate(pack, &facts)
    }

    pub fn invoice(&mut self) -> &mut Invoice {
        self.draft.invoice.as_mut().unwrap()
    }

    pub fn vehicle(&mut self) -> &mut NewVehicle {
        match &mut self.draft.new_item {
            NewItem::Vehicle(vehicle) => vehicle,
            NewItem::Goods(_) => panic!("not a car"),
        }
    }

    pub fn old_vehicle(&mut self) -> &mut OldVehicle {
        match &mut self.draft.old_item {
            Some(OldItem::Vehicle(old)) => old,
            _ => panic!("no old car"),
        }
    }

    /// Sets the invoice total and what was paid.
    pub fn price(mut self, total: &str, paid: &str) -> Self {
        self.invoice().total = yuan(total);
        self.invoice().paid = yuan(paid);
        self
    }

    pub fn new_fuel(mut self, fuel: Fuel) -> Self {
        self.vehicle().fuel = fuel;
        self.vehicle().engine_litres = (fuel != Fuel::Nev).then(|| Decimal::new(15, 1));
        self
    }

    pub fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

fn consumer() -> Consumer {
    Consumer {
        name: "王小明".to_owned(),
        id_type: IdType::ResidentId,
        id_number: id(APPLICANT),
        mobile: Mobile::parse("13800138000").unwrap(),
        bank_account: BankAccount {
            number: BankAccountNumber::parse("6225881414207430").unwrap(),
            bank: "中国邮政储蓄银行济源市支行".to_owned(),
        },
    }
}

fn case(programme: &str, new_item: NewItem, date: NaiveDate) -> Case {
    let dealer = Uscc::parse("91419001MA0000001N").unwrap();
    Case {
        draft: ClaimDraft {
            programme: ProgrammeId(programme.to_owned()),
            consumer: consumer(),
            old_item: None,
            new_item,
            invoice: Some(Invoice {
                number: InvoiceNumber::parse("25412000000012345678", today()).unwrap(),
                date,
                total: yuan("150000.00"),
                paid: yuan("150000.00"),
                buyer_id_number: id(APPLICANT),
                buyer_kind: BuyerKind::Individual,
                seller_uscc: dealer.clone(),
                issued_in: place("419001"),
            }),
        },
        dealer,
        participates: true,
    }
}

/// A new-energy car for 150,000 yuan inside the programme's windows, with an old petrol car of
/// 2010 given up as the programme wants, where it wants one.
pub fn car(programme: &str) -> Case {
    let pack = pack(programme);
    let date = pack.rules.invoice_window.as_ref().unwrap().terms.0.from;
    let mut case = case(
        programme,
        NewItem::Vehicle(NewVehicle {
            vin: Vin::parse("LGXC16AF4P0000001").unwrap(),
            plate: Plate::parse("豫UD12345").unwrap(),
            fuel: Fuel::Nev,
            engine_litres: None,
            registered_on: date,
            registered_in: place("419001"),
        }),
        date,
    );
    if let Some(rule) = &pack.rules.disposal {
        case.draft.old_item = Some(OldItem::Vehicle(OldVehicle {
            vin: Vin::parse("LSVAA4182E2184847").unwrap(),
            plate: Plate::parse("豫U12345").unwrap(),
            fuel: Fuel::Petrol,
            first_registered: day("2010-03-02"),
            owner_id_number: id(APPLICANT),
            owned_since: day("2016-05-01"),
            disposal: Disposal {
                how: rule.terms.allowed[0],
                document_number: "4100123456".to_owned(),
                date,
                seller_id_number: id(APPLICANT),
            },
        }));
    }
    case
}

/// An article inside the programme's window; `level` where the kind has one.
pub fn goods(programme: &str, kind: GoodsKind, category: &str, level: Option<u8>) -> Case {
    let pack = pack(programme);
    let date = pack.rules.invoice_window.as_ref().unwrap().terms.0.from;
    let mut case = case(
        programme,
        NewItem::Goods(Goods {
            kind,
            category: category.to_owned(),
            gtin: Gtin::parse("6901234567892").unwrap(),
            serial: Serial::parse("SN0001").unwrap(),
            model: "M-1".to_owned(),
            energy_level: level,
            imei: vec![],
        }),
        date,
    );
    if pack.rules.old_item.is_some() {
        case.draft.old_item = Some(old_appliance(category, date));
    }
    case
}

pub fn old_appliance(category: &str, date: NaiveDate) -> OldItem {
    OldItem::Appliance(OldAppliance {
        category: category.to_owned(),
        collected_by: "济源市再生资源回收有限公司".to_owned(),
        receipt_number: "HS0001".to_owned(),
        date,
    })
}

/// Every way of giving up a car.
pub const DISPOSALS: [DisposalKind; 4] = [
    DisposalKind::Sold,
    DisposalKind::Scrapped,
    DisposalKind::Gifted,
    DisposalKind::Reregistered,
];

pub const HENAN: &str = "henan-car-replacement-2025";
pub const JIYUAN: &str = "jiyuan-car-replacement-2024";
pub const REPLACE26: &str = "national-car-replacement-2026";
pub const SCRAP25: &str = "national-car-scrappage-2025";
pub const SCRAP26: &str = "national-car-scrappage-2026";
pub const BUY22: &str = "jiyuan-car-purchase-2022";
pub const BUY23: &str = "jiyuan-car-purchase-2023";
pub const CARS: [&str; 7] = [HENAN, JIYUAN, REPLACE26, SCRAP25, SCRAP26, BUY22, BUY23];

pub fn reasons(case: &Case) -> Vec<&'static str> {
    let verdict = case.evaluate(&pack(&case.draft.programme.0));
    assert_eq!(verdict.defects, []);
    verdict.reasons.iter().map(|r| r.code.as_str()).collect()
}

#[track_caller]
pub fn pays(case: &Case, amount: &str) {
    let verdict = case.evaluate(&pack(&case.draft.programme.0));
    assert_eq!((verdict.defects, verdict.reasons), (vec![], vec![]));
    assert_eq!(verdict.amount.to_string(), amount);
    assert!(!verdict.explanation.is_empty());
}

#[track_caller]
pub fn refused(case: &Case, expected: &[&str]) {
    assert_eq!(reasons(case), expected, "{}", case.draft.programme);
}

pub const A24: &str = "jiyuan-appliance-2024";
pub const A25: &str = "national-appliance-2025";
pub const A26: &str = "national-appliance-2026";

pub fn appliance(programme: &str, category: &str, level: u8) -> Case {
    goods(programme, GoodsKind::Appliance, category, Some(level))
}
