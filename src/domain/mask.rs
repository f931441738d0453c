//! Personal data as it may be shown: enough to recognise, too little to use.

use serde_json::Value;

use super::draft::ClaimDraft;

/// The parts of a claim with personal data masked.
#[derive(Debug, Clone, PartialEq)]
pub struct MaskedClaim {
    /// The applicant.
    pub consumer: Value,
    /// What was given up.
    pub old_item: Value,
    /// What was bought.
    pub new_item: Value,
    /// The invoice.
    pub invoice: Value,
}

/// Members whose value is somebody's number on a document.
const NUMBERS: &[&str] = &[
    "id_number",
    "owner_id_number",
    "seller_id_number",
    "buyer_id_number",
];

/// Masks a claim.
pub fn claim(draft: &ClaimDraft) -> MaskedClaim {
    let part = |value: Result<Value, serde_json::Error>| {
        let mut value = value.unwrap_or(Value::Null);
        mask_members(&mut value);
        value
    };
    MaskedClaim {
        consumer: part(serde_json::to_value(&draft.consumer)),
        old_item: part(serde_json::to_value(&draft.old_item)),
        new_item: part(serde_json::to_value(&draft.new_item)),
        invoice: part(serde_json::to_value(&draft.invoice)),
    }
}

fn mask_members(value: &mut Value) {
    let Value::Object(members) = value else {
        return;
    };
    for (name, member) in members.iter_mut() {
        match member {
            Value::String(text) if NUMBERS.contains(&name.as_str()) => *text = middle(text, 6, 4),
            Value::String(text) if name == "mobile" => *text = middle(text, 3, 4),
            Value::String(text) if name == "name" => *text = middle(text, 1, 0),
            Value::Object(account) if name == "bank_account" => {
                if let Some(Value::String(number)) = account.get_mut("number") {
                    *number = middle(number, 4, 4);
                }
            }
            Value::Object(_) => mask_members(member),
            _ => {}
        }
    }
}

/// Keeps `head` and `tail` characters and stars the rest; a text too short for both is
/// starred but for its last character at most.
pub fn middle(text: &str, head: usize, tail: usize) -> String {
    let length = text.chars().count();
    let (head, tail) = if length > head + tail {
        (head, tail)
    } else {
        (0, tail.min(length / 4))
    };
    text.chars()
        .enumerate()
        .map(|(i, c)| {
            if i < head || i >= length - tail {
                c
            } else {
                '*'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_head_and_tail() {
        assert_eq!(middle("419099199001010014", 6, 4), "419099********0014");
        assert_eq!(middle("13800138000", 3, 4), "138****8000");
        assert_eq!(middle("王小明", 1, 0), "王**");
    }

    #[test]
    fn short_texts_are_not_shown_whole() {
        assert_eq!(middle("H1234567", 6, 4), "******67");
        assert_eq!(middle("王", 1, 0), "*");
        assert_eq!(middle("", 3, 4), "");
    }

    #[test]
    fn members_are_found_at_every_depth() {
        let mut value = serde_json::json!({
            "owner_id_number": "419099199001010014",
            "disposal": { "seller_id_number": "419099199001010014", "how": "sold" },
            "bank_account": { "number": "6225881414207430", "bank": "某银行" }
        });
        mask_members(&mut value);
        assert!(!value.to_string().contains("19900101"), "{value}");
        assert_eq!(value["bank_account"]["number"], "6225********7430");
        assert_eq!(value["disposal"]["how"], "sold");
    }
}
