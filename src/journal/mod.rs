//! The journal of a pool: the ledger that anybody can check.
//!
//! Every change of a pool is one entry, numbered under the pool's lock and chained to the one
//! before by its hash. An entry carries no personal data: a claim appears as a commitment that
//! its receipt opens, and what is private as a commitment to the record behind it.
//!
//! `entry` writes; `verify` and `export` check, and share with the
//! writer nothing but the form of an entry.

pub mod canonical;
pub mod checkpoint;
pub mod entry;
pub mod event;
pub mod export;
mod jws;
pub mod receipt;
pub mod verify;
