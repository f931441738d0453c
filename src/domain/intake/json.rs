//! A JSON tree that keeps what a map would lose: the order of members, and those that stand twice.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value; strings without escapes are borrowed from the body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool,
    /// A number without fraction or exponent that fits.
    Integer(i64),
    /// Any other number; no field takes one, so its value is not kept.
    Number,
    String(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    Object(Vec<Member<'a>>),
}

/// A name and its value.
pub(crate) type Member<'a> = (Cow<'a, str>, Json<'a>);

impl<'a> Json<'a> {
    /// Reads a whole body: UTF-8, one value, nothing after it, not nested too deep.
    ///
    /// # Errors
    /// Where reading stopped. It quotes nothing of the body, which may be personal data.
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(body)
            .map_err(|error| format!("byte {} is not UTF-8", error.valid_up_to()))?;
        serde_json::from_str(text)
            .map_err(|error| format!("line {} column {}", error.line(), error.column()))
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Json::Integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Json::Number, Json::Integer))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Json::Number)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Json::String(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Json::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((Name(name), value)) = map.next_entry()? {
            members.push((name, value));
        }
        Ok(Json::Object(members))
    }
}

/// A member's name, borrowed where it can be.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Owned(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> Json<'_> {
        Json::String(Cow::Borrowed(text))
    }

    #[test]
    fn reads_every_kind() {
        let check = |input: &str, expect: Json<'_>| {
            assert_eq!(Json::read(input.as_bytes()).unwrap(), expect, "{input}");
        };
        check("null", Json::Null);
        check(" true ", Json::Bool);
        check("-5", Json::Integer(-5));
        check("9223372036854775808", Json::Number);
        check("1.0", Json::Number);
        check(r#""王\u0041""#, string("王A"));
        check(
            "[1,[]]",
            Json::Array(vec![Json::Integer(1), Json::Array(vec![])]),
        );
        check(
            r#"{"b":1,"a":null,"b":"2"}"#,
            Json::Object(vec![
                ("b".into(), Json::Integer(1)),
                ("a".into(), Json::Null),
                ("b".into(), string("2")),
            ]),
        );
    }

    #[test]
    fn strings_are_borrowed_unless_escaped() {
        let check = |input: &str, borrowed: bool| match Json::read(input.as_bytes()).unwrap() {
            Json::String(text) => assert_eq!(matches!(text, Cow::Borrowed(_)), borrowed),
            other => panic!("{other:?}"),
        };
        check(r#""王小明""#, true);
        check(r#""a\nb""#, false);
    }

    #[test]
    fn what_is_not_json_is_refused_without_quoting_it() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        let check = |input: &[u8], expect: &str| {
            assert_eq!(Json::read(input), Err(expect.to_owned()), "{input:?}");
        };
        check(b"", "line 1 column 0");
        check(b"{\"secret\":}", "line 1 column 11");
        check(b"{} {}", "line 1 column 4");
        check(b"{}\n\n,", "line 3 column 1");
        check(b"\xEF\xBB\xBF{}", "line 1 column 1");
        check(b"\"a\xFFb\"", "byte 2 is not UTF-8");
        check(b"\xFF\xFE{\0}\0", "byte 0 is not UTF-8");
        check(br#""\ud800""#, "line 1 column 8");
        check(b"1e999", "line 1 column 5");
        check(b"NaN", "line 1 column 1");
        check(deep.as_bytes(), "line 1 column 128");
    }
}
