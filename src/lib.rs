//! `tradein`: a trade-in subsidy claims engine.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod admission;
pub mod banking;
pub mod catalogue;
pub mod cli;
pub mod clock;
pub mod domain;
pub mod http;
pub mod journal;
pub mod keys;
pub mod ledger;
pub mod one_time_code;
pub mod operations;
mod own_files;
pub mod papers;
pub mod passwords;
#[cfg(feature = "planted-faults")]
pub mod planted;
pub mod rehearse;
pub mod settings;
pub mod spreadsheet;
pub mod startup;
pub mod storage;
pub mod table_file;
pub mod telemetry;
pub mod vault;
pub mod webhooks;
