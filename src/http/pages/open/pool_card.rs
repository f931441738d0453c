//! A pool as a person grasps it at once: a bar, and the same in words and figures.

use crate::domain::money::Fen;
use crate::http::pages::frame::Frame;
use crate::http::pages::labels::Label;
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

/// A pool with its bar.
#[derive(Debug, Clone)]
pub struct PoolCard {
    /// The pool.
    pub pool: PoolView,
    /// The bar, from left to right.
    pub parts: Vec<Part>,
    /// The whole in one sentence, for who hears the page.
    pub told: String,
    /// Whether claims are taken.
    pub state: Label,
    /// Stages that are stopped, and times that matter.
    pub notes: Vec<String>,
}

impl PoolCard {
    /// The card of a pool.
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
            state: state(f, pool),
            notes: notes(f, pool),
            parts,
            pool: pool.clone(),
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

fn state(f: &Frame, pool: &PoolView) -> Label {
    let now = pool.as_of;
    let (word, class) = if pool.opens_at.is_some_and(|at| now < at) {
        (f.t("尚未开放", "Not open yet"), "")
    } else if pool.intake == "closed" || pool.closes_at.is_some_and(|at| at <= now) {
        (f.t("已关闭", "Closed"), "bad")
    } else if pool.intake == "frozen" {
        (f.t("暂停受理", "Stopped"), "warn")
    } else if pool.free == Fen::ZERO || pool.waiting > 0 {
        (f.t("资金已用完，可排队", "Used up; claims wait"), "warn")
    } else {
        (f.t("正在受理", "Open"), "good")
    };
    Label { word, class }
}

fn notes(f: &Frame, pool: &PoolView) -> Vec<String> {
    let now = pool.as_of;
    let mut notes = Vec::new();
    if let Some(at) = pool.opens_at.filter(|at| now < *at) {
        notes.push(format!("{} {}", f.t("开放时间：", "Opens at"), f.time(&at)));
    }
    if let Some(at) = pool.closes_at {
        notes.push(format!(
            "{} {}",
            f.t("截止时间：", "Closes at"),
            f.time(&at)
        ));
    }
    if pool.allocation != "open" {
        let stopped = "资金分配暂停：新申请先排队。";
        notes.push(
            f.t(stopped, "No money is given for now: who comes waits.")
                .to_owned(),
        );
    }
    if pool.payout != "open" {
        notes.push(f.t("拨付暂停。", "Payment is stopped for now.").to_owned());
    }
    notes
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
