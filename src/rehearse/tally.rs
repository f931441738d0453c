//! Counting while a rehearsal runs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hdrhistogram::Histogram;

use super::history::{Outcome, Record};
use super::plan::{Pace, Plan};
use super::report::Report;
use super::timeline::Timeline;

/// What has come so far. The workers share one thread, so the lock never waits.
pub(super) struct Tally {
    keep_history: bool,
    /// From when on claims are measured.
    from_ns: u64,
    counts: Mutex<Counts>,
}

struct Counts {
    latency_ns: Histogram<u64>,
    outcomes: [u64; Outcome::ALL.len()],
    timeline: Timeline,
    warm_up: u64,
    late: u64,
    last_answer_ns: u64,
    first_failure: Option<String>,
    history: Vec<Record>,
}

impl Tally {
    /// Measures what is to be sent at `from_ns` or later.
    pub fn new(keep_history: bool, from_ns: u64) -> Self {
        let counts = Counts {
            latency_ns: latencies(),
            outcomes: Default::default(),
            timeline: Timeline::new(),
            warm_up: 0,
            late: 0,
            last_answer_ns: 0,
            first_failure: None,
            history: Vec::new(),
        };
        Self {
            keep_history,
            from_ns,
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

    /// A claim that was to be sent at `intended_ns` is done.
    pub fn note(&self, record: Record, failure: Option<String>, intended_ns: u64) {
        let counts = &mut *self.counts();
        match intended_ns.checked_sub(self.from_ns) {
            None => counts.warm_up += 1,
            Some(intended_ns) => counts.measure(&record, intended_ns, self.from_ns),
        }
        if counts.first_failure.is_none() {
            counts.first_failure = failure;
        }
        if self.keep_history {
            counts.history.push(record);
        }
    }

    /// The report of the rehearsal; takes the history with it.
    pub fn report(&self, plan: &Plan) -> Report {
        let counts = &mut *self.counts();
        let seconds = counts.last_answer_ns.saturating_sub(self.from_ns) as f64 / 1e9;
        let (slot_seconds, timeline) = counts.timeline.read();
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
            warm_up_claims: counts.warm_up,
            seconds: rounded(seconds),
            connections: plan.connections,
            rate: match plan.pace {
                Pace::Closed => None,
                Pace::Open { rate } => Some(rate),
            },
            late: counts.late,
            seed: plan.seed,
            first_failure: counts.first_failure.take(),
            slot_seconds,
            timeline,
            history: std::mem::take(&mut counts.history),
        };
        if seconds > 0.0 {
            report.claims_per_second = rounded(report.verdicts() as f64 / seconds);
        }
        report
    }
}

impl Counts {
    fn measure(&mut self, record: &Record, intended_ns: u64, from_ns: u64) {
        let answered_ns = record.answered_ns.saturating_sub(from_ns);
        if record.outcome.is_verdict() {
            let took = answered_ns.saturating_sub(intended_ns);
            self.latency_ns.saturating_record(took);
        }
        if let Some(count) = self.outcomes.get_mut(record.outcome as usize) {
            *count += 1;
        }
        self.timeline.note(intended_ns, answered_ns, record.outcome);
        self.last_answer_ns = self.last_answer_ns.max(record.answered_ns);
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
