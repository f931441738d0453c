//! The shape of everything that leaves the HTTP layer: problems, permissions, documents.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod audit;
mod bureau;
mod control;
mod dealers;
mod decisions;
mod document;
mod events;
mod page_permissions;
mod payments;
mod permissions;
mod problems;
mod shapes;
mod sockets;
#[path = "../support/mod.rs"]
mod support;
mod wire;
mod world;
