//! Webhooks against real sockets: what receivers get, what becomes of their answers, and that
//! nothing but a judged address is ever connected to.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

#[path = "webhooks/answers.rs"]
mod answers;
#[path = "webhooks/hostile.rs"]
mod hostile;
#[path = "webhooks/receiver.rs"]
mod receiver;
#[path = "webhooks/resolution.rs"]
mod resolution;
#[path = "webhooks/tls.rs"]
mod tls;
#[path = "webhooks/urls.rs"]
mod urls;
