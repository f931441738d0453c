//! One bank account for many persons: where the money of all of them ends.

use super::{Facts, Finding, Rule, Thresholds, shared};

pub(super) fn find(facts: &Facts, by: &Thresholds) -> Option<Finding> {
    shared::find(
        Rule::Account,
        &facts.account,
        by.account_persons,
        ("银行账号", "bank account"),
        by,
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::plain;
    use super::*;
    use crate::domain::screening::Seen;

    #[test]
    fn a_couple_and_a_parent_may_share_one() {
        let by = Thresholds::default();
        let mut facts = plain();
        let claim = facts.claim;
        let seen = |n: u8| Seen {
            claim,
            person: [n; 16],
        };
        facts.account.by = (0..3).map(seen).collect();
        assert_eq!(find(&facts, &by), None);
        facts.account.by.push(seen(6));
        assert_eq!(find(&facts, &by).unwrap().rule, Rule::Account);
    }
}
