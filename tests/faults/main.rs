//! The service, the whole database server, and the connection between the two die under load:
//! what was acknowledged stands, once. The seed of random instants and amounts is printed;
//! `TRADEIN_TEST_SEED` repeats them, `TRADEIN_LONG=1` does it as often as was promised.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

#[path = "../race/books.rs"]
#[allow(dead_code, reason = "the race tests use the rest")]
mod books;
#[path = "../history/check.rs"]
#[allow(dead_code, reason = "the test of histories uses the rest")]
mod check;
mod clock;
mod cut;
mod cycles;
#[path = "../history/desk.rs"]
#[allow(dead_code, reason = "the test of histories uses the rest")]
mod desk;
mod disk;
mod flushed;
#[path = "../history/journal.rs"]
#[allow(dead_code, reason = "the test of histories uses the rest")]
mod journal;
mod kill;
#[path = "../history/law.rs"]
mod law;
#[path = "../history/notes.rs"]
mod notes;
mod power;
mod proxy;
#[path = "../race/replay.rs"]
mod replay;
mod restore;
mod rolling;
#[path = "../race/scene.rs"]
#[allow(dead_code, reason = "the race tests use the rest")]
mod scene;
mod standby;
mod standing;
#[path = "../support/mod.rs"]
mod support;
mod waiting;
