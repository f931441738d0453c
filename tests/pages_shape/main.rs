//! Pages as a browser without script uses them: forms are followed, and what comes back is looked at.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod applicant;
mod names;
mod notices;
mod open;
mod pool_days;
mod receipts;
#[path = "../support/mod.rs"]
mod support;
mod visit;
