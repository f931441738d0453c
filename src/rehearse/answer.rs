//! What an answer to a claim means.

use std::borrow::Cow;

use hyper::StatusCode;
use serde::Deserialize;

use super::client::Answer;
use super::history::Outcome;

/// The part of a verdict that a history keeps.
#[derive(Debug, Deserialize)]
pub(super) struct Verdict<'a> {
    #[serde(borrow)]
    state: Cow<'a, str>,
    pub position: Option<i64>,
    #[serde(borrow)]
    pub amount: Cow<'a, str>,
    #[serde(borrow)]
    pub number: Cow<'a, str>,
}

/// Sorts an answer; a verdict only comes with 201.
pub(super) fn read(answer: &Answer) -> (Outcome, Option<Verdict<'_>>) {
    let outcome = match answer.status {
        StatusCode::CREATED => return read_verdict(&answer.body),
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Outcome::Malformed,
        StatusCode::SERVICE_UNAVAILABLE => Outcome::Overloaded,
        StatusCode::TOO_MANY_REQUESTS => Outcome::RateLimited,
        _ => Outcome::Failed,
    };
    (outcome, None)
}

fn read_verdict(body: &[u8]) -> (Outcome, Option<Verdict<'_>>) {
    let Ok(verdict) = serde_json::from_slice::<Verdict<'_>>(body) else {
        return (Outcome::Failed, None);
    };
    let outcome = match &*verdict.state {
        "reserved" => Outcome::Reserved,
        "waiting" => Outcome::Waiting,
        "refused" => Outcome::Refused,
        _ => return (Outcome::Failed, None),
    };
    (outcome, Some(verdict))
}

/// The beginning of a body, for a message.
pub(super) fn excerpt(body: &[u8]) -> String {
    const ENOUGH: usize = 400;
    String::from_utf8_lossy(body).chars().take(ENOUGH).collect()
}

#[cfg(test)]
mod tests {
    use hyper::body::Bytes;

    use super::*;

    fn answer(status: u16, body: &'static str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: None,
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn sorts_answers() {
        let verdict = r#"{"state":"waiting","position":3,"amount":"1.00","number":"n","more":[1]}"#;
        for (status, body, expected) in [
            (201, verdict, Outcome::Waiting),
            (
                201,
                r#"{"state":"refused","position":null,"amount":"0.00","number":"n"}"#,
                Outcome::Refused,
            ),
            (
                201,
                r#"{"state":"lost","position":null,"amount":"0.00","number":"n"}"#,
                Outcome::Failed,
            ),
            (201, "{", Outcome::Failed),
            (200, verdict, Outcome::Failed),
            (400, "", Outcome::Malformed),
            (401, "", Outcome::Failed),
            (422, "", Outcome::Malformed),
            (429, "", Outcome::RateLimited),
            (500, "", Outcome::Failed),
            (503, "", Outcome::Overloaded),
        ] {
            assert_eq!(read(&answer(status, body)).0, expected, "{status} {body}");
        }
        let answer = answer(201, verdict);
        let (_, verdict) = read(&answer);
        assert_eq!(verdict.unwrap().position, Some(3));
    }
}
