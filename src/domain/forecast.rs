//! When the money of a pool will be used up, if the days to come are like the last ones.
//!
//! Days to come are drawn from the last ones, with replacement, many times (a bootstrap); what the
//! draws give is told as a middle and a band. The seed is fixed, so the same days give the same
//! answer, on every instance.

/// Days that are looked back at, at most.
const LOOK_BACK: usize = 14;
/// Fewer days than this say too little.
const LEAST_DAYS: usize = 5;
/// Of these, days on which anything was accepted: fewer say too little.
const LEAST_BUSY: usize = 3;
/// Futures that are drawn.
const DRAWS: usize = 400;
/// Days that are looked ahead, at most.
const HORIZON: u32 = 365;
const SEED: u64 = 0x7261_6465_696E_2025;

/// In how many days the money is used up: of ten futures one is over before `early`, half before
/// `middle`, and nine before `late`. `None` lies beyond a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// The first tenth.
    pub early: Option<u32>,
    /// The half.
    pub middle: Option<u32>,
    /// The ninth tenth.
    pub late: Option<u32>,
}

/// The forecast for `free` fen from what was accepted on each of the last whole days, in fen, the
/// oldest first. `None` where nothing is left to forecast, or too little is known.
pub fn forecast(daily: &[i64], free: i64) -> Option<Forecast> {
    let last = &daily[daily.len().saturating_sub(LOOK_BACK)..];
    let busy = last.iter().filter(|fen| **fen > 0).count();
    if free <= 0 || last.len() < LEAST_DAYS || busy < LEAST_BUSY {
        return None;
    }
    let mut random = SEED;
    let mut ends: Vec<u32> = (0..DRAWS).map(|_| run(last, free, &mut random)).collect();
    ends.sort_unstable();
    let quantile = |tenths: usize| Some(ends[DRAWS * tenths / 10]).filter(|days| *days <= HORIZON);
    Some(Forecast {
        early: quantile(1),
        middle: quantile(5),
        late: quantile(9),
    })
}

/// In how many days one future uses up the money; one more than the horizon if it does not.
fn run(daily: &[i64], free: i64, random: &mut u64) -> u32 {
    let mut left = free;
    for day in 1..=HORIZON {
        let drawn = next(random) % daily.len() as u64;
        left -= daily[usize::try_from(drawn).unwrap_or(0)];
        if left <= 0 {
            return day;
        }
    }
    HORIZON + 1
}

/// SplitMix64 (Steele, Lea and Flood 2014).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_days_leave_no_doubt() {
        let expected = Some(Forecast {
            early: Some(10),
            middle: Some(10),
            late: Some(10),
        });
        assert_eq!(forecast(&[100; 14], 1_000), expected);
        assert_eq!(forecast(&[100; 5], 901), expected);
    }

    #[test]
    fn uneven_days_give_a_band_around_the_mean() {
        let daily = [0, 200, 50, 150, 0, 300, 0, 100];
        let found = forecast(&daily, 5_000).unwrap();
        let (early, middle, late) = (found.early, found.middle, found.late);
        assert!(early < middle && middle < late, "{found:?}");
        // 100 a day in the mean.
        assert!((45..=55).contains(&middle.unwrap()), "{found:?}");
        assert_eq!(forecast(&daily, 5_000), Some(found));
    }

    #[test]
    fn only_the_last_days_count() {
        let mut daily = vec![1_000_000; 30];
        daily.extend([10; 14]);
        assert_eq!(forecast(&daily, 100).unwrap().middle, Some(10));
    }

    #[test]
    fn too_little_is_told_as_nothing() {
        assert_eq!(forecast(&[], 100), None);
        assert_eq!(forecast(&[100; 4], 100), None);
        assert_eq!(forecast(&[0, 0, 100, 100, 0, 0], 100), None);
        assert_eq!(forecast(&[100; 14], 0), None);
        assert_eq!(forecast(&[100; 14], -1), None);
    }

    #[test]
    fn what_lies_beyond_a_year_is_not_told() {
        let found = forecast(&[1; 14], 366).unwrap();
        assert_eq!((found.early, found.middle, found.late), (None, None, None));
        assert_eq!(forecast(&[1; 14], 365).unwrap().late, Some(365));
    }
}
