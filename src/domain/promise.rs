//! By when the bureau has promised to act: the clocks of a pack, counted in working days.

use chrono::Days;
use serde::Serialize;

use crate::domain::calendar::Calendar;
use crate::domain::claim::ClaimState;
use crate::domain::policy::rules::review::Clocks;
use crate::domain::time::Timestamp;

/// Working days from filing to acceptance where a pack gives none: what the national rules of 2026
/// give for cars (受理时限, grade B: as news media carried them).
pub const DEFAULT_ACCEPTANCE: u32 = 3;
/// Working days from acceptance to the end of review where a pack gives none (审核时限, same source).
pub const DEFAULT_REVIEW: u32 = 15;
/// Working days from approval to payment where a pack gives none (拨付时限, same source).
pub const DEFAULT_PAYMENT: u32 = 30;

/// By when a claim filed at `filed` must be accepted or sent back.
pub fn accept_by(calendar: &Calendar, clocks: Option<&Clocks>, filed: Timestamp) -> Timestamp {
    let days = clocks.and_then(|clocks| clocks.acceptance_working_days);
    calendar.deadline_after(filed, days.unwrap_or(DEFAULT_ACCEPTANCE))
}

/// By when the review of a claim that entered it at `entered`, by acceptance, must end.
pub fn review_by(calendar: &Calendar, clocks: Option<&Clocks>, entered: Timestamp) -> Timestamp {
    let days = clocks.and_then(|clocks| clocks.review_working_days);
    calendar.deadline_after(entered, days.unwrap_or(DEFAULT_REVIEW))
}

/// By when a claim approved at `approved` must be paid.
pub fn pay_by(calendar: &Calendar, clocks: Option<&Clocks>, approved: Timestamp) -> Timestamp {
    let days = clocks.and_then(|clocks| clocks.payment_working_days);
    calendar.deadline_after(approved, days.unwrap_or(DEFAULT_PAYMENT))
}

/// What a claim waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its dealer: papers, or a correction.
    Papers,
    /// The bureau's two persons.
    Review,
    /// The bureau's payment.
    Payment,
}

impl Stage {
    /// Every stage, in the order in which claims pass them.
    pub const ALL: [Stage; 3] = [Stage::Papers, Stage::Review, Stage::Payment];

    /// The states of claims that may be at this stage.
    pub const fn states(self) -> &'static [ClaimState] {
        match self {
            Stage::Papers => &[
                ClaimState::Filed,
                ClaimState::Reserved,
                ClaimState::Returned,
            ],
            Stage::Review => &[
                // Where no paper is due, or none any more, and nobody has looked yet.
                ClaimState::Reserved,
                ClaimState::InReview,
                ClaimState::Recommended,
                ClaimState::RejectionProposed,
            ],
            Stage::Payment => &[ClaimState::Approved, ClaimState::Paying],
        }
    }
}

/// The instants of a claim from which its clocks run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instants {
    /// When it lapses unless its dealer does what is due.
    pub deadline: Option<Timestamp>,
    /// Since when it waits for a reviewer.
    pub review: Option<Timestamp>,
    /// When it must be paid.
    pub pay_by: Option<Timestamp>,
}

/// What a claim waits for and by when; `None` for one that waits for nothing that has a time.
pub fn due(
    calendar: &Calendar,
    clocks: Option<&Clocks>,
    state: ClaimState,
    at: Instants,
) -> Option<(Stage, Timestamp)> {
    let at_stage = |stage: Stage| stage.states().contains(&state);
    if at_stage(Stage::Payment) {
        return at.pay_by.map(|by| (Stage::Payment, by));
    }
    if let Some(deadline) = at.deadline.filter(|_| at_stage(Stage::Papers)) {
        return Some((Stage::Papers, deadline));
    }
    let review = at.review.filter(|_| at_stage(Stage::Review));
    review.map(|entered| (Stage::Review, review_by(calendar, clocks, entered)))
}

