//! The pages as a browser without script has them: forms are filled in, sent, and what comes back
//! is looked at.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bureau_claims;
mod bureau_desk;
mod bureau_money;
mod bureau_office;
#[path = "../support/mod.rs"]
mod support;
