//! The headers that make writing safe: `Idempotency-Key` and `If-Match`.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, IF_MATCH};

use super::problem::{Problem, ProblemCode};

/// The header that names an attempt.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The idempotency key of a creating call: 8 to 128 visible ASCII characters.
///
/// # Errors
/// [`ProblemCode::IdempotencyKeyMissing`] and [`ProblemCode::IdempotencyKeyMalformed`].
pub fn idempotency_key(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY);
    let value = values.next().ok_or(ProblemCode::IdempotencyKeyMissing)?;
    let visible = value.as_bytes().iter().all(u8::is_ascii_graphic);
    match value.to_str() {
        Ok(key) if visible && (8..=128).contains(&key.len()) && values.next().is_none() => Ok(key),
        _ => Err(ProblemCode::IdempotencyKeyMalformed.into()),
    }
}

/// The same where a call may come without one.
///
/// # Errors
/// [`ProblemCode::IdempotencyKeyMalformed`].
pub fn maybe_idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    if headers.contains_key(IDEMPOTENCY_KEY) {
        idempotency_key(headers).map(Some)
    } else {
        Ok(None)
    }
}

/// The entity tag of a revision.
pub fn etag(revision: i64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{revision}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// The revision that a state-changing call expects.
///
/// Exactly one strong tag that this service gave out can match. `*`, weak tags and lists
/// say less than which version the caller has seen, so they are as good as a stale one.
///
/// # Errors
/// [`ProblemCode::VersionMissing`] and [`ProblemCode::VersionStale`].
pub fn expected_revision(headers: &HeaderMap) -> Result<i64, Problem> {
    let mut values = headers.get_all(IF_MATCH);
    let value = values.next().ok_or(ProblemCode::VersionMissing)?;
    let revision = value
        .to_str()
        .ok()
        .and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"'))
        .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0'))
        .and_then(|digits| digits.parse().ok());
    match revision {
        Some(revision) if values.next().is_none() => Ok(revision),
        _ => Err(ProblemCode::VersionStale.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: HeaderName, values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            let bytes = HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.append(name.clone(), bytes);
        }
        headers
    }

    #[test]
    fn idempotency_keys_have_eight_to_128_visible_characters() {
        for good in ["12345678", "!~azAZ09", &"k".repeat(128)] {
            assert_eq!(idempotency_key(&with(IDEMPOTENCY_KEY, &[good])), Ok(good));
        }
        for bad in [
            "",
            "1234567",
            &"k".repeat(129),
            "1234 5678",
            "12345678é",
            "键键键键键键键键",
        ] {
            let problem = idempotency_key(&with(IDEMPOTENCY_KEY, &[bad])).unwrap_err();
            assert_eq!(
                problem.code(),
                ProblemCode::IdempotencyKeyMalformed,
                "{bad}"
            );
        }
        let twice = with(IDEMPOTENCY_KEY, &["12345678", "12345678"]);
        let problem = idempotency_key(&twice).unwrap_err();
        assert_eq!(problem.code(), ProblemCode::IdempotencyKeyMalformed);
        let problem = idempotency_key(&HeaderMap::new()).unwrap_err();
        assert_eq!(problem.code(), ProblemCode::IdempotencyKeyMissing);
    }

    #[test]
    fn only_a_tag_that_was_given_out_matches() {
        assert_eq!(expected_revision(&with(IF_MATCH, &["\"1\""])), Ok(1));
        assert_eq!(
            expected_revision(&with(IF_MATCH, &[etag(42).to_str().unwrap()])),
            Ok(42)
        );
        for stale in [
            "*",
            "1",
            "W/\"1\"",
            "\"1\", \"2\"",
            "\"\"",
            "\"01\"",
            "\"-1\"",
            "\"x\"",
        ] {
            let problem = expected_revision(&with(IF_MATCH, &[stale])).unwrap_err();
            assert_eq!(problem.code(), ProblemCode::VersionStale, "{stale}");
        }
        let problem = expected_revision(&HeaderMap::new()).unwrap_err();
        assert_eq!(problem.code(), ProblemCode::VersionMissing);
    }
}
