//! `POST /oauth/token`: client credentials for a token (RFC 6749, 4.4), and the key set.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, HeaderMap, PRAGMA, WWW_AUTHENTICATE};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::body::FormBody;
use super::problem::Problem;
use super::rate;
use super::state::Shared;
use super::tokens::{self, LIFETIME_SECONDS};
use crate::clock;
use crate::operations::credentials;

/// Longer credentials are not looked at.
const LONGEST_CREDENTIAL: usize = 256;

/// The errors of RFC 6749, 5.2 that can happen here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OauthError {
    InvalidRequest(&'static str),
    InvalidClient,
    UnsupportedGrantType,
    InvalidScope,
}

#[derive(Serialize)]
struct ErrorBody {
    error: &'static str,
    error_description: &'static str,
}

#[derive(Serialize)]
struct TokenBody {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    scope: &'static str,
}

/// A request for a token.
#[derive(Debug, PartialEq, Eq)]
struct TokenRequest {
    client_id: String,
    client_secret: String,
    scope: Option<String>,
}

/// `POST /oauth/token`
pub async fn token(
    request: HttpRequest,
    shared: Data<Shared>,
    body: FormBody,
) -> Result<HttpResponse, Problem> {
    let asked = match read(request.headers(), &body.0) {
        Ok(asked) => asked,
        Err(error) => return Ok(refused(error)),
    };
    shared.limits.token(
        rate::address(&request, &shared.engine.settings.trusted_proxies),
        &asked.client_id,
    )?;
    let (id, secret) = (&asked.client_id, &asked.client_secret);
    let Some(principal) = credentials::authenticate(&shared.engine, id, secret).await else {
        return Ok(refused(OauthError::InvalidClient));
    };
    let granted = tokens::scope(principal.role);
    let known = |wanted: &str| granted.split(' ').any(|scope| scope == wanted);
    if !asked
        .scope
        .unwrap_or_default()
        .split_ascii_whitespace()
        .all(known)
    {
        return Ok(refused(OauthError::InvalidScope));
    }
    let body = TokenBody {
        access_token: shared.tokens.issue(&principal, clock::now()),
        token_type: "Bearer",
        expires_in: LIFETIME_SECONDS,
        scope: granted,
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(body))
}

/// `GET /.well-known/jwks.json`: the keys of tokens, receipts and checkpoints.
pub async fn jwks(shared: Data<Shared>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .json(shared.engine.keys.jwks())
}

fn refused(error: OauthError) -> HttpResponse {
    let (status, code, text) = match error {
        OauthError::InvalidRequest(text) => (StatusCode::BAD_REQUEST, "invalid_request", text),
        OauthError::InvalidClient => (
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "client_id and client_secret do not belong to an active client",
        ),
        OauthError::UnsupportedGrantType => (
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "the only grant_type is client_credentials",
        ),
        OauthError::InvalidScope => (
            StatusCode::BAD_REQUEST,
            "invalid_scope",
            "the client may not have this scope",
        ),
    };
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"));
    if status == StatusCode::UNAUTHORIZED {
        answer.insert_header((
            WWW_AUTHENTICATE,
            r#"Basic realm="tradein", charset="UTF-8""#,
        ));
    }
    answer.json(ErrorBody {
        error: code,
        error_description: text,
    })
}

fn read(headers: &HeaderMap, form: &str) -> Result<TokenRequest, OauthError> {
    let mut form = Form::parse(form)?;
    let grant = form.take("grant_type")?;
    let scope = form.take("scope")?;
    let in_form = (form.take("client_id")?, form.take("client_secret")?);
    let (client_id, client_secret) = match (basic(headers)?, in_form) {
        (Some(pair), (None, None)) => pair,
        // Some clients repeat the id in the form, which says nothing new.
        (Some(pair), (Some(id), None)) if id == pair.0 => pair,
        (Some(_), _) => {
            let text = "send the client either by HTTP Basic or in the form, not both";
            return Err(OauthError::InvalidRequest(text));
        }
        (None, (Some(id), Some(secret))) => (id, secret),
        (None, _) => return Err(OauthError::InvalidClient),
    };
    match grant.as_deref() {
        Some("client_credentials") => {}
        Some(_) => return Err(OauthError::UnsupportedGrantType),
        None => return Err(OauthError::InvalidRequest("grant_type is missing")),
    }
    if client_id.len() > LONGEST_CREDENTIAL || client_secret.len() > LONGEST_CREDENTIAL {
        return Err(OauthError::InvalidClient);
    }
    Ok(TokenRequest {
        client_id,
        client_secret,
        scope,
    })
}

