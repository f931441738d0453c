//! Calls that need a token.

pub mod claims;
pub mod events;
pub mod papers;
pub mod payout;
pub mod pools;
pub mod receivables;
pub mod review;
pub mod webhooks;
