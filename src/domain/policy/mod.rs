//! Programme packs: what officials publish, how it is checked, and the verdict it gives.
//!
//! A pack is read with [`read_pack`], which reports every mistake at its place, and judged with
//! [`evaluate`]. The kinds of rules lie under [`rules`], one file each.

mod canonical;
mod explanation;
mod lint;
pub mod pack;
mod reading;
pub mod rules;
pub(in crate::domain) mod section;
pub(in crate::domain) mod source;
pub mod verdict;
pub mod words;

pub use pack::Pack;
pub use reading::read_pack;
pub(in crate::domain) use reading::{read_document, read_grade};
pub use source::Problem;
pub use verdict::{Evaluation, Facts, evaluate};
