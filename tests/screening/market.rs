//! A made-up market: dealers and their claims over two months, honest ones with habits that look
//! like schemes, and schemes among them. A seed fixes it.

use chrono::{Days, NaiveDate};
use tradein::domain::ids::{ClaimId, DealerId};
use tradein::domain::money::Fen;
use tradein::domain::screening::{Car, Owned, Rule};
use tradein::domain::time::Timestamp;
use uuid::Uuid;

pub const DAYS: i64 = 60;
const DEALERS: u64 = 48;
/// The lowest prices of the tiers and what they draw, in yuan.
const TIERS: [(i64, i64); 3] = [(60_000, 7_000), (100_000, 10_000), (200_000, 13_000)];
const DAY: i64 = 86_400;

/// A claim with what nobody knows: whether it belongs to a scheme.
#[derive(Clone)]
pub struct Sale {
    pub claim: ClaimId,
    pub dealer: DealerId,
    pub person: u64,
    pub telephone: u64,
    pub account: u64,
    pub goods: u64,
    /// In fen.
    pub price: i64,
    pub edge: Option<Fen>,
    /// Seconds since the market opened, at midnight in Beijing.
    pub second: i64,
    pub filed: Timestamp,
    pub cars: Vec<Car>,
    pub owned: Option<Owned>,
    pub voided: bool,
    /// What it draws, in fen.
    pub money: i64,
    pub scheme: Option<Rule>,
}

/// Made-up chance.
pub struct Chance(u64);

impl Chance {
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % most
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A price a little off, by at most so many thousandths.
    fn about(&mut self, price: i64, permille: i64) -> i64 {
        let off = self.below(2 * permille as u64 + 1) as i64 - permille;
        price + price * off / 1_000
    }
}

/// How a dealer files.
#[derive(Clone, Copy, PartialEq)]
enum Files {
    /// By hand, in the day.
    ByHand,
    /// The whole day at half past eight in the evening, by its cash register.
    AllAtOnce,
    /// The whole day at two in the night, by an upload that is set for it.
    AtNight,
    /// By hand, now and then after midnight.
    Late,
}

pub struct Market {
    chance: Chance,
    sales: Vec<Sale>,
    persons: u64,
    habits: Vec<(Files, u64)>,
}

/// What is sold in a day by a dealer.
fn habits(n: u64) -> (Files, u64) {
    match n {
        // A large honest one that files all at once, and a large one with a promotion.
        0 => (Files::AllAtOnce, 45),
        1 => (Files::ByHand, 40),
        2 | 3 => (Files::AtNight, 12),
        4 => (Files::Late, 6),
        // Those who raise prices: below the least numbers no cluster and no own price is known.
        40..48 => (Files::ByHand, 16),
        n if n % 4 == 0 => (Files::AllAtOnce, 3 + n % 9),
        n => (Files::ByHand, 2 + n % 7),
    }
}

impl Market {
    /// Every claim in the order of filing.
    pub fn of(seed: u64) -> Vec<Sale> {
        let mut market = Self {
            chance: Chance(seed.wrapping_mul(0x9E37_79B9)),
            sales: Vec::new(),
            persons: 0,
            habits: (0..DEALERS).map(habits).collect(),
        };
        for day in 0..DAYS {
            for dealer in 0..DEALERS {
                market.day(day, dealer);
            }
        }
        market.rings();
        market.scripts();
        market.nights();
        let mut sales = market.sales;
        sales.sort_by_key(|sale| (sale.second, sale.person));
        for (n, sale) in sales.iter_mut().enumerate() {
            sale.claim = ClaimId(Uuid::from_u128(n as u128 + 1));
            sale.filed = Timestamp(opened().0 + sale.second * 1_000_000);
        }
        sales
    }

