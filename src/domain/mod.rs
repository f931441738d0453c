//! The rules of the trade, pure: no clock, no SQL, no HTTP.
//!
//! Everything here is a function of its arguments, so a verdict of any past day
//! can be replayed from the facts, the pack version and the register answers.

pub mod ageing;
pub mod calendar;
pub mod claim;
pub mod claim_form;
pub mod defect;
pub mod draft;
pub mod event;
pub mod forecast;
pub mod formats;
pub mod ids;
pub mod intake;
pub mod line_diff;
pub mod line_numbers;
pub mod mask;
pub mod money;
pub mod paper_content;
pub mod policy;
pub mod promise;
pub mod reason;
pub mod records;
pub mod sample;
pub mod screening;
pub mod split;
pub mod text;
pub mod time;
pub mod transition;
