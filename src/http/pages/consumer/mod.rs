//! For applicants: where a claim stands, whether one was filed in their name, whether a receipt is
//! real.

pub mod in_my_name;
pub mod look_up;
pub mod receipt;
mod words;
