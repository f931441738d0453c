//! One thing in the claims of many persons.

use std::collections::BTreeSet;

use super::{Finding, Named, Rule, Thresholds, Weight, words};

/// Finds more persons than may share it. All claims that name it are held, not only the last: the
/// first of them were filed by whoever filed the last.
pub(super) fn find(
    rule: Rule,
    named: &Named,
    most: u32,
    (zh, en): (&str, &str),
    by: &Thresholds,
) -> Option<Finding> {
    let persons: BTreeSet<_> = named.by.iter().map(|seen| seen.person).collect();
    if !by.is_on(rule) || persons.len() <= most as usize {
        return None;
    }
    let (count, claims) = (persons.len(), named.by.len());
    Some(Finding {
        rule,
        weight: Weight::Hold,
        basis: format!("{:032x}", u128::from_be_bytes(named.what)),
        reason: words(
            format!("{claims} 件申请、{count} 名申请人使用同一{zh}，上限为 {most} 人"),
            format!("one {en} in {claims} claims of {count} persons; {most} may share it"),
        ),
        with: named.by.iter().map(|seen| seen.claim).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::ClaimId;
    use crate::domain::screening::Seen;

    fn named(persons: &[u8]) -> Named {
        let seen = |(n, person): (usize, &u8)| Seen {
            claim: ClaimId(uuid::Uuid::from_u128(n as u128)),
            person: [*person; 16],
        };
        Named {
            what: [7; 16],
            by: persons.iter().enumerate().map(seen).collect(),
        }
    }

    #[test]
    fn persons_are_counted_and_not_claims() {
        let by = Thresholds::default();
        let find = |persons: &[u8], by: &Thresholds| {
            let words = ("电话", "telephone");
            super::find(Rule::Telephone, &named(persons), 3, words, by)
        };
        assert_eq!(find(&[1, 1, 1, 1, 1, 2, 3], &by), None);
        let found = find(&[1, 2, 3, 4, 4], &by).unwrap();
        assert_eq!((found.weight, found.with.len()), (Weight::Hold, 5));
        assert!(found.reason.en.contains("5 claims of 4 persons"));
        let off = Thresholds {
            off: vec![Rule::Telephone.code().to_owned()],
            ..by
        };
        assert_eq!(find(&[1, 2, 3, 4, 4], &off), None);
    }
}
