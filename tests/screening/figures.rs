//! How much of what schemes would draw is held, and how much that is honest is held with it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::Datelike;
use tradein::domain::ids::{ClaimId, DealerId};
use tradein::domain::money::Fen;
use tradein::domain::screening::{
    Edge, Facts, Named, Near, Prices, Rule, Seen, Thresholds, Weight, band, is_night, near, screen,
};
use tradein::storage::screened_claims::{DayOf, Screened, habits};

use crate::market::{Market, Sale};
use crate::support::effort::{seed, times};

/// Of what is planted, by money, in percent: what must be found. A ring is known from its last
/// member on, and what a claim says of itself does not depend on others, so nearly all of it must be.
/// A cluster or a habit is known only after enough claims and its first ones may be paid by then.
const FLOORS: [(Rule, i64); 9] = [
    (Rule::Telephone, 98),
    (Rule::Account, 98),
    (Rule::Speed, 90),
    (Rule::Tier, 60),
    (Rule::Baseline, 65),
    (Rule::Night, 60),
    (Rule::ModelYear, 98),
    (Rule::Ownership, 98),
    (Rule::Voided, 98),
];
/// All of it together, in percent.
const FLOOR: i64 = 80;
/// Honest money that may be held, in thousandths: what a bureau can look at by hand.
const FALSE_PERMILLE: i64 = 5;

fn hash(what: u64) -> [u8; 16] {
    u128::from(what).to_be_bytes()
}

/// What storage knows, in memory.
#[derive(Default)]
struct Book {
    by_telephone: HashMap<u64, Vec<Seen>>,
    by_account: HashMap<u64, Vec<Seen>>,
    by_dealer: HashMap<DealerId, Vec<(i64, ClaimId)>>,
    by_goods: HashMap<u64, Vec<(DealerId, i64, i64)>>,
    cars: Vec<(DealerId, Near)>,
    days: BTreeMap<(i64, DealerId), DayOf>,
}

impl Book {
    fn facts(&mut self, sale: &Sale, by: &Thresholds) -> Facts {
        let day = i64::from(sale.filed.beijing_day().num_days_from_ce());
        let filings = self.by_dealer.entry(sale.dealer).or_default();
        let last = filings.last().map(|(at, _)| *at);
        filings.push((sale.filed.0, sale.claim));
        let before = last.map(tradein::domain::time::Timestamp);
        let counted = self.days.entry((day, sale.dealer)).or_insert(DayOf {
            dealer: sale.dealer,
            day,
            claims: 0,
            night: 0,
        });
        counted.claims += 1;
        counted.night += u32::from(is_night(sale.filed, before, by));
        let known: Vec<DayOf> = {
            let nobody = DealerId(uuid::Uuid::nil());
            let days = self.days.range((day - 30, nobody)..(day + 1, nobody));
            days.map(|(_, one)| *one).collect()
        };
        let row = Screened {
            claim: sale.claim,
            dealer: sale.dealer,
            programme: String::new(),
            person: hash(sale.person),
            telephone: hash(sale.telephone),
            account: hash(sale.account),
            goods: hash(sale.goods),
            price: Fen::new(sale.price),
            filed: sale.filed,
        };
        let (mut pace, nights) = habits(&known, &row, day);
        pace.before = before;
        let minute = sale.filed.0 - 60_000_000;
        let run = filings.iter().rev().take_while(|(at, _)| *at > minute);
        pace.run = run.map(|(_, claim)| *claim).collect();
        let seen = Seen {
            claim: sale.claim,
            person: hash(sale.person),
        };
        let named = |book: &mut HashMap<u64, Vec<Seen>>, what: u64| {
            let by = book.entry(what).or_default();
            by.push(seen);
            Named {
                what: hash(what),
                by: by.clone(),
            }
        };
        let telephone = named(&mut self.by_telephone, sale.telephone);
        let account = named(&mut self.by_account, sale.account);
        Facts {
            claim: sale.claim,
            filed: sale.filed,
            price: Fen::new(sale.price),
            telephone,
            account,
            cars: sale.cars.clone(),
            owned: sale.owned,
            pace,
            nights,
            edge: self.edge(sale, by),
            prices: self.prices(sale),
            invoice_voided: sale.voided,
        }
    }

