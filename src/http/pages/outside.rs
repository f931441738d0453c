//! Where the pages are reached from outside, for QR codes and commands.

use actix_web::HttpRequest;
use actix_web::http::header::HOST;

use crate::settings::Settings;

/// The address without a slash at its end: the one of the settings, else the host that the browser
/// asked for, where it is a plain name; nothing where neither is there.
pub fn address(request: &HttpRequest, settings: &Settings) -> String {
    if let Some(url) = &settings.bureau.public_url {
        return url.clone();
    }
    let host = request.headers().get(HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !is_plain(host) {
        return String::new();
    }
    // Passwords go over these pages too, so in production a proxy speaks TLS in front of us.
    let scheme = if settings.production { "https" } else { "http" };
    format!("{scheme}://{host}")
}

/// Whether a host has nothing in it that an address could be bent with.
fn is_plain(host: &str) -> bool {
    let fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
    !host.is_empty() && host.len() <= 255 && host.bytes().all(fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_host_is_taken() {
        for host in ["example.gov.cn", "127.0.0.1:8080", "[::1]:8080"] {
            assert!(is_plain(host), "{host}");
        }
        for host in ["", "a/b", "a@b", "a b", "a?x", "a#x", "é.example"] {
            assert!(!is_plain(host), "{host}");
        }
    }
}
