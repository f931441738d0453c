//! Turns at writing to SQLite, in the order of asking.
//!
//! SQLite has one lock for all who write and no line before it: who finds it taken sleeps and looks
//! again, and misses it each time where somebody else takes one transaction after another. So those
//! of one process line up here first. Other processes stand before SQLite's own lock, as ever.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock;

/// Everybody of this process: it serves one database.
pub(super) static TURNS: Turns = Turns::new();

/// Those who wait, and whether somebody has the turn.
pub(super) struct Turns {
    line: Mutex<Line>,
    moved: Condvar,
}

struct Line {
    taken: bool,
    next: u64,
    waiting: VecDeque<u64>,
}

/// A turn; dropping it hands it on.
pub(super) struct Turn<'a>(&'a Turns);

impl Turns {
    const fn new() -> Self {
        Self {
            line: Mutex::new(Line {
                taken: false,
                next: 0,
                waiting: VecDeque::new(),
            }),
            moved: Condvar::new(),
        }
    }

    /// Waits for a turn, at most as long as `patience`. Who has lost patience has none, and SQLite's
    /// own lock decides: turns are for fairness, the lock is for safety.
    pub(super) fn wait(&self, patience: Duration) -> Option<Turn<'_>> {
        let begun = clock::monotonic_ns();
        let mut line = self.line();
        let ticket = line.next;
        line.next += 1;
        line.waiting.push_back(ticket);
        loop {
            if !line.taken && line.waiting.front() == Some(&ticket) {
                line.waiting.pop_front();
                line.taken = true;
                return Some(Turn(self));
            }
            let waited = Duration::from_nanos(clock::monotonic_ns().saturating_sub(begun));
            let Some(left) = patience.checked_sub(waited).filter(|left| !left.is_zero()) else {
                line.waiting.retain(|other| *other != ticket);
                // Whoever stood behind may be the first now.
                self.moved.notify_all();
                return None;
            };
            let woken = self.moved.wait_timeout(line, left);
            line = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Nothing that is done under this lock can panic half-way.
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.line().taken = false;
        self.0.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn turns_are_given_in_the_order_of_asking() {
        let turns = Turns::new();
        let order = Mutex::new(Vec::new());
        thread::scope(|scope| {
            let first = turns.wait(LONG).unwrap();
            for number in 0..8 {
                let (turns, order) = (&turns, &order);
                scope.spawn(move || {
                    let _turn = turns.wait(LONG).unwrap();
                    order.lock().unwrap().push(number);
                });
                while turns.line().waiting.len() <= number {
                    thread::yield_now();
                }
            }
            drop(first);
        });
        assert_eq!(order.into_inner().unwrap(), (0..8).collect::<Vec<_>>());
    }

    #[test]
    fn who_loses_patience_leaves_the_line_to_others() {
        let turns = Turns::new();
        let held = turns.wait(LONG).unwrap();
        assert!(turns.wait(Duration::from_millis(1)).is_none());
        assert!(turns.line().waiting.is_empty());
        drop(held);
        assert!(turns.wait(Duration::ZERO).is_some());
    }
}
