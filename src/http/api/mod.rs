//! Calls that need a token.

pub mod act;
pub mod ageing;
pub mod audit;
pub mod bulk;
pub mod claims;
pub mod dealer;
pub mod dealers;
pub mod events;
pub mod papers;
pub mod payout;
pub mod pool_control;
pub mod pools;
pub mod programmes;
pub mod proposals;
pub mod receivables;
pub mod review;
pub mod voided_invoices;
pub mod webhooks;
