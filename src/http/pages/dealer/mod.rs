//! For people of a dealer.
//!
//! ```text
//! home        what waits for them, and what their money does
//! claim_form  the form of a claim: new, to be corrected, its invoice alone
//! new_claim   filing, with a look before
//! claims      the list, a claim with what it allows, its receipt
//! acts        what they do to a claim
//! papers      sending and reading papers
//! correct     corrections and invoices
//! uploads     claims by the table
//! money       statements, exposure, bank account
//! api         credentials and webhooks
//! people      their own logins
//! ```

pub mod acts;
pub mod api;
mod asked;
mod claim_form;
mod claim_view;
pub mod claims;
pub mod correct;
pub mod home;
pub mod money;
pub mod new_claim;
pub mod papers;
pub mod people;
pub mod uploads;
mod words;
