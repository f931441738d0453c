//! Pages as a browser without script sees them: forms are found, filled in and sent.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod audit;
mod bureau_world;
mod control;
mod packs;
#[path = "../support/mod.rs"]
mod support;
