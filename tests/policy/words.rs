//! Every rule of every shipped pack in words.

use tradein::domain::policy::words::rules;
use tradein::domain::policy::{Pack, read_pack};
use tradein::domain::text::Text;
use tradein::operations::shipped::SHIPPED;

fn shipped() -> Vec<Pack> {
    SHIPPED
        .iter()
        .map(|source| read_pack(source).unwrap())
        .collect()
}

/// A sentence is finished, speaks its language, and has no word of a pack or of the code in it.
fn is_good(text: &Text) -> bool {
    let chinese = |s: &str| s.chars().any(|c| ('\u{4E00}'..'\u{A000}').contains(&c));
    let code = |s: &str| s.contains('_') || s.contains("Some(") || s.contains("{");
    chinese(&text.zh)
        && !chinese(&text.en)
        && text.zh.ends_with('。')
        && text.en.ends_with('.')
        && !code(&text.zh)
        && !code(&text.en)
}

#[test]
fn every_rule_of_every_shipped_pack_is_told_in_both_languages() {
    for pack in shipped() {
        let words = rules(&pack);
        let sections = serde_json::to_value(&pack.rules).unwrap();
        let count = |value: &serde_json::Value| value.as_array().map_or(1, Vec::len);
        let there: usize = sections.as_object().unwrap().values().map(count).sum();
        assert_eq!(words.len(), there, "{}", pack.id);
        for rule in &words {
            assert!(!rule.sentences.is_empty(), "{}: {:?}", pack.id, rule.title);
            assert!(!rule.basis.trim().is_empty());
            for sentence in &rule.sentences {
                // A paper is called what its pack calls it, in either language.
                assert!(is_good(sentence), "{}: {sentence:?}", pack.id);
            }
        }
    }
}

#[test]
fn figures_stand_in_the_sentences() {
    let packs = shipped();
    let told = |id: &str| {
        let pack = packs.iter().find(|pack| pack.id.0 == id).unwrap();
        let sentences = rules(pack).into_iter().flat_map(|rule| rule.sentences);
        sentences.map(|text| text.zh).collect::<Vec<_>>().join("\n")
    };
    let digital = told("national-digital-2026");
    assert!(digital.contains("6,000.00 元"), "{digital}");
    assert!(digital.contains("手机"), "{digital}");
    let appliance = told("national-appliance-2025");
    assert!(appliance.contains("空调 3 件"), "{appliance}");
    let car = told("henan-car-replacement-2025");
    assert!(car.contains("河南省") && car.contains("自然年度"), "{car}");
}
