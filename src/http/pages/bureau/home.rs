//! `/bureau`: the board of today.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use crate::domain::money::Fen;
use crate::http::pages::frame::Frame;
use crate::http::pages::page;
use crate::http::pages::session::StaffPage;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state::Shared;
use crate::operations::board::{self, BoardView, Counted};
use crate::operations::public::PoolView;

#[derive(Template)]
#[template(path = "bureau/home.html")]
struct Home {
    f: Frame,
    board: BoardView,
    pools: Vec<PoolBar>,
    next: Vec<(&'static str, &'static str)>,
}

/// A pool with the widths of its bar, in tenths of a per cent.
struct PoolBar {
    pool: PoolView,
    parts: [BarPart; 4],
}

/// A part of a pool's bar.
struct BarPart {
    class: &'static str,
    x: i64,
    width: i64,
}

/// The whole of a bar.
const WHOLE: i64 = 1_000;

impl PoolBar {
    fn new(pool: PoolView) -> Self {
        let amounts = [
            ("paid", pool.paid),
            ("committed", pool.committed),
            ("reserved", pool.reserved),
            ("free", pool.free),
        ];
        let parts = bar(amounts, pool.cap);
        Self { pool, parts }
    }
}

/// Parts that lie side by side and never beyond the whole.
fn bar(amounts: [(&'static str, Fen); 4], cap: Fen) -> [BarPart; 4] {
    let mut sum = 0;
    amounts.map(|(class, amount)| {
        let at = |fen: i64| {
            if cap == Fen::ZERO {
                0
            } else {
                fen * WHOLE / cap.fen()
            }
        };
        let x = at(sum);
        sum += amount.fen();
        BarPart {
            class,
            x,
            width: at(sum) - x,
        }
    })
}

impl Home {
    fn sees_payouts(&self) -> bool {
        let role = self.f.who.as_ref().and_then(|who| who.role.as_deref());
        matches!(role, Some("finance" | "auditor"))
    }

    fn counted(&self, count: &Counted) -> String {
        let more = if count.more { "+" } else { "" };
        format!("{}{more}", count.number)
    }
}

/// `GET /bureau`
pub async fn show(visit: StaffPage, shared: Data<Shared>) -> Result<HttpResponse, Problem> {
    let f = visit.frame;
    let board = board::show(&shared.engine).await;
    let mut board = board.map_err(|error| Problem::reading(error, ProblemCode::Internal))?;
    let pools = std::mem::take(&mut board.pools);
    let home = Home {
        next: next(&f),
        pools: pools.into_iter().map(PoolBar::new).collect(),
        board,
        f,
    };
    page(home.f.lang, &home)
}

/// What somebody in this role does next.
fn next(f: &Frame) -> Vec<(&'static str, &'static str)> {
    let role = f.who.as_ref().and_then(|who| who.role.as_deref());
    match role {
        Some("reviewer") => vec![
            (
                "/bureau/review",
                f.t("审核下一件申请", "Review the next claim"),
            ),
            (
                "/bureau/claims?flagged=yes",
                f.t("处理待核查标记", "Look at flags"),
            ),
        ],
        Some("approver") => vec![
            (
                "/bureau/approval",
                f.t("复核待定申请", "Decide what others prepared"),
            ),
            ("/bureau/bulk", f.t("批量审批", "Approve in bulk")),
            ("/bureau/proposals", f.t("办理待决事项", "Decide proposals")),
        ],
        Some("finance") => vec![
            (
                "/bureau/payouts",
                f.t("封存或放行批次", "Seal or release batches"),
            ),
            (
                "/bureau/payouts/outcomes",
                f.t("导入银行回执", "Import what the bank says"),
            ),
            ("/bureau/receivables", f.t("登记回款", "Note money paid in")),
        ],
        Some("auditor") => vec![
            ("/bureau/audit", f.t("查看审计", "Audit")),
            (
                "/bureau/bulk",
                f.t("查看批量审批", "Look at bulk approvals"),
            ),
            ("/bureau/payouts", f.t("查看拨付", "Look at payouts")),
        ],
        _ => vec![
            ("/bureau/pools", f.t("管理资金池", "Run the pools")),
            ("/bureau/people", f.t("管理人员", "Manage people")),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_filled_by_its_parts() {
        let fen = |n| Fen::new(n).unwrap();
        let amounts = [
            ("paid", fen(1)),
            ("committed", fen(1)),
            ("reserved", fen(1)),
            ("free", fen(0)),
        ];
        let parts = bar(amounts, fen(3));
        let widths = parts.each_ref().map(|part| part.width);
        assert_eq!(widths, [333, 333, 334, 0]);
        assert_eq!(parts[2].x, 666);
        assert!(
            bar([("free", Fen::ZERO); 4], Fen::ZERO)
                .iter()
                .all(|part| part.width == 0)
        );
    }
}
