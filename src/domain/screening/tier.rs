//! Prices of a dealer that cluster just above a tier, where a little more draws much more.
//!
//! A cluster needs a least number and must be larger than chance allows beside others. A promotion is
//! one article at one price, or a price that others ask as well: the first counts for two, the second
//! not at all.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::{Edge, Facts, Finding, Hash, Near, Rule, Thresholds, Weight, median, words};
use crate::domain::money::Fen;

/// How far below a tier prices are looked at, in thousandths: as far as a price may be lifted from,
/// so that what others ask for the same articles is seen.
const BELOW_PERMILLE: i64 = 200;
/// How far above.
const ABOVE_PERMILLE: i64 = 100;
/// One article at one price counts for so many at most.
const ALIKE: usize = 2;
/// Sales by others from which their price of an article is known.
const KNOWN: usize = 3;
/// The share just above a tier where others tell nothing, in thousandths: several times what evenly
/// spread prices give.
const ASSUMED: i64 = 200;
/// The least share that is taken for others, in thousandths.
const LEAST: i64 = 50;
/// The square of how many standard deviations a cluster lies above what is usual.
const DEVIATIONS_SQUARED: i64 = 16;

/// Prices around an edge that are looked at, in fen.
pub fn near(edge: Fen) -> Range<i64> {
    let part = |permille: i64| edge.fen() * permille / 1_000;
    edge.fen() - part(BELOW_PERMILLE)..edge.fen() + part(ABOVE_PERMILLE)
}

/// Prices just above an edge, in fen.
pub fn band(edge: Fen, by: &Thresholds) -> Range<i64> {
    let width = edge.fen() * i64::from(by.tier_band_permille) / 1_000;
    edge.fen()..edge.fen() + width.max(1)
}

pub(super) fn find(facts: &Facts, by: &Thresholds) -> Option<Finding> {
    let edge = facts.edge.as_ref().filter(|_| by.is_on(Rule::Tier))?;
    let inside = band(edge.at, by);
    let price = facts.price?.fen();
    if !inside.contains(&price) {
        return None;
    }
    let odd = unexplained(edge, &inside);
    if !odd.iter().any(|near| near.claim == facts.claim) {
        return None;
    }
    let (count, all) = (counted(&odd), edge.own.len() as i64);
    let usual = share_of_others(edge, &inside, by);
    // One-sided: `count` of `all` where a share of `usual` is expected, in thousandths.
    let above = count * 1_000 - all * usual;
    let spread = DEVIATIONS_SQUARED * all * usual * (1_000 - usual);
    if count < i64::from(by.tier_claims) || above <= 0 || above * above < spread {
        return None;
    }
    let (yuan, clustered, percent) = (edge.at, odd.len(), usual / 10);
    let share = (odd.len() as i64) * 100 / all.max(1);
    Some(Finding {
        rule: Rule::Tier,
        weight: Weight::Hold,
        basis: edge.at.fen().to_string(),
        reason: words(
            format!(
                "商户在 {yuan} 元档位附近的 {all} 件中有 {clustered} 件（{share}%）刚过档位；通常为 {percent}%"
            ),
            format!(
                "{clustered} of the dealer's {all} claims near {yuan} yuan ({share}%) lie just above it; usually {percent}%"
            ),
        ),
        with: odd.iter().map(|near| near.claim).collect(),
    })
}

/// The dealer's claims just above the edge whose price is not what others ask for the article.
fn unexplained(edge: &Edge, inside: &Range<i64>) -> Vec<Near> {
    let mut others: HashMap<Hash, Vec<i64>> = HashMap::new();
    for near in &edge.peers {
        others.entry(near.goods).or_default().push(near.price.fen());
    }
    let asked = |goods: &Hash| {
        let prices = others.get(goods).filter(|prices| prices.len() >= KNOWN);
        prices.is_some_and(|prices| median(&mut prices.clone()) >= edge.at.fen())
    };
    let own = edge.own.iter().copied();
    own.filter(|near| inside.contains(&near.price.fen()) && !asked(&near.goods))
        .collect()
}

/// How many they are, when one article at one price counts for [`ALIKE`] at most.
fn counted(odd: &[Near]) -> i64 {
    let mut alike: BTreeMap<(Hash, Fen), usize> = BTreeMap::new();
    for near in odd {
        *alike.entry((near.goods, near.price)).or_default() += 1;
    }
    let counted: usize = alike.values().map(|count| (*count).min(ALIKE)).sum();
    counted as i64
}

fn share_of_others(edge: &Edge, inside: &Range<i64>, by: &Thresholds) -> i64 {
    let all = edge.peers.len() as i64;
    if all < i64::from(by.tier_peers) {
        return ASSUMED;
    }
    let just = edge.peers.iter();
    let just = just.filter(|near| inside.contains(&near.price.fen()));
    (just.count() as i64 * 1_000 / all).clamp(LEAST, 999)
}

#[cfg(test)]
mod tests {
    use super::super::tests::plain;
    use super::*;
    use crate::domain::ids::ClaimId;

    fn near(n: u128, goods: u8, yuan: u32) -> Near {
        Near {
            claim: ClaimId(uuid::Uuid::from_u128(n)),
            goods: [goods; 16],
            price: Fen::from_yuan(yuan),
        }
    }

    fn found(own: Vec<Near>, peers: Vec<Near>) -> Option<Finding> {
        let mut facts = plain();
        facts.claim = own[0].claim;
        facts.price = Some(own[0].price);
        facts.edge = Some(Edge {
            at: Fen::from_yuan(100_000),
            own,
            peers,
        });
        find(&facts, &Thresholds::default())
    }

    /// Prices of others, evenly from 90,000 to 110,000.
    fn even() -> Vec<Near> {
        (0..200)
            .map(|n| near(1_000 + u128::from(n), 200, 90_000 + n * 100))
            .collect()
    }

    #[test]
    fn ten_articles_just_above_are_no_chance() {
        let own = |count: u8| {
            (1..=count)
                .map(|n| near(u128::from(n), n, 100_000 + u32::from(n) * 10))
                .collect::<Vec<_>>()
        };
        let held = found(own(10), even()).unwrap();
        assert_eq!((held.weight, held.with.len()), (Weight::Hold, 10));
        assert!(held.reason.en.contains("10 of the dealer's 10"));
        assert_eq!(found(own(7), even()), None);
        // Ten of a hundred is what others have.
        let mut many = own(10);
        many.extend((0..90).map(|n| near(500 + n, 150, 90_000 + 100 * n as u32)));
        assert_eq!(found(many, even()), None);
    }

    #[test]
    fn a_promotion_is_no_cluster() {
        let promotion = |goods: u8| (0..60).map(|n| near(n, goods, 100_000)).collect();
        assert_eq!(found(promotion(9), even()), None);
        // Several articles at prices that others ask, too.
        let own: Vec<Near> = (1..=12)
            .map(|n| near(u128::from(n), n, 100_500 + u32::from(n)))
            .collect();
        let mut peers = even();
        for n in 1..=12 {
            peers.extend((0..3).map(|k| near(2_000 + k, n, 101_200)));
        }
        assert!(found(own.clone(), even()).is_some());
        assert_eq!(found(own, peers), None);
    }

    #[test]
    fn a_claim_that_is_not_just_above_is_left() {
        let mut own: Vec<Near> = (1..=10).map(|n| near(n, n as u8, 100_010)).collect();
        own.insert(0, near(99, 99, 99_000));
        assert_eq!(found(own, even()), None);
    }
}