    fn day(&mut self, day: i64, dealer: u64) {
        let (files, usual) = self.habits[dealer as usize];
        let count = usual / 2 + self.chance.below(usual + 1);
        for n in 0..count as i64 {
            let second = day * DAY
                + match files {
                    Files::ByHand | Files::Late => {
                        // Ten hours, one after another, with room for a person between two.
                        let place = 36_000 / count as i64;
                        9 * 3_600 + n * place + self.chance.below(place as u64 / 3 + 1) as i64
                    }
                    Files::AllAtOnce => 20 * 3_600 + 1_800 + n,
                    Files::AtNight => 2 * 3_600 + n,
                };
            let late = files == Files::Late && self.chance.percent(15);
            let second = if late {
                day * DAY + 900 + n * 300
            } else {
                second
            };
            let sale = self.sale(day, dealer, second);
            self.sales.push(sale);
        }
    }

    /// A sale, honest or by one of the schemes that live in it.
    fn sale(&mut self, day: i64, dealer: u64, second: i64) -> Sale {
        let is_car = self.chance.percent(60);
        let mut sale = if is_car {
            self.car(day, dealer, second)
        } else {
            self.appliance(day, dealer, second)
        };
        if sale.scheme.is_none() && self.chance.percent(1) {
            sale.voided = true;
            sale.scheme = Some(Rule::Voided);
        }
        sale
    }

    fn blank(&mut self, dealer: u64, second: i64) -> Sale {
        self.persons += 1;
        let person = self.persons;
        // Families: the next few persons have the telephone of the first, a couple the account.
        let (telephone, account) = match self.sales.last() {
            Some(last) if self.chance.percent(8) && self.size(last.telephone, true) < 5 => {
                let account = if self.size(last.account, false) < 3 {
                    last.account
                } else {
                    person
                };
                (last.telephone, account)
            }
            _ => (person, person),
        };
        Sale {
            claim: ClaimId(Uuid::nil()),
            dealer: DealerId(Uuid::from_u128(u128::from(dealer) + 1)),
            person,
            telephone,
            account,
            goods: 0,
            price: 0,
            edge: None,
            second,
            filed: Timestamp(0),
            cars: Vec::new(),
            owned: None,
            voided: false,
            money: 0,
            scheme: None,
        }
    }

    /// How many of the last claims name this; families are filed one behind another.
    fn size(&self, what: u64, telephone: bool) -> usize {
        let last = self.sales.iter().rev().take(8);
        last.filter(|s| if telephone { s.telephone } else { s.account } == what)
            .count()
    }

    /// One of sixty models; prices of a model differ little.
    fn car(&mut self, day: i64, dealer: u64, second: i64) -> Sale {
        let mut sale = self.blank(dealer, second);
        let promotion = dealer == 1 && (20..40).contains(&day) && self.chance.percent(50);
        let model = if promotion { 12 } else { self.chance.below(60) };
        // From 64,000 yuan on; model 12 is listed at 100,000.
        let list = (64_000 + model as i64 * 3_000) * 100;
        let factor = self.chance.about(list, 5);
        sale.goods = model;
        sale.price = self.chance.about(factor, 15).max(6_000_000);
        if promotion {
            sale.price = 10_000_000;
        }
        // Four dealers lift what lies below the tier just above it.
        if (40..44).contains(&dealer) && (8_500_000..10_000_000).contains(&sale.price) {
            sale.price = 10_000_000 + self.chance.below(900) as i64 * 100;
            sale.scheme = Some(Rule::Tier);
        }
        (sale.edge, sale.money) = tier(sale.price);
        self.old_car(day, &mut sale);
        sale
    }

    fn old_car(&mut self, day: i64, sale: &mut Sale) {
        let sold = date(day);
        let made = 2006 + self.chance.below(14) as i32;
        let mut registered = made + self.chance.below(5) as i32 - 1;
        let mut owned = 60 + self.chance.below(3_000);
        if sale.scheme.is_none() {
            match self.chance.below(200) {
                0 | 1 => {
                    registered = made + 8 + self.chance.below(3) as i32;
                    sale.scheme = Some(Rule::ModelYear);
                }
                2 => {
                    registered = made - 2 - self.chance.below(3) as i32;
                    sale.scheme = Some(Rule::ModelYear);
                }
                3 | 4 => {
                    owned = self.chance.below(2);
                    sale.scheme = Some(Rule::Ownership);
                }
                // Honest: bought, and sold again within the month.
                5 => owned = 5 + self.chance.below(24),
                _ => {}
            }
        }
        let code = b"ABCDEFGHJKLMNPRSTVWXY123456789"[((made - 1980) % 30) as usize];
        sale.cars = vec![Car {
            new: false,
            vin: format!("LSVAA4180{}2000001", char::from(code)),
            registered: NaiveDate::from_ymd_opt(registered, 5, 4).unwrap(),
        }];
        sale.owned = Some(Owned {
            since: sold - Days::new(owned),
            until: sold,
        });
    }

