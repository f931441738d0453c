//! Whose money a payment is: the shares of the levels of government, to the fen.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::domain::money::Fen;
use crate::domain::policy::rules::money::Money;

/// Decimal places that a pack's shares may have.
const PLACES: u32 = 4;

/// An amount by the level of government that bears it. The parts sum to the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Split {
    /// The centre's part, in fen.
    pub centre: Fen,
    /// The province's part, in fen.
    pub province: Fen,
    /// The zone's part, in fen.
    pub zone: Fen,
    /// The part of province and zone together where their split is not fixed, in fen.
    pub local: Fen,
}

/// Splits `amount` by the shares of `money`, or leaves all of it to `local` without them.
///
/// By the method of the largest remainder: each level gets the whole fen of its share, and the
/// fen that are left go one each to the largest remainders; of equal ones to the first in the
/// order centre, province, zone, local. Every part is less than one fen from the exact share. A
/// larger amount may cost one level a fen, so split what is paid and never sum up splits to
/// split again.
pub fn by_source(amount: Fen, money: Option<&Money>) -> Split {
    let weights = money.map_or([0; 4], |money| {
        [
            weight(money.centre_percent),
            weight(money.province_percent),
            weight(money.zone_percent),
            weight(money.local_percent),
        ]
    });
    let [centre, province, zone, local] = match weights {
        [0, 0, 0, 0] => [Fen::ZERO, Fen::ZERO, Fen::ZERO, amount],
        weights => apportion(amount, weights),
    };
    Split {
        centre,
        province,
        zone,
        local,
    }
}

/// A share in percent as a whole number of ten-thousandths, which a pack's share always is.
fn weight(percent: Decimal) -> i128 {
    let mut percent = percent;
    percent.rescale(PLACES);
    percent.mantissa().max(0)
}

/// The parts of `amount` by weights of which one at least is not zero.
#[expect(
    clippy::expect_used,
    reason = "a part is at most the amount, because a fen more goes only where a fraction was cut"
)]
fn apportion(amount: Fen, weights: [i128; 4]) -> [Fen; 4] {
    let whole: i128 = weights.iter().sum();
    let exact = weights.map(|weight| i128::from(amount.fen()) * weight);
    let mut parts = exact.map(|share| share / whole);
    let left = i128::from(amount.fen()) - parts.iter().sum::<i128>();
    let mut order = [0, 1, 2, 3];
    // The sort is stable: equal remainders stay in the order of the levels.
    order.sort_by_key(|level: &usize| -(exact[*level] % whole));
    for (level, _) in order.into_iter().zip(0..left) {
        parts[level] += 1;
    }
    parts.map(|part| {
        i64::try_from(part)
            .ok()
            .and_then(Fen::new)
            .expect("a part of the amount")
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shares(percents: [&str; 4]) -> Money {
        let [centre, province, zone, local] = percents.map(|p| p.parse().unwrap());
        Money {
            centre_percent: centre,
            province_percent: province,
            zone_percent: zone,
            local_percent: local,
            budget: None,
        }
    }

    fn fen(split: Split) -> [i64; 4] {
        [split.centre, split.province, split.zone, split.local].map(Fen::fen)
    }

    fn split(amount: i64, percents: [&str; 4]) -> [i64; 4] {
        fen(by_source(
            Fen::new(amount).unwrap(),
            Some(&shares(percents)),
        ))
    }

    #[test]
    fn ninety_to_ten() {
        let split = |amount| split(amount, ["90", "0", "0", "10"]);
        assert_eq!(split(1_400_000), [1_260_000, 0, 0, 140_000]);
        assert_eq!(split(0), [0; 4]);
        // 0.9 and 0.1; 1.8 and 0.2; 3.6 and 0.4; 5.4 and 0.6 fen.
        assert_eq!(split(1), [1, 0, 0, 0]);
        assert_eq!(split(2), [2, 0, 0, 0]);
        assert_eq!(split(4), [4, 0, 0, 0]);
        assert_eq!(split(6), [5, 0, 0, 1]);
        // 4.5 and 0.5: the centre comes first.
        assert_eq!(split(5), [5, 0, 0, 0]);
        let most = Fen::MAX.fen();
        assert_eq!(split(most), [most / 10 * 9, 0, 0, most / 10]);
    }

    #[test]
    fn the_largest_remainder_comes_first_and_then_the_order_of_the_levels() {
        // 33.3333, 33.3333 and 33.3334 of 100 fen: the zone's remainder is the largest.
        let thirds = ["33.3333", "33.3333", "33.3334", "0"];
        assert_eq!(split(100, thirds), [33, 33, 34, 0]);
        // Remainders 0.5, 0.25 and 0.25: one fen is left.
        assert_eq!(split(1, ["50", "25", "25", "0"]), [1, 0, 0, 0]);
        // 1.5, 0.75 and 0.75: two are left, and the centre's remainder is the least.
        assert_eq!(split(3, ["50", "25", "25", "0"]), [1, 1, 1, 0]);
        // 0.425, 0.425 and 0.15 of a fen.
        assert_eq!(split(1, ["42.5", "42.5", "15", "0"]), [1, 0, 0, 0]);
    }

    #[test]
    fn without_shares_all_is_local() {
        let amount = Fen::new(1_400_001).unwrap();
        assert_eq!(fen(by_source(amount, None)), [0, 0, 0, 1_400_001]);
    }

    /// Four shares in ten-thousandths of a percent that sum to 100 %.
    fn weights() -> impl Strategy<Value = [i64; 4]> {
        prop::array::uniform3(prop_oneof![Just(0), Just(1_000_000), 0..=1_000_000_i64]).prop_map(
            |mut cuts| {
                cuts.sort_unstable();
                let [a, b, c] = cuts;
                [a, b - a, c - b, 1_000_000 - c]
            },
        )
    }

    fn money(weights: [i64; 4]) -> Money {
        let [centre, province, zone, local] = weights.map(|w| Decimal::new(w, PLACES));
        Money {
            centre_percent: centre,
            province_percent: province,
            zone_percent: zone,
            local_percent: local,
            budget: None,
        }
    }

    fn amounts() -> impl Strategy<Value = i64> {
        prop_oneof![0..100_i64, 0..10_000_000_i64, 0..=Fen::MAX.fen()]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn parts_sum_to_the_whole_and_lie_within_a_fen_of_the_exact_share(
            amount in amounts(),
            weights in weights(),
        ) {
            let parts = fen(by_source(Fen::new(amount).unwrap(), Some(&money(weights))));
            prop_assert_eq!(parts.iter().sum::<i64>(), amount);
            for (part, weight) in parts.into_iter().zip(weights) {
                let exact = Decimal::from(amount) * Decimal::new(weight, PLACES + 2);
                prop_assert!((Decimal::from(part) - exact).abs() < Decimal::ONE);
                prop_assert!(weight != 0 || part == 0);
            }
        }

        #[test]
        fn one_fen_more_costs_no_level_more_than_one_and_of_two_levels_none(
            amount in amounts(),
            weights in weights(),
        ) {
            let amount = amount.min(Fen::MAX.fen() - 1);
            let of = |amount| fen(by_source(Fen::new(amount).unwrap(), Some(&money(weights))));
            let (less, more) = (of(amount), of(amount + 1));
            let levels = weights.iter().filter(|weight| **weight != 0).count();
            let may_lose = i64::from(levels > 2);
            for (less, more) in less.into_iter().zip(more) {
                prop_assert!(more + may_lose >= less);
            }
        }
    }
}
