//! For everybody: money left, programmes, dealers, notices.

mod chart;
pub mod notices;
pub mod participants;
mod pool_card;
pub mod pools;
pub mod programmes;
mod words;
