//! Programme packs: what officials publish, how it is checked, and the verdict it gives.

pub mod pack;
pub mod verdict;

pub use pack::Pack;
pub use verdict::{Evaluation, Facts, evaluate};
