//! Races over real HTTP: the real program, 64 connections, both databases, and two instances on
//! one PostgreSQL. Random amounts print their seed; `TRADEIN_TEST_SEED` repeats them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

#[path = "race/books.rs"]
mod books;
#[path = "race/clocks.rs"]
mod clocks;
#[path = "race/crowd.rs"]
mod crowd;
#[path = "race/duplicates.rs"]
mod duplicates;
#[path = "race/fairness.rs"]
mod fairness;
#[path = "race/instants.rs"]
mod instants;
#[path = "race/interrupted.rs"]
mod interrupted;
#[path = "race/money.rs"]
mod money;
#[path = "race/mover.rs"]
mod mover;
#[path = "race/moving.rs"]
mod moving;
#[path = "race/pairs.rs"]
mod pairs;
#[path = "race/released.rs"]
mod released;
#[path = "race/replay.rs"]
mod replay;
#[path = "race/scene.rs"]
mod scene;
