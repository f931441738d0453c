//! For people of the bureau.

pub mod audit;
pub mod bank_accounts;
mod control_words;
pub mod dealer_new;
pub mod dealers;
pub mod home;
pub mod lists;
pub mod packs;
pub mod people;
pub mod pools;
pub mod proposals;
mod typed;
