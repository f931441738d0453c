//! An invoice that was voided: the purchase did not happen, or was taken back.

use super::{Facts, Finding, Rule, Thresholds, Weight, words};

pub(super) fn find(facts: &Facts, by: &Thresholds) -> Option<Finding> {
    (facts.invoice_voided && by.is_on(Rule::Voided)).then(|| finding(Rule::Voided))
}

/// The finding on a claim whose invoice was voided; what is paid already is for people to decide
/// whether it must come back.
pub fn finding(rule: Rule) -> Finding {
    let (zh, en) = match rule {
        Rule::VoidedPaid => (
            "发票已作废或红冲，而补贴已拨付：请决定是否追回",
            "the invoice was voided and the claim is paid: decide whether it must come back",
        ),
        _ => ("发票已作废或红冲", "the invoice was voided"),
    };
    Finding {
        rule,
        weight: Weight::Hold,
        basis: "invoice".to_owned(),
        reason: words(zh.to_owned(), en.to_owned()),
        with: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::plain;
    use super::*;

    #[test]
    fn a_voided_invoice_holds() {
        let by = Thresholds::default();
        assert_eq!(find(&plain(), &by), None);
        let facts = Facts {
            invoice_voided: true,
            ..plain()
        };
        assert_eq!(find(&facts, &by).unwrap().weight, Weight::Hold);
        assert!(finding(Rule::VoidedPaid).reason.en.contains("decide"));
    }
}
