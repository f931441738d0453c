//! What forms and uploads bring. Both are taken only from our own pages: a form of a session
//! carries its token, and no form comes from another site.

use std::time::Duration;

use actix_multipart::Multipart;
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, HOST, HeaderMap, ORIGIN};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use futures_util::StreamExt;
use futures_util::future::{FutureExt, LocalBoxFuture, Shared};
use tokio::time::timeout;

use super::session;
use crate::http::body::FormBody;
use crate::http::problem::{Problem, ProblemCode};
use crate::http::state;
use crate::operations::sign_in::form_token;

/// The member of a form that carries its session's token.
pub const TOKEN: &str = "form_token";
/// The member of every form in which somebody types a password.
const PASSWORD: &str = "password";
/// The largest upload, in bytes: the largest paper, or the largest table, and the form around it.
pub const MAX_UPLOAD: usize = 12 * 1024 * 1024;
/// Members of one form.
const MOST_MEMBERS: usize = 500;
/// How long an upload may take to arrive, over a line of a shop.
const PATIENCE: Duration = Duration::from_secs(120);

/// The members of a form, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    members: Vec<(String, String)>,
}

impl Form {
    /// What was typed under a name, without blanks around it; empty where nothing was.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The same where something was typed.
    pub fn some(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// What was typed under a name, with every blank: passwords have them.
    pub fn raw(&self, name: &str) -> &str {
        let found = self.members.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    /// The version of a claim that was seen by whoever sends the form.
    ///
    /// # Errors
    /// [`ProblemCode::VersionMissing`].
    pub fn revision(&self) -> Result<i64, Problem> {
        let revision = self.text("revision").parse();
        revision.map_err(|_| ProblemCode::VersionMissing.into())
    }

    /// Everything under a name: boxes that were ticked.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let name = name.to_owned();
        self.members
            .iter()
            .filter(move |(key, _)| *key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every member.
    pub fn members(&self) -> &[(String, String)] {
        &self.members
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let members: Vec<_> = url::form_urlencoded::parse(text.as_bytes())
            .into_owned()
            .take(MOST_MEMBERS + 1)
            .collect();
        if members.len() > MOST_MEMBERS {
            return Err(ProblemCode::BadRequest.into());
        }
        Ok(Self { members })
    }

    /// The query of an address, read like a form.
    pub fn query(request: &HttpRequest) -> Self {
        Self::parse(request.query_string()).unwrap_or_default()
    }

    /// The form that a request brought, to be sent again as it is; it is waited for where it is still
    /// on its way. One of who is not signed in says something of a person, and passwords are repeated
    /// nowhere.
    pub async fn brought(request: &HttpRequest) -> Option<Self> {
        let reading = request.extensions_mut().remove::<Reading>()?;
        let form = reading.0.await.ok()?;
        let named = |name: &str| form.members.iter().any(|(key, _)| key == name);
        (named(TOKEN) && !named(PASSWORD)).then_some(form)
    }

    #[cfg(test)]
    pub(in crate::http) fn of(text: &str) -> Self {
        Self::parse(text).unwrap()
    }
}

/// A form on its way, which stays with its request: who it comes from is looked up at the same time,
/// and where that fails first the page that says so holds the form nevertheless. It holds nothing of
/// the request, which holds it.
struct Reading(Shared<LocalBoxFuture<'static, Result<Form, Problem>>>);

impl FromRequest for Form {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = FormBody::from_request(request, payload);
        let checked = check_origin(request.headers());
        let wanted = wanted_token(request);
        let reading = async move {
            checked?;
            let form = Self::parse(&body.await?.0)?;
            check_token(wanted?.as_deref(), form.raw(TOKEN))?;
            Ok(form)
        };
        let reading = reading.boxed_local().shared();
        let kept = Reading(reading.clone());
        request.extensions_mut().insert(kept);
        reading.boxed_local()
    }
}

/// A file that was uploaded.
#[derive(Debug, Clone)]
pub struct UploadedFile {
    /// The member of the form.
    pub member: String,
    /// What its sender calls it; never a path of ours.
    pub name: String,
    /// What its sender says it is.
    pub declared: String,
    /// The bytes.
    pub bytes: Bytes,
}

/// A form with files, of at most `MAX` bytes together.
#[derive(Debug, Clone, Default)]
pub struct Upload<const MAX: usize = MAX_UPLOAD> {
    /// What was typed.
    pub form: Form,
    /// Files that have at least a byte.
    pub files: Vec<UploadedFile>,
}

impl<const MAX: usize> Upload<MAX> {
    /// The bytes of the file under a name.
    ///
    /// # Errors
    /// [`ProblemCode::BodyTooLarge`] where it has more than `largest` bytes, `missing` as a mistake
    /// of the file where there is none.
    pub fn file(self, member: &str, largest: usize, missing: &str) -> Result<Bytes, Problem> {
        let file = self.files.into_iter().find(|file| file.member == member);
        let file = file.ok_or_else(|| Problem::file(missing.to_owned()))?;
        if file.bytes.len() > largest {
            return Err(ProblemCode::BodyTooLarge.into());
        }
        Ok(file.bytes)
    }
}

impl<const MAX: usize> FromRequest for Upload<MAX> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parts = Multipart::new(request.headers(), payload.take());
        let checked = check_origin(request.headers());
        let wanted = wanted_token(request);
        let length = request.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
        async move {
            checked?;
            if length.is_some_and(|length| length > MAX) {
                return Err(ProblemCode::BodyTooLarge.into());
            }
            let read = timeout(PATIENCE, read_parts(parts)).await;
            let upload = read.map_err(|_| ProblemCode::BodyTooSlow)??;
            check_token(wanted?.as_deref(), upload.form.raw(TOKEN))?;
            Ok(upload)
        }
        .boxed_local()
    }
}

async fn read_parts<const MAX: usize>(mut parts: Multipart) -> Result<Upload<MAX>, Problem> {
    let mut upload = Upload::default();
    let mut left = MAX;
    let malformed = || Problem::new(ProblemCode::BadRequest);
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|_| malformed())?;
        let name = part.name().unwrap_or_default().to_owned();
        let file = part
            .content_disposition()
            .and_then(|disposition| disposition.get_filename().map(str::to_owned));
        let declared = part.content_type().map(ToString::to_string);
        let mut bytes = BytesMut::new();
        while let Some(chunk) = part.next().await {
            let chunk = chunk.map_err(|_| malformed())?;
            left = left
                .checked_sub(chunk.len())
                .ok_or(ProblemCode::BodyTooLarge)?;
            bytes.extend_from_slice(&chunk);
        }
        if upload.files.len() + upload.form.members.len() >= MOST_MEMBERS {
            return Err(malformed());
        }
        match file {
            Some(_) if bytes.is_empty() => {}
            Some(file) => upload.files.push(UploadedFile {
                member: name,
                name: file,
                declared: declared.unwrap_or_default(),
                bytes: bytes.freeze(),
            }),
            None => {
                let text = String::from_utf8(bytes.to_vec()).map_err(|_| malformed())?;
                upload.form.members.push((name, text));
            }
        }
    }
    Ok(upload)
}

