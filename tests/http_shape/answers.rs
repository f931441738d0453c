//! Good answers, tokens, limits, and what every answer carries.

use actix_web::test::TestRequest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use tradein::http::schema::{KeySet, TokenAnswer};

use crate::wire::{Desk, bearer, token_request};

#[test]
fn tokens_are_what_the_contract_says() {
    let desk = Desk::new();
    let client = desk.world.client("dealer");
    let basic = STANDARD.encode(format!("{}:{}", client.id, client.secret));
    let request = token_request("grant_type=client_credentials")
        .insert_header(("authorization", format!("Basic {basic}")));
    let answer = desk.call(request);
    assert_eq!(
        (answer.status, answer.header("cache-control")),
        (200, "no-store")
    );
    let token: TokenAnswer = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (token.token_type.as_str(), token.expires_in),
        ("Bearer", 900)
    );
    let part = |i: usize| -> Value {
        let text = token.access_token.split('.').nth(i).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    };
    let (header, claims) = (part(0), part(1));
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&"EdDSA".into(), &"at+jwt".into())
    );
    assert_eq!(claims["sub"], client.id.as_str());
    assert_eq!(claims["scope"], "claims:read claims:write");
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        900
    );
    for name in ["iss", "aud", "jti", "role"] {
        assert!(claims[name].is_string(), "{name}");
    }
    let keys: KeySet = serde_json::from_value(desk.get("/.well-known/jwks.json").json()).unwrap();
    assert!(keys.keys.iter().any(|key| key["kid"] == header["kid"]));
    assert!(
        keys.keys.iter().all(|key| key.get("d").is_none()),
        "no private part"
    );
}

#[test]
fn token_errors_are_those_of_the_standard() {
    let desk = Desk::new();
    let client = desk.world.client("dealer");
    let wrong = format!(
        "grant_type=client_credentials&client_id={}&client_secret=no",
        client.id
    );
    let nobody = "grant_type=client_credentials&client_id=x&client_secret=y";
    for form in [wrong.as_str(), nobody, "grant_type=client_credentials"] {
        let answer = desk.call(token_request(form));
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (401, &"invalid_client".into())
        );
        assert!(
            answer.header("www-authenticate").starts_with("Basic"),
            "{form}"
        );
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let good = format!("client_id={}&client_secret={}", client.id, client.secret);
    for (more, error) in [
        ("", "invalid_request"),
        ("&grant_type=password", "unsupported_grant_type"),
        (
            "&grant_type=client_credentials&scope=claims:approve",
            "invalid_scope",
        ),
    ] {
        let answer = desk.call(token_request(&format!("{good}{more}")));
        assert_eq!(
            (answer.status, &answer.json()["error"]),
            (400, &error.into())
        );
    }
    let json = TestRequest::post()
        .uri("/oauth/token")
        .insert_header(("content-type", "application/json"))
        .set_payload("{}");
    assert_eq!(desk.call(json).code(), "media_type_unsupported");
}

#[test]
fn guessing_tails_is_limited_and_all_refusals_are_alike() {
    let desk = Desk::new();
    let ask = |number: &str, tail: usize| {
        let body = format!(r#"{{"number":"{number}","id_tail":"{tail:04}","mobile_tail":"8000"}}"#);
        let request = TestRequest::post().uri("/v1/public/claim-status");
        desk.call(
            request
                .insert_header(("content-type", "application/json"))
                .set_payload(body),
        )
    };
    let first = ask("JY25-0000123-7", 0);
    assert_eq!(
        (first.status, first.code().as_str()),
        (404, "claim_not_found")
    );
    assert_eq!(first.header("cache-control"), "no-store");
    let mut refused = None;
    for tail in 1..200 {
        let answer = ask("jy25-0000123-7", tail);
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        assert_eq!((answer.status, &answer.body), (404, &first.body));
    }
    let refused = refused.expect("guessing one number must be limited");
    assert_eq!(refused.code(), "too_many_requests");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() >= 1);
    let other = ask("JY25-0000124-5", 0);
    assert_eq!((other.status, other.body), (404, first.body));
}

#[test]
fn every_answer_carries_its_name_and_guards() {
    let desk = Desk::new();
    for path in [
        "/livez",
        "/nowhere",
        "/v1/claims",
        "/v1/public/pools",
        "/docs/",
    ] {
        let named = TestRequest::get()
            .uri(path)
            .insert_header(("x-request-id", "till-7.0001"));
        let answer = desk.call(named);
        assert_eq!(answer.header("x-request-id"), "till-7.0001", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        let odd = TestRequest::get()
            .uri(path)
            .insert_header(("x-request-id", "a b<script>"));
        let name = desk.call(odd).header("x-request-id").to_owned();
        assert!(!name.is_empty() && !name.contains('<'), "{path}: {name}");
    }
}

#[test]
fn health_figures_and_head() {
    let desk = Desk::new();
    for path in ["/livez", "/readyz"] {
        assert_eq!(desk.get(path).json()["status"], "ok");
        let head = desk.call(
            TestRequest::default()
                .method(actix_web::http::Method::HEAD)
                .uri(path),
        );
        assert_eq!(head.status, 200);
    }
    let figures = desk.get("/metrics");
    assert_eq!(
        figures.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = String::from_utf8(figures.body).unwrap();
    let line = r#"tradein_http_requests_total{route="/livez",method="GET",status="200"}"#;
    assert!(text.contains(line), "{text}");
    assert!(
        text.contains("tradein_http_request_seconds_bucket{route=\"/livez\""),
        "{text}"
    );
}

#[test]
fn lists_have_items_and_a_cursor() {
    let desk = Desk::new();
    let token = desk.token("dealer");
    let claims = desk.call(
        TestRequest::get()
            .uri("/v1/claims")
            .insert_header(bearer(&token)),
    );
    for answer in [
        claims,
        desk.get("/v1/public/pools?limit=1"),
        desk.get("/v1/public/programmes"),
        desk.get("/v1/public/dealers"),
    ] {
        let body = answer.json();
        assert!(
            body["items"].is_array() && body.get("next_cursor").is_some(),
            "{body}"
        );
    }
    let journal = desk.get("/v1/public/journal/jiyuan-cars?after=0");
    assert_eq!(journal.header("content-type"), "application/x-ndjson");
    assert!(journal.body.ends_with(b"\n"));
}
