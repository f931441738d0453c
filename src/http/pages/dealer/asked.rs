//! What forms of dealers carry beside what was typed.

use actix_web::HttpRequest;

use crate::http::pages::form::Form;
use crate::http::problem::{Problem, ProblemCode};

/// The name of the member that makes sending a form twice do nothing twice.
const KEY: &str = "key";

/// The idempotency key of a form that files something.
///
/// # Errors
/// [`ProblemCode::IdempotencyKeyMalformed`] for what no form of ours carries.
pub fn key(form: &Form) -> Result<&str, Problem> {
    let key = form.raw(KEY);
    let visible = key.bytes().all(|b| b.is_ascii_graphic());
    if visible && (8..=128).contains(&key.len()) {
        Ok(key)
    } else {
        Err(ProblemCode::IdempotencyKeyMalformed.into())
    }
}

/// An id that the address names.
pub fn named<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.match_info().get(name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_forms_carry_is_taken() {
        assert_eq!(key(&Form::of("key=12345678")).unwrap(), "12345678");
        for bad in [
            "",
            "key=1",
            "key=1234567%20",
            "key=%E9%94%AE%E9%94%AE%E9%94%AE",
        ] {
            assert!(key(&Form::of(bad)).is_err(), "{bad}");
        }
    }
}
