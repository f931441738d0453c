//! What needs a token.

pub mod claims;
