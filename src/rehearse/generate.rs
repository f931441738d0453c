//! Made-up claims that pass every rule of their programme.
//!
//! Nobody real appears in them: resident numbers lie in area 419099, which is assigned to no
//! place. The check digits are reckoned here and not by [`crate::domain::formats`], so that the
//! two implementations test each other.

use chrono::{Days, NaiveDate};

use super::profile::{Articles, GoodsProfile, OldCar, Profile};
use super::random::{GOLDEN, SplitMix64, scale};

/// Birthdays from 1960-01-01 to 1999-12-31.
const DAYS: u64 = 14_610;
/// Order codes 001 to 999 of one day.
const CODES: u64 = 999;
/// How many different people there are.
const PEOPLE: u64 = DAYS * CODES;

/// Claims of one programme: a seed and an index fix each claim to the byte.
#[derive(Debug, Clone)]
pub struct Generator {
    profile: Profile,
    programme: String,
    seed: u64,
    offset: u64,
    label: u64,
}

impl Generator {
    /// Claims like those of `profile`.
    ///
    /// Claims of different indexes share no person, car, serial number or invoice; small seeds
    /// and different programmes lie far apart, so that one database takes many rehearsals.
    pub fn new(profile: Profile, seed: u64) -> Self {
        let label = fingerprint(profile.programme.as_bytes());
        let start = seed.wrapping_mul(GOLDEN).wrapping_add(label);
        Self {
            programme: json_string(&profile.programme),
            offset: scale(start, PEOPLE),
            profile,
            seed,
            label,
        }
    }

    /// The idempotency key of claim `index`.
    pub fn key(&self, index: u64) -> String {
        format!("rehearse-{:08x}-{:x}-{index}", self.label >> 32, self.seed)
    }

    /// The body of claim `index`, sold by the dealer with credit code `seller`.
    pub fn body(&self, index: u64, seller: &str) -> String {
        let mut random = SplitMix64::new(self.seed ^ index.wrapping_mul(GOLDEN).rotate_left(17));
        let article = Article {
            profile: &self.profile,
            ordinal: (self.offset + index) % PEOPLE,
        };
        let (goods, total, paid) = match self.profile.goods {
            GoodsProfile::Car(old) => article.car(old, &mut random),
            GoodsProfile::Articles(articles) => article.goods(articles, &mut random),
        };
        format!(
            r#"{{"programme":{},{},{goods},{}}}"#,
            self.programme,
            article.consumer(),
            article.invoice(total, paid, &json_string(seller)),
        )
    }
}

/// One claim in the making; everything that must be unique comes from `ordinal`.
struct Article<'a> {
    profile: &'a Profile,
    ordinal: u64,
}

