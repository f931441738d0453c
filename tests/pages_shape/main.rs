//! Pages as a browser without script has them: links are followed, forms are filled in and sent, and
//! what comes back is looked at.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod applicant;
mod audit;
mod browser;
#[path = "../bureau/mod.rs"]
mod bureau;
mod bureau_claims;
mod bureau_desk;
mod bureau_money;
mod bureau_office;
mod bureau_papers;
mod bureau_world;
mod control;
mod dealer;
mod dealer_looks;
mod dealer_second;
mod dealer_uploads;
mod inside;
mod names;
mod notices;
mod open;
mod packs;
mod page;
mod people;
mod place;
mod pool_bar;
mod pool_days;
mod proofs;
mod receipts;
mod site;
#[path = "../support/mod.rs"]
mod support;
mod voided_invoices;
