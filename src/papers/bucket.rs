//! Papers in a bucket of a store that speaks the S3 protocol.

use std::time::Duration;

use hyper::http::uri::{Scheme, Uri};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::{BackoffConfig, ClientOptions, RetryConfig};

use super::{ANSWER_WITHIN, PaperStoreError};

/// How long a connection may take: a store that is down says nothing.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// Further tries after an answer of 5xx or a lost connection.
const RETRIES: usize = 2;

/// Where the store is.
const ENDPOINT: [&str; 2] = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"];
const ALLOW_HTTP: &str = "AWS_ALLOW_HTTP";
const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
const REGION: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];
const VIRTUAL_HOSTED: &str = "AWS_VIRTUAL_HOSTED_STYLE_REQUEST";

/// Opens a bucket. Only the variables above are read: others would switch off the signature or
/// the check of certificates, and credentials that expire would fail within hours.
pub(super) fn open(
    bucket: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<AmazonS3, PaperStoreError> {
    let (endpoint, plain_http) = endpoint(&variable)?;
    let region = first(&variable, REGION)?;
    AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_endpoint(endpoint)
        .with_region(region.map_or_else(|| "us-east-1".to_owned(), |(_, region)| region))
        .with_access_key_id(needed(&variable, KEY_ID)?)
        .with_secret_access_key(needed(&variable, SECRET)?)
        .with_virtual_hosted_style_request(flag(&variable, VIRTUAL_HOSTED)?)
        // The request for many at once is not spoken by all such stores.
        .with_disable_bulk_delete(true)
        .with_client_options(
            ClientOptions::new()
                .with_allow_http(plain_http)
                // Without TLS none are needed, and a bare image has none.
                .with_no_system_certificates(plain_http)
                .with_connect_timeout(CONNECT_WITHIN)
                .with_timeout(ANSWER_WITHIN),
        )
        .with_retry(RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(1),
                base: 2.0,
            },
            max_retries: RETRIES,
            retry_timeout: ANSWER_WITHIN,
        })
        .build()
        .map_err(|error| PaperStoreError::Open(error.into()))
}

/// The address of the store and whether it is without TLS.
fn endpoint(variable: &impl Fn(&str) -> Option<String>) -> Result<(String, bool), PaperStoreError> {
    let (name, text) = first(variable, ENDPOINT)?.ok_or(PaperStoreError::Variable {
        name: ENDPOINT[0],
        problem: "it is needed for a bucket",
    })?;
    let fail = |problem| PaperStoreError::Variable { name, problem };
    let uri: Uri = text.parse().map_err(|_| fail("not an address"))?;
    let plain_http = match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS => false,
        Some(scheme) if *scheme == Scheme::HTTP => true,
        _ => return Err(fail("not an address with https://")),
    };
    let user = uri.authority().is_none_or(|a| a.as_str().contains('@'));
    if user || uri.query().is_some() || text.contains('#') {
        return Err(fail("only a host, a port and a path are understood"));
    }
    if plain_http && !flag(variable, ALLOW_HTTP)? {
        return Err(fail("http:// needs AWS_ALLOW_HTTP=true"));
    }
    Ok((text, plain_http))
}

/// The first of two variables that is set.
fn first(
    variable: &impl Fn(&str) -> Option<String>,
    names: [&'static str; 2],
) -> Result<Option<(&'static str, String)>, PaperStoreError> {
    for name in names {
        if let Some(value) = given(variable, name)? {
            return Ok(Some((name, value)));
        }
    }
    Ok(None)
}

fn needed(
    variable: &impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<String, PaperStoreError> {
    given(variable, name)?.ok_or(PaperStoreError::Variable {
        name,
        problem: "it is needed for a bucket",
    })
}

fn flag(
    variable: &impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<bool, PaperStoreError> {
    match given(variable, name)?.as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(PaperStoreError::Variable {
            name,
            problem: "neither true nor false",
        }),
    }
}

/// A variable; an empty one counts as not set. Values go into the heads of requests, where
/// anything but visible ASCII has no place.
fn given(
    variable: &impl Fn(&str) -> Option<String>,
    name: &'static str,
) -> Result<Option<String>, PaperStoreError> {
    let value = variable(name).filter(|value| !value.is_empty());
    match value {
        Some(value) if !value.bytes().all(|b| b.is_ascii_graphic()) => {
            Err(PaperStoreError::Variable {
                name,
                problem: "blanks or characters outside ASCII",
            })
        }
        value => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without TLS, so that no test depends on the certificates of its machine.
    const GOOD: [(&str, &str); 4] = [
        ("AWS_ENDPOINT_URL", "http://store.example"),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ACCESS_KEY_ID", "tradein"),
        ("AWS_SECRET_ACCESS_KEY", "canary-secret"),
    ];

    /// A good variable, unless `changed` has it.
    fn value(changed: &[(&str, &str)], name: &str) -> Option<String> {
        let mut all = changed.iter().chain(&GOOD);
        let found = all.find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    }

    fn opened(changed: &[(&str, &str)]) -> Result<AmazonS3, PaperStoreError> {
        open("papers", |name| value(changed, name))
    }

    #[test]
    fn opens_with_what_is_needed() {
        for changed in [
            &[][..],
            &[("AWS_ENDPOINT_URL_S3", "http://10.0.0.1:9000")],
            &[
                ("AWS_REGION", "cn-north-1"),
                ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "true"),
            ],
        ] {
            assert!(opened(changed).is_ok(), "{changed:?}");
        }
        for address in ["https://store.example", "https://10.0.0.1:9000/base"] {
            let changed = [("AWS_ENDPOINT_URL_S3", address), ("AWS_ALLOW_HTTP", "")];
            let variable = |name: &str| value(&changed, name);
            assert_eq!(endpoint(&variable).unwrap(), (address.to_owned(), false));
        }
    }

    #[test]
    fn names_the_variable_that_is_wrong_and_never_its_value() {
        for (name, value) in [
            ("AWS_ENDPOINT_URL", ""),
            ("AWS_ENDPOINT_URL_S3", "canary.example"),
            ("AWS_ENDPOINT_URL_S3", "ftp://canary.example"),
            ("AWS_ENDPOINT_URL_S3", "https://canary:canary@store.example"),
            ("AWS_ENDPOINT_URL_S3", "https://store.example/?canary"),
            ("AWS_ENDPOINT_URL_S3", "https://store.example/#canary"),
            ("AWS_ENDPOINT_URL_S3", "https://"),
            ("AWS_ACCESS_KEY_ID", ""),
            ("AWS_SECRET_ACCESS_KEY", ""),
            ("AWS_SECRET_ACCESS_KEY", "canary\n"),
            ("AWS_REGION", "canary canary"),
            ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "canary"),
        ] {
            let error = opened(&[(name, value)]).unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(text.contains(name), "{name}={value}: {text}");
            assert!(!text.contains("canary"), "{name}={value}: {text}");
        }
    }

    #[test]
    fn plain_http_takes_the_whole_word() {
        for word in ["", "false", "1", "True", "yes"] {
            let error = opened(&[("AWS_ALLOW_HTTP", word)]).unwrap_err();
            assert_eq!(error.code(), "paper_store_variable", "{word}");
        }
    }
}
