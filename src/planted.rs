//! Faults planted on purpose, so that the race tests can show that they would be found.
//!
//! Only built with the feature `planted-faults`, and even then nothing happens unless the
//! environment names a fault.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::domain::intake::{Intake, IntakeError};

/// The variable that names the fault of this process.
pub const VARIABLE: &str = "TRADEIN_PLANTED_FAULT";

/// A classic mistake of systems like this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A pool's row is read without its lock on PostgreSQL.
    NoLock,
    /// A pool's money is read before its row is locked on PostgreSQL.
    LostUpdate,
    /// A batch goes on although another one took a key after it had looked.
    LookThenInsert,
    /// Claims are answered although their batch is rolled back.
    EarlyAnswer,
    /// An act trusts what it read of a claim before it had the lock, and frees its money twice.
    FreesTwice,
    /// Who prepared a decision makes it, too.
    OnePersonApproves,
    /// A batch's sums were taken before its last line was added.
    BatchTotalCached,
    /// A batch that was released is released again.
    ReleasedTwice,
    /// A payment that came back goes out under its old name.
    OldName,
    /// Payments that a file of outcomes does not name are taken for returned.
    SilenceIsReturn,
    /// A batch does not ask for cold keys that moved since its filter learned of moves.
    StaleFilter,
    /// Keys are moved while others take keys, on PostgreSQL.
    MovesAmidst,
    /// A claim whose applicant's name begins with [`STOPS`] ends in a panic that quotes it.
    StopsOverClaims,
    /// The same, and what panics say is printed.
    TellsPanics,
}

/// How the name begins at which [`stop_over`] stops.
pub const STOPS: char = '\u{505C}';

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 14] = [
        Fault::NoLock,
        Fault::LostUpdate,
        Fault::LookThenInsert,
        Fault::EarlyAnswer,
        Fault::FreesTwice,
        Fault::OnePersonApproves,
        Fault::BatchTotalCached,
        Fault::ReleasedTwice,
        Fault::OldName,
        Fault::SilenceIsReturn,
        Fault::StaleFilter,
        Fault::MovesAmidst,
        Fault::StopsOverClaims,
        Fault::TellsPanics,
    ];

    /// The word in the environment.
    pub const fn as_str(self) -> &'static str {
        match self {
            Fault::NoLock => "no_lock",
            Fault::LostUpdate => "lost_update",
            Fault::LookThenInsert => "look_then_insert",
            Fault::EarlyAnswer => "early_answer",
            Fault::FreesTwice => "frees_twice",
            Fault::OnePersonApproves => "one_person_approves",
            Fault::BatchTotalCached => "batch_total_cached",
            Fault::ReleasedTwice => "released_twice",
            Fault::OldName => "old_name",
            Fault::SilenceIsReturn => "silence_is_return",
            Fault::StaleFilter => "stale_filter",
            Fault::MovesAmidst => "moves_amidst",
            Fault::StopsOverClaims => "stops_over_claims",
            Fault::TellsPanics => "tells_panics",
        }
    }
}

static PLANTED: LazyLock<Option<Fault>> = LazyLock::new(|| {
    let word = std::env::var(VARIABLE).ok()?;
    Fault::ALL.into_iter().find(|fault| fault.as_str() == word)
});

/// The fault that a test of the library has planted in its own process: its place in
/// [`Fault::ALL`] from 1, or 0 while the environment decides.
static HERE: AtomicUsize = AtomicUsize::new(0);

/// Plants a fault in this process, or takes it out again.
pub fn plant(fault: Option<Fault>) {
    let place = fault.and_then(|fault| Fault::ALL.iter().position(|f| *f == fault));
    HERE.store(place.map_or(0, |place| place + 1), Ordering::SeqCst);
}

/// Whether this process has the fault.
pub fn is(fault: Fault) -> bool {
    match HERE.load(Ordering::SeqCst) {
        0 => *PLANTED == Some(fault),
        place => Fault::ALL.get(place - 1) == Some(&fault),
    }
}

/// Stops over what was read of a claim, as a careless `unwrap` would.
pub fn stop_over(read: &Result<Intake, IntakeError>) {
    let stops = is(Fault::StopsOverClaims) || is(Fault::TellsPanics);
    if let Ok(intake) = read
        && stops
        && intake.draft.consumer.name.starts_with(STOPS)
    {
        panic!("{intake:?}");
    }
}

/// Whether a claim moved: who frees money twice believes that it did.
pub fn believed(moved: bool) -> bool {
    moved || is(Fault::FreesTwice)
}

/// Whether a batch was released just now: who releases twice believes it of every one.
pub fn released(now: bool) -> bool {
    now || is(Fault::ReleasedTwice)
}

/// The lines that a batch's sums are taken from.
pub fn counted<T>(lines: &[T]) -> &[T] {
    match lines.split_last() {
        Some((_, before)) if is(Fault::BatchTotalCached) => before,
        _ => lines,
    }
}

/// The number of an attempt to pay a claim.
pub fn attempt(number: i64) -> i64 {
    if is(Fault::OldName) { 1 } else { number }
}

/// A pool's row with the money that it had before it was locked.
pub fn lose_updates<A, B, C, Money, D, E>(
    before: Option<(A, B, C, Money, D, E)>,
    locked: Option<(A, B, C, Money, D, E)>,
) -> Option<(A, B, C, Money, D, E)> {
    let (before, locked) = before.zip(locked)?;
    Some((locked.0, locked.1, locked.2, before.3, locked.4, locked.5))
}

/// How a transaction ends whose success is reported: a process that answers early rolls
/// every fourth back.
pub fn instead_of(commit: &'static str) -> &'static str {
    static TRANSACTIONS: AtomicU64 = AtomicU64::new(0);
    if is(Fault::EarlyAnswer) && TRANSACTIONS.fetch_add(1, Ordering::Relaxed) % 4 == 3 {
        "ROLLBACK"
    } else {
        commit
    }
}

/// What follows the insertion of a batch's keys: a process that looks before it takes goes on
/// where the unique index says that another was faster.
pub fn after_keys() -> &'static str {
    if is(Fault::LookThenInsert) {
        " ON CONFLICT DO NOTHING"
    } else {
        ""
    }
}
