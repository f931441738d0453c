//! Calls that need a token.

pub mod audit;
pub mod bulk;
pub mod claims;
pub mod papers;
pub mod payout;
pub mod pools;
pub mod receivables;
pub mod review;
