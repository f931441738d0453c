//! A car that was owned for a day: bought to be given up, so that somebody can claim.

use super::{Facts, Finding, Rule, Thresholds, Weight, words};

pub(super) fn find(facts: &Facts, by: &Thresholds) -> Option<Finding> {
    let owned = facts.owned.filter(|_| by.is_on(Rule::Ownership))?;
    let days = owned.until.signed_duration_since(owned.since).num_days();
    let weight = if days <= i64::from(by.owned_days_held) {
        Weight::Hold
    } else if days < i64::from(by.owned_days_noted) {
        Weight::Note
    } else {
        return None;
    };
    Some(Finding {
        rule: Rule::Ownership,
        weight,
        basis: format!("{} {}", owned.since, owned.until),
        reason: words(
            format!("旧车在申请人名下仅 {days} 天"),
            format!("the old car was owned for {days} days"),
        ),
        with: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Owned;
    use super::super::tests::plain;
    use super::*;
    use chrono::{Days, NaiveDate};

    #[test]
    fn a_day_is_held_and_a_month_is_none() {
        let by = Thresholds::default();
        let since = NaiveDate::from_ymd_opt(2025, 3, 1).unwrap();
        let weight = |days| {
            let mut facts = plain();
            facts.owned = Some(Owned {
                since,
                until: since + Days::new(days),
            });
            find(&facts, &by).map(|f| f.weight)
        };
        assert_eq!(weight(0), Some(Weight::Hold));
        assert_eq!(weight(1), Some(Weight::Hold));
        assert_eq!(weight(2), Some(Weight::Note));
        assert_eq!(weight(29), Some(Weight::Note));
        assert_eq!(weight(30), None);
    }
}
