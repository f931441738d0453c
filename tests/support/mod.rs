//! What the tests share: databases of their own, the real program, a client, claims.
#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "each test program uses its part of this, and a test may stop where it stands"
)]

pub mod claims;
pub mod cluster;
pub mod database;
pub mod effort;
pub mod folder;
pub mod form;
pub mod http;
pub mod listener;
pub mod one_time;
pub mod preload;
pub mod program;

pub use cluster::Cluster;
pub use database::{Backend, TestDatabase};
pub use http::{Client, Response};
pub use listener::Listener;
pub use program::{Credentials, NO_SCREENING, Server};