impl Article<'_> {
    fn consumer(&self) -> String {
        format!(
            concat!(
                r#""consumer":{{"name":"测试人","id_type":"resident_id","id_number":"{}","#,
                r#""mobile":"138{:08}","#,
                r#""bank_account":{{"number":"{}","bank":"中国邮政储蓄银行济源市支行"}}}}"#
            ),
            resident_id(self.ordinal),
            self.ordinal,
            with_luhn(&format!("621700{:012}", self.ordinal)),
        )
    }

    /// Old and new car, price and what was paid, in fen.
    fn car(&self, old: OldCar, random: &mut SplitMix64) -> (String, u64, u64) {
        let total = (60_000 + random.below(200_000)) * 100;
        let (plate, fuel, engine) = match random.below(10) {
            0..6 => ("豫UD", "nev", "null"),
            6..8 => ("豫U", "petrol", r#""1.5""#),
            _ => ("豫U", "petrol", r#""2.0""#),
        };
        let car = format!(
            concat!(
                r#"{}"new_item":{{"kind":"vehicle","vin":"{}","plate":"{}{:05}","fuel":"{}","#,
                r#""engine_litres":{},"registered_on":"{}","registered_in":"{}"}}"#
            ),
            self.old_car(old),
            vin(self.ordinal, '5', self.model_year()),
            plate,
            self.ordinal % 100_000,
            fuel,
            engine,
            self.profile.date,
            self.profile.place,
        );
        (car, total, total)
    }

    /// The code of the year in which the new car is registered (GB 16735).
    fn model_year(&self) -> char {
        let year = self.profile.date.get(..4).and_then(|y| y.parse().ok());
        let place = year.unwrap_or(2010_usize).saturating_sub(2010) % 30;
        let code = b"ABCDEFGHJKLMNPRSTVWXY123456789".get(place);
        char::from(code.copied().unwrap_or(b'A'))
    }

    /// An old petrol car: registered early enough and owned long enough for every programme.
    fn old_car(&self, old: OldCar) -> String {
        let how = match old {
            OldCar::None => return String::new(),
            OldCar::Sold => "sold",
            OldCar::Scrapped => "scrapped",
        };
        let owner = resident_id(self.ordinal);
        format!(
            concat!(
                r#""old_item":{{"kind":"vehicle","vin":"{}","plate":"豫U{:05}","fuel":"petrol","#,
                r#""first_registered":"2011-03-02","owner_id_number":"{}","owned_since":"2018-05-01","#,
                r#""disposal":{{"how":"{}","document_number":"41{:08}","date":"{}","seller_id_number":"{}"}}}},"#
            ),
            // Made in the year of its first registration.
            vin(self.ordinal, '1', 'B'),
            (self.ordinal + 50_000) % 100_000,
            owner,
            how,
            self.ordinal,
            self.profile.date,
            owner,
        )
    }

    /// The article, with the old one where it is handed over, its price and what was paid, in fen.
    fn goods(&self, articles: &Articles, random: &mut SplitMix64) -> (String, u64, u64) {
        let category = random
            .pick(articles.categories)
            .copied()
            .unwrap_or_default();
        let level = 1 + random.below(articles.percent.len() as u64) as usize;
        let (low, high) = articles.price;
        let yuan = low + random.below(high - low + 1);
        let old = if articles.hand_over {
            format!(
                concat!(
                    r#""old_item":{{"kind":"appliance","category":"{}","collected_by":"济源市再生资源回收有限公司","#,
                    r#""receipt_number":"HS{:08}","date":"{}"}},"#
                ),
                category, self.ordinal, self.profile.date,
            )
        } else {
            String::new()
        };
        let extra = match (articles.kind, category) {
            ("appliance", _) => format!(r#","energy_level":{level}"#),
            (_, "phone") => {
                let imei = with_luhn(&format!("86{:012}", self.ordinal));
                format!(r#","imei":["{imei}"]"#)
            }
            _ => String::new(),
        };
        let goods = format!(
            concat!(
                r#"{}"new_item":{{"kind":"{}","category":"{}","gtin":"{}","serial":"SN{:010}","#,
                r#""model":"M-{}"{}}}"#
            ),
            old,
            articles.kind,
            category,
            ean13(690_000_000_000 + self.ordinal),
            self.ordinal,
            self.ordinal % 1_000,
            extra,
        );
        let total = yuan * 100;
        (goods, total, total - articles.subsidy(yuan, level))
    }

    fn invoice(&self, total: u64, paid: u64, seller: &str) -> String {
        format!(
            concat!(
                r#""invoice":{{"number":"{}4120{:014}","date":"{}","total":"{}","paid":"{}","#,
                r#""buyer_id_number":"{}","buyer_kind":"individual","seller_uscc":{},"issued_in":"{}"}}"#
            ),
            self.profile.date.get(2..4).unwrap_or_default(),
            self.ordinal,
            self.profile.date,
            yuan(total),
            yuan(paid),
            resident_id(self.ordinal),
            seller,
            self.profile.place,
        )
    }
}

/// FNV-1a with a last mix, so that ids that differ little give numbers that differ much.
fn fingerprint(bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    });
    SplitMix64::new(hash).next_u64()
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn yuan(fen: u64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

fn digits(text: &str) -> impl DoubleEndedIterator<Item = u32> + '_ {
    text.chars().filter_map(|c| c.to_digit(10))
}

/// A resident number (GB 11643) in area 419099.
fn resident_id(ordinal: u64) -> String {
    let born = NaiveDate::from_ymd_opt(1960, 1, 1)
        .and_then(|first| first.checked_add_days(Days::new(ordinal % DAYS)))
        .unwrap_or_default();
    let stem = format!(
        "419099{}{:03}",
        born.format("%Y%m%d"),
        1 + ordinal / DAYS % CODES
    );
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits(&stem).zip(weights).map(|(d, w)| d * w).sum();
    let check = b"10X98765432"
        .get(sum as usize % 11)
        .copied()
        .unwrap_or(b'0');
    format!("{stem}{}", char::from(check))
}

/// A VIN (GB 16735) that begins with LSVAA4; `series` tells old cars from new ones, `year` is the
/// code of the model year.
fn vin(ordinal: u64, series: char, year: char) -> String {
    let letter = char::from(b'A' + (ordinal / 1_000_000 % 8) as u8);
    let half = ordinal / 8_000_000;
    let mut vin: Vec<char> = format!(
        "LSVAA4{letter}{series}0{year}{half}{:06}",
        ordinal % 1_000_000
    )
    .chars()
    .collect();
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let sum: u32 = vin
        .iter()
        .zip(weights)
        .map(|(c, w)| vin_value(*c) * w)
        .sum();
    let check = char::from_digit(sum % 11, 10).unwrap_or('X');
    if let Some(place) = vin.get_mut(8) {
        *place = check;
    }
    vin.into_iter().collect()
}

fn vin_value(c: char) -> u32 {
    match c {
        'A' | 'J' => 1,
        'B' | 'K' | 'S' => 2,
        'C' | 'L' | 'T' => 3,
        'D' | 'M' | 'U' => 4,
        'E' | 'N' | 'V' => 5,
        'F' | 'W' => 6,
        'G' | 'P' | 'X' => 7,
        'H' | 'Y' => 8,
        'R' | 'Z' => 9,
        digit => digit.to_digit(10).unwrap_or(0),
    }
}

/// Adds the check digit of Luhn's sum, as bank cards and IMEIs have it.
fn with_luhn(stem: &str) -> String {
    let sum: u32 = digits(stem)
        .rev()
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            0 => digit * 2 / 10 + digit * 2 % 10,
            _ => digit,
        })
        .sum();
    format!("{stem}{}", (10 - sum % 10) % 10)
}