    fn edge(&mut self, sale: &Sale, by: &Thresholds) -> Option<Edge> {
        let at = sale.edge?;
        let one = Near {
            claim: sale.claim,
            goods: hash(sale.goods),
            price: Fen::new(sale.price).unwrap(),
        };
        self.cars.push((sale.dealer, one));
        if !band(at, by).contains(&sale.price) {
            return None;
        }
        let around = near(at);
        let inside = |(_, n): &&(DealerId, Near)| around.contains(&n.price.fen());
        let (own, peers): (Vec<_>, Vec<_>) = self
            .cars
            .iter()
            .rev()
            .filter(inside)
            .take(2_000)
            .partition(|(dealer, _)| *dealer == sale.dealer);
        let only = |some: Vec<(DealerId, Near)>| some.into_iter().map(|(_, n)| n).collect();
        Some(Edge {
            at,
            own: only(own),
            peers: only(peers),
        })
    }

    fn prices(&mut self, sale: &Sale) -> Prices {
        let sold = self.by_goods.entry(sale.goods).or_default();
        let fen = |price: i64| Fen::new(price).unwrap();
        let own = sold.iter().filter(|(dealer, ..)| *dealer == sale.dealer);
        let peers = sold
            .iter()
            .rev()
            .filter(|(dealer, ..)| *dealer != sale.dealer);
        let prices = Prices {
            goods: hash(sale.goods),
            own: own.take(10).map(|(_, price, _)| fen(*price)).collect(),
            peers: peers.take(20).map(|(_, price, _)| fen(*price)).collect(),
        };
        sold.push((sale.dealer, sale.price, sale.filed.0));
        prices
    }
}

/// What screening found, by claim.
#[derive(Default)]
struct Told {
    held: HashMap<ClaimId, BTreeSet<Rule>>,
    noted: HashMap<ClaimId, BTreeSet<Rule>>,
}

impl Told {
    fn take(&mut self, facts: &Facts, by: &Thresholds) {
        for finding in screen(facts, by) {
            let told = match finding.weight {
                Weight::Hold => &mut self.held,
                Weight::Note => &mut self.noted,
            };
            for claim in finding.with.iter().chain([&facts.claim]) {
                told.entry(*claim).or_default().insert(finding.rule);
            }
        }
    }
}

/// Money in percent of what was planted for a rule, and of everything; honest money held, in
/// thousandths.
struct Figures {
    recall: BTreeMap<Rule, i64>,
    all: i64,
    false_permille: i64,
    lines: Vec<String>,
}

