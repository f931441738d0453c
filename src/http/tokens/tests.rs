use serde_json::{Map, Value, json};

use super::*;
use crate::keys::Signer;

const NOW: i64 = 1_750_000_000;
const ISSUER: &str = "tradein";
const AUDIENCE: &str = "tradein-api";

fn at(second: i64) -> Timestamp {
    Timestamp(second * 1_000_000)
}

fn keys() -> Arc<Keys> {
    Arc::new(Keys::generate(at(NOW)).ok().unwrap())
}

fn desk(keys: &Arc<Keys>) -> TokenDesk {
    TokenDesk::new(keys.clone(), ISSUER, AUDIENCE)
}

fn principal() -> Principal {
    Principal {
        client: ClientId::parse("0199a7b0-1111-7222-8333-444455556666").unwrap(),
        staff: None,
        role: Role::Reviewer,
    }
}

fn header(keys: &Keys) -> Value {
    json!({"alg": "EdDSA", "kid": keys.token.kid(), "typ": "at+jwt"})
}

fn claims() -> Value {
    let client = principal().client.to_string();
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": client, "client_id": client, "role": "reviewer",
        "scope": "claims:read", "jti": "a", "iat": NOW - 10, "nbf": NOW - 10,
        "exp": NOW - 10 + LIFETIME_SECONDS,
    })
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(header: &Value, claims: &Value, signer: &Signer) -> String {
    signed_text(&format!("{}.{}", encoded(header), encoded(claims)), signer)
}

fn signed_text(input: &str, signer: &Signer) -> String {
    format!(
        "{input}.{}",
        URL_SAFE_NO_PAD.encode(signer.sign(input.as_bytes()))
    )
}

fn with(base: &Value, changes: &[(&str, Value)]) -> Value {
    let mut object: Map<String, Value> = base.as_object().unwrap().clone();
    for (name, value) in changes {
        if *value == Value::String("(absent)".into()) {
            object.remove(*name);
        } else {
            object.insert((*name).to_owned(), value.clone());
        }
    }
    Value::Object(object)
}

