//! Instants and days: instants are UTC, days are those of Beijing (UTC+8, no summer time).

use std::fmt;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, SecondsFormat, Timelike, Utc};
use serde::{Serialize, Serializer};

const BEIJING_OFFSET_MICROS: i64 = 8 * 3600 * 1_000_000;

/// An instant in microseconds since 1970-01-01T00:00:00Z.
///
/// Microseconds in an integer, because both databases keep them exactly and the
/// journal's hashes are taken over them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The calendar day in Beijing.
    pub fn beijing_day(self) -> NaiveDate {
        self.beijing().date_naive()
    }

    /// The first instant of `day` in Beijing.
    pub fn start_of_beijing_day(day: NaiveDate) -> Self {
        let local = day.and_time(NaiveTime::MIN).and_utc().timestamp_micros();
        Self(local - BEIJING_OFFSET_MICROS)
    }

    /// The first instant after `day` in Beijing: a deadline "by the end of that day".
    pub fn end_of_beijing_day(day: NaiveDate) -> Self {
        Self::start_of_beijing_day(day.checked_add_days(Days::new(1)).unwrap_or(day))
    }

    /// The deadline that ends `days` Beijing days after this instant's day.
    pub fn end_of_day_after(self, days: u32) -> Self {
        let day = self.beijing_day();
        Self::end_of_beijing_day(day.checked_add_days(Days::new(days.into())).unwrap_or(day))
    }

    /// The hour in Beijing, from 0 to 23.
    pub fn beijing_hour(self) -> u32 {
        self.beijing().hour()
    }

    /// Day and minute in Beijing, as people read it: `2025-03-17 16:05`.
    pub fn beijing_minute(self) -> String {
        self.beijing().format("%Y-%m-%d %H:%M").to_string()
    }

    /// The last day on which something can be done whose deadline this instant is, when it is the
    /// end of a day in Beijing.
    pub fn last_beijing_day(self) -> Option<NaiveDate> {
        let beijing = self.beijing();
        let midnight = beijing.time() == NaiveTime::MIN;
        midnight.then(|| beijing.date_naive().pred_opt()).flatten()
    }

    /// The clock of Beijing at this instant.
    fn beijing(self) -> DateTime<Utc> {
        Self(self.0.saturating_add(BEIJING_OFFSET_MICROS)).datetime()
    }

    /// RFC 3339 in UTC with exactly six places, the form that journal hashes are taken over.
    pub fn to_rfc3339_micros(self) -> String {
        self.datetime().to_rfc3339_opts(SecondsFormat::Micros, true)
    }

    /// Reads RFC 3339 in any offset.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|t| Self(t.timestamp_micros()))
    }

    /// Whole seconds since 1970, as tokens count them.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    fn datetime(self) -> DateTime<Utc> {
        DateTime::<Utc>::from_timestamp_micros(self.0).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC; fractions of a second only where there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.datetime().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_in_beijing_begins_at_sixteen_hours_utc() {
        let before = Timestamp::parse_rfc3339("2025-03-04T15:59:59.999999Z").unwrap();
        assert_eq!(before.beijing_day().to_string(), "2025-03-04");
        assert_eq!(
            Timestamp(before.0 + 1).beijing_day().to_string(),
            "2025-03-05"
        );
    }

    #[test]
    fn a_deadline_ends_with_its_day() {
        let at = Timestamp::parse_rfc3339("2025-03-05T03:00:00Z").unwrap();
        assert_eq!(at.end_of_day_after(12).to_string(), "2025-03-17T16:00:00Z");
    }
}
