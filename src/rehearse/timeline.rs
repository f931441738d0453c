//! How a rehearsal went over time: equal slots, each with what was sent, what came of it and how
//! long it took. A long run widens its slots, so that memory stays bounded whatever its length.

use hdrhistogram::Histogram;
use serde::Serialize;

use super::history::Outcome;

/// The narrowest slot, in nanoseconds.
const NARROWEST_NS: u64 = 100_000_000;
/// So many slots at most; one more, and neighbours become one.
const MOST: usize = 240;

/// Some of the time of a rehearsal.
#[derive(Debug, Clone, Serialize)]
pub struct Slot {
    /// Seconds from the first sending to the beginning of the slot.
    pub from_seconds: f64,
    /// Claims that were to be sent in it.
    pub arrivals: u64,
    /// Answers in it: money is held, or a place in line.
    pub accepted: u64,
    /// Answers in it: not eligible.
    pub refused: u64,
    /// Answers in it: 429 or 503, to come again later.
    pub turned_away: u64,
    /// Claims of which nobody can tell, or that were malformed.
    pub failed: u64,
    /// Half of the slot's verdicts took no longer, in milliseconds.
    pub p50_ms: f64,
    /// Ninety-nine of a hundred.
    pub p99_ms: f64,
}

/// The slots while the rehearsal runs.
pub(super) struct Timeline {
    width_ns: u64,
    slots: Vec<Counts>,
}

struct Counts {
    arrivals: u64,
    /// Accepted, refused, turned away, failed.
    answers: [u64; 4],
    latency_us: Histogram<u32>,
}

impl Timeline {
    pub const fn new() -> Self {
        Self {
            width_ns: NARROWEST_NS,
            slots: Vec::new(),
        }
    }

    /// A claim was to be sent at `intended_ns` and was done at `answered_ns`, both counted from
    /// the beginning.
    pub fn note(&mut self, intended_ns: u64, answered_ns: u64, outcome: Outcome) {
        self.slot(intended_ns).arrivals += 1;
        let slot = self.slot(answered_ns);
        let kind = match outcome {
            Outcome::Reserved | Outcome::Waiting => 0,
            Outcome::Refused => 1,
            Outcome::Overloaded | Outcome::RateLimited => 2,
            Outcome::Malformed | Outcome::Failed => 3,
        };
        slot.answers[kind] += 1;
        if outcome.is_verdict() {
            let took = answered_ns.saturating_sub(intended_ns) / 1_000;
            slot.latency_us.saturating_record(took);
        }
    }

    fn slot(&mut self, at_ns: u64) -> &mut Counts {
        while at_ns / self.width_ns >= MOST as u64 {
            self.widen();
        }
        // Below MOST by the loop above.
        let index = (at_ns / self.width_ns) as usize;
        if self.slots.len() <= index {
            self.slots.resize_with(index + 1, Counts::new);
        }
        &mut self.slots[index]
    }

    fn widen(&mut self) {
        self.width_ns *= 2;
        let mut narrow = std::mem::take(&mut self.slots).into_iter();
        while let Some(mut slot) = narrow.next() {
            if let Some(next) = narrow.next() {
                slot.add(&next);
            }
            self.slots.push(slot);
        }
    }

    /// The width of a slot in seconds, and the slots.
    pub fn read(&self) -> (f64, Vec<Slot>) {
        let width = self.width_ns as f64 / 1e9;
        let slots = self.slots.iter().enumerate();
        let slots = slots.map(|(n, counts)| counts.read(n as f64 * width));
        (width, slots.collect())
    }
}

impl Counts {
    fn new() -> Self {
        #[expect(
            clippy::expect_used,
            reason = "1 <= low, 2 low <= high, and 2 <= 5 places"
        )]
        let latency_us =
            Histogram::new_with_bounds(1, 600_000_000, 2).expect("bounds that the crate allows");
        Self {
            arrivals: 0,
            answers: [0; 4],
            latency_us,
        }
    }

    fn add(&mut self, other: &Self) {
        self.arrivals += other.arrivals;
        for (sum, more) in self.answers.iter_mut().zip(other.answers) {
            *sum += more;
        }
        // Both have the same bounds, so nothing is too large.
        let _same_bounds = self.latency_us.add(&other.latency_us);
    }

    fn read(&self, from_seconds: f64) -> Slot {
        let [accepted, refused, turned_away, failed] = self.answers;
        let quantile = |q| self.latency_us.value_at_quantile(q) as f64 / 1e3;
        Slot {
            from_seconds,
            arrivals: self.arrivals,
            accepted,
            refused,
            turned_away,
            failed,
            p50_ms: quantile(0.5),
            p99_ms: quantile(0.99),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn arrivals_and_answers_stand_in_the_slots_of_their_own_time() {
        let mut timeline = Timeline::new();
        timeline.note(0, 250_000_000, Outcome::Reserved);
        timeline.note(0, 1_000_000, Outcome::Overloaded);
        timeline.note(210_000_000, 220_000_000, Outcome::Refused);
        let (width, slots) = timeline.read();
        assert!((width - 0.1).abs() < 1e-9);
        let counts: Vec<_> = slots
            .iter()
            .map(|s| (s.arrivals, s.accepted, s.refused, s.turned_away, s.failed))
            .collect();
        assert_eq!(counts, [(2, 0, 0, 1, 0), (0, 0, 0, 0, 0), (1, 1, 1, 0, 0)]);
        // What was turned away quickly makes nothing faster.
        assert!(slots[0].p99_ms.abs() < f64::EPSILON);
        assert!((249.0..=252.0).contains(&slots[2].p99_ms), "{:?}", slots[2]);
        assert!((9.9..=10.2).contains(&slots[2].p50_ms), "{:?}", slots[2]);
    }

    #[test]
    fn a_long_run_keeps_every_count_in_a_bounded_number_of_slots() {
        let mut timeline = Timeline::new();
        let seconds = 5_000;
        for second in 0..seconds {
            let at = second * SECOND;
            timeline.note(at, at + 2_000_000, Outcome::Waiting);
        }
        let (width, slots) = timeline.read();
        assert!(slots.len() <= MOST, "{}", slots.len());
        assert!(slots.len() as f64 * width >= seconds as f64 - width);
        assert_eq!(slots.iter().map(|s| s.arrivals).sum::<u64>(), seconds);
        assert_eq!(slots.iter().map(|s| s.accepted).sum::<u64>(), seconds);
        assert!(slots.iter().all(|s| (1.9..2.1).contains(&s.p99_ms)));
    }
}
