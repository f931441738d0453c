//! What auditors and second persons rely on: samples that nobody chooses, personal data that is
//! opened with a trace only, exports, and sums that are held side by side. On both databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

#[path = "audit/access.rs"]
mod access;
#[path = "audit/bulk.rs"]
mod bulk;
#[path = "audit/export.rs"]
mod export;
#[path = "audit/recomputed.rs"]
mod recomputed;
#[path = "audit/reconcile.rs"]
mod reconcile;
#[path = "review/scene.rs"]
#[allow(dead_code, reason = "the review tests use the rest")]
mod scene;
#[path = "audit/sql.rs"]
mod sql;
#[path = "audit/workbook.rs"]
mod workbook;
