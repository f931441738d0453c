//! A load of valid claims against a running service, and what came of it.
//!
//! [`generate`] makes claims that every rule of their programme lets pass, [`run`] sends them
//! over plain HTTP and keeps the history, [`check_history`] holds a history against the law that
//! who is answered first stands first, [`Report`] is what a person or a machine reads.

mod answer;
mod client;
pub mod generate;
mod history;
mod order;
mod picture;
mod plan;
mod profile;
mod random;
mod reader;
mod report;
mod run;
mod seller;
mod tally;
mod timeline;
mod violation;

pub use history::{Outcome, Record, write_history};
pub use order::{Summary, WhatHeld, check_history};
pub use plan::{Access, Pace, Plan, RehearseError, Volume};
pub use profile::Profile;
pub use random::SplitMix64;
pub use reader::{Question, Reading, read_on};
pub use report::{Report, TurnedAway};
pub use run::run;
pub use timeline::Slot;
pub use violation::Violation;
