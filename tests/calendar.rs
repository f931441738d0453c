//! Working days: that the shipped calendar is what the notices say, that deadlines agree with a
//! count day by day, and that every mistake in a calendar is found at its place.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it stands"
)]

#[path = "calendar/ageing.rs"]
mod ageing;
#[path = "calendar/counting.rs"]
mod counting;
#[path = "calendar/mistakes.rs"]
mod mistakes;
#[path = "calendar/shipped.rs"]
mod shipped;

use chrono::{Datelike, NaiveDate};
use tradein::domain::calendar::Calendar;
use tradein::domain::time::Timestamp;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn year_of_days(year: i32) -> impl Iterator<Item = NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    first.iter_days().take_while(move |day| day.year() == year)
}

/// The `n`-th working day after `from`, one day after the other.
fn counted(calendar: &Calendar, from: NaiveDate, n: u32) -> NaiveDate {
    let works = |day: &NaiveDate| calendar.is_working_day(*day);
    match n {
        0 => from.iter_days().find(works).unwrap(),
        n => {
            let mut later = from.iter_days().skip(1).filter(works);
            later.nth(n as usize - 1).unwrap()
        }
    }
}
