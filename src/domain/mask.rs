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

/// Shorter numbers of people stand in others by chance.
const TELLING: usize = 8;

/// Masks a claim. A number of a person is starred wherever else it stands, too: eighteen digits
/// are a resident's number as well as an old invoice's, and who types one into the wrong field
/// shows it to nobody.
pub fn claim(draft: &ClaimDraft) -> MaskedClaim {
    let part = |value: Result<Value, serde_json::Error>| value.unwrap_or(Value::Null);
    let mut parts = [
        part(serde_json::to_value(&draft.consumer)),
        part(serde_json::to_value(&draft.old_item)),
        part(serde_json::to_value(&draft.new_item)),
        part(serde_json::to_value(&draft.invoice)),
    ];
    let mut personal = Vec::new();
    for part in &parts {
        gather(part, "", &mut personal);
    }
    for part in &mut parts {
        mask_members(part);
        mask_strays(part, &personal);
    }
    let [consumer, old_item, new_item, invoice] = parts;
    MaskedClaim {
        consumer,
        old_item,
        new_item,
        invoice,
    }
}

/// The numbers of people and of their accounts; `within` names the member that `value` is.
fn gather(value: &Value, within: &str, personal: &mut Vec<String>) {
    let Value::Object(members) = value else {
        return;
    };
    for (name, member) in members {
        let is_number = NUMBERS.contains(&name.as_str())
            || name == "mobile"
            || (within, name.as_str()) == ("bank_account", "number");
        match member {
            Value::String(text) if is_number => {
                personal.push(compact(text));
            }
            _ => gather(member, name, personal),
        }
    }
    personal.retain(|number| number.len() >= TELLING);
}

/// A number without what is written between its digits.
fn compact(text: &str) -> String {
    let kept = text.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|c| c.to_ascii_uppercase()).collect()
}

/// Stars every text in which one of these numbers stands, however it is spaced.
fn mask_strays(value: &mut Value, personal: &[String]) {
    match value {
        Value::String(text) => {
            let written = compact(text);
            if personal.iter().any(|number| written.contains(number)) {
                *text = middle(text, 2, 4);
            }
        }
        Value::Array(items) => {
            for item in items {
                mask_strays(item, personal);
            }
        }
        Value::Object(members) => {
            for member in members.values_mut() {
                mask_strays(member, personal);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
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
    fn a_number_of_a_person_is_starred_wherever_it_stands() {
        let consumer = serde_json::json!({
            "id_number": "41909919900101001X",
            "mobile": "13800138000",
            "bank_account": { "number": "6225881414207430", "bank": "某银行" }
        });
        let short = serde_json::json!({ "id_number": "H123456", "number": "25412000000012345678" });
        let mut personal = Vec::new();
        gather(&consumer, "", &mut personal);
        gather(&short, "", &mut personal);
        let shown = |text: &str| {
            let mut value = serde_json::json!({ "items": [text] });
            mask_strays(&mut value, &personal);
            value["items"][0].as_str().unwrap().to_owned()
        };
        assert_eq!(shown("25413800138000123456"), "25**************3456");
        assert_eq!(shown("4190991990-0101001x"), "41*************001x");
        assert_eq!(
            shown("某银行6225 8814 1420 7430"),
            "某银****************7430"
        );
        for plain in [
            "25412000000012345678",
            "某银行",
            "13800138001",
            "ABH123456",
            "",
        ] {
            assert_eq!(shown(plain), plain);
        }
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
