//! For people of the bureau.

pub mod approval;
pub mod bulk;
pub mod claim;
mod claim_words;
pub mod claims;
mod facts;
mod findings;
pub mod home;
mod mistake;
pub mod outcomes;
pub mod paper;
pub mod payouts;
pub mod receivables;
pub mod review;
mod sheet;
