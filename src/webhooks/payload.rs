//! The body of a webhook.

use serde::Serialize;

use crate::domain::time::Timestamp;

/// An event as receivers read it (Standard Webhooks 1.0.0, "Payload structure").
///
/// `data` should name the things concerned and hold nothing personal: a body leaves for a server
/// that is not ours, and who wants more asks for it with credentials of their own.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Event<'a, T: Serialize> {
    /// What happened, in words parted by full stops, such as `claim.approved`. One type always
    /// has one form of `data`.
    #[serde(rename = "type")]
    pub kind: &'a str,
    /// When it happened, which is not when it is delivered.
    pub timestamp: Timestamp,
    /// What it happened to.
    pub data: &'a T,
}

impl<T: Serialize> Event<'_, T> {
    /// The bytes that are signed and sent. Make them once and keep them: receivers check a
    /// signature over these very bytes at every attempt.
    ///
    /// # Errors
    /// When `data` cannot be written as JSON, such as a map with keys that are not texts.
    pub fn to_body(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn is_written_in_the_order_of_the_specification() {
        #[derive(Serialize)]
        struct Data {
            claim: &'static str,
        }
        let event = Event {
            kind: "claim.approved",
            timestamp: Timestamp::parse_rfc3339("2025-03-05T09:30:00.25+08:00").unwrap(),
            data: &Data { claim: "c-1" },
        };
        assert_eq!(
            String::from_utf8(event.to_body().unwrap()).unwrap(),
            r#"{"type":"claim.approved","timestamp":"2025-03-05T01:30:00.250Z","data":{"claim":"c-1"}}"#
        );
    }

    #[test]
    fn data_that_is_no_json_is_an_error() {
        let data = BTreeMap::from([((1, 2), 3)]);
        let event = Event {
            kind: "claim.approved",
            timestamp: Timestamp(0),
            data: &data,
        };
        assert!(event.to_body().is_err());
    }
}
