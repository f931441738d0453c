//! Pages as a browser without script sees them: links are followed, forms are filled in and sent.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod browser;
mod dealer;
mod dealer_uploads;
#[path = "../support/mod.rs"]
mod support;
