//! From verdict to money: papers, review by two persons, payout, return, clawback, through real
//! HTTP on both databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod support;

#[path = "review/batches_and_flags.rs"]
mod batches_and_flags;
#[path = "review/corrections.rs"]
mod corrections;
#[path = "review/counter.rs"]
mod counter;
#[path = "review/desk.rs"]
mod desk;
#[path = "review/discards.rs"]
mod discards;
#[path = "review/endings.rs"]
mod endings;
#[path = "review/exhausted.rs"]
mod exhausted;
#[path = "review/goods.rs"]
mod goods;
#[path = "review/papers.rs"]
mod papers;
#[path = "review/payout.rs"]
mod payout;
#[path = "review/scene.rs"]
mod scene;
#[path = "review/two_persons.rs"]
mod two_persons;
#[path = "review/withdrawals.rs"]
mod withdrawals;
