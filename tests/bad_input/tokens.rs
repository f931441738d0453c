//! Tokens of hostile kinds, and the endpoint that gives them out.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tradein::keys::{KeySource, Keys};

use super::support::Backend;
use super::support::claims::claim;
use super::token_table::{Forge, Hostile, read};
use super::{CARS, House, on_both, problem};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn keys_of(house: &House) -> Keys {
    Keys::load(&KeySource::File(
        house.database.data_dir().join("keys.toml"),
    ))
    .unwrap()
}

/// Looks whether a token is refused as the contract says, wherever it is shown.
fn refused(house: &House, token: &str) -> Result<(), String> {
    let claim = claim(CARS).to_string();
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
        let mut client = house.server.client();
        let answer = client.call(method, path, &headers, body.as_bytes());
        if answer.status != 401 {
            return Err(format!("{method} {path}: {}", answer.status));
        }
        problem(&answer, 401, "token_invalid");
        let challenge = answer.header("www-authenticate").unwrap();
        let told = challenge.starts_with("Bearer ") && challenge.contains("invalid_token");
        assert!(told, "{challenge}");
    }
    Ok(())
}

/// The names of the tokens of a list that let somebody in.
fn let_in(house: &House, tokens: &[Hostile]) -> Vec<String> {
    let tried = tokens.iter();
    let found = tried.filter_map(|(name, token)| {
        let why = refused(house, token).err()?;
        Some(format!("{name}: {why}"))
    });
    found.collect()
}

#[test]
fn hostile_tokens_are_401() {
    // Another installation has other keys.
    let elsewhere = House::new(Backend::Sqlite);
    on_both(|house| {
        let keys = keys_of(house);
        let forge = Forge {
            keys: &keys,
            good: &house.token,
            foreign: &elsewhere.token,
        };
        let tokens = forge.all();
        let names: HashSet<&str> = tokens.iter().map(|(name, _)| name.as_str()).collect();
        let texts: HashSet<&str> = tokens.iter().map(|(_, token)| token.as_str()).collect();
        assert_eq!((names.len(), texts.len()), (tokens.len(), tokens.len()));
        assert!(tokens.len() >= 60, "only {}", tokens.len());
        assert_eq!(let_in(house, &tokens), Vec::<String>::new());
        // Once more, should one of them have been remembered.
        assert_eq!(let_in(house, &tokens), Vec::<String>::new());
        println!(
            "{:?}: {} hostile tokens, each twice at two routes: none let in",
            house.database.backend(),
            tokens.len()
        );
    });
}

#[test]
fn planted_a_token_that_lets_in_is_noticed() {
    let house = House::new(Backend::Sqlite);
    let good = vec![("intact".to_owned(), house.token.clone())];
    assert_eq!(let_in(&house, &good), ["intact: POST /v1/claims: 201"]);
    let noticed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| house.stands()));
    assert!(noticed.is_err(), "the claim that it filed is not noticed");
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
            ("/v1/claims", Some(format!("Token {}", house.token))),
            ("/v1/claims", Some(format!("DPoP {}", house.token))),
            ("/v1/claims", Some(format!("Bearer\t{}", house.token))),
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
        let cookie = format!("access_token={0}; token={0}; session={0}", house.token);
        for (name, text) in [
            ("cookie", &cookie),
            ("x-access-token", &house.token),
            ("x-authorization", &value),
            ("proxy-authorization", &value),
        ] {
            let headers = [(name, text.as_str())];
            let mut client = house.server.client();
            let answer = client.call("GET", "/v1/claims", &headers, b"");
            problem(&answer, 401, "token_missing");
        }
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
