//! Counting working days against a count day by day, on the shipped calendar and on random ones.

use std::fmt::Write as _;

use chrono::{Datelike, Days, NaiveDate};
use proptest::prelude::*;
use tradein::domain::calendar::{Calendar, last_day};

use crate::shipped::TEXT;
use crate::{at, counted, day, year_of_days};

/// Looks for a day and a number of working days at which `sum` is not what a count gives.
fn disagreement(sum: impl Fn(NaiveDate, u32) -> NaiveDate) -> Option<(NaiveDate, u32)> {
    let calendar = Calendar::shipped();
    (2023..=2027)
        .flat_map(year_of_days)
        .flat_map(|from| [0, 1, 2, 3, 5, 15, 30, 31, 300].map(|n| (from, n)))
        .find(|(from, n)| sum(*from, *n) != counted(calendar, *from, *n))
}

#[test]
fn sums_agree_with_a_count_day_by_day() {
    let calendar = Calendar::shipped();
    let found = disagreement(|from, n| calendar.add_working_days(from, n));
    assert_eq!(found, None);
}

#[test]
fn wrong_sums_are_found() {
    let calendar = Calendar::shipped();
    let counts_the_first_day = disagreement(|from, n| {
        let eve = from.pred_opt().unwrap();
        calendar.add_working_days(eve, n)
    });
    assert!(counts_the_first_day.is_some());
    let weekends_only = Calendar::parse(
        "[[year]]\nyear = 2000\ngrade = \"C\"\nworking = []\n\
         basis = { number = \"1\", issued = 1999-12-01, title = \"a\" }\n\
         holidays = [{ name = \"a\", from = 2000-01-01, to = 2000-01-01 }]\n",
    )
    .unwrap();
    assert!(disagreement(|from, n| weekends_only.add_working_days(from, n)).is_some());
    let without_a_saturday =
        Calendar::parse(&TEXT.replace("    2026-02-28, # 春节\n", "")).unwrap();
    assert_ne!(&without_a_saturday, calendar);
    assert!(disagreement(|from, n| without_a_saturday.add_working_days(from, n)).is_some());
    let leaves_days_off_as_ends = disagreement(|from, n| match n {
        0 => from,
        n => calendar.add_working_days(from, n),
    });
    assert!(leaves_days_off_as_ends.is_some());
}

#[test]
fn over_spring_festival() {
    let calendar = Calendar::shipped();
    for (from, n, last) in [
        // The eve of 2025 is off; Sunday 26 January and Saturday 8 February are worked.
        ("2025-01-24", 1, "2025-01-26"),
        ("2025-01-24", 2, "2025-01-27"),
        ("2025-01-24", 3, "2025-02-05"),
        ("2025-01-27", 4, "2025-02-08"),
        ("2025-01-27", 5, "2025-02-10"),
        // 14 and 28 February 2026 are Saturdays, and worked.
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 2, "2026-02-24"),
        ("2026-02-13", 6, "2026-02-28"),
        ("2026-02-13", 7, "2026-03-02"),
        // From within the holiday the first day after it is the first.
        ("2026-02-18", 1, "2026-02-24"),
        ("2026-02-18", 0, "2026-02-24"),
    ] {
        let found = calendar.add_working_days(day(from), n);
        assert_eq!(found, day(last), "{n} after {from}");
    }
}

#[test]
fn over_national_day() {
    let calendar = Calendar::shipped();
    for (from, n, last) in [
        ("2024-09-27", 1, "2024-09-29"),
        ("2024-09-30", 1, "2024-10-08"),
        ("2024-09-30", 5, "2024-10-12"),
        ("2025-09-30", 1, "2025-10-09"),
        ("2025-09-30", 3, "2025-10-11"),
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-09-30", 4, "2026-10-12"),
        ("2026-09-18", 1, "2026-09-20"),
        ("2026-09-24", 1, "2026-09-28"),
    ] {
        let found = calendar.add_working_days(day(from), n);
        assert_eq!(found, day(last), "{n} after {from}");
    }
}

#[test]
fn none_after_a_worked_day_is_that_day() {
    let calendar = Calendar::shipped();
    for (from, last) in [
        ("2026-03-11", "2026-03-11"),
        ("2026-02-14", "2026-02-14"), // a Saturday, worked
        ("2026-03-14", "2026-03-16"), // a Saturday
        ("2026-10-01", "2026-10-08"),
    ] {
        assert_eq!(calendar.add_working_days(day(from), 0), day(last), "{from}");
    }
}

