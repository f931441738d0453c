//! One telephone for many persons: a broker who files for people that do not know of it.

use super::{Facts, Finding, Rule, Thresholds, shared};

pub(super) fn find(facts: &Facts, by: &Thresholds) -> Option<Finding> {
    shared::find(
        Rule::Telephone,
        &facts.telephone,
        by.telephone_persons,
        ("手机号", "telephone"),
        by,
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::plain;
    use super::*;
    use crate::domain::screening::Seen;

    #[test]
    fn a_family_may_share_one() {
        let by = Thresholds::default();
        let mut facts = plain();
        let claim = facts.claim;
        let seen = |n: u8| Seen {
            claim,
            person: [n; 16],
        };
        facts.telephone.by = (0..5).map(seen).collect();
        assert_eq!(find(&facts, &by), None);
        facts.telephone.by.push(seen(6));
        assert_eq!(find(&facts, &by).unwrap().rule, Rule::Telephone);
    }
}
