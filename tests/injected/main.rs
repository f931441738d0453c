//! Errors injected at every statement of every route that writes, between the service and its
//! database: nothing is half done, every error is told for what it is, and what is tried again is
//! tried so often and no more. The seed is printed; `TRADEIN_TEST_SEED` repeats it,
//! `TRADEIN_LONG=1` strikes at every place in place of some, `TRADEIN_TEST_ONLY` names some scenes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod bureau;
mod content;
mod control;
mod dealer;
mod disk;
mod everywhere;
mod fault;
mod pages_bureau;
mod pages_control;
mod pages_dealer;
mod pages_door;
mod people;
mod planted;
mod proxy;
mod routes;
#[path = "../support/mod.rs"]
mod support;
mod trial;
mod world;
