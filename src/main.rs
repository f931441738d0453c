//! The `tradein` program.

fn main() {}
