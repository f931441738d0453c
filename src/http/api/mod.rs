//! Calls that need a token.

pub mod ageing;
pub mod claims;
pub mod dealer;
pub mod dealers;
pub mod papers;
pub mod payout;
pub mod pools;
pub mod receivables;
pub mod review;
