//! One thing in the claims of many persons: a telephone, of a broker who files for people that do not
//! know of it; a bank account, where the money of all of them ends.

use std::collections::BTreeSet;

use super::{Facts, Finding, Named, Rule, Thresholds, Weight, words};

pub(super) fn telephone(facts: &Facts, by: &Thresholds) -> Option<Finding> {
    let (most, words) = (by.telephone_persons, ("手机号", "telephone"));
    find(Rule::Telephone, &facts.telephone, most, words, by)
}

pub(super) fn account(facts: &Facts, by: &Thresholds) -> Option<Finding> {
    let (most, words) = (by.account_persons, ("银行账号", "bank account"));
    find(Rule::Account, &facts.account, most, words, by)
}

/// Finds more persons than may share it. All claims that name it are held, not only the last: the
/// first of them were filed by whoever filed the last.
fn find(
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
    use super::super::tests::plain;
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
    fn a_family_may_share_one() {
        let by = Thresholds::default();
        let mut facts = plain();
        facts.telephone.by = named(&[0, 1, 2, 3, 4]).by;
        assert_eq!(telephone(&facts, &by), None);
        facts.telephone.by = named(&[0, 1, 2, 3, 4, 6]).by;
        assert_eq!(telephone(&facts, &by).unwrap().rule, Rule::Telephone);
    }

    #[test]
    fn a_couple_and_a_parent_may_share_one() {
        let by = Thresholds::default();
        let mut facts = plain();
        facts.account.by = named(&[0, 1, 2]).by;
        assert_eq!(account(&facts, &by), None);
        facts.account.by = named(&[0, 1, 2, 6]).by;
        assert_eq!(account(&facts, &by).unwrap().rule, Rule::Account);
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
