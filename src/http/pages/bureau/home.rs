//! `/bureau`: the board of today.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use crate::http::pages::frame::Frame;
use crate::http::pages::page;
use crate::http::pages::pool_bar::PoolBar;
use crate::http::pages::session::StaffPage;
use crate::http::problem::Problem;
use crate::http::state::Shared;
use crate::operations::board::{self, BoardView, Counted};
use crate::operations::public::PoolView;

#[derive(Template)]
#[template(path = "bureau/home.html")]
struct Home {
    f: Frame,
    board: BoardView,
    pools: Vec<(PoolView, PoolBar)>,
    next: Vec<(&'static str, &'static str)>,
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
    let mut board = board.map_err(Problem::failed)?;
    let pools = std::mem::take(&mut board.pools);
    let with_bar = |pool: PoolView| {
        let bar = PoolBar::new(&f, &pool);
        (pool, bar)
    };
    let home = Home {
        next: next(&f),
        pools: pools.into_iter().map(with_bar).collect(),
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
            (
                "/bureau/claims?flagged=yes",
                f.t("处理待核查标记", "Look at flags"),
            ),
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
            (
                "/bureau/voided-invoices",
                f.t("导入作废发票", "Import voided invoices"),
            ),
        ],
    }
}
