//! Counting while a rehearsal runs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hdrhistogram::Histogram;

use super::history::{Outcome, Record};
use super::plan::{Pace, Plan};
use super::report::Report;

/// What has come so far. The workers share one thread, so the lock never waits.
pub(super) struct Tally {
    keep_history: bool,
    counts: Mutex<Counts>,
}

struct Counts {
    latency_ns: Histogram<u64>,
    outcomes: [u64; Outcome::ALL.len()],
    late: u64,
    last_answer_ns: u64,
    first_failure: Option<String>,
    history: Vec<Record>,
}

impl Tally {
    pub fn new(keep_history: bool) -> Self {
        let counts = Counts {
            latency_ns: latencies(),
            outcomes: Default::default(),
            late: 0,
            last_answer_ns: 0,
            first_failure: None,
            history: Vec::new(),
        };
        Self {
            keep_history,
            counts: Mutex::new(counts),
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A claim could not be sent on time.
    pub fn late(&self) {
        self.counts().late += 1;
    }

    /// A claim is done.
    pub fn note(&self, record: Record, failure: Option<String>, latency_ns: u64) {
        let counts = &mut *self.counts();
        if record.outcome.is_verdict() {
            counts.latency_ns.saturating_record(latency_ns);
        }
        if let Some(count) = counts.outcomes.get_mut(record.outcome as usize) {
            *count += 1;
        }
        counts.last_answer_ns = counts.last_answer_ns.max(record.answered_ns);
        if counts.first_failure.is_none() {
            counts.first_failure = failure;
        }
        if self.keep_history {
            counts.history.push(record);
        }
    }

    /// The report of a rehearsal that began at `start`; takes the history with it.
    pub fn report(&self, plan: &Plan, start: u64) -> Report {
        let counts = &mut *self.counts();
        let seconds = counts.last_answer_ns.saturating_sub(start) as f64 / 1e9;
        let quantile = |q| milliseconds(counts.latency_ns.value_at_quantile(q));
        let mut report = Report {
            programme: plan.profile.programme.clone(),
            claims_per_second: 0.0,
            p50_ms: quantile(0.5),
            p90_ms: quantile(0.9),
            p99_ms: quantile(0.99),
            p999_ms: quantile(0.999),
            max_ms: milliseconds(counts.latency_ns.max()),
            outcomes: Outcome::ALL
                .iter()
                .map(|outcome| outcome.as_str())
                .zip(counts.outcomes)
                .collect(),
            claims: counts.outcomes.iter().sum(),
            seconds: rounded(seconds),
            connections: plan.connections,
            rate: match plan.pace {
                Pace::Closed => None,
                Pace::Open { rate } => Some(rate),
            },
            late: counts.late,
            seed: plan.seed,
            first_failure: counts.first_failure.take(),
            history: std::mem::take(&mut counts.history),
        };
        if seconds > 0.0 {
            report.claims_per_second = rounded(report.verdicts() as f64 / seconds);
        }
        report
    }
}

/// Nanoseconds with three places, up to ten minutes.
fn latencies() -> Histogram<u64> {
    const LOWEST_NS: u64 = 1_000;
    const HIGHEST_NS: u64 = 600_000_000_000;
    #[expect(
        clippy::expect_used,
        reason = "1 <= low, 2 low <= high, and 3 <= 5 places"
    )]
    Histogram::new_with_bounds(LOWEST_NS, HIGHEST_NS, 3).expect("bounds that the crate allows")
}

fn milliseconds(ns: u64) -> f64 {
    rounded(ns as f64 / 1e6)
}

/// Three places are more than a measurement holds.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}
