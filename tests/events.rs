//! What dealers are told: the feed and webhooks, through real HTTP on both databases, against the
//! public journal.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

#[allow(dead_code, reason = "this test program uses its part of the bureau")]
#[path = "review/scene.rs"]
mod scene;
mod support;

#[path = "events/delivery.rs"]
mod delivery;
#[path = "events/endpoints.rs"]
mod endpoints;
#[path = "events/feed.rs"]
mod feed;
#[path = "events/interrupted.rs"]
mod interrupted;
#[path = "events/listening.rs"]
mod listening;
#[path = "events/world.rs"]
mod world;
