//! Races after the verdict: two instances of the service do to one claim what only one may, at
//! the same moment, again and again. The seeds are printed; `TRADEIN_TEST_SEED` repeats a run's
//! claims, though not its races.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

mod bureau;
mod support;

#[path = "race_review/deadlines.rs"]
mod deadlines;
#[path = "race_review/desk.rs"]
mod desk;
#[path = "race_review/discard.rs"]
mod discard;
#[path = "race_review/duel.rs"]
mod duel;
#[path = "race_review/import.rs"]
mod import;
#[path = "race_review/keys.rs"]
mod keys;
#[path = "race_review/line.rs"]
mod line;
#[path = "race_review/meet.rs"]
mod meet;
#[path = "race_review/money.rs"]
mod money;
#[path = "race_review/parts.rs"]
mod parts;
#[path = "race_review/persons.rs"]
mod persons;
#[path = "race_review/serving.rs"]
mod serving;
