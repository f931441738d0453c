//! The last days of a pool, drawn: a column of money for each day, and a line of claims.

use std::fmt::Write as _;

use crate::operations::pool_days::{self, PoolDay};

/// The width of the drawing, and where its lowest value lies, as the template draws it.
const WIDTH: i64 = 720;
const FLOOR: i64 = 190;
const TOP: i64 = 14;

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its left side.
    pub x: i64,
    /// Its upper side.
    pub y: i64,
    /// How wide it is.
    pub width: i64,
    /// How high it is.
    pub height: i64,
}

/// Places for days; a young pool has fewer days, and they stand at the right.
const SLOTS: i64 = pool_days::DAYS as i64;
const SLOT: i64 = WIDTH / SLOTS;

/// The drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Where the first day begins.
    pub begin: i64,
    /// A column for each day.
    pub columns: Vec<Column>,
    /// The corners of the line of claims.
    pub line: String,
}

/// Draws days; `None` where nothing happened on any of them.
pub fn draw(days: &[PoolDay]) -> Option<Chart> {
    let most_fen = days
        .iter()
        .map(|day| day.fen)
        .max()
        .filter(|most| *most > 0)?;
    let most_claims = days.iter().map(|day| day.claims).max().unwrap_or(0).max(1);
    let begin = (SLOTS - i64::try_from(days.len()).ok()?).max(0) * SLOT;
    let high = |value: i64, most: i64| {
        let exact = i128::from(value) * i128::from(FLOOR - TOP) / i128::from(most);
        i64::try_from(exact).unwrap_or(FLOOR - TOP)
    };
    let mut columns = Vec::with_capacity(days.len());
    let mut line = String::new();
    for (at, day) in (0..).zip(days) {
        let height = high(day.fen, most_fen);
        columns.push(Column {
            x: begin + at * SLOT + 2,
            y: FLOOR - height,
            width: SLOT - 4,
            height,
        });
        let y = FLOOR - high(day.claims, most_claims);
        // Writing into a string fails never.
        let _written = write!(line, "{},{y} ", begin + at * SLOT + SLOT / 2);
    }
    Some(Chart {
        begin,
        columns,
        line,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    #[test]
    fn the_highest_day_reaches_the_top_and_an_empty_one_the_floor() {
        let day = |claims, fen| PoolDay {
            day: NaiveDate::MIN,
            claims,
            fen,
            is_estimate: false,
        };
        let chart = draw(&[day(4, 1_000), day(0, 0), day(2, 500)]).unwrap();
        assert_eq!(
            (chart.columns[0].y, chart.columns[0].height),
            (TOP, FLOOR - TOP)
        );
        assert_eq!((chart.columns[1].y, chart.columns[1].height), (FLOOR, 0));
        assert_eq!(chart.columns[2].height, (FLOOR - TOP) / 2);
        assert_eq!(chart.line, "660,14 684,190 708,102 ");
        assert_eq!(chart.begin, 648);
        let whole = draw(&[day(1, 1); 30]).unwrap();
        assert_eq!((whole.begin, whole.columns[29].x + SLOT - 2), (0, WIDTH));
        assert_eq!(draw(&[day(0, 0)]), None);
        assert_eq!(draw(&[]), None);
    }
}
