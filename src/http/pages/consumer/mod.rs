//! For applicants: where a claim stands.

pub mod look_up;