fn figures(sales: &[Sale], told: &Told) -> Figures {
    let has = |of: &HashMap<ClaimId, BTreeSet<Rule>>, claim, rule| {
        of.get(&claim).is_some_and(|rules| rules.contains(&rule))
    };
    let (mut recall, mut lines) = (BTreeMap::new(), Vec::new());
    let (mut planted_all, mut found_all) = (0, 0);
    for (rule, _) in FLOORS {
        let (mut planted, mut found, mut count) = (0, 0, 0);
        let (mut wrong, mut wrongly) = (0, 0);
        for sale in sales {
            let held = has(&told.held, sale.claim, rule);
            if sale.scheme == Some(rule) {
                count += 1;
                planted += sale.money;
                let noted = rule == Rule::Night && has(&told.noted, sale.claim, rule);
                found += if held || noted { sale.money } else { 0 };
            } else if sale.scheme.is_none() && held {
                wrong += 1;
                wrongly += sale.money;
            }
        }
        let percent = found * 100 / planted.max(1);
        recall.insert(rule, percent);
        lines.push(format!(
            "{:30} {count:5} planted {:>12} yuan, found {percent:3} %; honest held {wrong:4}, {:>10} yuan",
            rule.code(),
            planted / 100,
            wrongly / 100,
        ));
    }
    let any = |sale: &&Sale| told.held.contains_key(&sale.claim);
    let money = |some: &[&Sale]| some.iter().map(|s| s.money).sum::<i64>();
    let honest: Vec<&Sale> = sales.iter().filter(|s| s.scheme.is_none()).collect();
    let wrong: Vec<&Sale> = honest.iter().copied().filter(any).collect();
    for sale in sales.iter().filter(|s| s.scheme.is_some()) {
        planted_all += sale.money;
        let found = any(&sale) || told.noted.contains_key(&sale.claim);
        found_all += if found { sale.money } else { 0 };
    }
    let all = found_all * 100 / planted_all.max(1);
    let false_permille = money(&wrong) * 1_000 / money(&honest).max(1);
    lines.push(format!(
        "in total: {} claims, planted {} yuan, found {all} %; honest {} claims, held {} of them, {} of {} yuan ({}.{} %)",
        sales.len(),
        planted_all / 100,
        honest.len(),
        wrong.len(),
        money(&wrong) / 100,
        money(&honest) / 100,
        false_permille / 10,
        false_permille % 10,
    ));
    Figures {
        recall,
        all,
        false_permille,
        lines,
    }
}

/// What is wrong with figures: rules below their floor, and honest money above what may be held.
fn below(figures: &Figures) -> HashSet<&'static str> {
    let low = FLOORS
        .iter()
        .filter(|(rule, floor)| figures.recall[rule] < *floor);
    let mut wrong: HashSet<&str> = low.map(|(rule, _)| rule.code()).collect();
    if figures.all < FLOOR {
        wrong.insert("total");
    }
    if figures.false_permille > FALSE_PERMILLE {
        wrong.insert("honest");
    }
    wrong
}

#[test]
fn schemes_are_found_and_honest_claims_are_left_alone() {
    let seed = seed("screening figures");
    for n in 0..times(1, 10) {
        one_market(seed + n);
    }
}

/// One market, judged by the rules as they are and with each fault planted.
fn one_market(seed: u64) {
    let sales = Market::of(seed);
    let sound = Thresholds::default();
    let changed = |change: fn(&mut Thresholds)| {
        let mut by = Thresholds::default();
        change(&mut by);
        by
    };
    let mut faults: Vec<(String, &str, Thresholds)> = FLOORS
        .iter()
        .map(|(rule, _)| {
            let by = Thresholds {
                off: vec![rule.code().to_owned()],
                ..Thresholds::default()
            };
            (format!("{} off", rule.code()), rule.code(), by)
        })
        .collect();
    faults.extend([
        (
            "a telephone for a hundred".to_owned(),
            Rule::Telephone.code(),
            changed(|by| by.telephone_persons = 100),
        ),
        (
            "a telephone for one".to_owned(),
            "honest",
            changed(|by| by.telephone_persons = 1),
        ),
        (
            "an upload is a run".to_owned(),
            "honest",
            changed(|by| by.day_times = 0),
        ),
    ]);
    let mut book = Book::default();
    let mut told = Told::default();
    let mut by_fault: Vec<Told> = faults.iter().map(|_| Told::default()).collect();
    for sale in &sales {
        let facts = book.facts(sale, &sound);
        told.take(&facts, &sound);
        for (told, (_, _, by)) in by_fault.iter_mut().zip(&faults) {
            told.take(&facts, by);
        }
    }
    let found = figures(&sales, &told);
    println!("screening, seed {seed}:");
    for line in &found.lines {
        println!("  {line}");
    }
    assert_eq!(below(&found), HashSet::new(), "seed {seed}");
    for ((name, expected, _), told) in faults.iter().zip(&by_fault) {
        let wrong = below(&figures(&sales, told));
        assert!(wrong.contains(expected), "{name} was not seen: {wrong:?}");
    }
    println!("  planted faults seen: {}", faults.len());
}