/// The first instant that is too late to be late: whatever entered review before it is late at
/// `now`, and nothing that entered at it or after.
pub fn late_if_in_review_before(
    calendar: &Calendar,
    clocks: Option<&Clocks>,
    now: Timestamp,
) -> Timestamp {
    let mut day = now.beijing_day();
    loop {
        let end = Timestamp::end_of_beijing_day(day);
        // The last instant of the day: all of one day have the same time.
        let entered = Timestamp(end.0 - 1);
        if review_by(calendar, clocks, entered) <= now {
            return end;
        }
        match day.checked_sub_days(Days::new(1)) {
            Some(before) => day = before,
            None => return Timestamp(i64::MIN),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_late_in_review_is_told_by_when_it_entered() {
        let calendar = Calendar::shipped();
        let clocks = |days| Clocks {
            acceptance_working_days: None,
            review_working_days: Some(days),
            payment_working_days: None,
        };
        // Around Spring Festival, a National Day and an ordinary month, at each hour of some days.
        for start in [
            "2026-02-10T00:00:00+08:00",
            "2025-10-01T15:59:59Z",
            "2026-05-01T16:00:00Z",
        ] {
            for hour in 0..96_i64 {
                let now = Timestamp(at(start).0 + hour * 3_600_000_000);
                for days in [1, 2, 15] {
                    let clocks = Some(clocks(days));
                    let before = late_if_in_review_before(calendar, clocks.as_ref(), now);
                    let is_late = |entered| review_by(calendar, clocks.as_ref(), entered) <= now;
                    assert!(is_late(Timestamp(before.0 - 1)), "{now} {days}");
                    assert!(!is_late(before), "{now} {days}");
                }
            }
        }
    }

    #[test]
    fn a_claim_waits_for_one_thing_at_a_time() {
        let calendar = Calendar::shipped();
        let [deadline, review, pay_by] = [
            "2026-03-09T00:00:00+08:00",
            "2026-03-10T00:00:00+08:00",
            "2026-03-11T00:00:00+08:00",
        ]
        .map(at);
        let all = Instants {
            deadline: Some(deadline),
            review: Some(review),
            pay_by: Some(pay_by),
        };
        let due_in = |state, at| due(calendar, None, state, at);
        let reviewed = review_by(calendar, None, review);
        let papers = Some((Stage::Papers, deadline));
        assert_eq!(due_in(ClaimState::Reserved, all), papers);
        assert_eq!(due_in(ClaimState::Returned, all), papers);
        let complete = Instants {
            deadline: None,
            ..all
        };
        let in_review = Some((Stage::Review, reviewed));
        assert_eq!(due_in(ClaimState::Reserved, complete), in_review);
        assert_eq!(due_in(ClaimState::InReview, all), in_review);
        let paid = Some((Stage::Payment, pay_by));
        assert_eq!(due_in(ClaimState::Paying, all), paid);
        for state in [ClaimState::Waiting, ClaimState::Paid, ClaimState::Refused] {
            assert_eq!(due_in(state, all), None, "{state}");
        }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_pack_says_how_long_and_each_clock_is_its_own() {
        let calendar = Calendar::shipped();
        let clocks = Clocks {
            acceptance_working_days: Some(1),
            review_working_days: Some(2),
            payment_working_days: Some(4),
        };
        // A Monday without holidays around it.
        let monday = at("2026-03-09T10:00:00+08:00");
        let by = [accept_by, review_by, pay_by].map(|by| by(calendar, Some(&clocks), monday));
        let expected = ["2026-03-11", "2026-03-12", "2026-03-14"]
            .map(|day| at(&format!("{day}T00:00:00+08:00")));
        assert_eq!(by, expected);
    }

    #[test]
    fn where_a_pack_is_silent_the_national_clocks_run() {
        let calendar = Calendar::shipped();
        let silent = Clocks {
            acceptance_working_days: None,
            review_working_days: None,
            payment_working_days: None,
        };
        let approved = at("2026-01-28T23:59:59+08:00");
        // Thirty working days over Spring Festival and its two Saturdays, counted by hand: 29 and 30
        // January, eleven up to 14 February, five from 24 to 28 February, twelve to 17 March.
        let paid = at("2026-03-18T00:00:00+08:00");
        assert_eq!(pay_by(calendar, None, approved), paid);
        assert_eq!(pay_by(calendar, Some(&silent), approved), paid);
        let accepted = at("2026-02-03T00:00:00+08:00");
        assert_eq!(accept_by(calendar, None, approved), accepted);
        let reviewed = at("2026-02-26T00:00:00+08:00");
        assert_eq!(review_by(calendar, Some(&silent), approved), reviewed);
    }
}
