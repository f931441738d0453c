//! The command line: one file a command.

pub mod programme_check;
pub mod rehearse;
