//! Dealers: the account to which one is paid, admission and removal, what is held of it and what
//! it was paid, the bureau's promises, and limits of one dealer. Through real HTTP and the command
//! line, on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

#[path = "dealers/accounts.rs"]
mod accounts;
#[path = "dealers/admission.rs"]
mod admission;
#[path = "dealers/desk.rs"]
mod desk;
#[path = "dealers/limits.rs"]
mod limits;
#[path = "dealers/money.rs"]
mod money;
#[path = "dealers/promises.rs"]
mod promises;