/// HMAC with the public key as its secret: what a verifier that trusts `alg` falls for.
fn hmac_with_public_key(keys: &Keys) -> String {
    let head = with(&header(keys), &[("alg", json!("HS256"))]);
    let input = format!("{}.{}", encoded(&head), encoded(&claims()));
    let x = keys.token.jwk()["x"].as_str().unwrap().to_owned();
    let public = URL_SAFE_NO_PAD.decode(x).unwrap();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &public);
    let tag = aws_lc_rs::hmac::sign(&key, input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

/// Tokens that must be refused: with another header, signed by our own key …
fn hostile_headers(keys: &Keys) -> Vec<(String, String)> {
    let own = &keys.token;
    let stranger = Signer::from_seed(&[99; 32]).unwrap();
    let absent = || json!("(absent)");
    let cases = [
        ("alg none", vec![("alg", json!("none"))]),
        ("alg HS256", vec![("alg", json!("HS256"))]),
        ("alg RS256", vec![("alg", json!("RS256"))]),
        ("alg in lower case", vec![("alg", json!("eddsa"))]),
        ("alg a number", vec![("alg", json!(1))]),
        ("alg absent", vec![("alg", absent())]),
        ("typ JWT", vec![("typ", json!("JWT"))]),
        (
            "typ of a receipt",
            vec![("typ", json!("tradein-receipt+jws"))],
        ),
        ("typ of an identity token", vec![("typ", json!("id+jwt"))]),
        ("typ absent", vec![("typ", absent())]),
        ("kid unknown", vec![("kid", json!("nobody"))]),
        ("kid a path", vec![("kid", json!("../../../dev/null"))]),
        ("kid absent", vec![("kid", absent())]),
        (
            "kid of the receipt key",
            vec![("kid", json!(keys.receipt.kid()))],
        ),
        ("jwk", vec![("jwk", stranger.jwk())]),
        ("jku", vec![("jku", json!("https://example.org/keys"))]),
        ("x5u", vec![("x5u", json!("https://example.org/cert"))]),
        ("x5c", vec![("x5c", json!(["MIIB"]))]),
        ("crit", vec![("crit", json!(["exp"]))]),
        ("b64", vec![("b64", json!(false)), ("crit", json!(["b64"]))]),
        ("zip", vec![("zip", json!("DEF"))]),
        ("cty", vec![("cty", json!("JWT"))]),
    ];
    let mut tokens: Vec<(String, String)> = cases
        .into_iter()
        .map(|(name, changes)| {
            let head = with(&header(keys), &changes);
            (format!("header: {name}"), signed(&head, &claims(), own))
        })
        .collect();
    // … and with keys that are not for tokens.
    let receipt = with(&header(keys), &[("kid", json!(keys.receipt.kid()))]);
    tokens.push((
        "signed by the receipt key".into(),
        signed(&receipt, &claims(), &keys.receipt),
    ));
    tokens.push((
        "signed by a stranger".into(),
        signed(&header(keys), &claims(), &stranger),
    ));
    let brought = with(
        &header(keys),
        &[("jwk", stranger.jwk()), ("kid", json!(stranger.kid()))],
    );
    tokens.push((
        "brings its own key".into(),
        signed(&brought, &claims(), &stranger),
    ));
    tokens.push((
        "HMAC with the public key".into(),
        hmac_with_public_key(keys),
    ));
    tokens
}

/// Tokens that must be refused: with other claims, signed by our own key.
fn hostile_claims(keys: &Keys) -> Vec<(String, String)> {
    let absent = || json!("(absent)");
    let day = 24 * 3600;
    let cases = [
        ("iss another", vec![("iss", json!("elsewhere"))]),
        ("iss absent", vec![("iss", absent())]),
        ("aud another", vec![("aud", json!("another-api"))]),
        (
            "aud a list",
            vec![("aud", json!([AUDIENCE, "another-api"]))],
        ),
        ("aud absent", vec![("aud", absent())]),
        ("sub absent", vec![("sub", absent())]),
        (
            "sub no id",
            vec![("sub", json!("admin")), ("client_id", json!("admin"))],
        ),
        (
            "sub another than the client",
            vec![("client_id", json!("x"))],
        ),
        ("exp past", vec![("exp", json!(NOW - 1))]),
        ("exp this very second", vec![("exp", json!(NOW))]),
        ("exp absent", vec![("exp", absent())]),
        ("exp a text", vec![("exp", json!("9999999999"))]),
        ("exp a fraction", vec![("exp", json!(NOW as f64 + 60.5))]),
        ("exp in a day", vec![("exp", json!(NOW + day))]),
        (
            "exp beyond numbers",
            vec![("exp", json!(i64::MAX)), ("iat", json!(i64::MIN))],
        ),
        (
            "iat tomorrow",
            vec![("iat", json!(NOW + day)), ("exp", json!(NOW + day + 60))],
        ),
        ("iat absent", vec![("iat", absent())]),
        ("nbf tomorrow", vec![("nbf", json!(NOW + day))]),
        ("nbf absent", vec![("nbf", absent())]),
        ("role unknown", vec![("role", json!("root"))]),
        ("role absent", vec![("role", absent())]),
        ("jti absent", vec![("jti", absent())]),
        ("one claim more", vec![("admin", json!(true))]),
    ];
    cases
        .into_iter()
        .map(|(name, changes)| {
            let token = signed(&header(keys), &with(&claims(), &changes), &keys.token);
            (format!("claims: {name}"), token)
        })
        .collect()
}

/// Texts that are no token of ours, made from one that is.
fn hostile_texts(keys: &Keys) -> Vec<(String, String)> {
    let good = signed(&header(keys), &claims(), &keys.token);
    let parts: Vec<&str> = good.split('.').collect();
    let (head, body, signature) = (parts[0], parts[1], parts[2]);
    let other = encoded(&with(&claims(), &[("role", json!("operator"))]));
    let twice =
        r#"{"alg":"none","alg":"EdDSA","kid":"K","typ":"at+jwt"}"#.replace('K', keys.token.kid());
    let twice = format!("{}.{body}", URL_SAFE_NO_PAD.encode(twice));
    let no_object = format!("{}.{body}", URL_SAFE_NO_PAD.encode("[]"));
    let cases = [
        ("empty", String::new()),
        ("dots", "..".into()),
        ("not base64", "a.b!.c".into()),
        ("two parts", format!("{head}.{body}")),
        ("no signature", format!("{head}.{body}.")),
        ("four parts", format!("{good}.{signature}")),
        ("another body", format!("{head}.{other}.{signature}")),
        ("signature cut", good[..good.len() - 4].to_owned()),
        ("padded", format!("{good}==")),
        ("blank inside", format!("{head}. {body}.{signature}")),
        ("line end", format!("{good}\n")),
        ("header is no object", signed_text(&no_object, &keys.token)),
        ("alg twice", signed_text(&twice, &keys.token)),
        (
            "signature of zeros",
            format!("{head}.{body}.{}", URL_SAFE_NO_PAD.encode([0; 64])),
        ),
        ("too long", format!("{good}{}", "A".repeat(MAX_LENGTH))),
        (
            "JSON serialisation",
            json!({"protected": head, "payload": body, "signature": signature}).to_string(),
        ),
    ];
    cases
        .into_iter()
        .map(|(name, token)| (format!("text: {name}"), token))
        .collect()
}

fn hostile(keys: &Keys) -> Vec<(String, String)> {
    let mut all = hostile_headers(keys);
    all.extend(hostile_claims(keys));
    all.extend(hostile_texts(keys));
    all
}

/// The names of the hostile tokens that a verifier takes.
fn taken(keys: &Keys, verifier: impl Fn(&str) -> bool) -> Vec<String> {
    let tokens = hostile(keys).into_iter();
    tokens
        .filter(|(_, token)| verifier(token))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn our_own_tokens_are_good_until_they_end() {
    let keys = keys();
    let desk = desk(&keys);
    let token = desk.issue(&principal(), at(NOW));
    let bearer = desk.verify(&token, at(NOW)).unwrap();
    assert_eq!(
        (bearer.client, bearer.role),
        (principal().client, "reviewer")
    );
    assert!(desk.verify(&token, at(NOW + LIFETIME_SECONDS - 1)).is_ok());
    // Remembered by now, and over all the same.
    assert_eq!(
        desk.verify(&token, at(NOW + LIFETIME_SECONDS)),
        Err(TokenError::Expired)
    );
    let another = TokenDesk::new(keys.clone(), ISSUER, AUDIENCE);
    assert_eq!(
        another.verify(&token, at(NOW + LIFETIME_SECONDS)),
        Err(TokenError::Expired)
    );
    assert!(
        another.verify(&token, at(NOW - 20)).is_ok(),
        "an instance whose clock is behind"
    );
    assert_eq!(another.check(&token, NOW - 40), Err(TokenError::Times));
}

#[test]
fn no_two_tokens_are_alike() {
    let desk = desk(&keys());
    assert_ne!(
        desk.issue(&principal(), at(NOW)),
        desk.issue(&principal(), at(NOW))
    );
}

#[test]
fn both_spellings_of_the_type_are_taken() {
    let keys = keys();
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        let head = with(&header(&keys), &[("typ", json!(typ))]);
        assert!(
            desk(&keys)
                .verify(&signed(&head, &claims(), &keys.token), at(NOW))
                .is_ok(),
            "{typ}"
        );
    }
}

#[test]
fn hostile_tokens_are_refused() {
    let keys = keys();
    assert!(hostile(&keys).len() >= 60);
    let desk = desk(&keys);
    assert_eq!(
        taken(&keys, |token| desk.verify(token, at(NOW)).is_ok()),
        Vec::<String>::new()
    );
    // Once more, should anything bad have been remembered.
    assert_eq!(
        taken(&keys, |token| desk.verify(token, at(NOW)).is_ok()),
        Vec::<String>::new()
    );
}

/// A verifier that does what libraries do when nothing else is asked of them.
fn lax(keys: &Keys, change: impl Fn(&mut Validation)) -> impl Fn(&str) -> bool {
    let x = keys.token.jwk()["x"].as_str().unwrap().to_owned();
    let key = DecodingKey::from_ed_components(&x).unwrap();
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.validate_exp = false;
    change(&mut validation);
    move |token| jsonwebtoken::decode::<Value>(token, &key, &validation).is_ok()
}

#[test]
fn planted_a_verifier_that_ignores_the_type_is_found() {
    let keys = keys();
    let found = taken(&keys, lax(&keys, |_| {}));
    assert!(found.contains(&"header: typ JWT".to_owned()), "{found:?}");
    assert!(
        found.contains(&"header: typ of a receipt".to_owned()),
        "{found:?}"
    );
    assert!(found.contains(&"header: crit".to_owned()), "{found:?}");
}

#[test]
fn planted_a_verifier_that_ignores_the_audience_is_found() {
    let keys = keys();
    let found = taken(
        &keys,
        lax(&keys, |validation| validation.validate_aud = false),
    );
    assert!(
        found.contains(&"claims: aud another".to_owned()),
        "{found:?}"
    );
}

#[test]
fn planted_a_verifier_that_believes_the_header_is_found() {
    let keys = keys();
    let found = taken(&keys, |token| {
        let parts: Vec<&str> = token.split('.').collect();
        let [head, body, signature] = parts[..] else {
            return false;
        };
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        let header: Value = serde_json::from_slice(&decode(head)).unwrap_or_default();
        let x = header["jwk"]["x"].as_str().map(decode).unwrap_or_default();
        let key = aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, x);
        key.verify(format!("{head}.{body}").as_bytes(), &decode(signature))
            .is_ok()
    });
    assert!(
        found.contains(&"brings its own key".to_owned()),
        "{found:?}"
    );
}

#[test]
fn planted_a_verifier_that_takes_any_of_our_keys_is_found() {
    let keys = keys();
    let found = taken(&keys, |token| {
        let Some((input, signature)) = token.rsplit_once('.') else {
            return false;
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        keys.receipt.verify(input.as_bytes(), &signature)
    });
    assert_eq!(found, ["signed by the receipt key"]);
}
