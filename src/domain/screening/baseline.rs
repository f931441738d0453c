//! A price that was raised against the dealer's own: the subsidy is taken by the shop, and where a
//! share of the price is paid, it grows with it.
//!
//! The dealer's own price is that of its first sales of the article, so that raising it step by step
//! makes no new one. What others ask tells a dearer market from a raised price; where nobody else
//! sells the article it is noted only.

use super::{Facts, Finding, Rule, Thresholds, Weight, median, words};
use crate::domain::money::Fen;

/// How many times the dealer's own spread a price may lie above its own.
const SPREADS: i64 = 6;

pub(super) fn find(facts: &Facts, by: &Thresholds) -> Option<Finding> {
    let price = facts.price.filter(|_| by.is_on(Rule::Baseline))?.fen();
    let least = by.price_sales as usize;
    let fen = |prices: &[Fen]| prices.iter().map(|p| p.fen()).collect::<Vec<i64>>();
    let (mut own, mut peers) = (fen(&facts.prices.own), fen(&facts.prices.peers));
    if own.len() < least {
        return None;
    }
    let usual = median(&mut own);
    let mut apart: Vec<i64> = own.iter().map(|p| (p - usual).abs()).collect();
    let spread = median(&mut apart);
    let above = |base: i64, percent: u32| price > base + base * i64::from(percent) / 100;
    if !above(usual, by.price_own_percent) || price <= usual + SPREADS * spread {
        return None;
    }
    let weight = if peers.len() < least {
        Weight::Note
    } else if above(median(&mut peers), by.price_peers_percent) {
        Weight::Hold
    } else {
        return None;
    };
    let percent = (price - usual) * 100 / usual.max(1);
    let (now, before) = (
        Fen::new(price).unwrap_or_default(),
        Fen::new(usual).unwrap_or_default(),
    );
    Some(Finding {
        rule: Rule::Baseline,
        weight,
        basis: format!("{:032x}", u128::from_be_bytes(facts.prices.goods)),
        reason: words(
            format!("售价 {now} 元，比该商户此前同款 {before} 元高 {percent}%"),
            format!("{now} yuan, {percent}% above the dealer's own {before} for the article"),
        ),
        with: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::plain;
    use super::*;

    fn weight(price: u32, own: &[u32], peers: &[u32]) -> Option<Weight> {
        let mut facts = plain();
        let fen = |yuan: &[u32]| yuan.iter().map(|y| Fen::from_yuan(*y)).collect();
        facts.price = Some(Fen::from_yuan(price));
        facts.prices.own = fen(own);
        facts.prices.peers = fen(peers);
        find(&facts, &Thresholds::default()).map(|f| f.weight)
    }

    #[test]
    fn a_raised_price_is_held_and_a_dearer_market_is_none() {
        let (own, peers) = ([3_000, 2_980, 3_010, 2_990, 3_000], [2_990; 6]);
        assert_eq!(weight(3_350, &own, &peers), None);
        assert_eq!(weight(3_500, &own, &peers), Some(Weight::Hold));
        assert_eq!(weight(3_500, &own, &[3_450; 6]), None);
        assert_eq!(weight(3_500, &own, &peers[..4]), Some(Weight::Note));
        assert_eq!(weight(3_500, &own[..4], &peers), None);
    }

    #[test]
    fn a_dealer_whose_prices_vary_is_not_held_for_it() {
        let own = [90_000, 160_000, 120_000, 250_000, 140_000, 70_000];
        assert_eq!(weight(220_000, &own, &[100_000; 6]), None);
    }
}
