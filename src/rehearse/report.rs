//! What a rehearsal measured.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::history::{Outcome, Record};
use super::timeline::Slot;

/// Claims that were answered 429 or 503 in the end.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct TurnedAway {
    /// How many.
    pub claims: u64,
    /// Half of them were told within this time, counted as the latency of verdicts is.
    pub p50_ms: f64,
    /// Ninety-nine in a hundred.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
    /// Ninety-nine in a hundred, from their sending: what the load itself was late by is left out.
    pub sent_p99_ms: f64,
    /// How many were not told after which time to come again.
    pub not_told_when: u64,
}

/// The result of a rehearsal. Latencies are those of claims that got a verdict: refusing
/// quickly does not make a service fast.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The programme of the claims.
    pub programme: String,
    /// Verdicts a second, from the first measured sending to the last answer.
    pub claims_per_second: f64,
    /// Half of the verdicts came within this time.
    pub p50_ms: f64,
    /// Nine in ten.
    pub p90_ms: f64,
    /// Ninety-nine in a hundred.
    pub p99_ms: f64,
    /// All but one in a thousand.
    pub p999_ms: f64,
    /// The slowest.
    pub max_ms: f64,
    /// How many claims had each outcome; every outcome is there.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Claims that were sent and measured.
    pub claims: u64,
    /// Claims that were sent before, to warm the service up; the other figures leave them out.
    pub warm_up_claims: u64,
    /// From the first measured sending to the last answer.
    pub seconds: f64,
    /// Connections that were open.
    pub connections: usize,
    /// Claims a second that an open loop was to send; none in a closed loop.
    pub rate: Option<f64>,
    /// All claims were due at one instant.
    pub at_once: bool,
    /// Open loop only: claims that could not be sent on time because every connection was busy.
    pub late: u64,
    /// Claims that were turned away, and how soon they were told.
    pub turned_away: TurnedAway,
    /// Claims without any answer: the service was silent for too long, or broke off.
    pub unanswered: u64,
    /// What made the claims.
    pub seed: u64,
    /// The first answer that was no verdict, for a person to read.
    pub first_failure: Option<String>,
    /// The width of a slot of the timeline.
    pub slot_seconds: f64,
    /// What happened when, the warming up left out.
    pub timeline: Vec<Slot>,
    /// Every claim, also those that warm up, where the plan asked for it.
    #[serde(skip)]
    pub history: Vec<Record>,
}

impl Report {
    /// How many claims had an outcome.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(outcome.as_str()).copied().unwrap_or(0)
    }

    /// How many claims got a verdict.
    pub fn verdicts(&self) -> u64 {
        Outcome::ALL
            .iter()
            .filter(|outcome| outcome.is_verdict())
            .map(|outcome| self.count(*outcome))
            .sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pace = match self.rate {
            Some(rate) => format!("{rate} a second asked for, {} late", self.late),
            None if self.at_once => "all at one instant".to_owned(),
            None => "as fast as the answers came".to_owned(),
        };
        writeln!(
            f,
            "{} claims of {} over {} connections, {pace} (seed {})",
            self.claims, self.programme, self.connections, self.seed
        )?;
        if self.warm_up_claims > 0 {
            writeln!(f, "  {} claims before, to warm up", self.warm_up_claims)?;
        }
        writeln!(
            f,
            "  {:.0} verdicts a second for {:.2} s",
            self.claims_per_second, self.seconds
        )?;
        writeln!(
            f,
            "  latency ms: p50 {:.2}  p90 {:.2}  p99 {:.2}  p99.9 {:.2}  max {:.2}",
            self.p50_ms, self.p90_ms, self.p99_ms, self.p999_ms, self.max_ms
        )?;
        write!(f, "  outcomes:")?;
        for outcome in Outcome::ALL {
            let count = self.count(*outcome);
            if count > 0 || outcome.is_verdict() {
                write!(f, " {count} {outcome} ")?;
            }
        }
        if let Some(failure) = &self.first_failure {
            write!(f, "\n  first without a verdict: {failure}")?;
        }
        Ok(())
    }
}
