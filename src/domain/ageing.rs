//! How late what is owed is, in working days: the bands of a report on payments due.

use serde::Serialize;

use crate::domain::calendar::{Calendar, last_day};
use crate::domain::money::{Fen, MoneyError};
use crate::domain::time::Timestamp;

/// Working days before the last day from which on a deadline is near.
pub const DUE_SOON_WORKING_DAYS: u32 = 3;

/// How near or how far behind a deadline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Band {
    /// More than [`DUE_SOON_WORKING_DAYS`] are left.
    #[serde(rename = "not_due")]
    NotDue,
    /// At most [`DUE_SOON_WORKING_DAYS`] are left after today; on the last day none is.
    #[serde(rename = "due_soon")]
    DueSoon,
    /// Late, at most by the fifth working day. On days off right after the deadline no working day
    /// has begun yet, and it is late all the same.
    #[serde(rename = "overdue_1_5")]
    Overdue1To5,
    /// In the sixth to fifteenth working day after the deadline.
    #[serde(rename = "overdue_6_15")]
    Overdue6To15,
    /// In the sixteenth to thirtieth working day after the deadline.
    #[serde(rename = "overdue_16_30")]
    Overdue16To30,
    /// After the thirtieth working day.
    #[serde(rename = "overdue_over_30")]
    OverdueOver30,
}

impl Band {
    /// Every band, from the earliest to the latest.
    pub const ALL: [Band; 6] = [
        Band::NotDue,
        Band::DueSoon,
        Band::Overdue1To5,
        Band::Overdue6To15,
        Band::Overdue16To30,
        Band::OverdueOver30,
    ];
}

/// The band of what is due at `due`, seen at `now`.
///
/// `due` is the first instant at which it is late, as [`Calendar::deadline_after`] gives it. A
/// working day late counts from its first instant in Beijing.
pub fn band(calendar: &Calendar, due: Timestamp, now: Timestamp) -> Band {
    let today = now.beijing_day();
    let last_day = last_day(due);
    if now < due {
        let left = calendar.working_days_between(today, last_day);
        return if left <= DUE_SOON_WORKING_DAYS {
            Band::DueSoon
        } else {
            Band::NotDue
        };
    }
    match calendar.working_days_between(last_day, today) {
        0..=5 => Band::Overdue1To5,
        6..=15 => Band::Overdue6To15,
        16..=30 => Band::Overdue16To30,
        _ => Band::OverdueOver30,
    }
}

/// What is owed in one band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BandTotal {
    /// The band.
    pub band: Band,
    /// How many claims.
    pub claims: u64,
    /// Their money together; written in yuan.
    pub amount: Fen,
}

/// What is owed by band; written as the list of all bands in their order, empty ones included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Ageing {
    bands: [BandTotal; Band::ALL.len()],
}

impl Default for Ageing {
    fn default() -> Self {
        let bands = Band::ALL.map(|band| BandTotal {
            band,
            claims: 0,
            amount: Fen::ZERO,
        });
        Self { bands }
    }
}

impl Ageing {
    /// Adds one claim.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`] when the band's sum would be above [`Fen::MAX`]; then nothing
    /// has changed.
    pub fn add(&mut self, band: Band, amount: Fen) -> Result<(), MoneyError> {
        self.add_alike(band, 1, amount)
    }

    /// Adds so many claims of the same amount each.
    ///
    /// # Errors
    /// As [`Ageing::add`].
    pub fn add_alike(&mut self, band: Band, claims: u32, amount: Fen) -> Result<(), MoneyError> {
        let all = amount.fen().checked_mul(claims.into()).and_then(Fen::new);
        // `Band::ALL` has the bands in the order of their declaration.
        let total = &mut self.bands[band as usize];
        total.amount = all
            .and_then(|all| total.amount.checked_add(all))
            .ok_or(MoneyError::OutOfRange)?;
        total.claims += u64::from(claims);
        Ok(())
    }

    /// Every band from the earliest to the latest, empty ones included.
    pub fn bands(&self) -> &[BandTotal] {
        &self.bands
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_band_is_added_to_at_its_own_place() {
        for band in Band::ALL {
            let mut ageing = Ageing::default();
            ageing.add(band, Fen::from_yuan(7)).unwrap();
            ageing.add(band, Fen::new(5).unwrap()).unwrap();
            let one = Fen::new(100).unwrap();
            ageing.add_alike(band, 3, one).unwrap();
            for total in ageing.bands() {
                let expected = if total.band == band {
                    (5, 1005)
                } else {
                    (0, 0)
                };
                assert_eq!((total.claims, total.amount.fen()), expected, "{total:?}");
            }
        }
        assert!(Band::ALL.is_sorted());
    }

    #[test]
    fn a_sum_out_of_range_changes_nothing() {
        let mut ageing = Ageing::default();
        ageing.add(Band::DueSoon, Fen::MAX).unwrap();
        let before = ageing.clone();
        let one = Fen::new(1).unwrap();
        assert_eq!(ageing.add(Band::DueSoon, one), Err(MoneyError::OutOfRange));
        assert_eq!(ageing, before);
        let many = ageing.add_alike(Band::NotDue, u32::MAX, Fen::MAX);
        assert_eq!((many, &ageing), (Err(MoneyError::OutOfRange), &before));
        // Another band still has room.
        ageing.add(Band::NotDue, one).unwrap();
    }

    #[test]
    fn is_written_as_a_list_in_order() {
        let mut ageing = Ageing::default();
        ageing
            .add(Band::Overdue6To15, Fen::from_yuan(15_000))
            .unwrap();
        let written = serde_json::to_value(&ageing).unwrap();
        let line = |band: &str, claims: u64, amount: &str| serde_json::json!({ "band": band, "claims": claims, "amount": amount });
        let expected = serde_json::json!([
            line("not_due", 0, "0.00"),
            line("due_soon", 0, "0.00"),
            line("overdue_1_5", 0, "0.00"),
            line("overdue_6_15", 1, "15000.00"),
            line("overdue_16_30", 0, "0.00"),
            line("overdue_over_30", 0, "0.00"),
        ]);
        assert_eq!(written, expected);
    }
}
