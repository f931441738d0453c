//! Working days in China, and deadlines that are counted in them.
//!
//! Monday to Friday are worked, but not the holidays, and some Saturdays and Sundays are worked
//! instead (调休上班). Both are data, `config/calendar/china.toml`, because the General Office of
//! the State Council orders them anew each year.
//!
//! How a deadline is counted: the day of the event does not count, the next day is the first
//! (Civil Code, article 201); only working days count; the last day ends at 24:00 (article 203).
//! All days are those of Beijing.

mod reading;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::LazyLock;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use crate::domain::policy::Problem;
use crate::domain::policy::pack::Grade;
use crate::domain::time::Timestamp;

/// The notice by which a year's holidays are ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its number, such as `国办发明电〔2025〕7号`.
    pub number: String,
    /// Its day.
    pub issued: NaiveDate,
    /// Its title.
    pub title: String,
}

/// Days off in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// Its name, such as `春节`.
    pub name: String,
    /// The first day off.
    pub from: NaiveDate,
    /// The last day off.
    pub to: NaiveDate,
}

/// What is ordered for one year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Year {
    /// By which notice.
    pub basis: Notice,
    /// How sure the days are.
    pub grade: Grade,
    /// Days off, Saturdays and Sundays among them included.
    pub holidays: Vec<Holiday>,
    /// Saturdays and Sundays that are worked.
    pub working: Vec<NaiveDate>,
}

/// Which days are worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeMap<i32, Year>,
    /// Mondays to Fridays that are off.
    weekdays_off: BTreeSet<NaiveDate>,
    /// Saturdays and Sundays that are worked.
    weekend_worked: BTreeSet<NaiveDate>,
}

impl Calendar {
    /// Reads a calendar in the form of `config/calendar/china.toml`.
    ///
    /// # Errors
    /// Every mistake at its place, in the order of the text: broken TOML, unknown or missing keys,
    /// a year given twice, days of another year, holidays that end before they begin, overlap or
    /// are too long to be true, worked days within a holiday, from Monday to Friday, or twice.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        reading::read_calendar(text).map(Self::of_years)
    }

    /// The calendar that this program was built with.
    #[expect(clippy::expect_used, reason = "a test reads the shipped file")]
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Calendar> = LazyLock::new(|| {
            let text = include_str!("../../config/calendar/china.toml");
            Calendar::parse(text).expect("the shipped calendar is good")
        });
        &SHIPPED
    }

    fn of_years(years: BTreeMap<i32, Year>) -> Self {
        let weekdays_off = years
            .values()
            .flat_map(|year| &year.holidays)
            .flat_map(|holiday| {
                holiday
                    .from
                    .iter_days()
                    .take_while(|day| *day <= holiday.to)
            })
            .filter(|day| is_weekday(*day))
            .collect();
        let weekend_worked = years
            .values()
            .flat_map(|year| &year.working)
            .copied()
            .collect();
        Self {
            years,
            weekdays_off,
            weekend_worked,
        }
    }

    /// What is ordered for a year, if it is known.
    pub fn year(&self, year: i32) -> Option<&Year> {
        self.years.get(&year)
    }

    /// The years that are known.
    pub fn years(&self) -> impl Iterator<Item = i32> {
        self.years.keys().copied()
    }

    /// Whether the order for the year of `day` is known. Where it is not, only Saturdays and
    /// Sundays are off, and whoever shows a deadline there must say that it may move.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.years.contains_key(&day.year())
    }

    /// Whether `day` is worked.
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        if is_weekday(day) {
            !self.weekdays_off.contains(&day)
        } else {
            self.weekend_worked.contains(&day)
        }
    }

    /// The `n`-th working day after `from`, which itself is not counted.
    ///
    /// With `n` = 0 it is `from`, or the next working day if nobody works on `from`: a period whose
    /// last day is a holiday ends on the day after it (Civil Code, article 203).
    /// [`NaiveDate::MAX`] if the calendar ends before.
    pub fn add_working_days(&self, from: NaiveDate, n: u32) -> NaiveDate {
        if n == 0 && self.is_working_day(from) {
            return from;
        }
        let (mut day, mut left) = (from, n.max(1));
        while left > 0 {
            // In as many days as are left there are at most as many working days, so this never
            // goes too far, and if it takes all that are left, the last of them is one.
            let Some(next) = day.checked_add_days(Days::new(left.into())) else {
                return NaiveDate::MAX;
            };
            left -= self.working_days_between(day, next);
            day = next;
        }
        day
    }

    /// How many working days lie after `a` and not after `b`; none if `b` is not after `a`.
    pub fn working_days_between(&self, a: NaiveDate, b: NaiveDate) -> u32 {
        if b <= a {
            return 0;
        }
        let within = |days: &BTreeSet<NaiveDate>| -> u32 {
            let both = (Bound::Excluded(a), Bound::Included(b));
            days.range(both).map(|_| 1).sum()
        };
        let weekdays = weekdays_until(b).abs_diff(weekdays_until(a));
        // Those off are among them, so this is never below nothing.
        weekdays - within(&self.weekdays_off) + within(&self.weekend_worked)
    }

    /// The deadline `n` working days after the day of `at` in Beijing: the first instant at which
    /// it has passed, 24:00 of the day of [`Calendar::add_working_days`].
    pub fn deadline_after(&self, at: Timestamp, n: u32) -> Timestamp {
        Timestamp::end_of_beijing_day(self.add_working_days(at.beijing_day(), n))
    }
}

/// The last day in Beijing on which what is due at `due` is in time. Whether that day is covered
/// tells whether the deadline may still move.
pub fn last_day(due: Timestamp) -> NaiveDate {
    Timestamp(due.0.saturating_sub(1)).beijing_day()
}

fn is_weekday(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// How many Mondays to Fridays there are from the first day of the common era, a Monday, up to and
/// including `day`; below zero before it.
fn weekdays_until(day: NaiveDate) -> i32 {
    let days = day.num_days_from_ce();
    days.div_euclid(7) * 5 + days.rem_euclid(7).min(5)
}
