//! Bodies of requests: type, encoding and size are settled before a byte is looked at.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::{FutureExt, LocalBoxFuture};

use super::problem::{Problem, ProblemCode};

/// The largest body that is taken, in bytes.
pub const MAX_BODY: usize = 64 * 1024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(15);

/// The bytes of an `application/json` body of at most [`MAX_BODY`] bytes.
#[derive(Debug, Clone)]
pub struct JsonBody(pub Bytes);

/// The text of an `application/x-www-form-urlencoded` body of at most [`MAX_BODY`] bytes.
#[derive(Debug, Clone)]
pub struct FormBody(pub String);

impl FromRequest for JsonBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let checked = check(request.headers(), "application/json");
        let payload = payload.take();
        async move {
            checked?;
            read(payload).await.map(JsonBody)
        }
        .boxed_local()
    }
}

impl FromRequest for FormBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let checked = check(request.headers(), "application/x-www-form-urlencoded");
        let payload = payload.take();
        async move {
            checked?;
            let bytes = read(payload).await?;
            match String::from_utf8(bytes.to_vec()) {
                Ok(text) => Ok(FormBody(text)),
                Err(_) => Err(ProblemCode::BadRequest.into()),
            }
        }
        .boxed_local()
    }
}

fn check(headers: &HeaderMap, wanted: &str) -> Result<(), Problem> {
    check_type(headers, wanted)?;
    let encoded = headers
        .get_all(CONTENT_ENCODING)
        .any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"));
    if encoded {
        return Err(ProblemCode::EncodingUnsupported.into());
    }
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    match length.map(str::parse::<usize>) {
        Some(Ok(length)) if length <= MAX_BODY => Ok(()),
        None => Ok(()),
        Some(Ok(_)) => Err(ProblemCode::BodyTooLarge.into()),
        Some(Err(_)) => Err(ProblemCode::BadRequest.into()),
    }
}

/// Exactly one `Content-Type`, the wanted one, in UTF-8 where it says a charset.
fn check_type(headers: &HeaderMap, wanted: &str) -> Result<(), Problem> {
    let mut values = headers.get_all(CONTENT_TYPE);
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(ProblemCode::MediaTypeUnsupported.into());
    };
    let text = value
        .to_str()
        .map_err(|_| ProblemCode::MediaTypeUnsupported)?;
    let mut parts = text.split(';').map(str::trim);
    if !parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case(wanted))
    {
        return Err(ProblemCode::MediaTypeUnsupported.into());
    }
    for part in parts {
        if let Some((name, value)) = part.split_once('=')
            && name.trim().eq_ignore_ascii_case("charset")
            && !value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        {
            return Err(ProblemCode::CharsetUnsupported.into());
        }
    }
    Ok(())
}

async fn read(payload: Payload) -> Result<Bytes, Problem> {
    match tokio::time::timeout(PATIENCE, collect(payload)).await {
        Ok(done) => done,
        Err(_) => Err(ProblemCode::BodyTooSlow.into()),
    }
}

/// A body that comes in one piece is not copied.
async fn collect(mut payload: Payload) -> Result<Bytes, Problem> {
    let first = match payload.next().await {
        Some(chunk) => bounded(chunk, 0)?,
        None => return Ok(Bytes::new()),
    };
    let Some(second) = payload.next().await else {
        return Ok(first);
    };
    let mut all = BytesMut::from(first.as_ref());
    all.extend_from_slice(&bounded(second, all.len())?);
    while let Some(chunk) = payload.next().await {
        all.extend_from_slice(&bounded(chunk, all.len())?);
    }
    Ok(all.freeze())
}

fn bounded(chunk: Result<Bytes, PayloadError>, before: usize) -> Result<Bytes, Problem> {
    match chunk {
        Ok(chunk) if before + chunk.len() <= MAX_BODY => Ok(chunk),
        Ok(_) | Err(PayloadError::Overflow) => Err(ProblemCode::BodyTooLarge.into()),
        Err(_) => Err(ProblemCode::BadRequest.into()),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn checked(pairs: &[(&'static str, &str)]) -> Option<ProblemCode> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            let name = actix_web::http::header::HeaderName::from_static(name);
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        check(&headers, "application/json").err().map(|p| p.code())
    }

    #[test]
    fn json_in_utf8_is_taken() {
        for text in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/json; x=y",
        ] {
            assert_eq!(checked(&[("content-type", text)]), None, "{text}");
        }
        let identity = [
            ("content-type", "application/json"),
            ("content-encoding", "identity"),
        ];
        assert_eq!(checked(&identity), None);
    }

    #[test]
    fn everything_else_is_refused_by_its_own_code() {
        let json = ("content-type", "application/json");
        assert_eq!(checked(&[]), Some(ProblemCode::MediaTypeUnsupported));
        assert_eq!(
            checked(&[json, json]),
            Some(ProblemCode::MediaTypeUnsupported)
        );
        for text in [
            "text/plain",
            "application/jsonp",
            "application/ld+json",
            "json",
            "",
        ] {
            let found = checked(&[("content-type", text)]);
            assert_eq!(found, Some(ProblemCode::MediaTypeUnsupported), "{text}");
        }
        let gbk = ("content-type", "application/json; charset=GBK");
        assert_eq!(checked(&[gbk]), Some(ProblemCode::CharsetUnsupported));
        for encoding in ["gzip", "br", "zstd", "identity, gzip"] {
            let found = checked(&[json, ("content-encoding", encoding)]);
            assert_eq!(found, Some(ProblemCode::EncodingUnsupported), "{encoding}");
        }
        let found = checked(&[json, ("content-length", "65537")]);
        assert_eq!(found, Some(ProblemCode::BodyTooLarge));
    }
}
