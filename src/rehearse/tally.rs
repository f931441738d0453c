//! Counting while a rehearsal runs.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hdrhistogram::Histogram;

use super::history::{Outcome, Record};
use super::plan::{Pace, Plan};
use super::report::{Report, TurnedAway};
use super::timeline::Timeline;

/// What has come so far. The workers share one thread, so the lock never waits.
pub(super) struct Tally {
    keep_history: bool,
    /// From when on claims are measured.
    from_ns: u64,
    counts: Mutex<Counts>,
}

/// A claim that is done.
pub(super) struct Done {
    pub record: Record,
    /// What came instead of a verdict, for a person to read.
    pub failure: Option<String>,
    /// Whether the answer said when to come again.
    pub told_when: bool,
}

struct Counts {
    latency_ns: Histogram<u64>,
    /// From the moment of being due, and from the sending.
    turned_ns: [Histogram<u64>; 2],
    not_told_when: u64,
    unanswered: u64,
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
            turned_ns: [latencies(), latencies()],
            not_told_when: 0,
            unanswered: 0,
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
    pub fn note(&self, done: Done, intended_ns: u64) {
        let counts = &mut *self.counts();
        match intended_ns.checked_sub(self.from_ns) {
            None => counts.warm_up += 1,
            Some(intended_ns) => counts.measure(&done, intended_ns, self.from_ns),
        }
        if counts.first_failure.is_none() {
            counts.first_failure = done.failure;
        }
        if self.keep_history {
            counts.history.push(done.record);
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
                Pace::Closed | Pace::AtOnce => None,
                Pace::Open { rate } => Some(rate),
            },
            at_once: plan.pace == Pace::AtOnce,
            late: counts.late,
            turned_away: counts.turned_away(),
            unanswered: counts.unanswered,
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
    fn measure(&mut self, done: &Done, intended_ns: u64, from_ns: u64) {
        let record = &done.record;
        let answered_ns = record.answered_ns.saturating_sub(from_ns);
        let took = answered_ns.saturating_sub(intended_ns);
        if record.outcome.is_verdict() {
            self.latency_ns.saturating_record(took);
        }
        if record.outcome.is_turned_away() {
            let [due, sent] = &mut self.turned_ns;
            due.saturating_record(took);
            sent.saturating_record(record.answered_ns.saturating_sub(record.sent_ns));
            self.not_told_when += u64::from(!done.told_when);
        }
        self.unanswered += u64::from(record.status.is_none());
        if let Some(count) = self.outcomes.get_mut(record.outcome as usize) {
            *count += 1;
        }
        self.timeline.note(intended_ns, answered_ns, record.outcome);
        self.last_answer_ns = self.last_answer_ns.max(record.answered_ns);
    }

    fn turned_away(&self) -> TurnedAway {
        let [due, sent] = &self.turned_ns;
        let quantile = |of: &Histogram<u64>, q| milliseconds(of.value_at_quantile(q));
        TurnedAway {
            claims: due.len(),
            p50_ms: quantile(due, 0.5),
            p99_ms: quantile(due, 0.99),
            max_ms: milliseconds(due.max()),
            sent_p99_ms: quantile(sent, 0.99),
            not_told_when: self.not_told_when,
        }
    }
}

/// Nanoseconds with three places, up to ten minutes.
pub(super) fn latencies() -> Histogram<u64> {
    const LOWEST_NS: u64 = 1_000;
    const HIGHEST_NS: u64 = 600_000_000_000;
    #[expect(
        clippy::expect_used,
        reason = "1 <= low, 2 low <= high, and 3 <= 5 places"
    )]
    Histogram::new_with_bounds(LOWEST_NS, HIGHEST_NS, 3).expect("bounds that the crate allows")
}

pub(super) fn milliseconds(ns: u64) -> f64 {
    rounded(ns as f64 / 1e6)
}

/// Three places are more than a measurement holds.
fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}
