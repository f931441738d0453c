//! Names for requests: the caller's when it is sane, else our own.

use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use aws_lc_rs::rand;

/// The header that carries the name both ways.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const LONGEST: usize = 64;

/// Makes names: a random word of this process and a number.
#[derive(Debug)]
pub struct RequestIds {
    process: u32,
    next: AtomicU64,
}

impl RequestIds {
    /// Starts with one.
    pub fn new() -> Self {
        let mut bytes = [0; 4];
        // Without randomness two processes may share names, which only logs would notice.
        let _ = rand::fill(&mut bytes);
        Self {
            process: u32::from_be_bytes(bytes),
            next: AtomicU64::new(1),
        }
    }

    /// The name of a request: what it brought along when that is at most 64 letters, digits,
    /// points, hyphens and underscores, so that nothing else gets into logs.
    pub fn of(&self, headers: &HeaderMap) -> HeaderValue {
        match headers.get(X_REQUEST_ID) {
            Some(value) if is_sane(value.as_bytes()) => value.clone(),
            _ => self.make(),
        }
    }

    fn make(&self) -> HeaderValue {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let name = format!("{:08x}-{number:x}", self.process);
        HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("unnamed"))
    }
}

impl Default for RequestIds {
    fn default() -> Self {
        Self::new()
    }
}

fn is_sane(bytes: &[u8]) -> bool {
    (1..=LONGEST).contains(&bytes.len())
        && bytes
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(brought: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, HeaderValue::from_str(brought).unwrap());
        RequestIds::new().of(&headers).to_str().unwrap().to_owned()
    }

    #[test]
    fn sane_names_are_kept_and_others_replaced() {
        for sane in ["a", "0199-abc_d.e", &"x".repeat(64)] {
            assert_eq!(answered(sane), sane);
        }
        for odd in ["", "a b", "a\"b", "{}", "%0a", &"x".repeat(65)] {
            assert_ne!(answered(odd), odd);
        }
    }

    #[test]
    fn own_names_differ() {
        let ids = RequestIds::new();
        let headers = HeaderMap::new();
        assert_ne!(ids.of(&headers), ids.of(&headers));
    }
}
