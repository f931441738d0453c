//! For people of a dealer.

pub mod home;