#[test]
fn a_deadline_ends_with_its_last_day_in_beijing() {
    let calendar = Calendar::shipped();
    for (event, n, last) in [
        // Wednesday from its first to its last instant in Beijing.
        ("2026-03-11T00:00:00+08:00", 2, "2026-03-13"),
        ("2026-03-11T23:59:59.999999+08:00", 2, "2026-03-13"),
        // Still Wednesday in Greenwich, already Thursday in Beijing.
        ("2026-03-11T16:00:00Z", 2, "2026-03-16"),
        // Friday before Spring Festival, then a worked Saturday.
        ("2026-02-13T09:00:00+08:00", 2, "2026-02-24"),
    ] {
        let last_instant = at(&format!("{last}T23:59:59.999999+08:00"));
        let due = calendar.deadline_after(at(event), n);
        assert_eq!(due.0, last_instant.0 + 1, "{n} after {event}");
        assert_eq!(last_day(due), day(last));
    }
}

#[test]
fn the_end_of_the_calendar_is_the_last_deadline() {
    let calendar = Calendar::shipped();
    assert_eq!(calendar.add_working_days(NaiveDate::MAX, 1), NaiveDate::MAX);
    assert_eq!(
        calendar.add_working_days(day("2026-01-01"), u32::MAX),
        NaiveDate::MAX
    );
    // Nothing is counted wrongly on the way from the first day to the last.
    let all = calendar.working_days_between(NaiveDate::MIN, NaiveDate::MAX);
    let parts = [
        NaiveDate::MIN,
        day("-0001-06-01"),
        day("2026-02-15"),
        NaiveDate::MAX,
    ]
    .windows(2)
    .map(|pair| calendar.working_days_between(pair[0], pair[1]))
    .sum::<u32>();
    assert_eq!(all, parts);
}

/// A calendar of 2030 with holidays and worked days anywhere that they may be.
fn calendars() -> impl Strategy<Value = Calendar> {
    let gaps = prop::collection::vec((0..40u64, 0..12u64), 1..12);
    (gaps, prop::collection::vec(any::<bool>(), 104)).prop_map(|(gaps, worked)| {
        let mut text = String::from(
            "[[year]]\nyear = 2030\ngrade = \"C\"\n\
             basis = { number = \"1\", issued = 2029-11-01, title = \"random\" }\nholidays = [\n",
        );
        let mut off = Vec::new();
        let mut from = day("2030-01-01");
        for (gap, length) in gaps {
            from = from + Days::new(gap);
            let to = from + Days::new(length);
            if to.year() != 2030 {
                break;
            }
            writeln!(text, "  {{ name = \"a\", from = {from}, to = {to} }},").unwrap();
            off.push(from..=to);
            from = to.succ_opt().unwrap();
        }
        text.push_str("]\nworking = [\n");
        let weekends = year_of_days(2030)
            .filter(|day| day.weekday().number_from_monday() > 5)
            .zip(worked);
        for (day, worked) in weekends {
            if worked && !off.iter().any(|off| off.contains(&day)) {
                writeln!(text, "  {day},").unwrap();
            }
        }
        text.push_str("]\n");
        Calendar::parse(&text).unwrap()
    })
}

fn around_2030() -> impl Strategy<Value = NaiveDate> {
    (0..500u64).prop_map(|days| day("2029-11-01") + Days::new(days))
}

#[test]
fn every_calendar_counts_as_one_counts_by_hand() {
    proptest!(|(calendar in calendars(), a in around_2030(), b in around_2030(), n in 0..200u32)| {
        prop_assert_eq!(calendar.add_working_days(a, n), counted(&calendar, a, n));
        let by_hand = a.iter_days().skip(1).take_while(|day| *day <= b)
            .filter(|day| calendar.is_working_day(*day)).count();
        prop_assert_eq!(calendar.working_days_between(a, b) as usize, by_hand);
    });
}

#[test]
fn between_is_the_inverse_of_adding() {
    proptest!(|(calendar in calendars(), from in around_2030(), n in 1..200u32)| {
        let to = calendar.add_working_days(from, n);
        prop_assert!(calendar.is_working_day(to));
        prop_assert_eq!(calendar.working_days_between(from, to), n);
        // It is the first such day.
        prop_assert_eq!(calendar.working_days_between(from, to.pred_opt().unwrap()), n - 1);
        prop_assert_eq!(calendar.working_days_between(to, from), 0);
    });
}

#[test]
fn later_events_and_longer_periods_never_end_earlier() {
    proptest!(|(calendar in calendars(), a in around_2030(), b in around_2030(), n in 0..200u32)| {
        let (a, b) = (a.min(b), a.max(b));
        let end = calendar.add_working_days(a, n);
        prop_assert!(end <= calendar.add_working_days(b, n));
        let longer = calendar.add_working_days(a, n + 1);
        // A period of none that begins on a day off ends like a period of one.
        prop_assert!(end < longer || n == 0 && !calendar.is_working_day(a) && end == longer);
        prop_assert!(end > a || n == 0 && end == a);
    });
}
