//! From the text of a calendar to what is ordered for each year, or to every mistake in it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use toml::de::DeTable;

use super::{Holiday, Notice, Year, is_weekday};
use crate::domain::policy::section::Section;
use crate::domain::policy::source::{Read, Source};
use crate::domain::policy::{Problem, read_document, read_grade};

/// Days that a holiday may last: more is taken for a slip in the month. None was ever longer than
/// ten (Spring Festival 2020); a longer one can be written as two.
const LONGEST: i64 = 15;

/// Reads what is ordered for each year.
///
/// # Errors
/// Every mistake in the text, in its order.
pub(super) fn read_calendar(text: &str) -> Result<BTreeMap<i32, Year>, Vec<Problem>> {
    read_document(text, read)
}

fn read(source: &Source<'_>, document: &DeTable<'_>) -> Read<BTreeMap<i32, Year>> {
    let mut root = Section::root("the calendar", source, document);
    let sections = root.need("year", listed);
    root.close();
    let mut known = BTreeSet::new();
    let mut years = BTreeMap::new();
    let mut bad = None;
    for mut section in sections? {
        match read_year(&mut section, &mut known) {
            Ok((number, year)) => {
                years.insert(number, year);
            }
            Err(noted) => bad = Some(noted),
        }
        section.close();
    }
    bad.map_or(Ok(years), Err)
}

/// At least one table.
fn listed<'s, 't>(
    section: &mut Section<'s, 't>,
    key: &'static str,
) -> Read<Option<Vec<Section<'s, 't>>>> {
    let sections = section.tables(key)?;
    Ok((!sections.is_empty()).then_some(sections))
}

fn read_year(section: &mut Section<'_, '_>, known: &mut BTreeSet<i32>) -> Read<(i32, Year)> {
    let number = read_number(section, known);
    let basis = read_basis(section);
    let grade = read_grade(section);
    let mut holidays = Vec::new();
    let all_holidays = read_holidays(section, number.ok(), &mut holidays);
    let working = section.need("working", |section, key| {
        section.days(key, |day| objection(day, number.ok(), &holidays))
    });
    all_holidays?;
    let year = Year {
        basis: basis?,
        grade: grade?,
        holidays,
        working: working?,
    };
    Ok((number?, year))
}

fn read_number(section: &mut Section<'_, '_>, known: &mut BTreeSet<i32>) -> Read<i32> {
    let number = section.need("year", Section::count)?;
    match i32::try_from(number) {
        Ok(number) if known.insert(number) => Ok(number),
        Ok(_) => Err(section.note("year", "this year stands twice")),
        Err(_) => Err(section.note("year", "this is not a year")),
    }
}

fn read_basis(section: &mut Section<'_, '_>) -> Read<Notice> {
    let mut basis = section.need("basis", Section::table)?;
    let number = basis.need("number", Section::text);
    let issued = basis.need("issued", Section::day);
    let title = basis.need("title", Section::text);
    basis.close();
    Ok(Notice {
        number: number?,
        issued: issued?,
        title: title?,
    })
}

/// Reads the good ones into `holidays`.
fn read_holidays(
    section: &mut Section<'_, '_>,
    year: Option<i32>,
    holidays: &mut Vec<Holiday>,
) -> Read<()> {
    let sections = section.need("holidays", listed)?;
    let mut bad = None;
    for mut section in sections {
        match read_holiday(&mut section, year, holidays) {
            Ok(holiday) => holidays.push(holiday),
            Err(noted) => bad = Some(noted),
        }
        section.close();
    }
    bad.map_or(Ok(()), Err)
}

fn read_holiday(
    section: &mut Section<'_, '_>,
    year: Option<i32>,
    earlier: &[Holiday],
) -> Read<Holiday> {
    let name = section.need("name", Section::text);
    let from = read_day_of(section, "from", year);
    let to = read_day_of(section, "to", year);
    let holiday = Holiday {
        name: name?,
        from: from?,
        to: to?,
    };
    let days = (holiday.to - holiday.from).num_days() + 1;
    if days < 1 {
        return Err(section.note("to", "`to` lies before `from`"));
    }
    if days > LONGEST {
        let message = format!("this makes {days} days off in a row, more than {LONGEST}");
        return Err(section.note("to", message));
    }
    let other = earlier
        .iter()
        .find(|other| other.from <= holiday.to && holiday.from <= other.to);
    match other {
        Some(other) => Err(section.note("from", format!("these days overlap {}", other.name))),
        None => Ok(holiday),
    }
}

fn read_day_of(
    section: &mut Section<'_, '_>,
    key: &'static str,
    year: Option<i32>,
) -> Read<NaiveDate> {
    let day = section.need(key, Section::day)?;
    match year {
        Some(year) if day.year() != year => {
            Err(section.note(key, format!("`{key}` is not a day of {year}")))
        }
        _ => Ok(day),
    }
}

/// What is wrong with a day that is to be worked instead.
fn objection(day: NaiveDate, year: Option<i32>, holidays: &[Holiday]) -> Option<String> {
    if let Some(year) = year.filter(|year| day.year() != *year) {
        return Some(format!("{day} is not a day of {year}"));
    }
    let within = |holiday: &&Holiday| (holiday.from..=holiday.to).contains(&day);
    if let Some(holiday) = holidays.iter().find(within) {
        return Some(format!("{day} lies within {}", holiday.name));
    }
    is_weekday(day).then(|| format!("{day} is a {}, worked anyway", day.format("%A")))
}
