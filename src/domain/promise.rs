//! By when the bureau has promised to act: the clocks of a pack, counted in working days.

use crate::domain::calendar::Calendar;
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

#[cfg(test)]
mod tests {
    use super::*;

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
