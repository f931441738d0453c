//! The language of an answer, from `Accept-Language` (RFC 9110, 12.5.4).

use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap, HeaderValue};

use crate::domain::text::Lang;

/// The language that a request asks for; Chinese when it asks for nothing that we have.
pub fn of(headers: &HeaderMap) -> Lang {
    match headers.get(ACCEPT_LANGUAGE).map(HeaderValue::to_str) {
        Some(Ok(text)) => choose(text),
        Some(Err(_)) | None => Lang::default(),
    }
}

/// The cookie in which a person's choice of a language is kept.
pub const COOKIE: &str = "tradein-language";

/// The language of a page: what the person chose, else what his browser asks for.
pub fn of_page(headers: &HeaderMap) -> Lang {
    let chosen = cookie(headers, COOKIE);
    match chosen {
        Some("zh") => Lang::Zh,
        Some("en") => Lang::En,
        _ => of(headers),
    }
}

/// The value of a cookie, where it stands once.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut found = headers
        .get_all(actix_web::http::header::COOKIE)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    let first = found.next();
    first.filter(|_| found.next().is_none())
}

/// The value of `Content-Language`.
pub fn content_language(lang: Lang) -> HeaderValue {
    HeaderValue::from_static(match lang {
        Lang::Zh => "zh-CN",
        Lang::En => "en",
    })
}

fn choose(text: &str) -> Lang {
    let mut best = (0, Lang::default());
    for item in text.split(',') {
        let mut parts = item.split(';').map(str::trim);
        let Some(lang) = parts.next().and_then(primary) else {
            continue;
        };
        let weight = parts
            .find_map(|p| p.strip_prefix("q=").or_else(|| p.strip_prefix("Q=")))
            .map_or(1000, thousandths);
        // The first of equals wins, so only a heavier one replaces it.
        if weight > best.0 {
            best = (weight, lang);
        }
    }
    best.1
}

fn primary(tag: &str) -> Option<Lang> {
    let language = tag.split('-').next().unwrap_or_default();
    if language.eq_ignore_ascii_case("en") {
        Some(Lang::En)
    } else if language.eq_ignore_ascii_case("zh") || language == "*" {
        Some(Lang::Zh)
    } else {
        None
    }
}

/// A weight such as `0.7` in thousandths; what cannot be read weighs nothing.
fn thousandths(text: &str) -> u32 {
    match text.split_once('.') {
        None if text == "1" => 1000,
        Some(("1", zeros)) if zeros.bytes().all(|b| b == b'0') => 1000,
        Some(("0", digits)) if digits.len() <= 3 && digits.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{digits:0<3}").parse().unwrap_or(0)
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Lang) {
        assert_eq!(choose(text), expected, "{text:?}");
    }

    #[test]
    fn the_heaviest_language_that_we_have_wins() {
        check("en", Lang::En);
        check("en-GB,en;q=0.9", Lang::En);
        check("EN-us", Lang::En);
        check("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh);
        check("fr, en;q=0.5, zh;q=0.4", Lang::En);
        check("en;q=0.3, zh;q=0.30", Lang::En);
        check("en;q=0.3, zh;q=0.301", Lang::Zh);
    }

    #[test]
    fn chinese_is_the_default() {
        for text in [
            "", "fr", "*", ";;;", "en;q=0", "en;q=2", "en;q=abc", "english",
        ] {
            check(text, Lang::Zh);
        }
    }
}
