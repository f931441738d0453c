//! Bands at their exact borders.

use tradein::domain::ageing::{Band, band};
use tradein::domain::calendar::Calendar;
use tradein::domain::time::Timestamp;

use crate::{at, counted, day};

/// The first instant of a day in Beijing.
fn morning(text: &str) -> Timestamp {
    at(&format!("{text}T00:00:00+08:00"))
}

fn seen(due: Timestamp, now: i64) -> Band {
    band(Calendar::shipped(), due, Timestamp(now))
}

#[test]
fn late_from_the_first_instant_after_the_last_day() {
    // The last day is Wednesday 11 March 2026.
    let due = morning("2026-03-12");
    assert_eq!(seen(due, due.0 - 1), Band::DueSoon);
    assert_eq!(seen(due, due.0), Band::Overdue1To5);
    assert_eq!(seen(due, due.0 + 1), Band::Overdue1To5);
}

#[test]
fn each_border_is_the_first_instant_of_a_day() {
    let calendar = Calendar::shipped();
    // The last day is Friday 13 February 2026; Spring Festival with its Saturdays comes after it.
    let (last, due) = (day("2026-02-13"), morning("2026-02-14"));
    for (n, before, from) in [
        (6, Band::Overdue1To5, Band::Overdue6To15),
        (16, Band::Overdue6To15, Band::Overdue16To30),
        (31, Band::Overdue16To30, Band::OverdueOver30),
    ] {
        let border = morning(&counted(calendar, last, n).to_string()).0;
        assert_eq!(seen(due, border - 1), before, "{n}");
        assert_eq!(seen(due, border), from, "{n}");
        assert_eq!(seen(due, border + 1), from, "{n}");
    }
    // The sixth working day, by hand: 14, 24, 25, 26, 27, 28 February.
    assert_eq!(counted(calendar, last, 6), day("2026-02-28"));
}

#[test]
fn near_when_three_working_days_are_left() {
    // The last day is Tuesday 24 February 2026, the first after Spring Festival: of the days that
    // are left after Wednesday 11 February, 12, 13, 14 and 24 are worked.
    let due = morning("2026-02-25");
    let border = morning("2026-02-12").0;
    assert_eq!(seen(due, border - 1), Band::NotDue);
    assert_eq!(seen(due, border), Band::DueSoon);
    assert_eq!(seen(due, morning("2026-02-20").0), Band::DueSoon);
    assert_eq!(seen(due, due.0 - 1), Band::DueSoon);
}

#[test]
fn late_on_days_off_before_any_working_day() {
    // The last day is Friday 13 March 2026.
    let due = morning("2026-03-14");
    for now in ["2026-03-14", "2026-03-15", "2026-03-16", "2026-03-20"] {
        assert_eq!(seen(due, morning(now).0), Band::Overdue1To5, "{now}");
    }
    assert_eq!(seen(due, morning("2026-03-21").0 - 1), Band::Overdue1To5);
    assert_eq!(seen(due, morning("2026-03-23").0), Band::Overdue6To15);
}

#[test]
fn a_deadline_within_a_day_passes_within_it() {
    let noon = at("2026-03-11T12:00:00+08:00");
    assert_eq!(seen(noon, noon.0 - 1), Band::DueSoon);
    assert_eq!(seen(noon, noon.0), Band::Overdue1To5);
    // Thursday is the first working day late, Wednesday after it the fifth.
    let sixth = morning("2026-03-19").0;
    assert_eq!(seen(noon, sixth - 1), Band::Overdue1To5);
    assert_eq!(seen(noon, sixth), Band::Overdue6To15);
}
