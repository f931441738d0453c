//! Screening: what is held, what is noted and what is left alone, through the service on both
//! databases and, over generated programmes with planted schemes, as figures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

#[path = "../support/mod.rs"]
mod support;

mod behind;
mod clawed_back;
mod figures;
mod held;
mod market;
#[path = "../stored/pay_day.rs"]
mod pay_day;
#[path = "../review/scene.rs"]
#[allow(dead_code, reason = "the tests of review use the rest")]
mod scene;
#[path = "../stored/world.rs"]
#[allow(dead_code, reason = "the tests of what is stored use the rest")]
mod world;