    /// One of forty appliances, of which a fifth of the price is paid.
    fn appliance(&mut self, day: i64, dealer: u64, second: i64) -> Sale {
        let mut sale = self.blank(dealer, second);
        let model = self.chance.below(40);
        let mut list = (1_500 + model as i64 * 150) * 100;
        // Article 7 becomes dearer everywhere.
        if model == 7 && day >= 30 {
            list += list / 5;
        }
        sale.goods = 1_000 + model;
        let factor = self.chance.about(list, 10);
        sale.price = self.chance.about(factor, 20);
        // Four dealers take the subsidy by raising the price.
        if (44..48).contains(&dealer) && day >= 35 && model != 7 {
            let raised = 20 + self.chance.below(8) as i64;
            sale.price += sale.price * raised / 100;
            sale.scheme = Some(Rule::Baseline);
        }
        sale.money = (sale.price / 5).min(200_000);
        sale
    }

    /// Brokers: one telephone, or one account, for many persons, with several dealers.
    fn rings(&mut self) {
        for ring in 0..40 {
            let size = 6 + self.chance.below(10);
            let (rule, shared) = if ring % 2 == 0 {
                (Rule::Telephone, 1_000_000 + ring)
            } else {
                (Rule::Account, 2_000_000 + ring)
            };
            for _ in 0..size {
                let (day, dealer) = (
                    self.chance.below(DAYS as u64) as i64,
                    5 + self.chance.below(30),
                );
                let second = day * DAY + 36_000 + self.chance.below(30_000) as i64;
                let mut sale = self.car(day, dealer, second);
                match rule {
                    Rule::Telephone => sale.telephone = shared,
                    _ => sale.account = shared,
                }
                sale.scheme = Some(rule);
                self.sales.push(sale);
            }
        }
    }

    /// Small dealers that file a hundred claims in minutes once.
    fn scripts(&mut self) {
        for dealer in [9, 13, 17, 21] {
            let day = 25 + self.chance.below(30) as i64;
            let from = day * DAY + 10 * 3_600 + self.chance.below(20_000) as i64;
            for n in 0..80 + self.chance.below(60) as i64 {
                let mut sale = self.car(day, dealer, from + n);
                sale.scheme = Some(Rule::Speed);
                self.sales.push(sale);
            }
        }
    }

    /// Dealers that come back at night, by hand, for what they do not show in the day.
    fn nights(&mut self) {
        for dealer in [30, 34, 38] {
            for day in 15..50 {
                for n in 0..7 {
                    let second = day * DAY + 3_600 + n * 1_500 + self.chance.below(900) as i64;
                    let mut sale = self.car(day, dealer, second);
                    sale.scheme = Some(Rule::Night);
                    self.sales.push(sale);
                }
            }
        }
    }
}

/// The edge of the tier and what it draws, for a price in fen.
fn tier(price: i64) -> (Option<Fen>, i64) {
    let reached = TIERS.iter().rev().find(|(from, _)| price >= from * 100);
    let of = |(from, pays): &(i64, i64)| (Fen::new(from * 100), pays * 100);
    reached.map_or((None, 0), of)
}

fn date(day: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 3, 3).unwrap() + Days::new(day as u64)
}

/// Midnight in Beijing on the first day.
fn opened() -> Timestamp {
    Timestamp::end_of_beijing_day(date(0).pred_opt().unwrap())
}
