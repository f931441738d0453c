//! The money of a pool as one bar, the same wherever it stands: what is left first, and then in the
//! order in which money moves.

use crate::domain::money::Fen;
use crate::http::pages::frame::Frame;
use crate::operations::public::PoolView;

/// Units of the bar's width, as the template draws it.
const WIDTH: i64 = 1_000;

/// A part of the bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its colour: `free`, `reserved`, `committed` or `paid`.
    pub class: &'static str,
    /// What it is.
    pub word: &'static str,
    /// How much.
    pub amount: Fen,
    /// Of a hundred, rounded.
    pub percent: String,
    /// Where it begins.
    pub x: i64,
    /// How wide it is.
    pub width: i64,
}

/// The bar of a pool.
#[derive(Debug, Clone)]
pub struct PoolBar {
    /// From left to right.
    pub parts: Vec<Part>,
    /// The whole in one sentence, for who hears the page.
    pub told: String,
}

impl PoolBar {
    /// The bar of a pool.
    pub fn new(f: &Frame, pool: &PoolView) -> Self {
        let parts = parts(f, pool);
        let told = parts
            .iter()
            .map(|part| format!("{} {}", part.word, f.yuan(&part.amount)));
        let told: Vec<String> = told.collect();
        Self {
            told: format!(
                "{}{}{}",
                pool.name,
                f.t("：", ": "),
                told.join(f.t("，", ", "))
            ),
            parts,
        }
    }
}

fn parts(f: &Frame, pool: &PoolView) -> Vec<Part> {
    let money = [
        ("free", f.t("剩余", "left"), pool.free),
        ("reserved", f.t("已预留", "held for claims"), pool.reserved),
        (
            "committed",
            f.t("已核定待拨付", "approved, to be paid"),
            pool.committed,
        ),
        ("paid", f.t("已拨付", "paid"), pool.paid),
    ];
    let cap = pool.cap.fen();
    let mut before = 0;
    money
        .into_iter()
        .map(|(class, word, amount)| {
            let x = share(before, cap, WIDTH);
            before += amount.fen();
            let tenths = share(amount.fen(), cap, 1_000);
            Part {
                class,
                word,
                amount,
                percent: format!("{}.{}%", tenths / 10, tenths % 10),
                x,
                width: share(before, cap, WIDTH) - x,
            }
        })
        .collect()
}

/// `part` of `whole` in so many units, rounded down.
fn share(part: i64, whole: i64, units: i64) -> i64 {
    if whole == 0 {
        return 0;
    }
    let exact = i128::from(part) * i128::from(units) / i128::from(whole);
    i64::try_from(exact).unwrap_or(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_fill_the_bar_without_gaps() {
        for (money, cap) in [
            ([1, 1, 1, 0], 3),
            ([0, 0, 0, 7], 7),
            ([333, 333, 333, 1], 1_000),
        ] {
            let mut before = 0;
            let mut at = 0;
            for part in money {
                let x = share(before, cap, WIDTH);
                assert_eq!(x, at, "{money:?}");
                before += part;
                at = share(before, cap, WIDTH);
            }
            assert_eq!(at, WIDTH, "{money:?}");
        }
        assert_eq!(share(0, 0, WIDTH), 0);
        let most = Fen::MAX.fen();
        assert_eq!(share(most, most, WIDTH), WIDTH);
    }
}
