//! For people of the bureau.

pub mod home;
