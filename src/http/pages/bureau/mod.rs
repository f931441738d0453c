//! For people of the bureau.

pub mod approval;
pub mod audit;
pub mod bank_accounts;
pub mod bulk;
pub mod claim;
mod claim_words;
pub mod claims;
mod control_words;
pub mod dealer_new;
pub mod dealers;
mod deciding;
mod facts;
mod findings;
pub mod home;
pub mod lists;
mod mistake;
pub mod outcomes;
pub mod packs;
pub mod paper;
pub mod payouts;
pub mod people;
pub mod pools;
pub mod proposals;
pub mod receivables;
pub mod review;
mod sheet;
mod typed;