/// Adds the check digit of an EAN-13.
fn ean13(twelve: u64) -> String {
    let stem = format!("{twelve:012}");
    let sum: u32 = digits(&stem)
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { digit } else { digit * 3 })
        .sum();
    format!("{stem}{}", (10 - sum % 10) % 10)
}

/// The credit code of the `n`th made-up dealer, with its check (GB 32100).
pub fn uscc(n: u64) -> String {
    const SYMBOLS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let mut code = format!("91419099MA{:07}", n % 10_000_000);
    let mut weight = 1;
    let mut sum = 0;
    for symbol in code.bytes() {
        let value = SYMBOLS.iter().position(|s| *s == symbol).unwrap_or(0);
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    code.push(char::from(SYMBOLS[(31 - sum % 31) % 31]));
    code
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;

    fn generator(programme: &str, seed: u64) -> Generator {
        Generator::new(Profile::of(programme).unwrap(), seed)
    }

    fn claim(generator: &Generator, index: u64) -> Value {
        serde_json::from_str(&generator.body(index, "91419001MA0000001N")).unwrap()
    }

    #[test]
    fn check_digits_are_those_of_published_examples() {
        assert_eq!(with_luhn("49015420323751"), "490154203237518");
        assert_eq!(ean13(690_123_456_789), "6901234567892");
        assert!(resident_id(0).starts_with("41909919600101001"));
        // 1990-01-01 is the 10,958th day; the first order code.
        assert_eq!(resident_id(10_958), "419099199001010014");
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        for programme in Profile::programmes() {
            let (a, b) = (generator(programme, 3), generator(programme, 3));
            assert_eq!(a.body(17, "X"), b.body(17, "X"));
            assert_eq!(a.key(17), b.key(17));
            assert_ne!(a.body(17, "X"), generator(programme, 4).body(17, "X"));
            assert_ne!(a.key(17), generator(programme, 4).key(17));
        }
    }

    #[test]
    fn nothing_that_must_be_unique_comes_twice() {
        let mut seen = HashSet::new();
        for programme in Profile::programmes() {
            for seed in 0..4 {
                let generator = generator(programme, seed);
                for index in 0..500 {
                    let claim = claim(&generator, index);
                    for pointer in [
                        "/consumer/id_number",
                        "/old_item/vin",
                        "/new_item/vin",
                        "/new_item/serial",
                        "/new_item/imei/0",
                    ] {
                        if let Some(text) = claim.pointer(pointer).and_then(Value::as_str) {
                            assert!(seen.insert(text.to_owned()), "{programme}: {text} again");
                        }
                    }
                    let number = &claim["invoice"]["number"].as_str().unwrap()[2..];
                    assert!(
                        seen.insert(number.to_owned()),
                        "{programme}: {number} again"
                    );
                }
            }
        }
    }

    #[test]
    fn what_the_consumer_paid_and_the_subsidy_are_the_price() {
        let generator = generator("national-digital-2025", 1);
        for index in 0..200 {
            let claim = claim(&generator, index);
            let fen = |field: &str| {
                let text = claim["invoice"][field].as_str().unwrap().replace('.', "");
                text.parse::<u64>().unwrap()
            };
            let total = fen("total");
            assert!(total <= 600_000);
            assert_eq!(total - fen("paid"), (total * 15 / 100).min(50_000));
        }
    }

    #[test]
    fn a_name_with_quotes_stays_inside_its_string() {
        let profile = Profile::of("luoyang-home-2025").unwrap().renamed("a\"b");
        let body = Generator::new(profile, 1).body(0, "c\\\"d");
        let claim: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(claim["programme"], "a\"b");
        assert_eq!(claim["invoice"]["seller_uscc"], "c\\\"d");
    }
}
