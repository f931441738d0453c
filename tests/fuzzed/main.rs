//! Made-up input by the thousand: the document of the API held against the service, every parser
//! fed with spoiled files, bombs, and clients that take their time. `docs/security.md` has the
//! promises and the figures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod bombs;
mod contract;
mod corpus;
#[path = "../security/world.rs"]
#[allow(dead_code, reason = "the tests of security use the rest")]
mod office;
mod parsers;
#[path = "../review/scene.rs"]
#[allow(dead_code, reason = "the tests of review use the rest")]
mod scene;
mod slow;
mod spoil;
#[path = "../support/mod.rs"]
mod support;
mod world;
