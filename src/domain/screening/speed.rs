//! A dealer that files faster than people can, and more than its day holds.
//!
//! Speed alone says nothing: a cash register or an upload files a whole day's sales in seconds.
//! What no day of the dealer explains is odd: many more than it usually files in a day or, of a
//! dealer that is new, than others do. Where neither is known it is noted only.

use super::{Facts, Finding, Pace, Rule, Thresholds, Weight, words};

pub(super) fn find(facts: &Facts, by: &Thresholds) -> Option<Finding> {
    let pace = &facts.pace;
    let run = pace.run.len();
    if !by.is_on(Rule::Speed) || run < by.run_claims as usize {
        return None;
    }
    let (weight, usual) = match usual(pace, by.usual_least as usize) {
        Some(usual) if pace.today <= usual.saturating_mul(by.day_times) => return None,
        Some(usual) => (Weight::Hold, Some(usual)),
        None => (Weight::Note, None),
    };
    let today = pace.today;
    let (beside_zh, beside_en) = usual.map_or_else(
        || ("暂无可比数据".to_owned(), "nothing to compare with".into()),
        |usual| (format!("通常每日 {usual} 件"), format!("usually {usual}")),
    );
    Some(Finding {
        rule: Rule::Speed,
        weight,
        basis: facts.filed.beijing_day().to_string(),
        reason: words(
            format!("商户一分钟内提交 {run} 件，当日已 {today} 件；{beside_zh}"),
            format!("the dealer filed {run} in a minute and {today} on this day; {beside_en}"),
        ),
        with: pace.run.clone(),
    })
}

/// What is filed in a day on which much is filed: nine of the dealer's own days of ten are below. Of a
/// dealer that is new it is what the largest of the others files, because it may be as large.
fn usual(pace: &Pace, least: usize) -> Option<u32> {
    let mut days = pace.days.clone();
    days.sort_unstable();
    let place = (days.len() * 9).div_ceil(10).saturating_sub(1);
    let own = days.get(place).copied().filter(|_| days.len() >= least);
    let others = || pace.peers.iter().max().copied();
    own.or_else(|| others().filter(|_| pace.peers.len() >= least))
}

#[cfg(test)]
mod tests {
    use super::super::tests::plain;
    use super::*;

    #[test]
    fn a_days_sales_in_one_upload_are_no_speed() {
        let by = Thresholds::default();
        let weight = |run: usize, today: u32, days: &[u32], peers: &[u32]| {
            let mut facts = plain();
            facts.pace.run = vec![facts.claim; run];
            facts.pace.today = today;
            facts.pace.days = days.to_vec();
            facts.pace.peers = peers.to_vec();
            find(&facts, &by).map(|f| f.weight)
        };
        assert_eq!(weight(19, 500, &[3; 9], &[]), None);
        assert_eq!(weight(40, 40, &[38; 9], &[]), None);
        assert_eq!(weight(40, 114, &[38; 9], &[]), None);
        assert_eq!(weight(40, 115, &[38; 9], &[]), Some(Weight::Hold));
        assert_eq!(weight(40, 40, &[3; 9], &[]), Some(Weight::Hold));
        // A new dealer is held against others, and where there are none it is noted.
        assert_eq!(weight(40, 40, &[3; 4], &[20; 9]), None);
        assert_eq!(weight(40, 61, &[3; 4], &[20; 9]), Some(Weight::Hold));
        assert_eq!(weight(40, 61, &[3; 4], &[20; 4]), Some(Weight::Note));
        assert_eq!(weight(40, 61, &[3; 4], &[2, 2, 2, 2, 40]), None);
    }

    #[test]
    fn one_day_of_ten_may_be_larger() {
        let pace = |days: &[u32]| Pace {
            days: days.to_vec(),
            ..Pace::default()
        };
        let days = [9, 1, 2, 3, 4, 5, 6, 7, 8, 100];
        assert_eq!(usual(&pace(&days), 5), Some(9));
        assert_eq!(usual(&pace(&days[..5]), 5), Some(9));
        assert_eq!(usual(&pace(&days[..4]), 5), None);
    }
}
