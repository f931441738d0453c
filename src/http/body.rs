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
/// How long a file may take to arrive: 10 MiB over a line of a shop.
const FILE_PATIENCE: Duration = Duration::from_secs(60);

/// The bytes of an `application/json` body of at most [`MAX_BODY`] bytes.
#[derive(Debug, Clone)]
pub struct JsonBody(pub Bytes);

/// The text of an `application/x-www-form-urlencoded` body of at most [`MAX_BODY`] bytes.
#[derive(Debug, Clone)]
pub struct FormBody(pub String);

/// The bytes of a file of at most `MAX` bytes, whatever its type, and what its sender says it is.
#[derive(Debug, Clone)]
pub struct FileBody<const MAX: usize> {
    /// The bytes.
    pub bytes: Bytes,
    /// `Content-Type`, where there is exactly one.
    pub declared: Option<String>,
}

impl<const MAX: usize> FileBody<MAX> {
    /// Which of the `wanted` types its sender says it is.
    ///
    /// # Errors
    /// [`ProblemCode::MediaTypeUnsupported`], and [`ProblemCode::CharsetUnsupported`] where it is
    /// said to be in another charset than UTF-8.
    pub fn type_among(&self, wanted: &[&'static str]) -> Result<&'static str, Problem> {
        let declared = self.declared.as_deref().unwrap_or_default();
        let mut parts = declared.split(';').map(str::trim);
        let essence = parts.next().unwrap_or_default();
        let found = wanted.iter().find(|w| w.eq_ignore_ascii_case(essence));
        let found = found.ok_or(ProblemCode::MediaTypeUnsupported)?;
        check_charset(parts)?;
        Ok(found)
    }
}

/// The bytes of an `application/json` body, or none where there is no body.
#[derive(Debug, Clone)]
pub struct MaybeJson(pub Option<Bytes>);

impl<const MAX: usize> FromRequest for FileBody<MAX> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let checked = check_size(request.headers(), MAX);
        let mut values = request.headers().get_all(CONTENT_TYPE);
        let declared = values.next().filter(|_| values.next().is_none());
        let declared = declared.and_then(|v| v.to_str().ok()).map(str::to_owned);
        let payload = payload.take();
        async move {
            checked?;
            let bytes = read(payload, MAX, FILE_PATIENCE).await?;
            Ok(FileBody { bytes, declared })
        }
        .boxed_local()
    }
}

impl FromRequest for MaybeJson {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let typed = request.headers().contains_key(CONTENT_TYPE);
        let checked = if typed {
            check(request.headers(), "application/json")
        } else {
            check_size(request.headers(), MAX_BODY)
        };
        let payload = payload.take();
        async move {
            checked?;
            let bytes = read(payload, MAX_BODY, PATIENCE).await?;
            if bytes.is_empty() {
                return Ok(MaybeJson(None));
            }
            if typed {
                Ok(MaybeJson(Some(bytes)))
            } else {
                Err(ProblemCode::MediaTypeUnsupported.into())
            }
        }
        .boxed_local()
    }
}

impl FromRequest for JsonBody {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let checked = check(request.headers(), "application/json");
        let payload = payload.take();
        async move {
            checked?;
            read(payload, MAX_BODY, PATIENCE).await.map(JsonBody)
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
            let bytes = read(payload, MAX_BODY, PATIENCE).await?;
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
    check_size(headers, MAX_BODY)
}

/// No compression, and no length above `max` bytes.
fn check_size(headers: &HeaderMap, max: usize) -> Result<(), Problem> {
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
        Some(Ok(length)) if length <= max => Ok(()),
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
    check_charset(parts)
}

/// UTF-8, where the parameters of a type name a charset.
fn check_charset<'a>(parameters: impl Iterator<Item = &'a str>) -> Result<(), Problem> {
    for part in parameters {
        if let Some((name, value)) = part.split_once('=')
            && name.trim().eq_ignore_ascii_case("charset")
            && !value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        {
            return Err(ProblemCode::CharsetUnsupported.into());
        }
    }
    Ok(())
}

async fn read(payload: Payload, max: usize, patience: Duration) -> Result<Bytes, Problem> {
    match tokio::time::timeout(patience, collect(payload, max)).await {
        Ok(done) => done,
        Err(_) => Err(ProblemCode::BodyTooSlow.into()),
    }
}

/// A body that comes in one piece is not copied.
async fn collect(mut payload: Payload, max: usize) -> Result<Bytes, Problem> {
    let first = match payload.next().await {
        Some(chunk) => bounded(chunk, 0, max)?,
        None => return Ok(Bytes::new()),
    };
    let Some(second) = payload.next().await else {
        return Ok(first);
    };
    let mut all = BytesMut::from(first.as_ref());
    all.extend_from_slice(&bounded(second, all.len(), max)?);
    while let Some(chunk) = payload.next().await {
        all.extend_from_slice(&bounded(chunk, all.len(), max)?);
    }
    Ok(all.freeze())
}

fn bounded(
    chunk: Result<Bytes, PayloadError>,
    before: usize,
    max: usize,
) -> Result<Bytes, Problem> {
    match chunk {
        Ok(chunk) if before + chunk.len() <= max => Ok(chunk),
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

    #[test]
    fn a_file_is_one_of_the_types_that_are_taken_and_in_utf8() {
        let named = |declared: Option<&str>| {
            let file = FileBody::<1> {
                bytes: Bytes::new(),
                declared: declared.map(str::to_owned),
            };
            let found = file.type_among(&["text/csv", "application/xml"]);
            found.map_err(|problem| problem.code())
        };
        assert_eq!(named(Some("Text/CSV")), Ok("text/csv"));
        assert_eq!(named(Some("text/csv; charset=UTF-8")), Ok("text/csv"));
        for other in [None, Some(""), Some("text/plain"), Some("csv")] {
            assert_eq!(named(other), Err(ProblemCode::MediaTypeUnsupported));
        }
        let gbk = named(Some("application/xml; charset=GBK"));
        assert_eq!(gbk, Err(ProblemCode::CharsetUnsupported));
    }
}