/// The client of HTTP Basic, each half form-encoded (RFC 6749, 2.3.1); `None` without it.
fn basic(headers: &HeaderMap) -> Result<Option<(String, String)>, OauthError> {
    let mut values = headers.get_all(AUTHORIZATION);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let pair = || {
        let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
        let bytes = STANDARD.decode(encoded.trim()).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (id, secret) = text.split_once(':')?;
        scheme
            .eq_ignore_ascii_case("basic")
            .then_some((form_decoded(id)?, form_decoded(secret)?))
    };
    match pair() {
        Some(pair) if values.next().is_none() => Ok(Some(pair)),
        _ => Err(OauthError::InvalidClient),
    }
}

fn form_decoded(text: &str) -> Option<String> {
    let pair = format!("v={text}");
    let decoded = Query::<Vec<(String, String)>>::from_query(&pair).ok()?;
    match decoded.into_inner().as_slice() {
        [(_, value)] => Some(value.clone()),
        _ => None,
    }
}

/// A form whose fields are taken once each; empty fields count as absent (RFC 6749, 3.2).
struct Form(Vec<(String, String)>);

impl Form {
    fn parse(text: &str) -> Result<Self, OauthError> {
        Query::<Vec<(String, String)>>::from_query(text)
            .map(|pairs| Self(pairs.into_inner()))
            .map_err(|_| OauthError::InvalidRequest("the form cannot be read"))
    }

    fn take(&mut self, name: &str) -> Result<Option<String>, OauthError> {
        let mut found = self
            .0
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(OauthError::InvalidRequest("a field stands twice")),
            (value, None) => Ok(value.filter(|v| !v.is_empty()).cloned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn asked(authorization: Option<&str>, form: &str) -> Result<(String, String), OauthError> {
        let mut headers = HeaderMap::new();
        if let Some(pair) = authorization {
            let value = format!("Basic {}", STANDARD.encode(pair));
            headers.insert(AUTHORIZATION, HeaderValue::from_str(&value).unwrap());
        }
        read(&headers, form).map(|r| (r.client_id, r.client_secret))
    }

    #[test]
    fn the_client_comes_by_basic_or_in_the_form() {
        let pair = Ok(("id".to_owned(), "s:%ecret".to_owned()));
        let grant = "grant_type=client_credentials";
        assert_eq!(asked(Some("id:s%3A%25ecret"), grant), pair);
        assert_eq!(asked(Some("id:s:%25ecret"), grant), pair);
        assert_eq!(
            asked(Some("id:s:%25ecret"), &format!("{grant}&client_id=id")),
            pair
        );
        let form = format!("{grant}&client_id=id&client_secret=s%3A%25ecret&scope=");
        assert_eq!(asked(None, &form), pair);
    }

    #[test]
    fn what_is_wrong_has_the_codes_of_the_standard() {
        let both = "grant_type=client_credentials&client_id=id&client_secret=s";
        let invalid = |form| matches!(asked(None, form), Err(OauthError::InvalidRequest(_)));
        assert!(matches!(
            asked(Some("id:s"), both),
            Err(OauthError::InvalidRequest(_))
        ));
        assert!(invalid("client_id=id&client_secret=s"));
        assert!(invalid(
            "grant_type=a&grant_type=a&client_id=id&client_secret=s"
        ));
        let password = "grant_type=password&client_id=id&client_secret=s";
        assert_eq!(asked(None, password), Err(OauthError::UnsupportedGrantType));
        for nobody in [
            "grant_type=client_credentials",
            "grant_type=client_credentials&client_id=id",
        ] {
            assert_eq!(asked(None, nobody), Err(OauthError::InvalidClient));
        }
        assert_eq!(
            asked(Some("no colon"), "grant_type=x"),
            Err(OauthError::InvalidClient)
        );
    }
}
