//! What a bank is sent and what it answers: files against the schema they follow, and answers of
//! both kinds, true ones and hostile ones.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

#[path = "banking/payment_files.rs"]
mod payment_files;
#[path = "banking/schema.rs"]
mod schema;
#[path = "banking/status_reports.rs"]
mod status_reports;
#[path = "banking/tree.rs"]
mod tree;
