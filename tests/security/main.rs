//! What attackers try first, a test for each, named after the item of OWASP ASVS 5.0 (`v…`) or of
//! the OWASP API Security Top 10 of 2023 (`api…`) that it covers. `docs/security.md` has the table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod api;
mod guessing;
mod headers;
mod logs;
mod passwords;
mod revoked;
mod sessions;
#[path = "../support/mod.rs"]
mod support;
mod targets;
mod uploads;
#[path = "../webhooks/urls.rs"]
mod urls;
mod world;
