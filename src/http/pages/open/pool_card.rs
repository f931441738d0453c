//! A pool as a person grasps it at once: a bar, and the same in words and figures.

use crate::domain::money::Fen;
use crate::http::pages::frame::Frame;
use crate::http::pages::labels::Label;
use crate::http::pages::pool_bar::PoolBar;
use crate::operations::public::PoolView;

/// A pool with its bar.
#[derive(Debug, Clone)]
pub struct PoolCard {
    /// The pool.
    pub pool: PoolView,
    /// Its bar.
    pub bar: PoolBar,
    /// Whether claims are taken.
    pub state: Label,
    /// Stages that are stopped, and times that matter.
    pub notes: Vec<String>,
}

impl PoolCard {
    /// The card of a pool.
    pub fn new(f: &Frame, pool: &PoolView) -> Self {
        Self {
            bar: PoolBar::new(f, pool),
            state: state(f, pool),
            notes: notes(f, pool),
            pool: pool.clone(),
        }
    }
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
