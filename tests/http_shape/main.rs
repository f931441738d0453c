//! The shape of everything that leaves the HTTP layer: problems, permissions, documents.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answers;
mod document;
mod permissions;
mod problems;
mod shapes;
mod sockets;
mod wire;
mod world;
