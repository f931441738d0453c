//! What is stored: both databases have the same tables, and `verify` finds every change
//! that somebody with full rights on the database makes behind the program's back.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod away;
mod export_bound;
#[cfg(unix)]
mod modes;
mod one_person;
mod pay_day;
mod replay;
mod resealed;
mod schema;
mod spoiled;
#[path = "../support/mod.rs"]
mod support;
mod tampering;
mod turns;
mod waiting_line;
mod world;
mod write_ahead;