/// No form comes from another site. Browsers say where one comes from (Fetch Metadata), older ones
/// at least which site it is; who says neither is no browser and has no cookie of anybody.
fn check_origin(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let ours = match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = origin.split_once("://").map(|(_, host)| host);
            host.is_some() && host == text(HOST.as_str())
        }
        (None, None) => true,
    };
    if ours {
        Ok(())
    } else {
        Err(ProblemCode::FormForeign.into())
    }
}

/// The token that follows from the session that a request belongs to, where it belongs to one.
fn wanted_token(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let shared = state::of(request)?;
    Ok(session::token(&shared.engine, request.headers()).map(form_token))
}

/// A form of a session carries the token that follows from it.
fn check_token(wanted: Option<&str>, given: &str) -> Result<(), Problem> {
    let Some(wanted) = wanted else {
        return Ok(());
    };
    verify_slices_are_equal(given.as_bytes(), wanted.as_bytes())
        .map_err(|_| ProblemCode::FormForeign.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::Lang;
    use actix_web::test::TestRequest;

    #[test]
    fn a_form_is_read_by_name() {
        let form = Form::of("a=+1+&b=&a=2&c=%E6%B5%8E%E6%BA%90");
        assert_eq!((form.text("a"), form.raw("a")), ("1", " 1 "));
        assert_eq!(form.all("a").collect::<Vec<_>>(), [" 1 ", "2"]);
        assert_eq!((form.some("b"), form.some("x")), (None, None));
        assert_eq!(form.some("c"), Some("济源"));
        assert!(Form::parse(&"a=1&".repeat(501)).is_err());
        assert_eq!(Form::of("revision=3").revision().unwrap(), 3);
        assert!(Form::of("revision=x").revision().is_err());
    }

    #[test]
    fn a_file_is_found_by_its_name_and_has_a_bound() {
        let upload = || {
            let bytes = Bytes::from_static(b"1234");
            let file = |member: &str| UploadedFile {
                member: member.to_owned(),
                name: String::new(),
                declared: String::new(),
                bytes: bytes.clone(),
            };
            let files = vec![file("other"), file("file")];
            Upload::<MAX_UPLOAD> {
                form: Form::default(),
                files,
            }
        };
        assert_eq!(upload().file("file", 4, "1: empty").unwrap(), "1234");
        let refused = |member, largest| upload().file(member, largest, "1: empty").unwrap_err();
        assert_eq!(refused("file", 3).code(), ProblemCode::BodyTooLarge);
        let missing = refused("paper", 4);
        assert_eq!(missing.code(), Problem::file(String::new()).code());
        assert!(missing.lines(Lang::En).contains(&"1: empty".to_owned()));
    }

    fn comes_from(headers: &[(&str, &str)]) -> bool {
        let mut request = TestRequest::default();
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        check_origin(request.to_http_request().headers()).is_ok()
    }

    #[test]
    fn a_form_of_another_site_is_not_taken() {
        let host = ("host", "bureau.example:8080");
        assert!(comes_from(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(comes_from(&[
            host,
            ("origin", "https://bureau.example:8080")
        ]));
        assert!(comes_from(&[host]));
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(!comes_from(&[host, ("sec-fetch-site", site)]), "{site}");
        }
        for origin in ["https://evil.example", "https://bureau.example", "null"] {
            assert!(!comes_from(&[host, ("origin", origin)]), "{origin}");
        }
    }
}
