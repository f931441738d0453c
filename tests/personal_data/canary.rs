//! Persons who are unmistakable, and the search for them.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::support::claims::{claim_number, with};
use super::{PHONES, stored};

/// A person whose every datum is found again wherever it turns up.
pub struct Canary {
    pub name: String,
    pub id_number: String,
    pub mobile: String,
    pub account: String,
}

impl Canary {
    /// Somebody with the resident number of the `n`th made-up claim.
    pub fn new(n: u64) -> Self {
        let made = claim_number(PHONES, 7_000_000 + n);
        let text = |pointer: &str| made.pointer(pointer).unwrap().as_str().unwrap().to_owned();
        Self {
            name: format!(
                "金丝雀鸣{}",
                ["甲", "乙", "丙", "丁", "戊", "己"][usize::try_from(n).unwrap()]
            ),
            id_number: text("/consumer/id_number"),
            mobile: format!("1997654321{n}"),
            account: format!("621799000424242{n:04}"),
        }
    }

    /// What may stand nowhere; the day of birth is the middle of the resident number.
    pub fn traces(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.name.chars().skip(1).collect(),
            self.id_number.clone(),
            self.id_number[6..].to_owned(),
            self.mobile.clone(),
            self.account.clone(),
            self.account[4..15].to_owned(),
        ]
    }

    pub fn in_claim(&self, mut claim: Value) -> Value {
        for (pointer, value) in [
            ("/consumer/name", &self.name),
            ("/consumer/id_number", &self.id_number),
            ("/consumer/mobile", &self.mobile),
            ("/consumer/bank_account/number", &self.account),
            ("/invoice/buyer_id_number", &self.id_number),
        ] {
            claim = with(claim, pointer, json!(value));
        }
        if claim.pointer("/old_item/owner_id_number").is_some() {
            claim = with(claim, "/old_item/owner_id_number", json!(self.id_number));
            claim = with(
                claim,
                "/old_item/disposal/seller_id_number",
                json!(self.id_number),
            );
        }
        claim
    }
}

/// The places in `text` where one of the traces stands, also in JSON's and the URL's spelling.
pub fn found(text: &str, traces: &[String]) -> Vec<String> {
    let escaped = |trace: &str| -> String {
        trace.encode_utf16().fold(String::new(), |mut all, unit| {
            match u8::try_from(unit) {
                Ok(byte) if byte.is_ascii() => all.push(char::from(byte)),
                _ => write!(all, "\\u{unit:04x}").unwrap(),
            }
            all
        })
    };
    let encoded = |trace: &str| -> String {
        trace.bytes().fold(String::new(), |mut all, byte| {
            if byte.is_ascii_alphanumeric() {
                all.push(char::from(byte))
            } else {
                write!(all, "%{byte:02X}").unwrap()
            }
            all
        })
    };
    let debug = |trace: &str| {
        format!("{:?}", trace.as_bytes())
            .trim_matches(['[', ']'])
            .to_owned()
    };
    let spelled = traces
        .iter()
        .flat_map(|t| [t.clone(), escaped(t), encoded(t), debug(t)]);
    spelled
        .filter(|spelling| text.contains(spelling.as_str()))
        .collect()
}

#[test]
fn the_search_finds_every_trace_in_every_spelling() {
    let person = Canary::new(0);
    let traces = person.traces();
    for trace in &traces {
        assert!(!found(&format!("INFO answered name={trace}"), &traces).is_empty());
        assert!(
            !found(&format!("{:?}", trace.as_bytes()), &traces).is_empty(),
            "{trace}"
        );
    }
    let escaped = "\\u91d1\\u4e1d\\u96c0\\u9e23\\u7532";
    assert!(!found(escaped, &traces).is_empty());
    assert!(!found("%E9%87%91%E4%B8%9D%E9%9B%80%E9%B8%A3%E7%94%B2", &traces).is_empty());
    let hex: String = person.name.bytes().map(|b| format!("{b:02x}")).collect();
    assert!(
        !found(
            &stored::readable(&format!("{{\"sealed\":\"\\\\x{hex}\"}}")),
            &traces
        )
        .is_empty()
    );
    assert!(found("419099********0014 金**** 199****3210", &traces).is_empty());
}
