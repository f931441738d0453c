//! Canonical JSON (RFC 8785) of values without floating-point numbers.

use serde_json::Value;

/// The canonical text: keys sorted by UTF-16 code units, no blanks.
///
/// Packs hold no floating-point number (rates are decimal strings), so the
/// number rules of RFC 8785 reduce to those of whole numbers.
pub(super) fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            let mut entries: Vec<(&String, &Value)> = entries.iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                write(item, out);
            }
            out.push('}');
        }
        leaf => out.push_str(&leaf.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_keys_by_utf16_and_drops_blanks() {
        let value: Value =
            serde_json::from_str(r#"{ "\ufb33": 1, "😀": [true, null], "a": "\u0001\n\"é" }"#)
                .unwrap();
        assert_eq!(
            canonical(&value),
            "{\"a\":\"\\u0001\\n\\\"é\",\"😀\":[true,null],\"\u{fb33}\":1}"
        );
    }
}
