//! Tokens of hostile kinds, and the endpoint that gives them out.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::support::Backend;
use super::support::claims::claim;
use super::{CARS, House, on_both, problem};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn read(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn changed(mut value: Value, name: &str, to: Value) -> Value {
    value[name] = to;
    value
}

/// Tokens made from a good one by somebody without the key.
fn forged(good: &str, foreign: &str) -> Vec<String> {
    let [head, claims, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!("not three parts");
    };
    let (header, payload) = (read(head), read(claims));
    let other_claims = read(foreign.split('.').nth(1).unwrap());
    let none = changed(header.clone(), "alg", json!("none"));
    let hmac = changed(header.clone(), "alg", json!("HS256"));
    let far = changed(payload.clone(), "exp", json!(9_999_999_999_u64));
    let mut flipped = signature.to_owned();
    let first = if flipped.starts_with('A') { "B" } else { "A" };
    flipped.replace_range(..1, first);
    vec![
        "x".into(),
        "..".into(),
        "null".into(),
        format!("{head}.{claims}"),
        format!("{head}.{claims}."),
        format!("{head}.{claims}.{flipped}"),
        format!("{head}.{claims}.{signature}{signature}"),
        format!("{head}.{claims}.{signature}."),
        format!("{}.{claims}.", part(&none)),
        format!("{}.{claims}.{signature}", part(&none)),
        format!("{}.{claims}.{signature}", part(&hmac)),
        format!(
            "{}.{claims}.{signature}",
            part(&changed(header.clone(), "typ", json!("JWT")))
        ),
        format!(
            "{}.{claims}.{signature}",
            part(&changed(header.clone(), "kid", json!("../../etc/passwd")))
        ),
        format!(
            "{}.{claims}.{signature}",
            part(&changed(header, "jwk", json!({"kty": "OKP"})))
        ),
        format!("{head}.{}.{signature}", part(&far)),
        format!(
            "{head}.{}.{signature}",
            part(&changed(payload, "sub", other_claims["sub"].clone()))
        ),
        format!("{head}.{}.{signature}", part(&other_claims)),
        foreign.to_owned(),
        format!("{head}.{}.{signature}", "A".repeat(20_000)),
        "é".into(),
    ]
}

#[test]
fn forged_tokens_are_401() {
    // Another installation has other keys.
    let elsewhere = House::new(Backend::Sqlite);
    on_both(|house| {
        let claim = claim(CARS).to_string();
        for token in forged(&house.token, &elsewhere.token) {
            let value = format!("Bearer {token}");
            let headers = [
                ("authorization", value.as_str()),
                ("content-type", "application/json"),
                ("idempotency-key", "hostile-token"),
            ];
            for (method, path, body) in [
                ("POST", "/v1/claims", claim.as_str()),
                ("GET", "/v1/claims", ""),
            ] {
                let answer = house
                    .server
                    .client()
                    .call(method, path, &headers, body.as_bytes());
                let shown: String = token.chars().take(60).collect();
                assert_eq!(answer.status, 401, "{shown}: {}", answer.text());
                problem(&answer, 401, "token_invalid");
                let challenge = answer.header("www-authenticate").unwrap();
                assert!(
                    challenge.starts_with("Bearer ") && challenge.contains("invalid_token"),
                    "{challenge}"
                );
            }
        }
    });
}

#[test]
fn no_token_is_401_wherever_one_is_needed() {
    on_both(|house| {
        let basic = STANDARD.encode(format!(
            "{}:{}",
            house.credentials.client_id, house.credentials.client_secret
        ));
        let query = format!("/v1/claims?access_token={}", house.token);
        for (path, header) in [
            ("/v1/claims", None),
            ("/v1/claims/0199a7b0-1111-7222-8333-444455556666", None),
            ("/v1/claims", Some(format!("Basic {basic}"))),
            ("/v1/claims", Some(house.token.clone())),
            ("/v1/claims", Some("Bearer".to_owned())),
            (query.as_str(), None),
        ] {
            let headers: Vec<_> = header
                .iter()
                .map(|value| ("authorization", value.as_str()))
                .collect();
            let answer = house.server.client().call("GET", path, &headers, b"");
            problem(&answer, 401, "token_missing");
            assert!(
                answer
                    .header("www-authenticate")
                    .unwrap()
                    .starts_with("Bearer ")
            );
        }
        let value = format!("Bearer {}", house.token);
        let twice = [
            ("authorization", value.as_str()),
            ("authorization", value.as_str()),
        ];
        problem(
            &house.server.client().call("GET", "/v1/claims", &twice, b""),
            401,
            "token_invalid",
        );
        let small = value.replace("Bearer", "bEARER");
        let answer = house.server.client().call(
            "GET",
            "/v1/claims",
            &[("authorization", small.as_str())],
            b"",
        );
        assert_eq!(
            answer.status, 200,
            "the scheme has no case (RFC 9110, 11.1)"
        );
    });
}

#[test]
fn a_token_works_at_every_instance_and_after_a_restart() {
    for backend in Backend::ALL {
        let mut house = House::new(backend);
        house.server.kill();
        house.server = house.database.serve();
        assert_eq!(house.client().get("/v1/claims").status, 200, "{backend:?}");
    }
}

#[test]
fn wrong_credentials_get_no_token() {
    on_both(|house| {
        let (id, secret) = (
            &house.credentials.client_id,
            &house.credentials.client_secret,
        );
        let cut = &secret[1..];
        for form in [
            String::new(),
            "grant_type=client_credentials".into(),
            format!("grant_type=password&client_id={id}&client_secret={secret}"),
            format!("client_id={id}&client_secret={secret}"),
            format!("grant_type=client_credentials&client_id={id}&client_secret={cut}"),
            format!("grant_type=client_credentials&client_id={id}&client_secret="),
            format!("grant_type=client_credentials&client_id=x&client_secret={secret}"),
            "grant_type=client_credentials&client_id=%00&client_secret=%ff".into(),
        ] {
            let answer =
                house
                    .server
                    .client()
                    .call("POST", "/oauth/token", &[FORM], form.as_bytes());
            assert!(
                matches!(answer.status, 400 | 401),
                "{form}: {} {}",
                answer.status,
                answer.text()
            );
            assert!(answer.json()["access_token"].is_null());
            assert!(answer.json()["error"].is_string(), "{}", answer.text());
            assert!(!answer.text().contains(secret.as_str()));
        }
    });
}

#[test]
fn basic_and_form_give_the_same_kind_of_token() {
    let house = House::new(Backend::Sqlite);
    let credentials = &house.credentials;
    let basic = STANDARD.encode(format!(
        "{}:{}",
        credentials.client_id, credentials.client_secret
    ));
    let value = format!("Basic {basic}");
    let headers = [FORM, ("authorization", value.as_str())];
    let answer = house.server.client().call(
        "POST",
        "/oauth/token",
        &headers,
        b"grant_type=client_credentials",
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["token_type"], "Bearer");
    assert_eq!(answer.json()["expires_in"], 900);
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let head = read(token.split('.').next().unwrap());
    assert_eq!(
        (&head["alg"], &head["typ"]),
        (&"EdDSA".into(), &"at+jwt".into())
    );
    let payload = read(token.split('.').nth(1).unwrap());
    for member in ["iss", "aud", "sub", "scope", "exp", "iat"] {
        assert!(!payload[member].is_null(), "{member}: {payload}");
    }
    assert_eq!(
        house
            .server
            .client()
            .with_token(&token)
            .get("/v1/claims")
            .status,
        200
    );
}
