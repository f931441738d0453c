//! A dealer that files at night, by hand.
//!
//! Nobody stands at a till at three in the morning. A run at night is an upload that was set for
//! it and does not count. Somebody may all the same work late, so it is noted and holds nothing
//! alone.

use super::{Facts, Finding, Rule, Thresholds, Weight, words};
use crate::domain::time::Timestamp;

/// Claims so close behind another of the dealer are a run.
const RUN_MICROS: i64 = 60 * 1_000_000;

/// Whether a claim counts as one that was filed at night by hand: `before` is when its dealer had
/// filed before.
pub fn is_night(filed: Timestamp, before: Option<Timestamp>, by: &Thresholds) -> bool {
    let hour = filed.beijing_hour();
    let run = before.is_some_and(|before| filed.0 - before.0 < RUN_MICROS);
    (by.night_from..by.night_until).contains(&hour) && !run
}

pub(super) fn find(facts: &Facts, by: &Thresholds) -> Option<Finding> {
    let nights = &facts.nights;
    let share = |part: u32, all: u32| u64::from(part) * 100 / u64::from(all.max(1));
    let own = share(nights.own, nights.own_all);
    let peers = share(nights.peers, nights.peers_all);
    let odd = nights.own >= by.night_claims
        && own >= u64::from(by.night_percent)
        && nights.peers_all >= by.night_peers
        && peers <= u64::from(by.night_peers_percent);
    if !by.is_on(Rule::Night) || !odd || !is_night(facts.filed, facts.pace.before, by) {
        return None;
    }
    let count = nights.own;
    Some(Finding {
        rule: Rule::Night,
        weight: Weight::Note,
        basis: facts.filed.beijing_day().to_string(),
        reason: words(
            format!("商户近 30 天有 {count} 件在夜间逐件提交，占 {own}%；其他商户为 {peers}%"),
            format!(
                "the dealer filed {count} by hand at night in thirty days, {own}%; others {peers}%"
            ),
        ),
        with: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Nights;
    use super::super::tests::plain;
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn night_is_that_of_beijing_and_a_run_is_none() {
        let by = Thresholds::default();
        let night = |text: &str| is_night(at(text), None, &by);
        assert!(!night("2025-03-05T15:59:59Z"));
        assert!(night("2025-03-05T16:00:00Z"));
        assert!(night("2025-03-05T20:59:59Z"));
        assert!(!night("2025-03-05T21:00:00Z"));
        let before = |text| is_night(at("2025-03-05T18:00:00Z"), Some(at(text)), &by);
        assert!(!before("2025-03-05T17:59:01Z"));
        assert!(before("2025-03-05T17:59:00Z"));
    }

    #[test]
    fn it_takes_many_a_large_share_and_others_who_sleep() {
        let by = Thresholds::default();
        let found = |own, own_all, peers, peers_all| {
            let mut facts = plain();
            facts.filed = at("2025-03-05T18:00:00Z");
            facts.nights = Nights {
                own,
                own_all,
                peers,
                peers_all,
            };
            find(&facts, &by).map(|f| f.weight)
        };
        assert_eq!(found(10, 20, 5, 1_000), Some(Weight::Note));
        assert_eq!(found(9, 9, 5, 1_000), None);
        assert_eq!(found(10, 34, 5, 1_000), None);
        assert_eq!(found(10, 33, 5, 1_000), Some(Weight::Note));
        assert_eq!(found(10, 20, 200, 1_000), None);
        assert_eq!(found(10, 20, 0, 99), None);
    }
}
