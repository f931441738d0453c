//! The journal from outside: its bytes, its rules, and that no change of an export goes unseen.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod history;
mod lives;
mod rules;
mod tampering;
mod vectors;
