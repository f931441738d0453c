//! What pages do, without a browser.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../bureau/mod.rs"]
mod bureau;
mod people;
#[path = "../support/mod.rs"]
mod support;
