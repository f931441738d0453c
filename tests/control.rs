//! Control of pools: stages stop and go on, money comes in, moves and is set aside, and two
//! persons do what is above the stated sum; through real HTTP and the command line, on both
//! databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

#[path = "control/appeals.rs"]
mod appeals;
#[path = "control/commands.rs"]
mod commands;
#[path = "control/money.rs"]
mod money;
#[path = "control/order.rs"]
mod order;
#[path = "control/packs.rs"]
mod packs;
#[path = "control/races.rs"]
mod races;
#[path = "control/scene.rs"]
mod scene;
#[path = "control/stages.rs"]
mod stages;
#[path = "control/two_persons.rs"]
mod two_persons;
